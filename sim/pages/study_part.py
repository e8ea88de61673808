"""The page of a study: what many runs say, each number with its interval, and bands over time."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from sim.addresses import steps_of
from sim.pages.chart import Chart, Level, Line
from sim.pages.parts import AnswerPart, Topic
from sim.results.answers import LOG_SPAN
from sim.studies.answers.bands import Band, Bands
from sim.studies.answers.study_report import CaseReport, StudyReport
from sim.studies.estimates.words import runs_in_words
from sim.text.layout import NONE
from sim.text.number_words import interval_words, number_words
from sim.text.plan_text import with_interval
from sim.text.study_text import as_told, is_usual, short_address

_HEAD: Final = ("measure", "mean of a run", "95 % interval", "9 runs in 10")

_COUNTED: Final = (
    ("responsive_replicas", "Responsive replicas", "replicas"),
    ("load_ratio", "Load", "busy threads / responsive threads"),
    ("queued", "Requests in line", "requests"),
    ("running", "Requests that run", "requests"),
)


def study_part(report: StudyReport) -> AnswerPart:
    """Return what the page of a study shows: a table a case."""
    first = report.cases[0]
    varies = [name for name, is_drawn in report.varies.items() if is_drawn]
    return AnswerPart(
        title=f"Study: {report.name}",
        verdict=" ".join(_verdict(first)) or f"{runs_in_words(first.runs)}.",
        tone="",
        facts=f"{runs_in_words(first.runs)} of "
        f"{'each of ' + str(len(report.cases)) + ' cases' if len(report.cases) > 1 else 'it'}, "
        f"seed {report.seed}; what varies: {', '.join(varies) or 'nothing'}.",
        topics=[topic for case in report.cases for topic in _case(case, len(report.cases))],
        warnings=[
            *(
                ["Interrupted: the numbers are of the runs that there are."]
                if report.interrupted
                else []
            ),
            *([report.stopped] if report.stopped else []),
        ],
    )


def _verdict(case: CaseReport) -> Iterator[str]:
    """Yield what is asked first: how long clients wait, and how many requests fail."""
    for address, number in case.measures.items():
        steps = steps_of(address) or []
        if steps[:1] != ["deployments"] or number.value is None:
            continue
        if steps[2:] == ["response_s", "p99"]:
            yield (
                f"The 99th percentile of response times of {steps[1]} is {with_interval(number)} "
                "in a run on average."
            )
        elif steps[2:] == ["failed_ratio"]:
            is_never = number.kind == "identical" and not number.value
            yield (
                "None of its requests fails in any run."
                if is_never
                else f"Of its requests {with_interval(number)} fail."
            )


def _case(case: CaseReport, count: int) -> Iterator[Topic]:
    usual = [address for address in case.measures if is_usual(steps_of(address) or [])]
    rows = [list(_HEAD), *(_row(case, address) for address in usual)]
    name = f"Case {case.name}: {runs_in_words(case.runs)}" if count > 1 else "What the runs say"
    told = [
        f"{short_address(address)}: {number.refused}."
        for address in usual
        if (number := case.measures[address]).refused
    ]
    cautions: dict[str, list[str]] = {}
    for address in usual:
        for caution in case.cautions.get(address, []):
            cautions.setdefault(caution, []).append(short_address(address))
    told += [
        f"{caution[:1].upper()}{caution[1:]} ({', '.join(names)})."
        for caution, names in cautions.items()
    ]
    yield Topic(name, (), [rows])
    yield Topic("To bear in mind", told)
    others = [address for address in case.measures if address not in set(usual)]
    yield Topic(
        f"All other measures{' of case ' + case.name if count > 1 else ''}",
        (),
        [[list(_HEAD), *(_row(case, address) for address in others)]],
    )


def _row(case: CaseReport, address: str) -> list[str]:
    number, worst = case.measures[address], case.worst.get(address)
    told = as_told(number)
    unit = "" if number.unit in ("s", "ratio", "yes/no", "number") else f" ({number.unit})"
    return [
        f"{short_address(address)}{unit}",
        number_words(told),
        interval_words(told),
        NONE if worst is None or worst.kind == "identical" else interval_words(as_told(worst)),
    ]


def band_charts(bands: Bands) -> Iterator[Chart]:
    """Yield the series of a deployment in all runs: their median, from the least to the most."""
    for name, title, unit in _COUNTED:
        band = bands.series[name]
        if np.nanmax(band.greatest, initial=0.0) > 0:
            line = (Line("median of the runs", "blue", has_band=True),)
            yield _chart(bands, name, title, unit, line, [band])
    responses = [bands.series["response_p50_s"], bands.series["response_p99_s"]]
    known = np.concatenate([edge for band in responses for edge in (band.least, band.greatest)])
    known = known[known > 0]
    if known.size:
        lines = (
            Line("median of requests", "blue", has_band=True),
            Line("99th percentile of requests", "orange", has_band=True),
        )
        yield _chart(
            bands,
            "response",
            "Response time of completed requests",
            "s",
            lines,
            responses,
            is_log=bool(known.max() > LOG_SPAN * known.min()),
        )
    failed = bands.series["failed"]
    if np.nanmax(failed.greatest, initial=0.0) > 0:
        line = (Line("median of the runs", "orange", has_band=True),)
        yield _chart(bands, "failed", "Failed attempts in a bin", "attempts", line, [failed])


def _chart(
    bands: Bands,
    name: str,
    title: str,
    unit: str,
    lines: tuple[Line, ...],
    shown: Sequence[Band],
    *,
    is_log: bool = False,
) -> Chart:
    level = Level(
        np.append(bands.at_s, bands.horizon_s),
        tuple(c for band in shown for c in (band.median, band.least, band.greatest)),
    )
    return Chart(
        key=f"{bands.deployment}/{name}",
        title=title,
        unit=unit,
        kind="lines",
        lines=lines,
        levels=(level,),
        is_log=is_log,
    )
