"""The page of a check: what was expected of scenarios, and what their runs say."""

from collections.abc import Mapping
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
        topics=[_topic(report, place) for place in places],
        warnings=["Interrupted: what was still open is undecided."] if report.interrupted else [],
    )


def _topic(report: CheckReport, place: str) -> Topic:
    mine = [one for one in report.expectations if place_of(one) == place]
    rows = [["verdict", "expectation", "in", "found", "line"], *map(_row, mine)]
    told = [
        f"{one.that}: {'; '.join(sentences)}." for one in mine if (sentences := list(details(one)))
    ]
    return Topic(place, told, [rows])


def _row(one: ExpectationReport) -> list[str]:
    aside = " (report only)" if one.report_only else ""
    line = "" if one.line is None else f"{one.line}"
    return [f"{one.verdict}{aside}", one.that, one.sample, one.reason, line]
