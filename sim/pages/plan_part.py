"""The page of a plan: the verdict on an event, what would mend it, and what both rest on."""

from collections.abc import Mapping
from typing import Final

from sim.pages.parts import AnswerPart, Tone, Topic
from sim.studies.plans.plan_report import PlanReport, Verdict
from sim.text.finding_words import counts
from sim.text.plan_text import (
    EFFECTS,
    cautions,
    event_words,
    field_rows,
    first_line,
    help_words,
    rollout_rows,
    side_rows,
    stall_words,
)

TONES: Final[Mapping[Verdict, Tone]] = {
    "WORKS": "good",
    "RISKY": "open",
    "NEVER": "bad",
    "REFUSED": "bad",
}


def plan_part(report: PlanReport) -> AnswerPart:
    """Return what the page of a plan shows."""
    has_runs = bool(report.then.runs and report.difference)
    topics = [
        Topic(
            "What would mend it",
            [help_words(one, report.why) for one in report.helps],
        ),
        Topic(
            "What it changes",
            [f"Effect: {EFFECTS[report.effect]}.", *report.remarks],
            [field_rows(report)] if report.changes else [],
        ),
        Topic(
            "Rules that it breaks",
            [f"{one.message} (rule {one.rule})" for one in report.violations],
        ),
        Topic(
            f"Arithmetic: {counts(report.findings)}",
            [f"{one.level}: {one.claim} {one.remedy}" for one in report.findings],
        ),
        Topic("Without it and with it", (), [side_rows(report)] if has_runs else []),
        Topic(
            "The rollout",
            list(stall_words(report)),
            [rollout_rows(report)] if has_runs and report.effect == "rollout" else [],
        ),
        Topic("To bear in mind", list(cautions(report)) if has_runs else []),
    ]
    return AnswerPart(
        title=f"Plan: {report.name}",
        verdict=first_line(report),
        tone=TONES[report.verdict],
        facts=event_words(report),
        topics=topics,
        warnings=["Interrupted: the numbers are of the runs that there are."]
        if report.interrupted
        else [],
    )
