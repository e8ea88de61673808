"""Which attempts a trace shows, where a run has more than anybody can look at.

All failed ones and the slowest, up to a number of each, and of all one in n, so that a trace has
what went wrong beside what was usual. Nothing is drawn: one table gives one sample.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.results.table import Table
from sim.states import Outcome

FAILED_AT_MOST: Final = 5_000
SLOWEST_AT_MOST: Final = 5_000
USUAL_AT_MOST: Final = 10_000
"""20,000 together: some 100,000 events, which a browser opens in a second or two."""

SHOWN_AT_MOST: Final = FAILED_AT_MOST + SLOWEST_AT_MOST + USUAL_AT_MOST


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of a table of requests, ascending, shape `(n,)`; `one_in` of all are among them."""

    rows: NDArray[np.intp]
    one_in: int
    failed_count: int
    slowest_count: int


def sample(requests: Table, horizon_s: float) -> Sample:
    """Return which attempts are shown: all of them where they are at most `SHOWN_AT_MOST`.

    Of more failed ones than may be shown, every second, third and so on is. The slowest are those
    with the longest time from arrival to answer, or to the end of the run, failed ones left out; of
    two alike the one that stands first.

    Args:
        requests: The table, of all deployments.
        horizon_s: Where the run ends.
    """
    count = len(requests)
    failed = np.flatnonzero(_is_failed(requests))
    if count <= SHOWN_AT_MOST:
        return Sample(np.arange(count), 1, len(failed), 0)
    failed = failed[:: -(-len(failed) // FAILED_AT_MOST) or 1]
    answered_at_s = requests["answered_at_s"]
    open_to_s = np.where(np.isnan(answered_at_s), horizon_s, answered_at_s)
    length_s = np.where(_is_failed(requests), -1.0, open_to_s - requests["arrival_at_s"])
    slowest = np.argsort(-length_s, kind="stable")[:SLOWEST_AT_MOST]
    slowest = slowest[length_s[slowest] >= 0]
    one_in = -(-count // USUAL_AT_MOST)
    rows = np.unique(np.concatenate((failed, slowest, np.arange(0, count, one_in))))
    return Sample(rows, one_in, len(failed), len(slowest))


def _is_failed(requests: Table) -> NDArray[np.bool_]:
    kinds = [outcome.kind for outcome in Outcome if outcome.is_failure]
    is_failed: NDArray[np.bool_] = np.any(
        [requests.holds("outcome", kind) for kind in kinds], axis=0
    )
    return is_failed
