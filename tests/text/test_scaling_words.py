"""Scaling in words: steps, and what stood against them."""

from typing import Any

from build_summary import MIDNIGHT, joined, quiet
from sim.text.scaling_words import lines

THREE_UP = {
    "min": 1,
    "mean": 2.125,
    "max": 4,
    "ups": 3,
    "first_up_at_s": 185.0,
    "up_spacing_s": {"min": 60.0, "mean": 87.5, "max": 115.0},
    "up_delay_s": 30.0,
}


def said(starts: dict[str, Any] | None = None, /, **scaling: Any) -> str:
    """Return what is said of a deployment with these figures."""
    return joined(lines(quiet(scaling=scaling, starts=starts or {}), MIDNIGHT))


def test_where_nothing_moved_and_nothing_was_wanted_nothing_is_said() -> None:
    """A fixed number of replicas that was enough."""
    assert said(min=3, mean=3.0, max=3, max_replicas_least=3, max_replicas_most=3) == ""


def test_steps_and_their_spacing() -> None:
    """From how many to how many replicas, when first, and how far apart."""
    assert said(**THREE_UP, downs=2) == (
        "Scaling: 1 to 4 replicas, 2.12 on average; 3 steps up and 2 down. "
        "The first step up came at 3 min 5 s (00:03:05), the other 2 followed 60 s to 1 min 55 s "
        "after the one before, 87.5 s on average."
    )


def test_steps_that_come_evenly() -> None:
    """One every so often; a single one has nothing behind it."""
    even = {**THREE_UP, "up_spacing_s": {"min": 60.0, "mean": 60.0, "max": 60.0}}
    two = {**even, "ups": 2}
    single = {**THREE_UP, "ups": 1, "up_spacing_s": {}}

    assert said(**even).endswith("(00:03:05), the other 2 followed every 60 s.")
    assert said(**two).endswith("(00:03:05), the other 60 s later.")
    assert "1 step up and 0 down, 2 to zero." in said(**single, to_zero=2)
    assert said(**single).endswith("The first step up came at 3 min 5 s (00:03:05).")


def test_steps_while_replicas_were_starting() -> None:
    """The cause is named where it is one: starts that take longer than the delay."""
    early = {**THREE_UP, "ups_while_starting": 2}
    slow, quick = ({"took_s": {"mean": took_s, "max": took_s}} for took_s in (480.0, 29.0))
    words = "2 of 3 steps up came while replicas asked for before were still starting"

    assert f"{words}: a start took 8 min, the scale-up delay is 30 s." in said(slow, **early)
    assert f"{words}." in said(quick, **early)
    assert f"{words}." in said(**early)


def test_steps_that_turn_round() -> None:
    """Once is what a peak does; twice and more is told."""
    up_and_down = {**THREE_UP, "downs": 44}

    assert "turned" not in said(**up_and_down, reversals=1)
    assert said(**up_and_down, reversals=88).endswith(
        "It turned round 88 times: a step up after one down, or a step down after one up."
    )


def test_at_the_maximum() -> None:
    """How long, for how long another was due, and for how long one of them waited in a queue."""
    most = {"max_replicas_least": 4, "max_replicas_most": 4, "at_max_s": 2760.0}
    both = said(**most, at_max_queued_s=2700.0, held_by={"at_max": 120.0})

    assert both == (
        "At maxReplicas (4) for 46 min: for 2 min a step up was due, for 45 min a replica of them "
        "still waited in a resource queue."
    )
    assert said(**most, held_by={"at_max": 120.0}).endswith("for 2 min a step up was due.")
    assert said(**most, at_max_queued_s=2700.0) == ""  # a fixed number that still starts
    assert "for 45 min a replica of them" in said(**most, **THREE_UP, at_max_queued_s=2700.0)
    changed = {**most, "max_replicas_least": 2}
    assert said(**changed, held_by={"at_max": 1.0}).startswith("At maxReplicas (2 to 4) for")


def test_why_there_was_no_step_up() -> None:
    """Cannot be reached, was not reached, was not reached for long enough; no room, no wish."""
    room = {"max": 1, "max_replicas_least": 5, "max_replicas_most": 5, "up_delay_s": 60.0}
    threshold = {"threshold": 0.75, "can_reach": True}

    assert said(**room, load={"max": 1.0, "threshold": 1.0, "can_reach": False}) == (
        "No step up: the scale-up threshold cannot be reached. The load must be above 1, and never "
        "exceeds 1; it was at most 1."
    )
    assert said(**room, load={**threshold, "max": 0.4375}) == (
        "No step up: the load was at most 0.438, the scale-up threshold is 0.75."
    )
    assert said(**room, load={**threshold, "max": 0.75}).startswith("No step up: the load was at")
    assert said(**room, load={**threshold, "max": 0.9}) == (
        "No step up: the load was up to 0.9, but not at the scale-up threshold of 0.75 for the "
        "whole scale-up delay of 60 s."
    )
    assert said(**{**room, "max": 5}, load={**threshold, "max": 0.9}) == ""
    assert said(**room, load={**threshold, "max": None}) == ""
    assert "No step" not in said(**{**THREE_UP, **room}, load={**threshold, "max": 0.9})


def test_the_time_at_full_load() -> None:
    """All threads busy."""
    assert said(load={"full_s": 595.0}) == "All threads were busy (load 1) for 9 min 55 s."
