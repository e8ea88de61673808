"""Ends of replicas among the events, in words."""

from typing import Any

from build_summary import MIDNIGHT, quiet
from sim.results.events import ENDS
from sim.text.event_words import ENDS_AT_MOST, lines


def end(at_s: float, code: str = "lifetime_over") -> dict[str, Any]:
    """Return the entry about the end of replica 3."""
    return {"at_s": at_s, "event": ENDS, "effect": "replica 3: lifetime over", "code": code}


def said(events: list[dict[str, Any]]) -> list[str]:
    """Return the lines about these events."""
    return lines(quiet(events=events), MIDNIGHT)


def test_few_ends_have_a_line_each() -> None:
    """When, who and why."""
    assert said([end(60.0)]) == ["  End of replicas at 60 s (00:01:00): replica 3: lifetime over."]
    assert len(said([end(60.0 * n) for n in range(ENDS_AT_MOST)])) == ENDS_AT_MOST


def test_many_ends_for_one_reason_are_one_line() -> None:
    """A month of lifetimes; what else there is keeps its line."""
    many = [end(60.0 * n) for n in range(1, ENDS_AT_MOST + 2)]
    fault = {"at_s": 90.0, "event": "kill", "effect": "replica 0 is killed", "code": "fault"}
    other = {**end(100.0, "grace_over"), "effect": "replicas 1 and 2: grace over"}

    assert said([*many, fault, other]) == [
        "  Fault at 90 s (00:01:30): replica 0 is killed.",
        "  End of replicas at 1 min 40 s (00:01:40): replicas 1 and 2: grace over.",
        "  End of replicas 6 times, from 60 s (00:01:00) to 6 min (00:06:00): lifetime over.",
    ]
