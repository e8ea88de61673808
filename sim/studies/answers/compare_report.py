"""What `sim compare --format json` prints: of every measure the difference and the verdict."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from sim.results.measures import Measure
from sim.studies.answers.answer import Answer
from sim.studies.estimates.comparison import Comparison
from sim.studies.estimates.number import Number

if TYPE_CHECKING:
    from sim.studies.answers.compared import Compared
    from sim.studies.answers.family import Pair

SCHEMA: Final = "sim-compare/1"
"""Name and version of the form; the version changes when a key does, not when one is added."""


class ComparedCase(Answer):
    """One of the cases."""

    label: str
    """What the other keys call it: A, B, and so on."""
    name: str
    """The scenario's."""
    origin: str
    """The file or directory that it is from; empty for a scenario made in Python."""
    overrides: list[str]
    """The words of `--set` that made it."""
    runs: int
    """Replications that there are."""


class PairComparison(Comparison):
    """What the runs of one case say against those of another."""

    of: str
    """The case that the verdict is on."""
    against: str
    """The case that it is compared with: the difference is `of` minus `against`."""


class MeasureComparison(PairComparison):
    """A measure in all cases, and the first pair of cases that have it."""

    cases: dict[str, Number]
    """By label: the mean over runs, of yes/no measures the share of runs; a case that does not have
    the measure is not there."""
    further: list[PairComparison]
    """The other pairs."""


class Unpaired(Answer):
    """Random streams that have no pair: what they draw differs between two cases."""

    of: str
    """A case."""
    against: str
    """The case that does not have the streams."""
    streams: list[str]
    """Called after a deployment, or after a deployment and its source."""


class Choice(Answer):
    """The choice of the best case by the mean of a measure (KN++)."""

    address: str
    """The measure's."""
    indifference: float
    """In the measure's unit: cases within that of the best are equally good."""
    confidence: float
    """That the chosen case is the best, if it is better than all others by the indifference."""
    chosen: str | None
    """The best case; null while several are left, or if the choice is refused."""
    left: list[str]
    """The cases that are still in."""
    dropped_at: dict[str, int]
    """By label, after how many runs a case was dropped."""
    runs: int
    """How many runs of each case that was left were used."""
    refused: str | None
    """Why no case may be chosen by its mean."""
    kind: str
    """Where it is refused: what the runs have in common by whose share the cases are ranked."""
    shares: dict[str, Number]
    """By label, that share of runs, the least first; empty where the choice is not refused."""


class CompareReport(Answer):
    """Cases compared under common seeds."""

    form: Literal["sim-compare/1"] = Field(SCHEMA, alias="schema")
    """The form of this object."""
    seed: int
    """From which the seeds of all runs follow; of single runs that of the first."""
    single_runs: bool
    """Whether each case is one run, so that there are no intervals and no verdicts."""
    quantile_relative_error: float
    """How far off quantiles of requests may be: above 0 if a single run kept its summary alone."""
    confidence: float
    """That no verdict is by chance."""
    family: list[str]
    """Addresses of the measures with verdicts, fixed before there were runs."""
    tests: int
    """How many comparisons share the error 1 - confidence: measures times pairs of cases."""
    interval_confidence: float
    """Of each interval of a difference: 1 - (1 - confidence) / tests."""
    varies: dict[str, bool]
    """What of the first case could differ from run to run, and whether it does."""
    interrupted: bool
    """Whether it ended early."""
    cases: list[ComparedCase]
    """What is compared, in order."""
    measures: dict[str, MeasureComparison]
    """By address, the family."""
    others: dict[str, MeasureComparison]
    """By address, all other measures: without verdict, with intervals at `confidence` each."""
    missing: dict[str, list[str]]
    """By address, the cases that do not have a measure of the family, or a usual one."""
    unpaired: list[Unpaired]
    """Random streams that only one of two compared cases has."""
    best: Choice | None
    """The choice of the best case; null where none was asked for."""


def compare_report(compared: "Compared") -> CompareReport:
    """Return all that a comparison says."""
    study = compared.study
    return CompareReport(
        seed=study.seed,
        single_runs=compared.is_single,
        quantile_relative_error=compared.quantile_relative_error,
        confidence=compared.confidence,
        family=[one.address for one in compared.family],
        tests=compared.tests,
        interval_confidence=compared.level,
        varies={aspect.name: aspect.drawn for aspect in study.varies},
        interrupted=study.is_interrupted,
        cases=[
            ComparedCase(
                label=label,
                name=runs.name,
                origin=origin,
                overrides=list(runs.case.overrides),
                runs=len(runs.runs),
            )
            for label, runs, origin in zip(
                compared.labels, study.cases, compared.origins, strict=True
            )
        ],
        measures=_measures(compared, compared.verdicts),
        others=_measures(compared, compared.others),
        missing={one.address: list(labels) for one, labels in compared.missing.items()},
        unpaired=_unpaired(compared),
        best=_best(compared),
    )


def _measures(
    compared: "Compared", found: "Mapping[Pair, Mapping[Measure, Comparison]]"
) -> dict[str, MeasureComparison]:
    shown = dict.fromkeys(measure for of_pair in found.values() for measure in of_pair)
    return {measure.address: _measure(compared, measure, found) for measure in shown}


def _measure(
    compared: "Compared", measure: Measure, found: "Mapping[Pair, Mapping[Measure, Comparison]]"
) -> MeasureComparison:
    first, *further = (
        PairComparison(
            **dict(of_pair[measure]),
            of=compared.labels[two],
            against=compared.labels[one],
        )
        for (one, two), of_pair in found.items()
        if measure in of_pair
    )
    cases = {
        label: compared.study.estimate_of(measure, place).number
        for place, label in enumerate(compared.labels)
        if measure in compared.study.cases[place].case.measures
    }
    return MeasureComparison(**dict(first), cases=cases, further=further)


def _unpaired(compared: "Compared") -> list[Unpaired]:
    found = []
    for one, two in compared.pairs:
        labels = compared.labels[one], compared.labels[two]
        in_one, in_two = compared.unpaired((one, two))
        if in_one:
            found.append(Unpaired(of=labels[0], against=labels[1], streams=list(in_one)))
        if in_two:
            found.append(Unpaired(of=labels[1], against=labels[0], streams=list(in_two)))
    return found


def _best(compared: "Compared") -> Choice | None:
    best = compared.best
    if best is None:
        return None
    labels, chosen = compared.labels, best.selection.best
    ranked = sorted(zip(labels, best.shares, strict=False), key=lambda one: one[1].value or 0.0)
    return Choice(
        address=best.measure.address,
        indifference=best.indifference,
        confidence=best.confidence,
        chosen=None if chosen is None else labels[chosen],
        left=[labels[place] for place in best.selection.left],
        dropped_at={
            label: at
            for label, at in zip(labels, best.selection.dropped_at, strict=True)
            if at is not None
        },
        runs=best.selection.runs,
        refused=best.selection.refused,
        kind=best.kind,
        shares=dict(ranked),
    )
