"""The page of one run: what happened and why, for people who have nothing installed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sim
from sim.lint.finding import Finding
from sim.pages.chart import Chart, charts
from sim.pages.decision_rows import decision_rows
from sim.pages.document import document
from sim.pages.figures import Figure, bar_figure, figure
from sim.pages.grid import grid
from sim.pages.looks import fills
from sim.pages.parts import Topic
from sim.pages.payload import (
    Grids,
    bars_data,
    chart_data,
    clock_data,
    marks_data,
    packed,
    stalls_data,
)
from sim.pages.run_charts import MOST_BARS, answer_charts, bars, queue_sketches, sketches
from sim.pages.shown_run import ShownRun
from sim.results.files import json_text
from sim.results.report import DeploymentReport, Report
from sim.results.timeline import DeploymentTimeline, pictured_of
from sim.spans import span
from sim.text import (
    attempt_words,
    binding_words,
    event_words,
    queue_words,
    replica_words,
    request_words,
    rollout_words,
    scaling_words,
    start_words,
    status_words,
    traffic_words,
    wait_words,
)
from sim.text.layout import NONE, paragraphs
from sim.text.verdict_words import Answer, answers, verdict
from sim.text.wall_clock import Instants
from sim.zones import read_clock

MOST_CHARTED: Final = 12
"""Deployments whose charts a page has, those with rollouts and failures first."""

MOST_TOLD: Final = 60
"""Deployments of which a page tells everything; the others have a row of a table each."""


@dataclass(frozen=True, slots=True)
class DeploymentPart:
    """What the page has of one deployment; charts only of those that are drawn."""

    id: str
    name: str
    topics: Sequence[Topic]
    charts: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class QueuesPart:
    """What the page has of the resource queues."""

    rows: Sequence[Sequence[str]]
    paragraphs: Sequence[str]
    charts: Sequence[Figure]


def run_page(run: ShownRun, findings: Sequence[Finding] = ()) -> bytes:
    """Return the page of a run as the bytes of its file.

    Args:
        run: Fresh, or from its directory.
        findings: What lint says of its scenario: the answer to which setting would do better.

    Raises:
        ScenarioError: The extra that makes pages is not installed.
    """
    report = run.report
    instants = Instants(read_clock(report.start), report.horizon_s)
    drawn = _Drawn(run) if run.has_tables else None
    told = _foremost(report, MOST_TOLD)
    parts = [
        DeploymentPart(
            f"deployment-{number}",
            one.name,
            _topics(one, report, instants),
            drawn.figures.get(one.name, ()) if drawn else (),
        )
        for number, one in enumerate(report.deployments)
        if one.name in told
    ]
    content = {
        "title": report.name,
        "version": sim.__version__,
        "verdict": verdict(report),
        "question": report.provenance.scenario.get("question"),
        "answer": report.provenance.scenario.get("answer"),
        "facts": _facts(report, instants),
        "warnings": [f"Warning: {found.words}." for found in report.warnings]
        + ([] if drawn is None else drawn.remarks)
        + ([] if drawn else [run.why_no_tables]),
        "answers": [*answers(report), _better(findings)],
        "deployments": parts,
        "charted": [part for part in parts if part.charts],
        "others": [_OTHERS, *(_row(one) for one in report.deployments if one.name not in told)],
        "queues": QueuesPart(
            queue_words.cells(report.queues),
            paragraphs(wait_words.lines(report, instants)),
            drawn.queue_figures if drawn else (),
        )
        if report.queues
        else None,
        "scenario": json_text(report.provenance.scenario),
        "versions": _versions(report),
    }
    return document("run.html", content, data=packed(drawn.data()) if drawn else None)


class _Drawn:
    """The charts of a run: their numbers for the script, and their places in the page."""

    def __init__(self, run: ShownRun) -> None:
        report, timeline = run.report, run.timeline()
        self._timeline = timeline
        chosen = _foremost(report, MOST_CHARTED)
        self.remarks = (
            []
            if len(chosen) == len(report.deployments)
            else [
                f"Charts are shown of {len(chosen)} of {len(report.deployments)} deployments: "
                "those with most rollouts and failures."
            ]
        )
        shown = [one for one in timeline.deployments if one.name in chosen]
        edge_at_s = grid(timeline.window, (mark for one in shown for mark in one.marks))
        pictured = pictured_of((one.name, len(one.revisions)) for one in timeline.deployments)
        outlines = {one.name: list(sketches(one)) for one in shown}
        of_queues = list(queue_sketches(timeline.queues, pictured, timeline.window))
        made = charts([s for found in outlines.values() for s in found] + of_queues, edge_at_s)
        by_key = {chart.key: chart for chart in made}
        reports = {one.name: one for one in report.deployments}
        self._charts: dict[str, list[Chart]] = {
            one.name: [
                *(by_key[sketch.key] for sketch in outlines[one.name]),
                *answer_charts(
                    one.name, run.answers(one.name), timeline.window, reports[one.name].rollouts
                ),
            ]
            for one in shown
        }
        self._queues = [by_key[sketch.key] for sketch in of_queues]
        self._shown = shown
        self._decisions = run.tables["decisions"]
        self.figures = {one.name: self._figures(one) for one in shown}
        self.queue_figures = [figure(chart) for chart in self._queues]

    def _figures(self, timeline: DeploymentTimeline) -> list[Figure]:
        found = [figure(chart) for chart in self._charts[timeline.name]]
        lives = bars(timeline.replicas)
        if not 0 < len(lives) <= MOST_BARS:
            return found
        return [bar_figure(timeline.name, lives), *found]

    def data(self) -> Mapping[str, Any]:
        """Return what the script draws."""
        window, grids = self._timeline.window, Grids()
        deployments = [self._deployment(one, grids) for one in self._shown]
        queues = [chart_data(chart, grids) for chart in self._queues]
        return {
            "window": [window.start_at_s, window.end_at_s],
            "warmUp": self._timeline.warm_up_s,
            "clock": clock_data(self._timeline.start, window.end_at_s),
            "fills": fills(),
            "deployments": deployments,
            "queues": queues,
            "grids": grids.columns,
        }

    def _deployment(self, timeline: DeploymentTimeline, grids: Grids) -> Mapping[str, Any]:
        lives = bars(timeline.replicas)
        return {
            "name": timeline.name,
            "charts": [chart_data(chart, grids) for chart in self._charts[timeline.name]],
            "bars": bars_data(lives) if len(lives) <= MOST_BARS else [],
            "marks": marks_data(timeline.marks),
            "stalls": stalls_data(timeline.stalls),
            "decisions": decision_rows(self._decisions.where("deployment", timeline.name)),
        }


def _foremost(report: Report, most: int) -> set[str]:
    """Return the names of the deployments with most rollouts and failures, all if they are few."""

    def weight(one: DeploymentReport) -> tuple[int, int]:
        return len(one.rollouts), one.requests.failed.total

    ranked = sorted(report.deployments, key=weight, reverse=True)
    return {one.name for one in ranked[:most]}


_OTHERS: Final = ("deployment", "rollouts", "requests", "failed", "response p99", "compute-seconds")


def _row(one: DeploymentReport) -> tuple[str, ...]:
    """Return what is told of a deployment among many."""
    p99_s = one.response_s.p99
    return (
        one.name,
        f"{len(one.rollouts)}",
        f"{one.requests.arrived}",
        f"{one.requests.failed.total}",
        NONE if p99_s is None else span(p99_s),
        f"{one.compute_seconds.total:.0f}",
    )


def _topics(one: DeploymentReport, report: Report, instants: Instants) -> list[Topic]:
    """Return what there is to say of a deployment, what there is nothing of left out."""
    counts, waits, responses = request_words.tables(one)
    found = [
        Topic(
            "What happened",
            [
                *paragraphs(event_words.lines(one, instants)),
                *paragraphs(rollout_words.lines(one, instants)),
                *paragraphs(status_words.lines(one, instants)),
            ]
            or ["Nothing was changed, and no replica ended."],
        ),
        Topic(
            "Requests",
            [*request_words.remarks(one), *paragraphs(attempt_words.lines(one, instants))],
            (counts, waits, responses),
        ),
        Topic("Traffic from files", paragraphs(traffic_words.lines(report, one.name))),
        Topic("Starts", paragraphs(start_words.lines(one))),
        Topic("Scaling", paragraphs(scaling_words.lines(one, instants))),
        Topic("What held it back", paragraphs(binding_words.lines(one.binding, report.warm_up_s))),
        Topic("Replicas and cost", paragraphs(replica_words.lines(one))),
    ]
    return [topic for topic in found if not topic.is_empty]


def _better(findings: Iterable[Finding]) -> Answer:
    """Return what lint names, or what else tells."""
    said = " ".join(f"{found.claim} {found.remedy}" for found in findings)
    ask = (
        "The command sim plan tries a PUT before it is sent, sim compare tells two scenarios apart."
    )
    return Answer("Which setting would do better?", f"{said} {ask}".strip())


def _facts(report: Report, instants: Instants) -> str:
    provenance = report.provenance
    return (
        f"{span(report.horizon_s)} simulated from {instants.start:%Y-%m-%d %H:%M:%S} "
        f"({instants.start:%Z}) on; one run, seed {provenance.seed}, engine {provenance.engine}."
    )


def _versions(report: Report) -> str:
    provenance = report.provenance
    versions = ", ".join(f"{name} {version}" for name, version in provenance.versions.items())
    return f"sim {provenance.sim}, engine {provenance.engine}, seed {provenance.seed}; {versions}."
