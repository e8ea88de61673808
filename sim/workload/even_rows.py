"""A trace of which all rows come at one even interval: a series, and no requests."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, ScenarioError
from sim.recordings.series import LEAST_ROWS, MANY_A_ROW, SERIES_RULE
from sim.scenario.models.traffic import TraceTraffic


def refuse_even_rows(traffic: TraceTraffic, at_ns: NDArray[np.int64]) -> None:
    """Refuse a trace that is evenly spaced throughout, unless that is meant.

    Args:
        traffic: The trace.
        at_ns: Its instants, ascending, shape ``(rows,)``.

    Raises:
        ScenarioError: There are at least `LEAST_ROWS` rows, and all gaps are the same, above 0.
    """
    if traffic.evenly_spaced or at_ns.size < LEAST_ROWS:
        return
    gap_ns: NDArray[Any] = np.diff(at_ns)
    if gap_ns[0] > 0 and (gap_ns == gap_ns[0]).all():
        raise ScenarioError(
            Problem(
                message=f"all {at_ns.size:,} rows come every {gap_ns[0] / 1e9:g} s exactly, "
                f"so {MANY_A_ROW}",
                rule=SERIES_RULE,
                path=("traffic", traffic.name),
                file=str(traffic.file),
            )
        )
