"""Which limits bound, told in one sentence."""

from typing import Any

import pytest

from build_summary import joined
from sim.results.binding import Binding
from sim.text.binding_words import lines, percent


def told(*, warm_up_s: float = 0.0, **found: float | None) -> str:
    """Return what is said of these shares and waits; all others are 0."""
    nothing: dict[str, Any] = dict.fromkeys(Binding.model_fields, 0)
    return joined(lines(Binding.model_validate(nothing | found), warm_up_s))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"cores": 0.37}, "Held back by its cores 37.0% of the time; by no other limit."),
        (
            {"threads": 0.5, "thread_waits": 1},
            "Held back by its threads 50.0% of the time (1 attempt waited in line); "
            "by no other limit.",
        ),
        (
            {"gpu": 0.25, "gpu_waits": 12},
            "Held back by its GPUs 25.0% of the time (12 attempts waited in line); "
            "by no other limit.",
        ),
        ({"memory": 1.0}, "Held back by its memory 100% of the time; by no other limit."),
        (
            {"queue_limit": 0.1},
            "Held back by the limits of resource queues 10.0% of the time; by no other limit.",
        ),
        ({"max_replicas": 0.1}, "Held back by maxReplicas 10.0% of the time; by no other limit."),
    ],
    ids=["cores", "threads", "gpu", "memory", "queue limit", "max replicas"],
)
def test_each_limit_has_its_words(found: dict[str, float], words: str) -> None:
    """As users call it; where there is a line, how many waited in it."""
    assert told(**found) == words


def test_the_limit_that_bound_longest_comes_first() -> None:
    """All six in order of their shares; two that are equal in the order of the figures."""
    assert told(
        threads=0.1,
        thread_waits=3,
        cores=0.3,
        gpu=0.3,
        gpu_waits=4,
        memory=0.5,
        queue_limit=0.0004,
        max_replicas=0.99996,
    ) == (
        "Held back by maxReplicas above 99.9% of the time, its memory 50.0%, its cores 30.0%, "
        "its GPUs 30.0% (4 attempts waited in line), its threads 10.0% (3 attempts waited in "
        "line), the limits of resource queues below 0.1%; by no other limit."
    )


def test_shares_are_of_the_time_after_the_warm_up() -> None:
    """Which is said where there is one."""
    assert "37.0% of the time after the warm-up;" in told(warm_up_s=60.0, cores=0.37)


def test_of_what_never_bound_nothing_is_said() -> None:
    """Nor of a run that ended in its warm-up."""
    assert told() == ""
    assert told(threads=None, cores=None, gpu=None) == ""


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (1e-9, "below 0.1%"),
        (0.000499, "below 0.1%"),
        (0.000501, "0.1%"),
        (0.9994, "99.9%"),
        (0.9996, "above 99.9%"),
        (1.0, "100%"),
    ],
)
def test_what_is_not_nothing_and_not_all_is_not_said_to_be(share: float, words: str) -> None:
    """A share is rounded, but not to 0 and not to 1."""
    assert percent(share) == words
