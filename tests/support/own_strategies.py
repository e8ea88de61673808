"""A strategy of rollout that only tests have."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from sim.control.strategies.table import STRATEGIES
from sim.engines.vectorised import compilation
from sim.scenario.models.strategies import BlueGreenStrategy


@contextmanager
def in_place_of_blue_green(strategy: Callable[..., Any]) -> Iterator[None]:
    """Let deployments follow the strategy, and compile the event loop for small runs too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(cast("dict[Any, Any]", STRATEGIES), BlueGreenStrategy, strategy)
        patch.setattr(compilation, "FEWEST_TO_COMPILE", 0)
        yield
