"""Starts of replicas in words."""

from typing import Any

import pytest

from build_summary import joined, quiet
from sim.text.start_words import lines


def said(**starts: Any) -> str:
    """Return what is said of a deployment with these figures."""
    return joined(lines(quiet(starts=starts)))


def test_starts_that_went_well_are_not_told() -> None:
    """However many there were."""
    assert said(requested=11, begun=11, responsive=11) == ""


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("start_timeout", "start took start_timeout"),
        ("model_memory", "model_memory is above the memory limit"),
        ("gpu_missing", "the model needs a GPU and the replica has none"),
        ("fault", "start failed by a fault"),
    ],
)
def test_why_starts_failed_and_how_often(key: str, words: str) -> None:
    """Of how many, and how many became responsive; how long replicas waited to try again."""
    assert said(begun=9, responsive=2, failed={key: 7}, backoff_s=850.0) == (
        f"Starts: 7 of 9 failed ({words}: 7), 2 became responsive. "
        "Replicas waited 14 min 10 s in all to be started again."
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
def test_why_replicas_were_killed_and_how_often(key: str, words: str) -> None:
    """Once, and several times for two reasons."""
    other = "out_of_memory" if key == "fault" else "fault"

    assert said(killed={key: 1}) == f"A replica was killed ({words}: 1)."
    assert f"{words}: 3" in said(killed={key: 3, other: 1})
    assert said(killed={key: 3, other: 1}).startswith("Replicas were killed 4 times (")


def test_what_came_of_scaling_from_zero() -> None:
    """Once or more often, with or without a replica that served."""
    assert said(from_zero=1, from_zero_served=0) == (
        "Scaled from zero once; 0 of these replicas became responsive."
    )
    assert said(from_zero=3, from_zero_served=2).startswith("Scaled from zero 3 times; 2 of these")
