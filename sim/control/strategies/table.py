"""Which strategy a scenario's settings of rollouts mean: one line a strategy.

To add one: its settings in `sim.scenario.models.policies`, a module here, and a line in
`STRATEGIES`.
"""

from collections.abc import Callable
from typing import Any, Final

from sim.control.lineup import Lineup
from sim.control.strategies.blue_green import BlueGreen
from sim.control.strategies.strategy import Strategy
from sim.scenario.models.policies import RolloutPolicy

STRATEGIES: Final[dict[type[RolloutPolicy], Callable[[Lineup, Any], Strategy]]] = {
    RolloutPolicy: BlueGreen,
}
"""By the type of the settings."""
