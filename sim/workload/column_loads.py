"""What the columns of a trace say of the threads that were busy when it was recorded.

By Little's law requests that come at a rate and hold a thread for a time occupy rate times time
threads on average: never more than there are. A response time has waiting in it, so that rate times
response time counts those who wait as well, which may be more.

Source: Little, A proof for the queuing formula L = lambda W (1961).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sim.scenario.models.computed import FromColumns
from sim.scenario.models.quantities import RequestDemands
from sim.workload.drawn_columns import Floats

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


def column_load(
    columns: Mapping[str, Floats], used: slice, span_s: float, demands: RequestDemands
) -> ColumnLoad | None:
    """Return the load of the rows of a run; None where they are few, or no demand is of columns.

    Rows and times count as they were recorded, before `time_scale` and `rate_scale`: a load that
    is raised on purpose says nothing of what a column means. Noise and floors do not count.

    Args:
        columns: The columns of the demands, by name, of all rows of the trace by time.
        used: Which of these the run begins and ends with.
        span_s: From the first of them to the last.
        demands: What its requests ask for.
    """
    laws = [law for name in SECONDS if isinstance(law := getattr(demands, name), FromColumns)]
    count = used.stop - used.start
    if not laws or count < LEAST_ROWS:
        return None
    names = tuple(dict.fromkeys(name for law in laws for name in law.columns))
    mean = {name: columns[name][used].mean(keepdims=True) for name in names}
    # Of a law that adds columns up, the mean is that of the columns' means.
    mean_s = sum(float(law.of(mean)[0]) for law in laws)
    whole_s = span_s + mean_s
    return ColumnLoad(names, count * mean_s / whole_s if whole_s > 0 else 0.0)
