"""A strategy of rollout that only tests have, and scenarios in which all deployments follow it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sim.control.strategies.table import STRATEGIES
from sim.engines.vectorised import compilation
from sim.scenario.models.policies import RolloutPolicy
from sim.scenario.models.scenario import Scenario


@contextmanager
def known_by(settings: type[RolloutPolicy], strategy: Callable[..., Any]) -> Iterator[None]:
    """Put the strategy into the table, and compile the event loop for small runs too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(STRATEGIES, settings, strategy)
        patch.setattr(compilation, "FEWEST_TO_COMPILE", 0)
        yield


def rolling_by(settings: type[RolloutPolicy], built: Scenario) -> Scenario:
    """Return the scenario with these settings of rollouts for all of its deployments."""
    changed = [
        one.model_copy(update={"rollout": settings(**one.rollout.model_dump())})
        for one in built.deployments
    ]
    return built.model_copy(update={"deployments": tuple(changed)})
