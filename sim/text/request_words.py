"""Tables of requests, and of their waiting and response times."""

from collections.abc import Iterable, Sequence
from typing import Final

from sim.results.report import DeploymentReport
from sim.results.requests import Figures, RequestCounts
from sim.results.rollout_windows import WINDOWS
from sim.results.rollouts import RolloutWindow
from sim.spans import span
from sim.text.layout import NONE, aligned, sentences

WINDOWS_ARE: Final = (
    "by arrival: during is from the PUT until it was full or ended, before is as long, after is 10 "
    "min; none begins in the warm-up, and before not before an earlier rollout was full"
)
"""The definition of the windows, where they are shown."""

Cells = list[list[str]]
"""Rows of a table, the head first."""

Row = tuple[str, DeploymentReport | RolloutWindow]
"""A label, and the requests of the whole run or of a window of it."""


def lines(deployment: DeploymentReport) -> list[str]:
    """Return the three tables as lines, and what has to be said between them."""
    counts, waits, responses = tables(deployment)
    found = aligned(counts)
    for remark in remarks(deployment):
        found += sentences(remark)
    return [*found, "", *aligned(waits), "", *aligned(responses)]


def tables(deployment: DeploymentReport) -> tuple[Cells, Cells, Cells]:
    """Return requests, waiting and response times: the head, then a row for all requests.

    Each window of a rollout has one more.
    """
    rollouts = deployment.rollouts
    rows: list[Row] = [("all", deployment)]
    for number, rollout in enumerate(rollouts, start=1):
        label = "rollout" if len(rollouts) == 1 else f"rollout {number}"
        windows = (rollout.before, rollout.during, rollout.after)
        rows += [
            (f"{name} {label}", window)
            for name, window in zip(WINDOWS, windows, strict=True)
            if window is not None
        ]
    waits = [(label, row.wait_s) for label, row in rows]
    responses = [(label, row.response_s) for label, row in rows]
    return (
        _request_table(rows),
        _figure_table("waiting (completed)", waits),
        _figure_table("response (completed)", responses),
    )


def remarks(deployment: DeploymentReport) -> list[str]:
    """Return what has to be said of the table of requests: its windows, and how requests failed."""
    windows = [
        window
        for rollout in deployment.rollouts
        for window in (rollout.before, rollout.during, rollout.after)
        if window is not None
    ]
    failed = [f"{count} {kind}" for kind, count in deployment.requests.failed if count]
    return [
        *([WINDOWS_ARE] if windows else []),
        *(["failed: " + ", ".join(failed)] if failed else []),
    ]


def _request_table(rows: Sequence[Row]) -> Cells:
    cells = [["requests", *(key.replace("_", " ") for key in RequestCounts.model_fields)]]
    for label, row in rows:
        counts = {**dict(row.requests), "failed": row.requests.failed.total}
        cells.append([f"  {label}", *(f"{count}" for count in counts.values())])
    return cells


def _figure_table(title: str, rows: Iterable[tuple[str, Figures]]) -> Cells:
    cells = [[title, *Figures.model_fields]]
    for label, figures in rows:
        shown = (NONE if value is None else span(value) for _name, value in figures)
        cells.append([f"  {label}", *shown])
    return cells
