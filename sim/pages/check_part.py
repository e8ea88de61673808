"""The page of a check: what was expected of scenarios, and what their runs say."""

from collections.abc import Iterator, Mapping
from typing import Final

from sim.pages.parts import AnswerPart, Tone, Topic
from sim.studies.answers.check_report import CheckReport, ExpectationReport
from sim.studies.estimates.expectation import Decision
from sim.text.check_text import details, headline, place_of

TONES: Final[Mapping[Decision, Tone]] = {"pass": "good", "fail": "bad", "undecided": "open"}


def check_part(report: CheckReport) -> AnswerPart:
    """Return what the page of a check shows: a table a scenario."""
    places = list(dict.fromkeys(place_of(one) for one in report.expectations))
    return AnswerPart(
        title="What was expected",
        verdict=f"{report.verdict}: {headline(report)}",
        tone=TONES[report.verdict],
        facts=f"Of {', '.join(places[:3])}{' and others' if len(places) > 3 else ''}.",
        topics=[topic for place in places for topic in _topics(report, place)],
        warnings=["Interrupted: what was still open is undecided."] if report.interrupted else [],
    )


def _topics(report: CheckReport, place: str) -> Iterator[Topic]:
    mine = [one for one in report.expectations if place_of(one) == place]
    rows = [["verdict", "expectation", "in", "found", "line"], *map(_row, mine)]
    told = [
        f"{one.that}: {'; '.join(sentences)}." for one in mine if (sentences := list(details(one)))
    ]
    yield Topic(place, (), [rows])
    yield Topic("What was found", told)


def _row(one: ExpectationReport) -> list[str]:
    aside = " (report only)" if one.report_only else ""
    line = "" if one.line is None else f"{one.line}"
    return [f"{one.verdict}{aside}", one.that, one.sample, one.reason, line]
