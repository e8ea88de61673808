"""Lanes above the panels for what is not told in words there: scaling, and stalls by number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from matplotlib.axes import Axes

from sim.palette import INK, PAPER
from sim.plots.marks import LANE_IN
from sim.plots.text import width_in
from sim.plots.view import View
from sim.results.timeline import Mark, MarkKind, StallSpan, Window

SIGN_PT: Final = 7.0
STALL_PT: Final = 7.0
SIGNS: Final = MappingProxyType[MarkKind, tuple[str, str]](
    {
        "scale_up": ("scale up \u25b2", "\u25b2"),
        "scale_down": ("scale down \u25bc", "\u25bc"),
    }
)
"""Title and sign of the lane of each kind of scaling; there may be very many of them."""

MAX_STALL_LANES: Final = 6
"""Where more stalls than this meet, the last of them have a bar and no number."""

LEAST_STALL_IN: Final = 0.04
"""A stall is drawn at least so wide, or it would not be seen."""
_GAP_IN: Final = 0.03


@dataclass(frozen=True, slots=True)
class Sign:
    """A triangle at `at_s`, with how many steps of scaling it stands for if it is several."""

    at_s: float
    text: str


def signs(view: View, marks: Sequence[Mark], sign: str) -> list[Sign]:
    """Return where to write what for *marks* of one kind, so that nothing meets.

    A step of scaling that has room is at its instant. Of others as many as would meet are one
    sign with their number, in the middle between the first and the last of them.
    """
    # Room for the widest count there can be, so that a sign may grow without reaching the last.
    reach_in = width_in(_counted(sign, len(marks)), size_pt=SIGN_PT) / 2 + _GAP_IN
    groups: list[list[Mark]] = []
    end_in = 0.0
    for mark in marks:
        if groups and view.place_in(mark.at_s) - reach_in < end_in:
            groups[-1].append(mark)
        else:
            groups.append([mark])
        text = _counted(sign, len(groups[-1]))
        end_in = view.place_in(_middle_s(groups[-1])) + width_in(text, size_pt=SIGN_PT) / 2
    return [Sign(_middle_s(group), _counted(sign, len(group))) for group in groups]


def _middle_s(group: Sequence[Mark]) -> float:
    first_s, last_s = group[0].at_s, group[-1].at_s
    return first_s if first_s == last_s else (first_s + last_s) / 2


def _counted(sign: str, count: int) -> str:
    return sign if count == 1 else f"{sign}{count}"


def draw_scaling(ax: Axes, view: View, marks: Sequence[Mark], sign: str) -> None:
    """Draw the scaling of one kind: triangles, and a tick for each step."""
    ax.set_ylim(0, 1)
    for found in signs(view, marks, sign):
        ax.text(found.at_s, 0.62, found.text, ha="center", va="center", fontsize=SIGN_PT, color=INK)
    ax.vlines([mark.at_s for mark in marks], 0, 0.22, color=INK, linewidth=0.7)


@dataclass(frozen=True, slots=True)
class StallBar:
    """A stall as it is drawn: from `left_in` on, in `lane` (0 is the topmost), with its number.

    `text_in` is where the text begins: inside of the bar, or right of it where it is too narrow.
    """

    stall: StallSpan
    text: str
    lane: int
    left_in: float
    right_in: float
    text_in: float

    @property
    def end_in(self) -> float:
        """Where it ends, its text included."""
        return max(self.right_in, self.text_in + width_in(self.text, size_pt=STALL_PT))


def stall_bars(view: View, stalls: Sequence[StallSpan]) -> list[StallBar]:
    """Return the bars of those *stalls* that reach into *view*, none of them over another.

    Their numbers, from 1, are those of the notes below the panels.
    """
    bars: list[StallBar] = []
    for number, stall in enumerate(stalls, start=1):
        if is_in(view.window, stall):
            bar = _stall_bar(view, stall, f"S{number}")
            taken = {other.lane for other in bars if other.end_in + _GAP_IN > bar.left_in}
            free = [lane for lane in range(MAX_STALL_LANES) if lane not in taken]
            bars.append(
                replace(bar, lane=free[0])
                if free
                else replace(bar, lane=MAX_STALL_LANES - 1, text="", text_in=bar.left_in)
            )
    return bars


def is_in(window: Window, stall: StallSpan) -> bool:
    """Return whether *stall* reaches into *window*."""
    return stall.start_at_s < window.end_at_s and (
        stall.end_at_s > window.start_at_s or stall.start_at_s == window.start_at_s
    )


def _stall_bar(view: View, stall: StallSpan, name: str) -> StallBar:
    left_in = view.place_in(max(stall.start_at_s, view.window.start_at_s))
    right_in = view.place_in(min(stall.end_at_s, view.window.end_at_s))
    right_in = max(right_in, left_in + LEAST_STALL_IN)
    words = f"{name} deadlock" if stall.is_deadlocked else name
    for text in (words, name):
        spare_in = right_in - left_in - width_in(text, size_pt=STALL_PT)
        if spare_in >= 4 * _GAP_IN:
            return StallBar(stall, text, 0, left_in, right_in, left_in + spare_in / 2)
    return StallBar(stall, name, 0, left_in, right_in, right_in + _GAP_IN)


def stalls_in(bars: Sequence[StallBar]) -> float:
    """Return how high the lane of stalls must be."""
    return LANE_IN * max((bar.lane + 1 for bar in bars), default=1)


def draw_stalls(ax: Axes, view: View, bars: Sequence[StallBar], *, height_in: float) -> None:
    """Draw each stall as a bar with its number; one that can never end is filled."""
    ax.set_ylim(height_in / LANE_IN, 0)
    for bar in bars:
        start_s, per_in = view.window.start_at_s, 1 / view.inches_per_s
        ax.broken_barh(
            [(start_s + bar.left_in * per_in, (bar.right_in - bar.left_in) * per_in)],
            (bar.lane + 0.1, 0.8),
            facecolor=INK if bar.stall.is_deadlocked else PAPER,
            edgecolor=INK,
            hatch="" if bar.stall.is_deadlocked else "//////",
            linewidth=0.8,
            clip_on=False,
        )
        is_inside = bar.text_in < bar.right_in
        ax.text(
            start_s + bar.text_in * per_in,
            bar.lane + 0.5,
            bar.text,
            va="center_baseline",
            fontsize=STALL_PT,
            color=PAPER if is_inside and bar.stall.is_deadlocked else INK,
            bbox=_ground(is_hatched=is_inside and not bar.stall.is_deadlocked),
        )


def _ground(*, is_hatched: bool) -> dict[str, object] | None:
    """Return the ground of a text: paper, where a hatch would run through it."""
    return {"facecolor": PAPER, "edgecolor": "none", "pad": 0.8} if is_hatched else None
