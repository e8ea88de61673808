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
"""

from sim.testing.broken import invalid_runtime_configurations
from sim.testing.laws import INVARIANTS, check_invariants
from sim.testing.scenario_strategies import scenarios, timeline_events
from sim.testing.wire_strategies import (
    arbitrary_json,
    platform_limits,
    replace_requests,
    runtime_configurations,
)

__all__ = [
    "INVARIANTS",
    "arbitrary_json",
    "check_invariants",
    "invalid_runtime_configurations",
    "platform_limits",
    "replace_requests",
    "runtime_configurations",
    "scenarios",
    "timeline_events",
]
