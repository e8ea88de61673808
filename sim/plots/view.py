"""A view: a window of the run as one column of a picture, the whole or a rollout enlarged."""

from dataclasses import dataclass
from typing import Final

from sim.plots.quantities import TimeAxis
from sim.results.answers import CLOSEUP_BINS, MAX_BINS, bin_width_s
from sim.results.timeline import AnswerBins, Mark, MarkKind, Window

SCALING: Final[tuple[MarkKind, ...]] = ("scale_up", "scale_down")
"""Kinds of marks that are shown as triangles in lanes of their own."""


@dataclass(frozen=True, slots=True)
class View:
    """One column of a picture.

    Attributes:
        window: What it shows.
        axis: Its ticks.
        answers: What clients were answered, in the bins that it shows.
        marks: What happened in it, in order of time.
        named: The rollouts that are told by their number there, as they are enlarged elsewhere.
        enlarged: The rollouts that it enlarges; none: it shows all.
        width_in: How wide its axes are, in inches.
        room_in: How far labels may run out of it to the right, in inches.
    """

    window: Window
    axis: TimeAxis
    answers: AnswerBins
    marks: tuple[Mark, ...]
    named: frozenset[int]
    enlarged: tuple[int, ...]
    width_in: float
    room_in: float

    @property
    def is_closeup(self) -> bool:
        """Whether it enlarges something."""
        return bool(self.enlarged)

    @property
    def told(self) -> tuple[Mark, ...]:
        """The marks that are told in words: all but scaling, one for a rollout that is named."""
        told = []
        seen: set[int] = set()
        for mark in self.marks:
            if mark.kind in SCALING or mark.rollout in seen:
                continue
            if mark.rollout in self.named:
                seen.add(mark.rollout)
            told.append(mark)
        return tuple(told)

    @property
    def inches_per_s(self) -> float:
        """How wide a second is drawn."""
        return self.width_in / self.window.length_s

    @property
    def bin_s(self) -> float:
        """The width of the bins of a series that is too dense to be drawn step by step."""
        most = CLOSEUP_BINS if self.is_closeup else MAX_BINS
        return bin_width_s(self.window.length_s, most)

    def place_in(self, at_s: float) -> float:
        """Return how far from its left edge an instant is drawn, in inches."""
        return (at_s - self.window.start_at_s) * self.inches_per_s

    def room_from_in(self, at_s: float) -> float:
        """Return how much room there is for a label from an instant on, in inches."""
        return self.width_in - self.place_in(at_s) + self.room_in
