"""Which stretches of a run a picture enlarges: rollouts that would be slivers in the whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sim.results.rollouts import RolloutCourse
from sim.results.timeline import Window

SLIVER_RATIO: Final = 1 / 50
"""What takes less than this part of the width of a picture is drawn enlarged beside it."""

MARGIN_RATIO: Final = 0.25
"""What is shown before and after a rollout, as a part of its length."""

LEAST_MARGIN_S: Final = 10.0
"""At least so much is shown before and after, if that is not a sliver's width itself."""

MAX_CLOSEUPS: Final = 24
"""More rollouts than this are not enlarged, so that a picture stays one that can be opened."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A window with the numbers, from 1, of the rollouts that it enlarges, and the first's PUT."""

    window: Window
    rollouts: tuple[int, ...]
    put_at_s: float


def stretches(rollouts: Sequence[RolloutCourse], shown: Window) -> tuple[Stretch, ...]:
    """Return what is to be enlarged beside a picture of `shown`, in order of time.

    A rollout counts from its PUT to where it was full, or else ended; its last old replica's end
    belongs to it as well if that does not make it wider than a sliver. Rollouts so near to each
    other that one stretch shows both, neither as a sliver of it, share that.

    Args:
        rollouts: One deployment's.
        shown: What the picture shows.
    """
    found: list[Stretch] = []
    spans: list[list[Window]] = []
    for rollout in rollouts:
        span = _sliver(rollout, shown)
        if span is None:
            continue
        window = _with_margins(span, shown)
        if found and (both := _joined(found[-1].window, window, [*spans[-1], span])):
            found[-1] = Stretch(both, (*found[-1].rollouts, rollout.number), found[-1].put_at_s)
            spans[-1].append(span)
        else:
            found.append(Stretch(window, (rollout.number,), rollout.put_at_s))
            spans.append([span])
    return tuple(found)


def _sliver(rollout: RolloutCourse, shown: Window) -> Window | None:
    """Return where a rollout is, if that is a sliver of what is `shown`."""
    put_at_s = rollout.put_at_s
    if not shown.holds(put_at_s):
        return None
    widest_s = shown.length_s * SLIVER_RATIO
    ends = [end_at_s - put_at_s for end_at_s in _ends(rollout, shown)]
    if ends[0] >= widest_s:
        return None
    return Window(put_at_s, put_at_s + max(end_s for end_s in ends if end_s < widest_s))


def _ends(rollout: RolloutCourse, shown: Window) -> Iterator[float]:
    """Yield the end of a rollout first, then what else of it may be shown."""
    steps = (rollout.full_at_s, rollout.ended_at_s, shown.end_at_s)
    yield min(next(at_s for at_s in steps if at_s is not None), shown.end_at_s)
    for at_s in (rollout.gone_at_s, rollout.switched_at_s):
        if at_s is not None and at_s <= shown.end_at_s:
            yield at_s


def _with_margins(span: Window, shown: Window) -> Window:
    least_s = min(LEAST_MARGIN_S, shown.length_s * SLIVER_RATIO / 2)
    margin_s = max(span.length_s * MARGIN_RATIO, least_s)
    return Window(
        max(span.start_at_s - margin_s, shown.start_at_s),
        min(span.end_at_s + margin_s, shown.end_at_s),
    )


def _joined(one: Window, other: Window, spans: Sequence[Window]) -> Window | None:
    """Return a window over both if they overlap and none of `spans` is a sliver of it."""
    both = Window(one.start_at_s, max(one.end_at_s, other.end_at_s))
    shortest_s = min(span.length_s for span in spans)
    is_near = other.start_at_s < one.end_at_s
    return both if is_near and shortest_s >= both.length_s * SLIVER_RATIO else None
