"""What the runs of a case say of an expectation: a verdict with its sentence, from the runs so far.

Nothing is drawn here, and nothing depends on when it is asked: a share is decided by its runs in
their order, and runs beyond the deciding one change nothing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

import numpy as np
import numpy.typing as npt

from sim.results.measures import Measure
from sim.spans import span
from sim.studies.answers.asked import Question
from sim.studies.answers.case_runs import CaseRuns
from sim.studies.answers.estimating import estimate
from sim.studies.answers.study import runs_of
from sim.studies.estimates.cautions import under_a_limit_of_a_mean
from sim.studies.estimates.expectation import Decision, ShareCheck, mean_within
from sim.studies.estimates.number import Number
from sim.studies.estimates.shares import share_of
from sim.studies.estimates.words import runs_in_words
from sim.studies.runs.case import Case
from sim.studies.runs.sampling import Sampling

_SHOWN_REASONS: Final = 3
"""Why runs are missing is told in so many ways at most."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The runs of a case that there are, without a gap, from the first on.

    Attributes:
        runs: Those that have values; their numbers are their places among all.
        count: How many there are, with those that could not be made.
        ceiling: How many there may be; 1 where nothing is drawn.
        is_random: Whether anything differs between runs.
    """

    runs: CaseRuns
    count: int
    ceiling: int
    is_random: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What runs say of an expectation.

    Attributes:
        decision: What it is.
        runs: How many were used.
        observed: The share that met it; of a mean that mean; of one run its value.
        reason: A sentence.
        confidence: Of the decision; None where one run decides.
        least: The least value of the measure in the runs used; None where there is none to show.
        greatest: The greatest one.
        runs_needed: About how many would decide; None if it is decided or too close.
        cautions: What to bear in mind, a sentence each.
    """

    decision: Decision
    runs: int
    observed: Number
    reason: str
    confidence: float | None = None
    least: float | None = None
    greatest: float | None = None
    runs_needed: int | None = None
    cautions: tuple[str, ...] = ()


def runs_so_far(
    case: Case, sampling: Sampling, seeds: Sequence[int], ceiling: int, *, is_random: bool
) -> Drawn:
    """Return the runs with the first of *seeds*, up to the first that has not been made."""
    there = list(takewhile(lambda seed: sampling.run(case, seed) is not None, seeds))
    return Drawn(runs_of(case, sampling, there), len(there), ceiling, is_random)


def is_open(question: Question, runs: Drawn) -> bool:
    """Return whether more runs could change the verdict."""
    if runs.count >= runs_asked(question, runs.ceiling, is_random=runs.is_random):
        return False
    if question.test is None or not runs.is_random:
        return True
    return not _share_check(question, _flags(question, runs)).is_over


def runs_asked(question: Question, ceiling: int, *, is_random: bool) -> int:
    """Return how many runs an expectation is asked of at most."""
    is_of_one = question.test is None and not question.is_of_mean
    return 1 if is_of_one or not is_random else ceiling


def verdict(question: Question, runs: Drawn) -> Verdict:
    """Return what the runs say of an expectation.

    A run without a value does not meet it, nor does one that could not be made: nothing passes on
    account of what is not known.
    """
    if runs.count == 0:
        return Verdict("undecided", 0, _nothing(question.measure), "interrupted before a run")
    if not runs.is_random:
        found = _of_one(question, runs, "nothing is drawn, so that one run decides")
    elif question.test is not None:
        found = _of_share(question, runs)
    elif question.is_of_mean:
        found = _of_mean(question, runs)
    else:
        found = _of_one(question, runs, "one run")
    sample = runs.runs.sample(question.measure)
    used = sample.values[np.array(runs.runs.numbers, np.int64) < found.runs]
    values = used[np.isfinite(used)]
    if sample.is_yes_no or not values.size:
        return found
    return replace(found, least=float(values.min()), greatest=float(values.max()))


def _of_share(question: Question, runs: Drawn) -> Verdict:
    confidence = question.expectation.confidence
    flags = _flags(question, runs)
    check = _share_check(question, flags)
    return Verdict(
        decision=check.decision,
        runs=check.runs,
        observed=share_of(flags[: check.runs], confidence),
        reason=check.why if check.is_over else f"interrupted {check.why}",
        confidence=confidence,
        runs_needed=None if check.more_runs is None else check.runs + check.more_runs,
        cautions=_missing(question, runs, check.runs),
    )


def _of_mean(question: Question, runs: Drawn) -> Verdict:
    """Return what the mean says, once all runs up to the ceiling are there.

    Undecided where no mean of all is given: some runs have no value or could not be made, a rollout
    stalled in some and not in others, or the values fall into two groups.
    """
    confidence = question.expectation.confidence
    found = estimate(runs.runs, question.measure, confidence)
    missing = _missing(question, runs, runs.count)

    def open_for(reason: str, needed: int | None = None) -> Verdict:
        return Verdict(
            "undecided",
            runs.count,
            found.number,
            reason,
            confidence,
            runs_needed=needed,
            cautions=missing,
        )

    if runs.count < runs.ceiling:
        after = f"interrupted after {runs_in_words(runs.count)} of {runs.ceiling:,}"
        return open_for(after, runs.ceiling)
    if runs.runs.lost:
        return open_for("the mean is of some runs only")
    if found.number.value is None:
        return open_for(found.number.refused or "there is no mean")
    if found.number.kind == "identical":
        is_met = question.condition.is_met_by(found.number.value)
        reason = found.number.refused or ""
        decision: Decision = "pass" if is_met else "fail"
        return Verdict(decision, runs.count, found.number, reason, confidence)
    decided = mean_within(
        runs.runs.sample(question.measure),
        question.condition.limit,
        is_upper=question.condition.operator in {"<", "<="},
        confidence=confidence,
    )
    return Verdict(
        decision=decided.decision,
        runs=runs.count,
        observed=decided.observed,
        reason=decided.why,
        confidence=confidence,
        cautions=(*found.cautions, *under_a_limit_of_a_mean(runs.count)),
    )


def _of_one(question: Question, runs: Drawn, what: str) -> Verdict:
    """Return what the first run says: it decides alone, without confidence."""
    measure = question.measure
    if 0 not in runs.runs.numbers:
        reason = f"the run could not be made: {runs.runs.lost[0].why}"
        return Verdict("undecided", 1, _nothing(measure), reason)
    value = float(runs.runs.sample(measure).values[0])
    is_met = question.condition.is_met_by(value)
    told = _told(value, measure, runs.runs)
    observed = Number(
        value=value if np.isfinite(value) else None,
        runs=1,
        defined=int(np.isfinite(value)),
        kind="none",
        unit=measure.unit,
        refused="one run has no interval",
    )
    seed = f" with seed {runs.runs.runs[0].seed}" if runs.is_random else ""
    return Verdict("pass" if is_met else "fail", 1, observed, f"{what}{seed}: {told}")


def _told(value: float, measure: Measure, runs: CaseRuns) -> str:
    """Return what a measure is in the first run."""
    if not np.isfinite(value):
        place = runs.case.measures.index(measure)
        return f"no value, {runs.runs[0].reasons[place]}"
    if measure.kind == "yes/no":
        return "yes" if value else "no"
    return span(value) if measure.unit == "s" and value >= 0 else f"{value:,.6g}"


def _flags(question: Question, runs: Drawn) -> npt.NDArray[np.bool_]:
    """Return of each run whether it meets the condition, shape `(count,)`."""
    flags = np.zeros(runs.count, np.bool_)
    values = runs.runs.sample(question.measure).values
    flags[list(runs.runs.numbers)] = [question.condition.is_met_by(value) for value in values]
    return flags


def _share_check(question: Question, flags: npt.NDArray[np.bool_]) -> ShareCheck:
    if question.test is None:
        raise ValueError(f"{question.expectation.that} is not of a share of runs")
    check = ShareCheck(question.test)
    for is_met in flags.tolist():
        check.add(is_met=is_met)
    return check


def _missing(question: Question, runs: Drawn, used: int) -> tuple[str, ...]:
    """Return in how many of the runs that were used there was no value, and why."""
    place = runs.runs.case.measures.index(question.measure)
    made = zip(runs.runs.numbers, runs.runs.runs, strict=True)
    why = {number: run.reasons[place] for number, run in made if place in run.reasons}
    gaps = sorted(set(range(runs.count)) - set(runs.runs.numbers))
    lost = zip(gaps, runs.runs.lost, strict=True)
    why |= {number: f"the run could not be made, {one.why}" for number, one in lost}
    counted = Counter(reason for number, reason in why.items() if number < used)
    return tuple(
        f"no value in {runs_in_words(times)}: {reason}"
        for reason, times in counted.most_common(_SHOWN_REASONS)
    )


def _nothing(measure: Measure) -> Number:
    return Number(
        value=None, runs=0, defined=0, kind="none", unit=measure.unit, refused="there is no run"
    )
