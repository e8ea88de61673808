"""Hypothesis strategies and invariants, for property tests of your own rules and configurations.

Needs the package's ``testing`` extra. Every strategy draws valid objects unless its name says
otherwise, so that a test of a house rule is three lines:

    >>> from hypothesis import given
    >>> from sim.testing import runtime_configurations
    >>> from sim.wire.normal import normalise

    >>> @given(runtime_configurations())
    ... def memory_is_never_zero(configuration):
    ...     assert normalise(configuration).memory_bytes > 0

    >>> memory_is_never_zero()

`served_scenario` is a fixture of pytest that serves a scenario to the client under test, `serving`
is the same as a context manager; they need the extra ``serve`` besides.
"""

from typing import TYPE_CHECKING

from sim.testing.broken import invalid_runtime_configurations
from sim.testing.laws import INVARIANTS, check_invariants
from sim.testing.scenario_strategies import scenarios, timeline_events
from sim.testing.wire_strategies import (
    arbitrary_json,
    platform_limits,
    replace_requests,
    runtime_configurations,
)

if TYPE_CHECKING:
    from sim.testing.served import Served, served_scenario, serving

__all__ = [
    "INVARIANTS",
    "Served",
    "arbitrary_json",
    "check_invariants",
    "invalid_runtime_configurations",
    "platform_limits",
    "replace_requests",
    "runtime_configurations",
    "scenarios",
    "served_scenario",
    "serving",
    "timeline_events",
]

_SERVED = {"Served", "served_scenario", "serving"}


def __getattr__(name: str) -> object:
    """Import what serves scenarios when it is first used: it loads pytest.

    Raises:
        AttributeError: The package has no such public name.
    """
    if name not in _SERVED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sim.testing import served  # noqa: PLC0415 - strategies are used without pytest, too

    return getattr(served, name)
