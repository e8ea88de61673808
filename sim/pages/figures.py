"""What the page itself says of a chart: its title, and its values as a table for who cannot see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.pages.chart import Chart, Level
from sim.palette import STATES
from sim.results.timeline import Floats, ReplicaBar
from sim.spans import span

MOST_ROWS: Final = 48
"""Rows of the table of a chart; it says what they are."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart's place in the page, with its text alternative: a table, its head first."""

    key: str
    title: str
    unit: str
    caption: str
    rows: Sequence[Sequence[str]]


def figure(chart: Chart) -> Figure:
    """Return the place of a chart of lines or areas."""
    level = chart.levels[-1] if chart.levels else chart.exact
    rows: list[list[str]] = []
    caption = "nothing to show"
    if level is not None:
        shown, caption = _picked(level, is_exact=level is chart.exact)
        columns = _own(chart, level)
        rows = [
            [span(float(level.edge_at_s[i])), *(_number(column[i]) for column in columns)]
            for i in shown
        ]
    head = ["from", *_heads(chart)]
    return Figure(chart.key, chart.title, chart.unit, caption, [head, *rows])


def bar_figure(name: str, bars: Sequence[ReplicaBar]) -> Figure:
    """Return the place of the bars of replicas."""
    rows = [
        [
            f"{bar.replica}",
            f"{bar.revision}",
            STATES[state.state].word,
            span(state.start_at_s),
            span(state.end_at_s),
        ]
        for bar in bars
        for state in bar.spans
    ]
    head = ["replica", "revision", "state", "from", "to"]
    return Figure(
        f"{name}/bars",
        "Replicas by state",
        "a bar each: r revision, # replica",
        "each spell of each replica",
        [head, *rows],
    )


def _heads(chart: Chart) -> list[str]:
    heads = []
    is_binned = bool(chart.levels)
    for line in chart.lines:
        if line.has_band and is_binned:
            heads += [f"{line.label}, mean", f"{line.label}, least", f"{line.label}, most"]
        else:
            heads.append(line.label)
    return heads


def _picked(level: Level, *, is_exact: bool) -> tuple[Sequence[int], str]:
    """Return which rows a table has, evenly among all, and what they are."""
    count = len(level.edge_at_s) - 1
    if is_exact and count <= MOST_ROWS:
        return range(count), "every change"
    shown = np.unique(np.linspace(0, count - 1, MOST_ROWS).astype(np.int64)).tolist()
    what = "changes" if is_exact else "bins of time"
    return shown, f"{len(shown)} of {count} {what}"


def _own(chart: Chart, level: Level) -> list[Floats]:
    """Return the columns, those of a stack without what they stand on."""
    if chart.kind == "lines":
        return list(level.columns)
    floor = np.zeros(len(level.edge_at_s) - 1)
    found = []
    for line, column in zip(chart.lines, level.columns, strict=True):
        found.append(column if line.is_dashed else column - floor)
        floor = floor if line.is_dashed else column
    return found


def _number(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.4g}"
