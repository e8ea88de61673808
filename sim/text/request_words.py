"""Tables of requests, and of their waiting and response times."""

from collections.abc import Iterable, Sequence
from typing import Final

from sim.results.report import DeploymentReport
from sim.results.requests import FailedRequests, Figures, RequestCounts
from sim.results.rollout_windows import WINDOWS
from sim.results.rollouts import RolloutWindow
from sim.spans import span
from sim.text.layout import NONE, aligned, sentences

WINDOWS_ARE: Final = (
    "by arrival: during is from the PUT until it was full or ended, before is as long, after is 10 "
    "min; none begins in the warm-up, and before not before an earlier rollout was full"
)
"""The definition of the windows, where they are shown."""

Row = tuple[str, DeploymentReport | RolloutWindow]
"""A label, and the requests of the whole run or of a window of it."""


def lines(deployment: DeploymentReport) -> list[str]:
    """Return the three tables: a row for all requests, and one for each window of a rollout."""
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
    found = _request_table(rows)
    if len(rows) > 1:
        found += sentences(WINDOWS_ARE)
    found += _failures(deployment.requests.failed)
    waits = [(label, row.wait_s) for label, row in rows]
    responses = [(label, row.response_s) for label, row in rows]
    found += ["", *_figure_table("waiting (completed)", waits)]
    found += ["", *_figure_table("response (completed)", responses)]
    return found


def _request_table(rows: Sequence[Row]) -> list[str]:
    cells = [["requests", *(key.replace("_", " ") for key in RequestCounts.model_fields)]]
    for label, row in rows:
        counts = {**dict(row.requests), "failed": row.requests.failed.total}
        cells.append([f"  {label}", *(f"{count}" for count in counts.values())])
    return aligned(cells)


def _failures(failed: FailedRequests) -> list[str]:
    found = [f"{count} {kind}" for kind, count in failed if count]
    return sentences("failed: " + ", ".join(found)) if found else []


def _figure_table(title: str, rows: Iterable[tuple[str, Figures]]) -> list[str]:
    cells = [[title, *Figures.model_fields]]
    for label, figures in rows:
        shown = (NONE if value is None else span(value) for _name, value in figures)
        cells.append([f"  {label}", *shown])
    return aligned(cells)
