"""What `sim check` prints: a verdict of all, then a line an expectation."""

from collections.abc import Iterator
from typing import get_args

from sim.studies.answers.check_report import CheckReport, ExpectationReport
from sim.studies.estimates.expectation import Decision
from sim.studies.estimates.words import runs_in_words
from sim.text.layout import wrapped
from sim.text.number_words import interval_words, number_words, percent, worded

_VERDICT_WIDTH = len("undecided")


def check_text(report: CheckReport) -> str:
    """Return the text of a check: where several files are checked, under the name of each."""
    lines = [headline(report)]
    files = list(dict.fromkeys(place_of(one) for one in report.expectations))
    for file in files:
        lines += ["", file] if len(files) > 1 else []
        for one in report.expectations:
            if place_of(one) == file:
                lines += _lines(one)
    return "\n".join(lines) + "\n"


def headline(report: CheckReport) -> str:
    """Return the verdict of all: "2 of 3 expectations pass, 1 undecided: after 300 runs: ...".

    Those for report only are counted apart. Where what is undecided is all that is amiss, it is
    said after how many runs, and what it would take.
    """
    deciding = [one for one in report.expectations if not one.report_only]
    told = len(report.expectations) - len(deciding)
    aside = f" ({told:,} more for report only)" if told else ""
    if not deciding:
        return f"no expectation decides{aside}"
    passed, failed, undecided = (
        sum(one.verdict == verdict for one in deciding) for verdict in get_args(Decision)
    )
    expectations = f"expectation{'' if len(deciding) == 1 else 's'}"
    said = f"{passed:,} of {len(deciding):,} {expectations} {_plural('pass', passed)}"
    said += f", {failed:,} {_plural('fail', failed)}" if failed else ""
    said += f", {undecided:,} undecided" if undecided else ""
    said += aside
    if undecided and not failed:
        said += f": {next(one.reason for one in deciding if one.verdict == 'undecided')}"
    return said


def place_of(one: ExpectationReport) -> str:
    """Return what an expectation is of: its file, or the name of the scenario without one."""
    return one.case if one.file is None else one.file


def observed_words(one: ExpectationReport) -> str:
    """Return what was observed and how surely; empty where one run says it all."""
    number = one.observed
    if number.kind == "clopper_pearson":
        share = percent(number)
        level = f"{100 * (number.confidence or 0):g} % Clopper-Pearson at the end"
        return f"{number_words(share)} of the runs ({interval_words(share)}; {level})"
    if number.kind == "t":
        level = f"{100 * (number.confidence or 0):g} % interval"
        return f"mean {number_words(number)} ({interval_words(number)}; {level})"
    if number.kind == "identical":
        return number_words(number)
    return ""


def details(one: ExpectationReport) -> Iterator[str]:
    """Yield what stands under the line of an expectation, a sentence each."""
    if observed := observed_words(one):
        yield f"{observed}, {runs_in_words(one.runs)}"
    if one.runs > 1 and one.observed.kind != "identical":
        yield from _range(one)
    yield from one.cautions


def _range(one: ExpectationReport) -> Iterator[str]:
    """Yield between what the measure lay in the runs used."""
    least, greatest = one.least, one.greatest
    if least is None or greatest is None:
        return
    if least == greatest:
        yield f"the value is {worded(least, one.unit)} in each run that has one"
    else:
        half = (greatest - least) / 2
        low = worded(least, one.unit, half, near=greatest, named=False)
        yield f"values from {low} to {worded(greatest, one.unit, half)}"


def _lines(one: ExpectationReport) -> Iterator[str]:
    aside = " (report only)" if one.report_only else ""
    where = "" if one.line is None else f"  [line {one.line}]"
    verdict = one.verdict.ljust(_VERDICT_WIDTH)
    yield f"  {verdict}  {one.that} in {one.sample}{aside}: {one.reason}{where}"
    indent = " " * (_VERDICT_WIDTH + 4)
    for sentence in details(one):
        yield from wrapped(sentence, first=indent, rest=f"{indent}  ")


def _plural(verb: str, count: int) -> str:
    if count != 1:
        return verb
    return f"{verb}es" if verb.endswith("s") else f"{verb}s"
