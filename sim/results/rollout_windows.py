"""The windows of time before, during and after each rollout, in which requests are compared.

Source: the definitions of "What comes out" in docs/model.md. "During" is [PUT, full); a rollout
that never got full is followed to its end (superseded, cancelled) or to the horizon, and then has
no "after". "Before" is as long as "during", "after" ten minutes. None begins before the end of the
warm-up, and "before" not before an earlier rollout was full.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from sim.record import RolloutRecord

AFTER_S: Final = 600.0
"""Length of the window "after": ten minutes."""

WindowName = Literal["before", "during", "after"]
"""A window by its place."""


WINDOWS: Final[tuple[WindowName, ...]] = ("before", "during", "after")
"""In order of time."""


class Window(NamedTuple):
    """The requests that arrive in [start_at_s, end_at_s) are in it."""

    start_at_s: float
    end_at_s: float

    @property
    def is_empty(self) -> bool:
        """Whether no instant is in it."""
        return not self.start_at_s < self.end_at_s

    def since(self, at_s: float) -> "Window":
        """Return what of it is at `at_s` or later."""
        return Window(max(self.start_at_s, at_s), self.end_at_s)


def followed_to(record: RolloutRecord, horizon_s: float) -> float:
    """Return where the window "during" of a rollout ends."""
    if record.full_at_s is not None:
        return record.full_at_s
    if record.ended_at_s is not None:
        return record.ended_at_s
    return horizon_s


def before_starts_at_s(rollouts: Sequence[RolloutRecord], place: int, horizon_s: float) -> float:
    """Return where "before" rollout number `place` of a deployment begins, warm-up or not.

    As far before the PUT as the rollout is long, but not before the run begins or an earlier
    rollout was full: that may even be after the PUT.
    """
    put_at_s = rollouts[place].put_at_s
    length_s = followed_to(rollouts[place], horizon_s) - put_at_s
    full = (earlier.full_at_s for earlier in rollouts[:place] if earlier.full_at_s is not None)
    return max(put_at_s - length_s, 0.0, *full)


def whole_windows(
    rollouts: Sequence[RolloutRecord], place: int, horizon_s: float
) -> dict[WindowName, Window]:
    """Return the windows of rollout number `place` as they are without a warm-up."""
    record = rollouts[place]
    put_at_s, end_at_s = record.put_at_s, followed_to(record, horizon_s)
    found: dict[WindowName, Window] = {
        "before": Window(before_starts_at_s(rollouts, place, horizon_s), put_at_s),
        "during": Window(put_at_s, end_at_s),
    }
    if record.full_at_s is not None:
        found["after"] = Window(end_at_s, min(end_at_s + AFTER_S, horizon_s))
    return found
