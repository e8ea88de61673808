"""What befell a deployment from outside, and ends of replicas that no event of the timeline tells.

An entry each: when, what, its effect in words, and the code of the reason.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sim.reasons import Reason
from sim.record import ControlLog, Decision, Transition

ENDS: Final = "ends"
"""The kind of an entry about ends of replicas."""

NAMED_AT_MOST: Final = 3
"""Of more replicas than this the others are counted."""

_ALWAYS_TOLD: Final = frozenset({Reason.LIFETIME_OVER})
_TOLD_TOGETHER: Final = frozenset(
    {Reason.OUT_OF_MEMORY, Reason.UNRESPONSIVE, Reason.GRACE_OVER, Reason.ABOVE_MAX}
)
"""Told where several replicas end at one instant. Others are told with their cause: a switch, a
disable, a fault that kills, a pending revision that is given up; a step down takes one."""


def events(log: ControlLog) -> list[dict[str, Any]]:
    """Return one dictionary an event, in order of time, as in `result.json`."""
    told = [_event(decision) for decision in log.decisions if _is_event(decision)]
    return sorted([*told, *_ends(log.transitions)], key=lambda event: float(event["at_s"]))


def _is_event(decision: Decision) -> bool:
    """Whether `decision` is the effect of an event of the timeline or of a call of the API."""
    return decision.action in ("replace", "publish") or decision.actor == "timeline"


def _event(decision: Decision) -> dict[str, Any]:
    return {
        "at_s": decision.at_s,
        "event": decision.action,
        "effect": decision.words,
        "code": decision.reason.code,
    }


def _ends(transitions: Sequence[Transition]) -> Iterator[dict[str, Any]]:
    """Yield an entry for each instant and reason for which replicas ended and nothing else says so.

    The words name the first replicas by number.
    """
    ended: dict[tuple[float, Reason], list[int]] = defaultdict(list)
    for move in transitions:
        if move.reason in _ALWAYS_TOLD | _TOLD_TOGETHER:
            ended[move.at_s, move.reason].append(move.replica)
    for (at_s, reason), replicas in ended.items():
        if reason in _ALWAYS_TOLD or len(replicas) > 1:
            yield {
                "at_s": at_s,
                "event": ENDS,
                "effect": f"{_numbers(sorted(replicas))}: {reason.words}",
                "code": reason.code,
            }


def _numbers(replicas: Sequence[int]) -> str:
    """Return for example "replicas 0, 1, 2 and 4 others"."""
    named = [str(number) for number in replicas[:NAMED_AT_MOST]]
    others = len(replicas) - len(named)
    if others:
        return f"replicas {', '.join(named)} and {others} other{'s' if others > 1 else ''}"
    if len(named) == 1:
        return f"replica {named[0]}"
    return f"replicas {', '.join(named[:-1])} and {named[-1]}"
