"""The horizon of a scenario that runs up to the last row of its traces.

How traces are read and where they lie in a run is in ``sim.workload``.
"""

import math
from typing import Final

from sim.errors import Problem, ScenarioError
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.traffic import TraceTraffic
from sim.units import format_duration

LONGEST: Final = "36500d"
"""Stands for the horizon until it is known; later than every row of a trace."""

_PER_S: Final = 1000


def trace_horizon(scenario: Scenario) -> str:
    """Return the first whole millisecond of the run after the last row of its traces.

    Raises:
        ScenarioError: It has no traces, a file of theirs cannot be used, or all rows lie before it.
    """
    from sim.workload.replay import last_row_at_s  # noqa: PLC0415 - where there is such a horizon

    traces = [
        source
        for deployment in scenario.deployments
        for source in deployment.traffic
        if isinstance(source, TraceTraffic)
    ]
    if not traces:
        raise _refused("follows the traces, but no deployment has traffic of kind trace")
    try:
        last_at_s = max(last_row_at_s(trace, start=scenario.start) for trace in traces)
    except ScenarioError as error:
        # The place is one in the trace: here it is a part of what is wrong with the horizon.
        reason = "; ".join(map(str, error.problems))
        raise _refused(f"follows the traces, of which one cannot be used: {reason}") from None
    if last_at_s < 0:
        raise _refused("follows the traces, but all their rows lie before the run begins")
    return format_duration((math.floor(last_at_s * _PER_S) + 1) / _PER_S)


def _refused(message: str) -> ScenarioError:
    return ScenarioError(Problem(message=message, rule="trace-horizon", path=("horizon",)))
