"""What happened when: marks in lanes above the panels, and their lines through all of them.

Owns where labels stand. Labels that would cover each other are joined, so that any number of
marks can be shown; every mark keeps its own line or tick.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.transforms import Transform

from sim.plots.palette import FAINT, INK, PAPER
from sim.plots.series import Dashes
from sim.plots.text import fitted, width_in
from sim.results.timeline import Mark, MarkKind, StallSpan

LABEL_PT: Final = 8.0
SIGN_PT: Final = 7.0
LANE_IN: Final = 0.17
MAX_LANES: Final = 4
MAX_LABEL_IN: Final = 1.9
_PAD_IN: Final = 0.12
_CELL_IN: Final = 0.55
_STUB: Final = 0.12
_MANY: Final = 20
_CROWD: Final = 300

_SIGNS: Final[Mapping[MarkKind, str]] = MappingProxyType(
    {"scale_up": "\u25b2", "scale_down": "\u25bc"}
)

SCALING: Final = frozenset(_SIGNS)
"""Kinds that are shown as triangles; there may be very many of them."""

LINES: Final = MappingProxyType[str, tuple[str, Dashes]](
    {
        "put": (INK, (0, (5, 2))),
        "publish": (INK, (0, (5, 2))),
        "switch": (INK, "-"),
        "full": (INK, (0, (1, 1.5))),
    }
)
"""Colour and dashes of the marks of a rollout; other marks have faint dash-dotted lines."""

_OTHER: Final[tuple[str, Dashes]] = (FAINT, (0, (6, 2, 1, 2)))


@dataclass(frozen=True, slots=True)
class Label:
    """A text for `marks` in lane `lane` (0 is the topmost), from `at_s`, the first of them, on."""

    text: str
    at_s: float
    lane: int
    marks: tuple[Mark, ...]


def labels(marks: Sequence[Mark], *, inches_per_s: float) -> tuple[Label, ...]:
    """Return the labels of *marks*, none of them covering another or crossed by another's line.

    A label begins at its mark. Where the lanes are full, those two neighbours among the labels
    in the way that are nearest in time are joined, until all find room.

    Args:
        marks: In order of time, scaling left out.
        inches_per_s: How wide a second is drawn.
    """
    groups = [(group, _text(group)) for group in _crowds(marks, inches_per_s=inches_per_s)]
    while True:
        placed = _placed(groups, inches_per_s=inches_per_s)
        if len(placed) == len(groups):
            return tuple(placed)
        # Only the staircase of labels down to the one without room can make room for it.
        crowd = range(max(0, len(placed) - MAX_LANES), len(placed))
        i = min(crowd, key=lambda i: groups[i + 1][0][0].at_s - groups[i][0][-1].at_s)
        joined = groups[i][0] + groups[i + 1][0]
        groups[i : i + 2] = [(joined, _text(joined))]


def _crowds(marks: Sequence[Mark], *, inches_per_s: float) -> list[list[Mark]]:
    """Join marks whose lines are drawn on each other, and more if there is a crowd of marks."""
    nearest_in = 0.02 if len(marks) <= _CROWD else 0.5
    groups: list[list[Mark]] = []
    for mark in marks:
        if groups and (mark.at_s - groups[-1][0].at_s) * inches_per_s < nearest_in:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return groups


def _placed(groups: Sequence[tuple[Sequence[Mark], str]], *, inches_per_s: float) -> list[Label]:
    """Return labels for *groups* in lanes, as far as the lanes suffice.

    A label stands below every label that still runs where it begins, so that its line, which comes
    from below, crosses none.
    """
    placed: list[Label] = []
    end_in = [-np.inf] * MAX_LANES
    for group, text in groups:
        begin_in = group[0].at_s * inches_per_s
        running = [lane for lane in range(MAX_LANES) if end_in[lane] > begin_in]
        lane = running[-1] + 1 if running else 0
        if lane == MAX_LANES:
            break
        text_end_in = begin_in + width_in(text, size_pt=LABEL_PT) + _PAD_IN
        end_in[lane] = max(text_end_in, group[-1].at_s * inches_per_s)
        placed.append(Label(text, group[0].at_s, lane, tuple(group)))
    return placed


def _text(group: Sequence[Mark]) -> str:
    """Return the labels of *group* side by side, or how many of each kind there are."""
    told = ", ".join(dict.fromkeys(mark.label for mark in group))
    if len(group) == 1 or width_in(told, size_pt=LABEL_PT) <= MAX_LABEL_IN:
        return fitted(told, room_in=MAX_LABEL_IN, size_pt=LABEL_PT)
    kinds = Counter("PUT" if mark.kind == "put" else mark.kind for mark in group)
    counted = ", ".join(f"{n} {kind}" if n > 1 else kind for kind, n in kinds.items())
    if width_in(counted, size_pt=LABEL_PT) <= MAX_LABEL_IN:
        return counted
    return f"{len(group)} marks"


def lane_count(placed: Sequence[Label]) -> int:
    """Return how many lanes *placed* takes."""
    return max((label.lane + 1 for label in placed), default=0)


def draw_labels(ax: Axes, placed: Sequence[Label]) -> None:
    """Write *placed* in *ax*, which is `lane_count` lanes high, and draw their lines up to them."""
    lanes = lane_count(placed)
    ax.set_ylim(0, lanes)
    tops: list[tuple[Mark, float]] = []
    for label in placed:
        middle = lanes - label.lane - 0.5
        tops += zip(label.marks, [middle + 0.4] + [_STUB] * (len(label.marks) - 1), strict=True)
        ax.annotate(
            label.text,
            (label.at_s, middle),
            xytext=(3, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=LABEL_PT,
            color=INK,
            annotation_clip=False,
        )
    _draw_lines(ax, tops, transform=ax.transData)


def draw_lines(ax: Axes, marks: Sequence[Mark]) -> None:
    """Draw the lines of *marks* through the panel *ax*, fainter if they are many."""
    alpha = 1.0 if len(marks) <= _MANY else 0.4
    tops = [(mark, 1.0) for mark in marks]
    _draw_lines(ax, tops, transform=ax.get_xaxis_transform(), alpha=alpha)


def _draw_lines(
    ax: Axes,
    tops: Sequence[tuple[Mark, float]],
    *,
    transform: Transform,
    alpha: float = 1.0,
) -> None:
    """Draw a line for each mark from 0 to its top in *transform*: one collection a look."""
    looks: dict[tuple[str, Dashes], list[tuple[float, float]]] = defaultdict(list)
    for mark, top in tops:
        looks[LINES.get(mark.kind, _OTHER)].append((mark.at_s, top))
    for (colour, dashes), members in looks.items():
        lines = LineCollection(
            [((at_s, 0.0), (at_s, top)) for at_s, top in members],
            color=colour,
            linestyle=dashes,
            linewidth=0.9,
            alpha=alpha,
            transform=transform,
            zorder=4,
        )
        ax.add_collection(lines, autolim=False)


def draw_scaling(ax: Axes, marks: Sequence[Mark], *, inches_per_s: float) -> None:
    """Draw scaling as triangles, counted by slices of time if they are many, and a tick each."""
    ax.set_ylim(0, 1)
    groups = _scaling_groups(marks, inches_per_s=inches_per_s)
    for at_s, text in groups:
        ax.text(at_s, 0.62, text, ha="center", va="center", fontsize=SIGN_PT, color=INK)
    ax.vlines([m.at_s for m in marks], 0, 0.22, color=INK, linewidth=0.7)


def _scaling_groups(marks: Sequence[Mark], *, inches_per_s: float) -> list[tuple[float, str]]:
    """Return where to write what, so that nothing meets: in clusters, or else one count a cell."""
    clusters = [[marks[0]]]
    for mark in marks[1:]:
        if (mark.at_s - clusters[-1][0].at_s) * inches_per_s < _PAD_IN:
            clusters[-1].append(mark)
        else:
            clusters.append([mark])
    shown = [((c[0].at_s + c[-1].at_s) / 2, _triangles(c)) for c in clusters]
    rooms_in = [(at_s * inches_per_s, width_in(text, size_pt=SIGN_PT) / 2) for at_s, text in shown]
    if all(a + half_a < b - half_b for (a, half_a), (b, half_b) in pairwise(rooms_in)):
        return shown
    cells: dict[int, list[Mark]] = {}
    for mark in marks:
        cells.setdefault(int(mark.at_s * inches_per_s / _CELL_IN), []).append(mark)
    return [
        ((cell + 0.5) * _CELL_IN / inches_per_s, _triangles(members))
        for cell, members in cells.items()
    ]


def _triangles(marks: Sequence[Mark]) -> str:
    """Return one or two triangles in order of time, or how many of each there are."""
    signs = [_SIGNS[mark.kind] for mark in marks]
    if len(signs) <= 2:
        return "".join(signs)
    return "".join(f"{sign}{signs.count(sign)}" for sign in _SIGNS.values() if sign in signs)


def draw_stalls(ax: Axes, stalls: Sequence[StallSpan], *, inches_per_s: float) -> None:
    """Draw each stall as a bar with its number, which the notes below the panels explain."""
    ax.set_ylim(0, 1)
    for number, stall in enumerate(stalls, start=1):
        length_s = stall.end_at_s - stall.start_at_s
        ax.broken_barh(
            [(stall.start_at_s, length_s)],
            (0.1, 0.8),
            facecolor=PAPER,
            edgecolor=INK,
            hatch="" if stall.is_deadlocked else "//////",
            linewidth=0.8,
        )
        words = f"S{number} deadlock" if stall.is_deadlocked else f"S{number}"
        for text in (words, f"S{number}"):
            if width_in(text, size_pt=7) + _PAD_IN <= length_s * inches_per_s:
                ax.text(
                    (stall.start_at_s + stall.end_at_s) / 2,
                    0.5,
                    text,
                    ha="center",
                    va="center_baseline",
                    fontsize=6.5,
                    color=INK,
                    bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.2},
                )
                break
