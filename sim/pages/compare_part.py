"""The page of a comparison: of every measure the difference, its interval and the verdict."""

from collections import Counter
from collections.abc import Iterator

from sim.pages.parts import AnswerPart, Topic
from sim.studies.answers.compare_report import CompareReport, MeasureComparison, PairComparison
from sim.studies.answers.relative import WORDS
from sim.studies.estimates.number import Number
from sim.text.layout import NONE
from sim.text.number_words import interval_words, number_words
from sim.text.study_text import as_told, short_address


def compare_part(report: CompareReport) -> AnswerPart:
    """Return what the page of a comparison shows: a table a pair of cases."""
    pairs = list(dict.fromkeys((one.of, one.against) for _, _, one in _all(report)))
    cases = [
        f"{case.label}: {case.name}"
        + (f" ({case.origin}{''.join(f' --set {one}' for one in case.overrides)})")
        for case in report.cases
    ]
    varies = [name for name, is_drawn in report.varies.items() if is_drawn]
    return AnswerPart(
        title=f"Compared: {' and '.join(dict.fromkeys(case.name for case in report.cases))}",
        verdict=" ".join(_verdict(report, pair) for pair in pairs) or "No measure is in both.",
        tone="",
        facts=f"Common seeds from {report.seed}; what varies: {', '.join(varies) or 'nothing'}.",
        topics=[
            Topic("What is compared", [*cases, *_best(report)]),
            *(_topic(report, pair) for pair in pairs),
        ],
        warnings=["Interrupted: the numbers are of the runs that there are."]
        if report.interrupted
        else [],
    )


def _all(report: CompareReport) -> Iterator[tuple[str, MeasureComparison, PairComparison]]:
    """Yield each measure of the family with each pair of cases that have it."""
    for address, found in report.measures.items():
        yield address, found, found
        for further in found.further:
            yield address, found, further


def _verdict(report: CompareReport, pair: tuple[str, str]) -> str:
    one, other = pair
    if report.single_runs:
        return f"{one} against {other}, one run each: no intervals."
    counts = Counter(found.verdict for _, _, found in _all(report) if _is_of(found, pair))
    told = ", ".join(f"{counts[verdict]} {WORDS[verdict]}" for verdict in WORDS if counts[verdict])
    return f"{one} against {other}: {told}."


def _best(report: CompareReport) -> Iterator[str]:
    if report.best is not None and report.best.chosen is not None:
        best = report.best
        yield (
            f"The best by the mean of {short_address(best.address)} is {best.chosen}, with "
            f"{best.confidence:.0%} confidence, if it is better than all others by "
            f"{best.indifference:g}."
        )


def _topic(report: CompareReport, pair: tuple[str, str]) -> Topic:
    of, against = pair
    head = ["measure", "verdict", against, of, f"{of} - {against}", "interval"]
    rows = []
    reasons = []
    for address, measure, found in _all(report):
        if not _is_of(found, pair):
            continue
        name = short_address(address)
        rows.append(
            [
                name,
                NONE if report.single_runs else WORDS[found.verdict],
                _number(measure.cases.get(against)),
                _number(measure.cases.get(of)),
                _number(found.difference),
                interval_words(as_told(found.difference)),
            ]
        )
        if found.verdict in (None, "undecided") and found.why:
            reasons.append(f"{name}: {found.why}.")
    level = f"Intervals of differences are at {100 * report.interval_confidence:.4g} %."
    return Topic(
        f"{of} against {against}",
        [] if report.single_runs else [level, *reasons],
        [[head, *rows]],
    )


def _is_of(found: PairComparison, pair: tuple[str, str]) -> bool:
    return (found.of, found.against) == pair


def _number(number: Number | None) -> str:
    return NONE if number is None else number_words(as_told(number))
