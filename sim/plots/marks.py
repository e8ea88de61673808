"""What happened when: marks with their labels above the panels, and their lines through all.

Owns where labels stand. Labels that would cover each other are joined: first those of one rollout,
then neighbours; any number of marks can be shown, and every mark keeps its own line or tick.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.transforms import Transform

from sim.palette import FAINT, INK
from sim.plots.series import Dashes
from sim.plots.text import fitted, width_in
from sim.plots.view import View
from sim.results.timeline import Mark

LABEL_PT: Final = 8.0
LANE_IN: Final = 0.17
MAX_LANES: Final = 4
MAX_LABEL_IN: Final = 1.9
ROLLOUT: Final = "rollout "
SHORT: Final = "R"
"""What stands before the number of a rollout, and what does where that is too wide."""
LABEL_GAP_IN: Final = 3 / 72
"""From a mark's line to its label."""
_PAD_IN: Final = 0.12
_STUB: Final = 0.12
_MANY: Final = 20
_CROWD: Final = 300

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


Group = tuple[tuple[Mark, ...], str]
"""Marks that share a label, the first at its place, and the text."""


def labels(view: View, marks: Sequence[Mark]) -> tuple[Label, ...]:
    """Return the labels of *marks*, none of them covering another or crossed by another's line.

    A label begins at its mark. Where the lanes are full, the marks of each rollout share one label
    with its number; where they still are, those two neighbours among the labels in the way that
    are nearest in time are joined, until all find room.

    Args:
        view: Where they are to stand; what it has `named` is told by its number at once.
        marks: In order of time, scaling left out.
    """
    in_rollouts = frozenset(mark.rollout for mark in marks if mark.rollout is not None)
    groups: list[Group] = []
    placed: list[Label] = []
    for named, noun in ((view.named, ROLLOUT), (in_rollouts, ROLLOUT), (in_rollouts, SHORT)):
        groups = _groups(view, marks, named, noun)
        placed = _placed(view, groups)
        if len(placed) == len(groups):
            break
    while len(placed) < len(groups):
        # Only the staircase of labels down to the one without room can make room for it.
        crowd = range(max(0, len(placed) - MAX_LANES), len(placed))
        i = min(crowd, key=lambda i: groups[i + 1][0][0].at_s - groups[i][0][0].at_s)
        joined = groups[i][0] + groups[i + 1][0]
        groups[i : i + 2] = [(joined, _counted(view, joined))]
        placed = _placed(view, groups)
    return tuple(placed)


def _groups(view: View, marks: Sequence[Mark], names: frozenset[int], noun: str) -> list[Group]:
    """Return *marks* in groups, those of a rollout that is named as one, in order of the first.

    Other marks whose lines are drawn on each other share a group, and more if there is a crowd.
    """
    named: dict[int | None, list[Mark]] = defaultdict(list)
    groups: list[list[Mark]] = []
    for mark in marks:
        if mark.rollout in names:
            named[mark.rollout].append(mark)
        else:
            groups.append([mark])
    near = [list(group) for group in _near(view, (mark for (mark,) in groups), len(marks))]
    found: list[Group] = [(tuple(group), _told(view, group)) for group in near]
    found += [(tuple(group), f"{noun}{number}") for number, group in named.items()]
    return sorted(found, key=lambda group: group[0][0].at_s)


def _near(view: View, marks: Iterable[Mark], count: int) -> list[list[Mark]]:
    nearest_in = 0.02 if count <= _CROWD else 0.5
    groups: list[list[Mark]] = []
    for mark in marks:
        if groups and view.place_in(mark.at_s) - view.place_in(groups[-1][0].at_s) < nearest_in:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return groups


def _placed(view: View, groups: Sequence[Group]) -> list[Label]:
    """Return labels for *groups* in lanes, as far as the lanes suffice.

    A label stands below every label that still runs where it begins, so that its line, which comes
    from below, crosses none.
    """
    placed: list[Label] = []
    end_in = [-np.inf] * MAX_LANES
    for group, text in groups:
        begin_in = view.place_in(group[0].at_s)
        running = [lane for lane in range(MAX_LANES) if end_in[lane] > begin_in]
        lane = running[-1] + 1 if running else 0
        if lane == MAX_LANES:
            break
        end_in[lane] = begin_in + width_in(text, size_pt=LABEL_PT) + _PAD_IN
        placed.append(Label(text, group[0].at_s, lane, group))
    return placed


def _told(view: View, group: Sequence[Mark]) -> str:
    """Return the labels of *group* side by side, or shorter where that is too wide."""
    told = (", ".join(dict.fromkeys(mark.label for mark in group)), _kinds(group))
    return _first_that_fits(view, group, told)


def _kinds(group: Sequence[Mark]) -> str:
    kinds = Counter("PUT" if mark.kind == "put" else mark.kind for mark in group)
    return ", ".join(f"{n} {kind}" if n > 1 else kind for kind, n in kinds.items())


def _counted(view: View, group: Sequence[Mark]) -> str:
    """Return which rollouts and how much else is in *group*, as shortly as need be."""
    numbers = sorted({mark.rollout for mark in group if mark.rollout is not None})
    others = Counter(mark.label for mark in group if mark.rollout is None)
    words = [f"{n} {label}" if n > 1 else label for label, n in others.items()]
    short = [f"{sum(others.values())} others"] if len(others) > 1 else list(words)
    if numbers:
        noun = ROLLOUT if len(numbers) == 1 else "rollouts "
        words.insert(0, f"{noun}{ranges(numbers)}")
        short.insert(0, f"{SHORT}{ranges(numbers)}")
    told = (", ".join(words), ", ".join(short), f"{len(group)} marks")
    return _first_that_fits(view, group, told)


def ranges(numbers: Sequence[int]) -> str:
    """Return ascending *numbers* as people write them: "1", "1, 2", "1 to 5, 7"."""
    parts = []
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        found = [number for _, number in run]
        if len(found) > 2:
            parts.append(f"{found[0]} to {found[-1]}")
        else:
            parts += map(str, found)
    return ", ".join(parts)


def _first_that_fits(view: View, group: Sequence[Mark], texts: Sequence[str]) -> str:
    """Return the first of *texts* for which there is room, or the last one shortened."""
    room_in = min(MAX_LABEL_IN, view.room_from_in(group[0].at_s) - LABEL_GAP_IN)
    for text in texts:
        if width_in(text, size_pt=LABEL_PT) <= room_in:
            return fitted(text, room_in=room_in, size_pt=LABEL_PT)
    return fitted(texts[0] if len(group) == 1 else texts[-1], room_in=room_in, size_pt=LABEL_PT)


def lane_count(placed: Sequence[Label]) -> int:
    """Return how many lanes *placed* takes."""
    return max((label.lane + 1 for label in placed), default=0)


def title_of(placed: Sequence[Label]) -> str:
    """Return the title of the lanes, which explains short names where there are any."""
    is_short = any(re.match(rf"{SHORT}\d", label.text) for label in placed)
    return f"events ({SHORT}: {ROLLOUT.strip()})" if is_short else "events"


def draw_labels(ax: Axes, placed: Sequence[Label], *, lanes: int) -> None:
    """Write *placed* in *ax*, which is *lanes* high, and draw their lines up to them."""
    ax.set_ylim(0, lanes)
    tops: list[tuple[Mark, float]] = []
    for label in placed:
        middle = lanes - label.lane - 0.5
        tops += zip(label.marks, [middle + 0.4] + [_STUB] * (len(label.marks) - 1), strict=True)
        ax.annotate(
            label.text,
            (label.at_s, middle),
            xytext=(LABEL_GAP_IN * 72, 0),
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
