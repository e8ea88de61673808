"""Who waited in resource queues, in words, on small runs of which every number is known.

A start takes 2 s (`builders.FAST_START`), replicas have one core each unless it says otherwise.
"""

from typing import Any

import pytest

from builders import FAST_START, configuration, deployment, scenario
from sim.simulation.run import simulate
from sim.text.summary_text import summary_text
from sim.text.wait_words import TOLD_AT_MOST

Plain = dict[str, Any]

OFF: Plain = {"initial": {"kind": "disabled"}, "replica": FAST_START}


def told(*deployments: Plain, **fields: Any) -> str:
    """Return what a run says of waits, as one line: all that follows the table of queues."""
    result = simulate(scenario(*deployments, **fields), engine="reference")
    text = summary_text(result.figures).split("resource queue")[-1]
    return " ".join(text.partition("\n\n")[2].split())


def named(name: str, **settings: Any) -> Plain:
    """Return a deployment with a name."""
    return {**deployment(**settings), "name": name}


def start(at_s: float, name: str) -> Plain:
    """Return an event that starts a deployment."""
    return {"event": "start", "at_s": at_s, "deployment": name}


def cores(limit: int, **tenants: int) -> list[Plain]:
    """Return one vCPU queue with a limit and tenants in whole cores."""
    holds = {name: count * 1000 for name, count in tenants.items()}
    return [{"kind": "vcpu", "name": "pool", "limit_millicores": limit * 1000, "tenants": holds}]


def tenant(at_s: float, use: int) -> Plain:
    """Return an event after which tenant `batch` uses so many cores."""
    return {"event": "tenant", "at_s": at_s, "queue": "pool", "tenant": "batch", "use": use * 1000}


def test_who_did_not_wait_is_not_told_of() -> None:
    """Nothing but the table."""
    assert told(deployment(), queues=cores(4)) == ""


def test_a_wait_says_for_what_and_for_whom_and_what_ended_it() -> None:
    """One of 4 cores is free; the tenant leaves after 70 s."""
    words = told(
        named("a", wire={"threads": 2}, **OFF),
        queues=cores(4, batch=3),
        timeline=[start(10, "a"), tenant(80, 0)],
    )

    assert words == (
        "Replica 0 of a revision 0 waited from 10 s (00:00:10) to 80 s (00:01:20) for 2 cores of "
        "queue pool, 1 of 4 free; held by batch (3 cores). What ended it: batch (it uses less)."
    )


def test_a_short_wait_is_told_by_its_length() -> None:
    """Below a minute two instants say less than a length."""
    words = told(
        named("a", wire={"threads": 2}, **OFF),
        queues=cores(4, batch=3),
        timeline=[start(10, "a"), tenant(12.5, 0)],
    )

    assert words.startswith("Replica 0 of a revision 0 waited 2.5 s from 10 s (00:00:10) on for")


def test_who_stands_behind_another_names_it_and_what_it_needs() -> None:
    """`b` would fit and waits for `a`, to the end of the run."""
    words = told(
        named("a", wire={"threads": 2}, **OFF),
        named("b", **OFF),
        queues=cores(4, batch=3),
        timeline=[start(10, "a"), start(20, "b")],
    )

    assert words.endswith(
        "Replica 0 of b revision 0 waited from 20 s (00:00:20) to the end of the run for 1 core of "
        "queue pool, though 1 of 4 free, behind replica 0 of a revision 0, which needed 2 cores of "
        "queue pool, 1 of 4 free; held by batch (3 cores)."
    )


def test_a_head_that_waits_elsewhere_is_told_with_that_queue() -> None:
    """`b` needs a core, which is there; `a` ahead of it needs the only T4, which `c` has."""
    gpus: Plain = {"kind": "vgpu", "name": "gpus", "limits": {"T4": 1}}
    words = told(
        named("a", wire={"gpus": 1}, **OFF),
        named("b", **OFF),
        named("c", wire={"gpus": 1}),
        queues=[*cores(8), gpus],
        timeline=[start(10, "a"), start(20, "b")],
    )

    assert (
        "Replica 0 of b revision 0 waited from 20 s (00:00:20) to the end of the run for 1 core of "
        "queue pool, though 7 of 8 free, behind replica 0 of a revision 0, which needed 1 T4 GPU "
        "of queue gpus, 0 of 1 free; held by 1 x c revision 0 RESPONSIVE (1 GPU)."
    ) in words


@pytest.mark.parametrize(
    ("wire", "queue", "said"),
    [
        (
            {"threads": 8},
            cores(6)[0],
            "it asks for 8 cores of queue pool, whose largest limit is 6 cores.",
        ),
        (
            {"gpus": 4},
            {"kind": "vgpu", "name": "gpus", "limits": {"T4": 2}},
            "it asks for 4 T4 GPUs of queue gpus, whose largest limit is 2 T4 GPUs.",
        ),
        (
            {"gpu": {"count": 3}},
            {"kind": "vgpu", "name": "gpus", "limits": {"T4": 1, "A100": 2}},
            "it asks for 3 GPUs of one type of queue gpus, whose largest limit is 2 A100 GPUs.",
        ),
    ],
    ids=["cores", "GPUs", "any GPU"],
)
def test_what_can_never_fit_is_said_with_both_numbers(wire: Plain, queue: Plain, said: str) -> None:
    """At the first start, which is no rollout."""
    words = told(named("big", wire=wire, **OFF), queues=[queue], timeline=[start(10, "big")])

    assert words == (
        f"Replica 0 of big revision 0 can never fit: {said} "
        "It stood in line from 10 s (00:00:10) to the end of the run."
    )


def test_who_stands_behind_what_can_never_fit_is_told_so() -> None:
    """With both numbers of that."""
    words = told(
        named("big", wire={"threads": 8}, **OFF),
        named("small", **OFF),
        queues=cores(6),
        timeline=[start(10, "big"), start(20, "small")],
    )

    assert words.endswith(
        "Replica 0 of small revision 0 waited from 20 s (00:00:20) to the end of the run for 1 "
        "core of queue pool, though 6 of 6 free, behind replica 0 of big revision 0, which can "
        "never fit: it asks for 8 cores of queue pool, whose largest limit is 6 cores."
    )


def test_replicas_that_begin_to_wait_together_are_told_together() -> None:
    """Four of one core wait for one to four cores, which come free at 20, 30, 40 and 50."""
    steps = [tenant(at_s, use) for at_s, use in ((20, 3), (30, 2), (40, 1), (50, 0))]
    words = told(
        named("a", wire={"replicas": 4}, **OFF),
        queues=cores(4, batch=4),
        timeline=[start(10, "a"), *steps],
    )

    assert words == (
        "Replicas 0 to 3 of a revision 0 waited 10 s to 40 s from 10 s (00:00:10) on for 1 core of "
        "queue pool, 0 of 4 free; held by batch (4 cores). What ended it: batch (it uses less)."
    )


def test_some_of_them_may_wait_to_the_end() -> None:
    """Two of three are granted."""
    words = told(
        named("a", wire={"replicas": 3}, **OFF),
        queues=cores(4, batch=4),
        timeline=[start(10, "a"), tenant(20, 2)],
    )

    assert words.startswith(
        "Replicas 0 to 2 of a revision 0 waited from 10 s (00:00:10) to the end of the run, some "
        "of them less, for 1 core"
    )


def test_of_many_waits_the_longest_are_told_and_the_others_counted() -> None:
    """Nine deployments wait one after another; the six that began first wait longest."""
    names = [f"d{number}" for number in range(9)]
    words = told(
        *(named(name, **OFF) for name in names),
        queues=cores(4, batch=4),
        timeline=[start(10.0 + number, name) for number, name in enumerate(names)],
    )

    assert words.count("waited from") == TOLD_AT_MOST
    assert [name in words for name in ("d5 revision", "d6 revision")] == [True, False]
    assert words.endswith("In queue pool 3 more replicas waited too, 84 s at most.")  # 100 - 16


def test_what_a_rollout_tells_is_not_told_twice() -> None:
    """It stalls, held by its old revision; `b` behind it is told of here."""
    body = configuration(memory="2GiB")
    put = {"event": "replace", "at_s": 10.0, "deployment": "a", "runtime_configuration": body}
    words = told(
        deployment(replica=FAST_START),
        named("b", **OFF),
        queues=cores(1),
        timeline=[put, start(20, "b")],
    )

    assert words.startswith("Replica 0 of b revision 0 waited")
    assert "behind replica 1 of a revision 1" in words
    assert words.count("waited") == 1
