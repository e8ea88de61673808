"""What befell a deployment from outside, and ends of replicas that no event of the timeline tells.

An entry each: when, what, its effect in words, and the code of the reason.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from pydantic import Field

from sim.reasons import PutAction, Reason, ScheduleAction, TimelineAction
from sim.record import ControlLog, Decision, Transition
from sim.results.codes import ReasonCode
from sim.results.measure import Group, measure

EventName = PutAction | TimelineAction | ScheduleAction | Literal["ends"]
"""What befell a deployment: an event of the timeline or a call of the API, or ends of replicas."""

ENDS: Final = "ends"
"""The name of an entry about ends of replicas."""

NAMED_AT_MOST: Final = 3
"""Of more replicas than this the others are counted."""

_ALWAYS_TOLD: Final = frozenset({Reason.LIFETIME_OVER})
_TOLD_TOGETHER: Final = frozenset(
    {Reason.OUT_OF_MEMORY, Reason.UNRESPONSIVE, Reason.GRACE_OVER, Reason.ABOVE_MAX}
)
"""Told where several replicas end at one instant. Others are told with their cause: a switch, a
disable, a fault that kills, a pending revision that is given up; a step down takes one."""


class EventReport(Group):
    """Something that befell a deployment."""

    at_s: float = measure("s")
    """When."""
    event: EventName
    effect: str = Field(description="What it came to, in words.")
    code: ReasonCode = Field(description="The code of the effect, or of the reason of the ends.")


def events(log: ControlLog) -> list[EventReport]:
    """Return what befell a deployment, in order of time."""
    told = [*_told(log.decisions), *_ends(log.transitions)]
    return sorted(told, key=lambda event: event.at_s)


def _told(decisions: Iterable[Decision]) -> Iterator[EventReport]:
    """Yield the effects of events of the timeline and of calls of the API."""
    for decision in decisions:
        match decision.action:
            case (
                "replace"
                | "publish"
                | "disable"
                | "start"
                | "kill"
                | "hang"
                | "fail_starts"
                | "slow_starts"
                | "schedule"
                | "bounds"
            ) as event:
                yield EventReport(
                    at_s=decision.at_s,
                    event=event,
                    effect=decision.words,
                    code=decision.reason,
                )
            case _:
                pass


def _ends(transitions: Sequence[Transition]) -> Iterator[EventReport]:
    """Yield an entry for each instant and reason for which replicas ended and nothing else says so.

    The words name the first replicas by number.
    """
    ended: dict[tuple[float, Reason], list[int]] = defaultdict(list)
    for move in transitions:
        if move.reason in _ALWAYS_TOLD | _TOLD_TOGETHER:
            ended[move.at_s, move.reason].append(move.replica)
    for (at_s, reason), replicas in ended.items():
        if reason in _ALWAYS_TOLD or len(replicas) > 1:
            yield EventReport(
                at_s=at_s,
                event=ENDS,
                effect=f"{_numbers(sorted(replicas))}: {reason.words}",
                code=reason,
            )


def _numbers(replicas: Sequence[int]) -> str:
    """Return for example "replicas 0, 1, 2 and 4 others"."""
    named = [str(number) for number in replicas[:NAMED_AT_MOST]]
    others = len(replicas) - len(named)
    if others:
        return f"replicas {', '.join(named)} and {others} other{'s' if others > 1 else ''}"
    if len(named) == 1:
        return f"replica {named[0]}"
    return f"replicas {', '.join(named[:-1])} and {named[-1]}"
