"""What attempts came to beside requests, in words."""

from typing import Any

import pytest

from build_summary import MIDNIGHT, joined, quiet
from sim.text.attempt_words import lines


def said(requests: dict[str, Any] | None = None, /, **figures: Any) -> str:
    """Return what is said of a deployment with these figures."""
    return joined(lines(quiet(requests=requests or {}, **figures), MIDNIGHT))


def test_an_attempt_a_request_that_all_went_well_is_not_told() -> None:
    """Everything was completed."""
    assert said({"arrived": 9, "completed": 9}, attempts={"made": 9, "per_request": 1.0}) == ""


def test_attempts_beside_requests() -> None:
    """Where clients tried again."""
    assert said({"arrived": 4897}, attempts={"made": 4901, "per_request": 4901 / 4897}) == (
        "attempts: 4901 for 4897 requests, 1.001 each."
    )


def test_threads_that_worked_for_nobody() -> None:
    """How long, which part of their time, and what they did beside what was completed."""
    worked = {"thread_s": 200.0, "abandoned_thread_s": 90.0}
    rates = {"throughput_per_s": 3.4344, "goodput_per_s": 1.5061}

    assert said(attempts=worked, **rates) == (
        "abandoned: threads worked 90 s for clients that had been answered, 45.0% of the time for "
        "which they were held. rates: threads served 3.43 attempts per second to their end, 1.51 "
        "requests per second were completed."
    )


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("out_of_memory", "out of memory"),
        ("fault", "killed by a fault"),
        ("unresponsive", "unresponsive_grace over"),
        ("grace_over", "grace over"),
    ],
)
def test_what_was_lost_with_its_replica(key: str, words: str) -> None:
    """How many, why, and when: at one instant, or between two."""
    spread = {"count": 3, "first_at_s": 90.0, "last_at_s": 150.0}
    once = {"count": 1, "first_at_s": 90.0, "last_at_s": 90.0}

    assert said(attempts={"lost": {key: spread}}) == (
        f"lost: 3 attempts with the replicas that served them ({words}), from 90 s (00:01:30) to "
        "2 min 30 s (00:02:30)."
    )
    assert said(attempts={"lost": {key: once}}) == (
        f"lost: 1 attempt with the replicas that served them ({words}), at 90 s (00:01:30)."
    )


def test_what_failed_on_replicas_that_had_just_turned_responsive() -> None:
    """Started within their warm-up."""
    assert said(attempts={"failed_while_warming": 4407}) == (
        "warming up: 4407 attempts failed on replicas that had just turned responsive, started "
        "within their warm-up."
    )


def test_from_when_on_nothing_was_completed() -> None:
    """Told where it is longer than a minute and than any response; else it is how runs end."""
    ended = {"last_completed_at_s": 1865.0, "none_completed_s": 1735.0}
    words = "Nothing was completed after 31 min 5 s (00:31:05), though requests were there for "

    assert said(attempts=ended, response_s={"max": 300.0}) == f"{words}28 min 55 s."
    assert said(attempts=ended, response_s={"max": 1735.0}) == ""
    assert said(attempts={**ended, "none_completed_s": 60.0}) == ""
    assert said(attempts={**ended, "none_completed_s": 61.0}) == f"{words}61 s."
    assert said(attempts={"last_completed_at_s": None, "none_completed_s": 900.0}) == (
        "Nothing was completed at all, though requests were there for 15 min."
    )
