"""What the columns of a trace say of the threads that were busy when it was recorded.

By Little's law requests that come at a rate and hold a thread for a time occupy rate times time
threads on average: never more than there are. A response time has waiting in it, so that rate times
response time counts those who wait as well, which may be more.

Source: Little, A proof for the queuing formula L = lambda W (1961).
"""

from dataclasses import dataclass
from typing import Final

from sim.scenario.models.computed import FromColumns
from sim.scenario.models.quantities import RequestDemands
from sim.workload.traces import TraceRows

LEAST_ROWS: Final = 200
"""With fewer rows nothing is said: of so many a load is known to a tenth only.

The standard error of n gaps and n demands, each with a deviation as large as its mean, is
sqrt(2 / n) of their ratio.
"""

SECONDS: Final = ("wait_s", "cpu_s", "gpu_s")
"""The demands of a request that hold its thread."""


@dataclass(frozen=True, slots=True)
class ColumnLoad:
    """How many threads the demands from a trace's columns occupy, at the rate of its recording.

    Attributes:
        columns: Names of the columns, each once.
        threads: On average, from the first row that is used to the end of the last.
    """

    columns: tuple[str, ...]
    threads: float


def column_load(rows: TraceRows, used: slice, demands: RequestDemands) -> ColumnLoad | None:
    """Return the load of the rows of a run; None where they are few, or no demand is of columns.

    Rows and times count as they were recorded, before `time_scale` and `rate_scale`: a load that
    is raised on purpose says nothing of what a column means. Noise and floors do not count.

    Args:
        rows: The trace, with the columns of the demands.
        used: Which of its rows by time the run begins and ends with.
        demands: What its requests ask for.
    """
    laws = [law for name in SECONDS if isinstance(law := getattr(demands, name), FromColumns)]
    since_ns = rows.since_ns[used]
    if not laws or since_ns.size < LEAST_ROWS:
        return None
    columns = tuple(dict.fromkeys(name for law in laws for name in law.columns))
    mean = {name: rows.columns[name][used].mean(keepdims=True) for name in columns}
    # Of a law that adds columns up, the mean is that of the columns' means.
    mean_s = sum(float(law.of(mean)[0]) for law in laws)
    span_s = float(since_ns[-1] - since_ns[0]) / 1e9 + mean_s
    return ColumnLoad(columns, since_ns.size * mean_s / span_s if span_s > 0 else 0.0)
