"""Tables of requests, and of their waiting and response times."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sim.spans import span
from sim.text.layout import NONE, aligned, sentences

WINDOWS: Final = ("before", "during", "after")

WINDOWS_ARE: Final = (
    "by arrival: during is from the PUT until it was full or ended, before is as long, after is 10 "
    "min; none begins in the warm-up, and before not before an earlier rollout was full"
)
"""The definition of the windows, where they are shown."""

Row = tuple[str, Mapping[str, Any]]
"""A label, and a dictionary with `requests`, `wait_s` and `response_s`."""


def lines(deployment: Mapping[str, Any]) -> list[str]:
    """Return the three tables: a row for all requests, and one for each window of a rollout."""
    rollouts = deployment["rollouts"]
    rows: list[Row] = [("all", deployment)]
    for number, rollout in enumerate(rollouts, start=1):
        label = "rollout" if len(rollouts) == 1 else f"rollout {number}"
        rows += [(f"{w} {label}", rollout[w]) for w in WINDOWS if rollout[w] is not None]
    found = _request_table(rows)
    if len(rows) > 1:
        found += sentences(WINDOWS_ARE)
    found += _failures(deployment["requests"]["failed"])
    for title, key in (("waiting (completed)", "wait_s"), ("response (completed)", "response_s")):
        found += ["", *_figure_table(title, [(label, row[key]) for label, row in rows])]
    return found


def _request_table(rows: Sequence[Row]) -> list[str]:
    keys = ("arrived", "completed", "failed", "queued", "running", "backing_off")
    cells = [["requests", *(key.replace("_", " ") for key in keys)]]
    for label, row in rows:
        counts = {**row["requests"], "failed": sum(row["requests"]["failed"].values())}
        cells.append([f"  {label}", *(f"{counts[key]}" for key in keys)])
    return aligned(cells)


def _failures(failed: Mapping[str, int]) -> list[str]:
    found = [f"{count} {kind}" for kind, count in failed.items() if count]
    return sentences("failed: " + ", ".join(found)) if found else []


def _figure_table(title: str, rows: Iterable[tuple[str, Mapping[str, float | None]]]) -> list[str]:
    cells: list[list[str]] = []
    for label, values in rows:
        if not cells:
            cells.append([title, *values])
        shown = (NONE if value is None else span(value) for value in values.values())
        cells.append([f"  {label}", *shown])
    return aligned(cells)
