"""Which estimate answers for a measure of a case, and what is said beside it."""

from dataclasses import dataclass
from typing import Final

from sim.results.measures import Measure
from sim.studies.answers.case_runs import CaseRuns
from sim.studies.estimates.cautions import cautions
from sim.studies.estimates.means import Apart, apart, mean_of, no_joint_mean
from sim.studies.estimates.number import Number
from sim.studies.estimates.quantiles import quantile_of
from sim.studies.estimates.sample import Sample
from sim.studies.estimates.shares import share_of
from sim.studies.estimates.words import runs_in_words

WORST_SHARE: Final = 0.9
"""How bad it gets is told by what so many of the runs do not exceed: 9 in 10."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the runs of a case say of a measure.

    Attributes:
        measure: Which.
        number: The mean over runs; of truth values the share of runs.
        worst: What 9 runs in 10 do not exceed towards what is worse, with the end of its interval
            that lies there; None for truth values.
        apart: The means of two kinds of runs, where one mean of all would say little; or None.
        kind: What the runs of the second kind have in common; empty without `apart`.
        cautions: Sentences that stand under the number.
    """

    measure: Measure
    number: Number
    worst: Number | None
    apart: Apart | None
    kind: str
    cautions: tuple[str, ...]


def estimate(runs: CaseRuns, measure: Measure, confidence: float = 0.95) -> Estimate:
    """Return what the runs of a case say of a measure.

    Of runs of which some stalled, or never ended their rollout, and others did not, there is no
    mean of all, and no verdict rests on one: both kinds have their own, with the share's interval.
    """
    sample = runs.sample(measure)
    if sample.is_yes_no:
        number = share_of(sample.values, confidence)
        return Estimate(measure, number, None, None, "", ())
    worst = quantile_of(sample, WORST_SHARE, "worse", confidence)
    still = runs.stood_still(measure)
    if sample.runs and still.any() and not still.all() and _differs(sample):
        count = f"{int(still.sum()):,} of {runs_in_words(sample.runs)}"
        number = Number(
            value=None,
            runs=sample.runs,
            defined=sample.finite.size,
            kind="none",
            unit=sample.unit,
            refused=f"no mean of all: a rollout stalled or did not end in {count}",
        )
        kind = "in which a rollout stalled or did not end"
        return Estimate(measure, number, worst, apart(sample, still, confidence), kind, ())
    number = mean_of(sample, confidence)
    if number.value is not None:
        return Estimate(measure, number, worst, None, "", cautions(sample))
    if sample.finite.size == 0 or no_joint_mean(sample) is None:
        return Estimate(measure, number, worst, None, "", ())
    kind = "without a value" if sample.finite.size < sample.runs else "far from the others"
    return Estimate(measure, number, worst, apart(sample, confidence=confidence), kind, ())


def _differs(sample: Sample) -> bool:
    """Return whether not all runs have one value."""
    return sample.finite.size < sample.runs or bool((sample.values != sample.values[0]).any())
