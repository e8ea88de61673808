"""Which strategy a scenario's settings of rollouts mean: one line a strategy.

To add one: its settings in `sim.scenario.models.strategies`, a module here, and a line in
`STRATEGIES`.
"""

from collections.abc import Callable
from typing import Final

from sim.control.lineup import Lineup
from sim.control.strategies.blue_green import BlueGreen
from sim.control.strategies.recreate import Recreate
from sim.control.strategies.rolling import Rolling
from sim.control.strategies.strategy import Strategy
from sim.scenario.models.policies import RolloutPolicy
from sim.scenario.models.spec import Spec
from sim.scenario.models.strategies import (
    BlueGreenStrategy,
    RecreateStrategy,
    RollingStrategy,
)

STRATEGIES: Final[dict[type[Spec], Callable[[Lineup, RolloutPolicy], Strategy]]] = {
    BlueGreenStrategy: BlueGreen,
    RecreateStrategy: Recreate,
    RollingStrategy: Rolling,
}
"""By the type of the settings."""
