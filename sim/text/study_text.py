"""What `sim study` prints: a line a measure, with its interval, and what is to be borne in mind."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.results.measures import Measure
from sim.spans import span
from sim.studies.answers.case_runs import CaseRuns
from sim.studies.answers.estimating import Estimate
from sim.studies.answers.study import Study
from sim.studies.answers.study_report import percentile_of
from sim.studies.estimates.cautions import under_a_pooled_percentile
from sim.studies.estimates.number import Number
from sim.studies.estimates.words import runs_in_words
from sim.studies.runs.varying import words
from sim.text.layout import NONE, aligned, wrapped
from sim.text.number_words import UNNAMED, interval_words, number_words, percent, worded

SHOWN: Final = (
    ("response_s", "p50"),
    ("response_s", "p99"),
    ("failed_ratio",),
    ("goodput_per_s",),
    ("compute_seconds_per_day",),
)
"""Measures of a deployment that are shown where none is asked for."""

SHOWN_OF_ROLLOUTS: Final = ("duration_s", "stalled", "dip_ratio")
"""And of each of its rollouts."""


POOLED: Final = "p99"
"""The percentile that is shown of all requests of all runs, where no measure is asked for."""


def study_text(study: Study, addresses: Sequence[str] = (), *, with_steady: bool = False) -> str:
    """Return the text of a study.

    Args:
        study: The study.
        addresses: Measures to show; empty: the usual ones of every deployment, and the percentile
            of all requests of all runs.
        with_steady: Whether the steady states are shown too.

    Raises:
        ScenarioError: A case has no measure at one of the addresses.
    """
    blocks = [list(_head(study))]
    for number in range(len(study.cases)):
        blocks.append(list(_case(study, number, addresses)))
        if not addresses:
            blocks.append(list(_below(pooled_table(study, number))))
        if with_steady:
            blocks.append(list(_below(steady_table(study, number))))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def shown(case: CaseRuns, addresses: Sequence[str] = ()) -> tuple[Measure, ...]:
    """Return the measures of a case that are shown.

    Raises:
        ScenarioError: The case has no measure at one of the addresses.
    """
    if addresses:
        return tuple(case.case.measure(address) for address in addresses)
    return tuple(measure for measure in case.case.measures if is_usual(measure.steps))


def column_heads(study: Study) -> tuple[str, ...]:
    """Return what stands above the columns of `row`."""
    yours = () if study.your_run is None else ("your run",)
    return ("", "mean of a run", "95 % interval", "9 runs in 10", *yours)


def row(study: Study, number: int, measure: Measure) -> tuple[str, ...]:
    """Return what is known of a measure of a case: its address, and a cell a column."""
    found = study.estimate_of(measure, number)
    name = f"{short_name(measure)}{unit_beside(measure)}"
    told = as_told(found.number)
    cells = (name, number_words(told), interval_words(told), _worst(found))
    if study.your_run is None:
        return cells
    return (*cells, _yours(study, measure) if number == 0 else "")


def remarks(study: Study, number: int, measures: Sequence[Measure]) -> Iterator[str]:
    """Yield what is to be borne in mind with the measures shown, a sentence each, none twice."""
    for measure in measures:
        found, name = study.estimate_of(measure, number), short_name(measure)
        reasons = _reasons(study.cases[number].reasons(measure))
        if found.apart is not None:
            yield f"{name}: {found.number.refused}. {_two_means(found)}"
        elif found.number.refused and found.number.kind == "none" and not is_all_there_is(study):
            yield f"{name}: {found.number.refused}."
        if reasons:
            yield f"{name} has no value in {reasons}."
        if found.worst is not None and found.worst.refused and found.worst.kind == "order":
            yield f"{name}, 9 runs in 10: {found.worst.refused}."
    if not is_all_there_is(study):
        yield from _cautions(study, number, measures)


@dataclass(frozen=True, slots=True)
class Below:
    """A table that stands below that of the measures: heads and rows, none where there is none.

    Attributes:
        rows: The heads of its columns, then a row each.
        remarks: What is to be borne in mind with it, a sentence each.
    """

    rows: tuple[tuple[str, ...], ...] = ()
    remarks: tuple[str, ...] = ()


def pooled_table(study: Study, number: int) -> Below:
    """Return the percentile of all requests of all runs of a case, a row a deployment."""
    found = {} if is_all_there_is(study) else study.pooled(number, (POOLED,))
    if not found:
        return Below()
    rows = [(short_name(m), number_words(told), interval_words(told)) for m, told in found.items()]
    refused = (
        f"{short_name(measure)} of all requests: {told.refused}."
        for measure, told in found.items()
        if told.refused and told.kind != "identical"
    )
    is_told = any(told.kind == "exceedance" for told in found.values())
    said = under_a_pooled_percentile() if is_told else ()
    return Below(
        (("all requests of all runs", "percentile", "95 % interval"), *rows),
        (*refused, *(f"{one[:1].upper()}{one[1:]}." for one in said)),
    )


def steady_table(study: Study, number: int) -> Below:
    """Return the steady state of the series of a case; a reason that all share is said once."""
    found = study.steady(number)
    rows = [
        (
            short_address(state.address),
            number_words(state.mean),
            interval_words(state.mean),
            NONE if state.from_s is None else span(state.from_s),
        )
        for state in found
    ]
    of: dict[str, list[str]] = {}
    for state in found:
        if state.mean.refused and state.mean.kind != "identical":
            of.setdefault(state.mean.refused, []).append(short_address(state.address))
    return Below(
        (("steady state", "mean", "95 % interval", "from"), *rows),
        tuple(
            f"{'All' if len(names) == len(found) > 1 else ', '.join(names)}: {why}."
            for why, names in of.items()
        ),
    )


def is_all_there_is(study: Study) -> bool:
    """Return whether nothing is drawn, so that one run says all."""
    return not any(aspect.drawn for aspect in study.varies)


def _cautions(study: Study, number: int, measures: Sequence[Measure]) -> Iterator[str]:
    """Yield the cautions of all measures; what is one of them's own bears its name."""
    of: dict[str, list[str]] = {}
    for measure in measures:
        for caution in study.estimate_of(measure, number).cautions:
            of.setdefault(caution, []).append(short_name(measure))
    for caution, names in of.items():
        is_general = len(names) > 1 or len(measures) == 1
        yield f"{caution[:1].upper()}{caution[1:]}." if is_general else f"{names[0]}: {caution}."


def _head(study: Study) -> Iterator[str]:
    runs = study.runs
    count = runs_in_words(runs)
    cases = "" if len(study.cases) == 1 else f" of each of {len(study.cases)} cases"
    yield f"{study.name}: {count}{cases}, seed {study.seed}; {words(study.varies)}"
    if study.is_interrupted:
        yield f"Interrupted: the numbers are of the {runs:,} runs that there are."
    if study.stopped is not None:
        yield from wrapped(study.stopped, rest="  ")
    if is_all_there_is(study):
        yield "Nothing is drawn, so that every run is the same: one was made."
    if study.of_other_programs:
        yield (
            f"The store has {study.of_other_programs:,} runs of another version of sim or numpy, "
            "which no number here is from."
        )


def _case(study: Study, number: int, addresses: Sequence[str]) -> Iterator[str]:
    case = study.cases[number]
    if len(study.cases) > 1:
        yield f"case {case.name}"
    measures = shown(case, addresses)
    if measures:
        rows = [row(study, number, measure) for measure in measures]
        yield from aligned([column_heads(study), *rows])
    for remark in remarks(study, number, measures):
        yield from wrapped(remark, first="  ", rest="    ")
    if case.lost:
        reasons = "; ".join(sorted({lost.why for lost in case.lost}))
        yield from wrapped(
            f"{len(case.lost):,} more could not be made: {reasons}.", first="  ", rest="    "
        )


def _below(table: Below) -> Iterator[str]:
    if table.rows:
        yield from aligned(table.rows)
    for remark in table.remarks:
        yield from wrapped(remark, first="  ", rest="    ")


def is_usual(address: Sequence[str]) -> bool:
    """Return whether a measure is shown where none is asked for, by the steps of its address."""
    kind, _, *steps = address
    if kind != "deployments":
        return False
    if steps[0] == "rollouts":
        return tuple(steps[2:]) in {(name,) for name in SHOWN_OF_ROLLOUTS}
    return tuple(steps) in SHOWN


def short_name(measure: Measure) -> str:
    """Return the address without its first part, which is the same of all that are shown."""
    return short_address(measure.address)


def short_address(address: str) -> str:
    """Return an address of a deployment's without its first part."""
    return address.removeprefix("deployments.").removeprefix("deployments")


def unit_beside(measure: Measure) -> str:
    """Return the unit in words, where it is not written behind each number."""
    return "" if measure.unit == "s" or measure.unit in UNNAMED else f" ({measure.unit})"


def as_told(number: Number) -> Number:
    """Return a number as the table has it: shares in percent, and units beside the address."""
    if number.unit == "yes/no" or number.kind == "clopper_pearson":
        return percent(number)
    return number if number.unit == "s" else number.model_copy(update={"unit": "number"})


def _worst(found: Estimate) -> str:
    worst = found.worst
    if worst is None:
        return ""
    if worst.kind != "identical":
        return interval_words(as_told(worst))
    return "the same" if worst.value is not None else "beyond every value"


def _reasons(reasons: Mapping[str, int]) -> str:
    return ", and in ".join(
        f"{runs_in_words(count)}: {reason}" for reason, count in sorted(reasons.items())
    )


def _yours(study: Study, measure: Measure) -> str:
    yours, first = study.your_run, study.cases[0]
    if yours is None:
        return ""
    place = first.case.measures.index(measure)
    value = float(yours.values[place])
    if np.isnan(value):
        return NONE
    if measure.kind == "yes/no":
        return "yes" if value else "no"
    among = first.values[:, place]
    what = (
        worded(value, "s" if measure.unit == "s" else "number") if np.isfinite(value) else "beyond"
    )
    percentile = percentile_of(value, among)
    if percentile is None or (among == among[0]).all():
        return what
    return f"{what} ({_ordinal(round(percentile))} percentile)"


def _two_means(found: Estimate) -> str:
    if found.apart is None:
        return ""
    share = percent(found.apart.share)
    usual, other = found.apart.usual, found.apart.other
    apart = None
    if usual.value is not None and other.value is not None:
        apart = abs(usual.value - other.value) / 2
    return (
        f"In {number_words(share)} of the runs ({interval_words(share)}) {found.kind}: "
        f"mean {_with_interval(other, apart)}; in the others {_with_interval(usual, apart)}."
    )


def _with_interval(number: Number, apart: float | None) -> str:
    """Return a mean with its interval; without one, to the digits that two means are apart."""
    if number.value is None:
        return NONE
    if number.low is None and number.high is None:
        same = " in each" if number.kind == "identical" else ""
        return f"{worded(number.value, number.unit, apart)}{same}"
    return f"{number_words(number)} ({interval_words(number)})"


def _ordinal(number: int) -> str:
    ending = (
        "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    )
    return f"{number}{ending}"
