"""Reading what was folded: the figures, series and answers of attempts that were not kept."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.digest import FoldedAttempts, FoldedLengths
from sim.record import DeploymentRecord
from sim.results.metrics import QUANTILES, Measured, Requests, counts_of
from sim.results.requests import Figures, RequestCounts, no_figures
from sim.results.sketch import sketch_of
from sim.results.steps import changes_only
from sim.results.sums import UNITS_PER_ONE
from sim.results.timeline import AnswerBins, Steps
from sim.states import Outcome

LEVELS: Final = np.array(list(QUANTILES.values()))


@dataclass(frozen=True, slots=True)
class FoldedRequests:
    """The requests of one deployment in some of its cells; see `sim.results.metrics.Requests`.

    Counts, means and maxima are exact, to the last bit what they are where attempts are kept;
    quantiles are those of `sim.results.sketch`.

    Attributes:
        folded: All cells.
        cells: Those meant.
        from_s: The requests are those that arrived at this instant or later.
    """

    folded: FoldedAttempts
    cells: slice
    from_s: float

    @classmethod
    def of(cls, folded: FoldedAttempts) -> "FoldedRequests":
        """Return all requests."""
        return cls(folded, slice(0, len(folded.first_arrival_at_s)), 0.0)

    def __len__(self) -> int:
        return int(self.folded.by_outcome[self.cells].sum())

    def arrived_in(self, start_at_s: float, end_at_s: float) -> "FoldedRequests":
        """Return the requests that arrived in `[start_at_s, end_at_s)`.

        Where no cell begins with the first of them, those of the whole cell: `from_s` tells.
        """
        first_s, last_s = self.folded.first_arrival_at_s, self.folded.last_arrival_at_s
        start, end = np.searchsorted(first_s, (start_at_s, end_at_s)).tolist()
        is_cut = start > 0 and last_s[start - 1] >= start_at_s
        if is_cut and start > self.cells.start:
            start, start_at_s = start - 1, float(first_s[start - 1])
        start, end = (min(max(n, self.cells.start), self.cells.stop) for n in (start, end))
        return FoldedRequests(self.folded, slice(start, max(start, end)), start_at_s)

    def counts(self) -> RequestCounts:
        """Return how many arrived, and where they are: the parts add up to `arrived`."""
        by_code = self.folded.by_outcome[self.cells].sum(axis=0)
        return counts_of(by_code[:-1], backing_off=int(by_code[-1]))

    def wait_figures(self) -> Figures:
        """Return the figures of the waits of completed requests."""
        return self._figures(self.folded.wait)

    def response_figures(self) -> Figures:
        """Return the figures of the response times of completed requests."""
        return self._figures(self.folded.response)

    def _figures(self, lengths: FoldedLengths) -> Figures:
        count = int(self.folded.by_outcome[self.cells, Outcome.COMPLETED].sum())
        if count == 0:
            return no_figures()
        largest = float(lengths.largest[self.cells].max())
        sketch = sketch_of(lengths.counted, self.cells.start, self.cells.stop)
        found = sketch.quantiles(LEVELS, at_most=largest)
        return Figures(
            mean=sum(lengths.total[self.cells]) / UNITS_PER_ONE / count,
            max=largest,
            **dict(zip(QUANTILES, found.tolist(), strict=True)),
        )


def requests_of(deployment: DeploymentRecord) -> Measured:
    """Return the requests of a deployment, be their attempts kept or folded."""
    if isinstance(deployment.kept, FoldedAttempts):
        return FoldedRequests.of(deployment.kept)
    return Requests.of(deployment)


def folded_series(folded: FoldedAttempts) -> dict[str, Steps]:
    """Return the attempts queued, running and abandoned, as they are at every evaluation."""
    columns = {"queued": folded.queued, "running": folded.running, "abandoned": folded.abandoned}
    return {
        name: changes_only(Steps(folded.evaluation_at_s, count.astype(np.float64)))
        for name, count in columns.items()
    }


def folded_answers(folded: FoldedAttempts) -> AnswerBins:
    """Return what the clients were answered; see `sim.results.answers`."""
    count = folded.answers.shape[1]
    quantiles: NDArray[np.float64] = np.full((len(LEVELS), count), np.nan)
    completed = folded.answers[Outcome.COMPLETED]
    for place in np.flatnonzero(completed).tolist():
        sketch = sketch_of(folded.answer_response, place, place + 1)
        quantiles[:, place] = sketch.quantiles(LEVELS)
    p50_s, p95_s, p99_s = quantiles
    return AnswerBins(
        start_at_s=np.arange(count, dtype=np.float64) * folded.answer_width_s,
        width_s=folded.answer_width_s,
        completed=completed,
        response_p50_s=p50_s,
        response_p95_s=p95_s,
        response_p99_s=p99_s,
        failed={
            outcome.kind: folded.answers[outcome]
            for outcome in Outcome
            if outcome.is_failure and folded.answers[outcome].any()
        },
    )
