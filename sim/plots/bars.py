"""Replicas by state: one bar each, or counts where they are many."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from numpy.typing import NDArray

from sim.palette import FAINT, GRID, INK, PAPER, STATES, Fill
from sim.plots.series import area
from sim.results.timeline import Floats, ReplicaBar, StateCounts, Window
from sim.states import ReplicaState

MAX_BARS: Final = 40
"""Above this many replicas the picture shows counts."""

ROW_IN: Final = 0.15
"""Height of a row where rows are many, so that its number can be read."""
WIDE_ROW_IN: Final = 0.26
"""Height of a row where they are few."""
_FEW: Final = 8
_GAP_ROWS: Final = 0.5
_BAR_ROWS: Final = 0.78
_NUMBER_PT: Final = 7.0
_REVISION_PT: Final = 8.0


def row_in(bar_count: int) -> float:
    """Return the height of a row in inches."""
    return WIDE_ROW_IN if bar_count <= _FEW else ROW_IN


def rows_of(bars: Sequence[ReplicaBar]) -> float:
    """Return the rows that *bars* take, the gaps between revisions among them."""
    return len(bars) + _GAP_ROWS * max(0, len({bar.revision for bar in bars}) - 1)


def states_of(bars: Sequence[ReplicaBar]) -> list[ReplicaState]:
    """Return the states that occur in *bars*, in the palette's order."""
    seen = {span.state for bar in bars for span in bar.spans}
    return [state for state in STATES if state in seen]


def draw_bars(ax: Axes, bars: Sequence[ReplicaBar], *, with_names: bool = True) -> None:
    """Draw one bar a replica, the first at the top, revisions apart.

    Args:
        ax: An axes `rows_of(bars)` rows high.
        bars: In order of (revision, replica).
        with_names: Whether revisions are named on the left.
    """
    middle: dict[int, float] = {}
    spans: dict[ReplicaState, list[tuple[float, float, float]]] = defaultdict(list)
    row = 0.0
    for revision, group in groupby(bars, key=lambda bar: bar.revision):
        if row:
            ax.axhline(row + _GAP_ROWS / 2, color=GRID, linewidth=1.0, zorder=1)
            row += _GAP_ROWS
        top = row
        for bar in group:
            middle[bar.replica] = row + 0.5
            for span in bar.spans:
                spans[span.state].append((row + 0.5, span.start_at_s, span.end_at_s))
            row += 1
        if with_names:
            _name_revision(ax, revision, (top + row) / 2)
    for state, members in spans.items():
        _draw_state(ax, STATES[state], members)
    ax.set_ylim(max(row, 1.0), 0)
    ax.set_yticks(list(middle.values()), [str(number) for number in middle], fontsize=_NUMBER_PT)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")


def _name_revision(ax: Axes, revision: int, row: float) -> None:
    ax.annotate(
        f"revision {revision}",
        (0, row),
        xycoords=("axes fraction", "data"),
        xytext=(-30, 0),
        textcoords="offset points",
        ha="right",
        va="center_baseline",
        fontsize=_REVISION_PT,
        color=INK,
        annotation_clip=False,
    )


def _draw_state(ax: Axes, fill: Fill, members: Sequence[tuple[float, float, float]]) -> None:
    """Draw all bars of one state as one collection, a rectangle a spell, and hatch them.

    The outline has the colour of the area, so that a spell too short for its area is still seen;
    the hatch is a collection of its own, as matplotlib gives it the colour of the outline.
    """
    half = _BAR_ROWS / 2
    rectangles = [
        ((start, row - half), (end, row - half), (end, row + half), (start, row + half))
        for row, start, end in members
    ]
    outline = fill.edge if fill.face == PAPER else fill.face
    areas = PolyCollection(rectangles, facecolor=fill.face, edgecolor=outline, linewidth=0.5)
    ax.add_collection(areas, autolim=False)
    if fill.hatch:
        hatches = PolyCollection(
            rectangles, facecolor="none", edgecolor=fill.edge, hatch=fill.hatch, linewidth=0.0
        )
        ax.add_collection(hatches, autolim=False)


def counts_of(bars: Sequence[ReplicaBar]) -> StateCounts:
    """Return how many of *bars* are in each state, as steps from the first instant to the last."""
    changes = [
        (at_s, span.state, step)
        for bar in bars
        for span in bar.spans
        for at_s, step in ((span.start_at_s, 1), (span.end_at_s, -1))
    ]
    at_s, where = np.unique(np.array([c[0] for c in changes]), return_inverse=True)
    counts: dict[ReplicaState, NDArray[np.int64]] = {}
    for state in states_of(bars):
        steps = np.zeros(at_s.size, dtype=np.int64)
        mine = [i for i, change in enumerate(changes) if change[1] is state]
        np.add.at(steps, where[mine], [changes[i][2] for i in mine])
        counts[state] = np.cumsum(steps)
    return StateCounts(at_s=at_s, counts=counts)


def draw_counts(ax: Axes, states: StateCounts, *, window: Window) -> None:
    """Draw the counts of replicas stacked by state, in the palette's order from below.

    Nothing is drawn where there were none of them yet.
    """
    if not states.at_s.size:
        return
    at_s: Floats = np.append(states.at_s, window.end_at_s)
    floor: Floats = np.zeros(states.at_s.size)
    for state, fill in STATES.items():
        if state not in states.counts:
            continue
        top = floor + states.counts[state]
        area(
            ax,
            at_s,
            floor,
            top,
            facecolor=fill.face,
            edgecolor=fill.edge,
            hatch=fill.hatch,
            linewidth=0.0,
        )
        floor = top
    outline = np.append(at_s[:1], at_s), np.append(0, np.append(floor, floor[-1:]))
    ax.step(*outline, where="post", color=FAINT, linewidth=0.8, zorder=0.9)


def greatest_count(states: StateCounts) -> float:
    """Return how many replicas there are at the most."""
    total = sum(states.counts.values(), np.zeros(states.at_s.size, dtype=np.int64))
    return float(total.max(initial=0))


def by_revision(bars: Sequence[ReplicaBar]) -> Mapping[int, Sequence[ReplicaBar]]:
    """Return *bars* by revision, in order."""
    return {number: list(group) for number, group in groupby(bars, key=lambda bar: bar.revision)}
