"""As many runs as it takes until one number is as precise as was asked for."""

from dataclasses import replace
from typing import Final

from sim.errors import Problem, ScenarioError
from sim.results.measures import Measure
from sim.studies.answers.study import Study, study
from sim.studies.estimates.precision import LEAST_RUNS, Barrier, Precision, at_barrier
from sim.studies.runs.case import Case
from sim.studies.runs.sampling import Sampling
from sim.studies.runs.varying import is_drawn

_PERCENT: Final = "%"


def precision_in_words(words: str) -> Precision:
    """Return what a precision in words asks for: "5%" of the mean, or "0.2" in the measure's unit.

    Raises:
        ScenarioError: It is no number, or none that runs can meet.
    """
    number = words.strip().removesuffix(_PERCENT)
    try:
        asked = float(number)
    except ValueError:
        message = f"{words!r} is no precision: write 5% of the mean, or a value such as 0.2"
        raise ScenarioError(
            Problem(message=message, rule="impossible-precision", path=("--precision",))
        ) from None
    is_relative = words.strip().endswith(_PERCENT)
    return Precision(half_width=asked / 100 if is_relative else asked, is_relative=is_relative)


def precise_study(
    case: Case,
    sampling: Sampling,
    measure: Measure,
    precision: Precision,
    *,
    seed: int | None = None,
) -> Study:
    """Return a study of a case with as many runs as it takes.

    Runs are drawn in rounds of a size that does not depend on the workers. Where a stall or a
    failure varied among them, the sample that decided the size favours runs without it: the numbers
    are then of as many fresh runs.

    Raises:
        ScenarioError: A file that the scenario names cannot be used, or the store cannot.
    """
    runs = LEAST_RUNS if is_drawn(case.scenario) else 1
    while True:
        found = study([case], sampling, runs=runs, seed=seed)
        if found.is_interrupted or runs == 1:
            return found
        runs_there = found.cases[0]
        barrier = at_barrier(runs_there.sample(measure), precision, runs_there.stood_still(measure))
        if barrier.draw_to is None:
            break
        runs = barrier.draw_to
    if barrier.needs_fresh_sample:
        found = study([case], sampling, runs=runs, seed=seed, purpose="fresh")
    return replace(found, stopped=_why(barrier, measure, runs))


def _why(barrier: Barrier, measure: Measure, runs: int) -> str:
    why = {
        "precise": f"the interval of {measure.address} is as narrow as was asked for",
        "ceiling": f"{measure.address} is {barrier.why}",
        "refused": f"{measure.address} has no mean to be precise about: {barrier.why}",
    }[barrier.state]
    if not barrier.needs_fresh_sample:
        return f"{runs:,} runs were made: {why}."
    return (
        f"{runs:,} runs were made: {why}. Some of them stalled or lay far from the others, so that "
        "to stop then favours samples without such runs: the numbers are of as many fresh runs."
    )
