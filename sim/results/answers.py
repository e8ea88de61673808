"""What clients were answered, in bins of time as narrow as a window of the picture asks for."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.results.metrics import first_arrivals, quantiles
from sim.results.table import Table
from sim.results.timeline import AnswerBins, Floats, Window
from sim.states import Outcome

AnswersWithin = Callable[[Window, int], AnswerBins]
"""What clients of a deployment were answered, for a window and its bins at the most."""

MAX_BINS: Final = 240
"""Bins of a picture at the most: about two points of print each on a page."""

CLOSEUP_BINS: Final = 60
"""Bins at the most of what is enlarged beside it."""

LOG_SPAN: Final = 30.0
"""Response times whose greatest is more than this many times the least get a logarithmic axis."""

BIN_WIDTHS_S: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
"""Widths that people can read; above an hour, whole hours."""


def bin_width_s(length_s: float, most: int = MAX_BINS) -> float:
    """Return the width of at most `most` bins of a window: the least readable one."""
    for width_s in BIN_WIDTHS_S:
        if length_s <= width_s * most:
            return float(width_s)
    return float(np.ceil(length_s / most / 3600) * 3600)


def bin_starts_s(window: Window, width_s: float) -> Floats:
    """Return where the bins of a window begin, the first with it; shape `(n,)`."""
    count = int(np.ceil(window.length_s / width_s))
    return window.start_at_s + np.arange(count, dtype=np.float64) * width_s


def places(at_s: Floats, start_at_s: Floats) -> NDArray[np.int32]:
    """Return the number of the bin that holds each instant, shape of `at_s`.

    By comparison, as a quotient would be rounded: 0.5 is no less than the sixth multiple of 0.1,
    and yet 0.5 // 0.1 is 4.

    Args:
        at_s: Instants of the window.
        start_at_s: Where its bins begin.
    """
    return (np.searchsorted(start_at_s, at_s, side="right") - 1).astype(np.int32)


def no_answers(window: Window) -> AnswerBins:
    """Return the bins of a view that shows no answers: there are none."""
    none = np.empty(0)
    return AnswerBins(none, window.length_s, none.astype(np.int64), none, none, none, {})


class Answers:
    """The answered attempts of one deployment, to be binned for any window."""

    def __init__(self, requests: Table) -> None:
        """Put the deployment's rows of the table of requests in order of their answers."""
        answered_at_s = requests["answered_at_s"]
        rows = np.flatnonzero(requests.holds("outcome", Outcome.COMPLETED.kind))
        at_s = answered_at_s[rows]
        order = np.argsort(at_s, kind="stable")  # nearly in order already, which it makes use of
        self._completed_at_s: Floats = at_s[order]
        first = first_arrivals(requests["request"], requests["arrival_at_s"])
        self._response_s: Floats = self._completed_at_s - first[rows[order]]
        self._failed_at_s: dict[str, Floats] = {}
        for outcome in Outcome:
            if outcome.is_failure:
                mine = answered_at_s[requests.holds("outcome", outcome.kind)]
                self._failed_at_s[outcome.kind] = np.sort(mine)

    def within(self, window: Window, most: int = MAX_BINS) -> AnswerBins:
        """Return what was answered in `window`, in at most `most` bins by the answer's instant."""
        start_at_s = bin_starts_s(window, bin_width_s(window.length_s, most))
        edge_at_s = np.append(start_at_s, window.end_at_s)
        edges = np.searchsorted(self._completed_at_s, edge_at_s)
        p50_s, p95_s, p99_s = _quantiles_between(edges, self._response_s)
        failed = {
            kind: np.diff(np.searchsorted(at_s, edge_at_s))
            for kind, at_s in self._failed_at_s.items()
        }
        return AnswerBins(
            start_at_s=start_at_s,
            width_s=bin_width_s(window.length_s, most),
            completed=np.diff(edges),
            response_p50_s=p50_s,
            response_p95_s=p95_s,
            response_p99_s=p99_s,
            failed={kind: counts for kind, counts in failed.items() if counts.any()},
        )


class FoldedAnswers:
    """The same of a run that kept its summary alone: in the bins that it has, however wide."""

    def __init__(self, bins: AnswerBins) -> None:
        """Keep the bins of the whole run."""
        self._bins = bins

    def within(self, window: Window, _most: int = MAX_BINS) -> AnswerBins:
        """Return the bins that reach into `window`."""
        bins = self._bins
        first = int(np.searchsorted(bins.start_at_s + bins.width_s, window.start_at_s, "right"))
        shown = slice(first, int(np.searchsorted(bins.start_at_s, window.end_at_s)))
        return AnswerBins(
            start_at_s=bins.start_at_s[shown],
            width_s=bins.width_s,
            completed=bins.completed[shown],
            response_p50_s=bins.response_p50_s[shown],
            response_p95_s=bins.response_p95_s[shown],
            response_p99_s=bins.response_p99_s[shown],
            failed={kind: count[shown] for kind, count in bins.failed.items()},
        )


def _quantiles_between(edges: NDArray[np.intp], value: Floats) -> Floats:
    """Return the quantiles of the values from each edge to the next; shape `(3, bins)`."""
    found = np.full((3, len(edges) - 1), np.nan)
    for number in np.flatnonzero(np.diff(edges)):
        found[:, number] = quantiles(value[edges[number] : edges[number + 1]])
    return found
