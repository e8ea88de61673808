"""Which policy a scenario's settings of the autoscaler mean: one line a policy.

To add one: its settings in `sim.scenario.models.policies`, a module here, and a line in `POLICIES`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.control.policies.load import Counters, load_rule
from sim.control.policies.load_columns import LoadColumns
from sim.control.policies.one_by_one import OneByOne
from sim.control.policies.past import Past
from sim.control.policies.policy import Fleet, M, Policy, Preview
from sim.engines.contract.plane import Observations
from sim.scenario.models.policies import AutoscalerPolicy
from sim.wire.normal import NormalConfiguration


class LooksAtMany(Protocol):
    """Makes a preview: what `sim.control.policies.one_by_one.OneByOne` takes, any policy's form."""

    def __call__(
        self,
        policy: Any,
        at_s: NDArray[np.float64],
        fleet: Fleet,
        seen: Observations,
        memory: Any,
        past: Past,
        /,
    ) -> Preview[Any]:
        """Evaluate `policy` at the instants `at_s`, up to the first that decides something."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[M]):
    """A policy as control uses it.

    Attributes:
        make: Returns it for a configuration and the scenario's settings.
        first_memory: Returns what it remembers when it has seen nothing.
        preview: Evaluates it many times; to be given where there is a faster form.
    """

    make: Callable[[NormalConfiguration, Any], Policy[M]]
    first_memory: Callable[[], M]
    preview: LooksAtMany = OneByOne


POLICIES: Final[dict[type[AutoscalerPolicy], Kind[Any]]] = {
    AutoscalerPolicy: Kind(load_rule, Counters, LoadColumns),
}
"""By the type of the settings."""
