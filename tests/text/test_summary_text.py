"""The summary in words, on the hand-made story."""

from textwrap import dedent
from typing import Any, get_args

import pytest

from build_record import deployment, replace_story, scenario, stall
from sim.record import Record
from sim.results.events import ENDS
from sim.results.report import Report
from sim.results.summary import summary
from sim.scenario.models.timeline import TimelineEvent
from sim.text.event_words import EVENTS
from sim.text.layout import WIDTH
from sim.text.summary_text import summary_text

TOLD = """\
    replace story: 3 min 20 s simulated, seed 7, engine reference
    Its clock begins at 2026-01-05 00:00:00 (UTC).

    deployment api
      Fault at 3 min 10 s (00:03:10): 1 replica.
      Rollout 1: PUT at 1 min 40 s (00:01:40), revision 0 to 1. It switched after 40 s, was full after
        40 s (2 threads, 4 before) and the last old replica was gone after 60 s. After the switch there
        were 2 threads against 4 at the PUT, and fewer for 60 s, to the end of the run. Capacity fell by
        up to 50.0% of threads and 50.0% of cores on the way. Until the last old replica was gone at
        least 1 replica took requests, at most 3 were live, and 30 replica-seconds were held beyond the
        number at the PUT.
      Scaling: 1 to 2 replicas, 1.7 on average; 1 step up and 0 down.
      The first step up came at 3 min (00:03:00).
      Held back by its threads 9.0% of the time (6 attempts waited in line), the limits of resource
        queues 5.0%; by no other limit.

      requests          arrived  completed  failed  queued  running  backing off
        all                   9          5       1       1        1            1
        before rollout        1          1       0       0        0            0
        during rollout        3          3       0       0        0            0
        after rollout         4          0       1       1        1            1
      by arrival: during is from the PUT until it was full or ended, before is as long, after is 10 min;
        none begins in the warm-up, and before not before an earlier rollout was full
      failed: 1 inference_timeout

      waiting (completed)   mean  p50  p95  p99  max
        all                1.4 s  1 s  4 s  4 s  4 s
        before rollout       1 s  1 s  1 s  1 s  1 s
        during rollout       2 s  1 s  4 s  4 s  4 s
        after rollout          -    -    -    -    -

      response (completed)    mean   p50   p95   p99   max
        all                   10 s  10 s  22 s  22 s  22 s
        before rollout         5 s   5 s   5 s   5 s   5 s
        during rollout      14.3 s  11 s  22 s  22 s  22 s
        after rollout            -     -     -     -     -

      attempts: 10 for 9 requests, 1.111 each.
      abandoned: threads worked 10 s for clients that had been answered, 11.6% of the time for which
        they were held.
      rates: threads served 0.03 attempts per second to their end, 0.025 requests per second were
        completed.

      replicas: 390.0 replica-seconds, 78.0 compute-seconds (vCPU 78.0, GPU 0.0)
      queue waits: 1 replica granted after 10 s on average, 10 s at most

    resource queue     of  limit  used on average  at most  longest wait
    cpu             cores      3             2.50        3          10 s
"""  # noqa: E501 - the text is at its own margin


def story_with(**changes: Any) -> str:
    """Return the text of the story whose rollout has other values."""
    found = summary(replace_story())
    found["deployments"][0]["rollouts"][0].update(changes)
    return unwrapped(text_of(found))


def text_of(found: dict[str, Any]) -> str:
    """Return the text of the contents of a `result.json`."""
    return summary_text(Report.model_validate(found))


def unwrapped(words: str) -> str:
    """Return `words` with every run of blanks and line ends as one blank."""
    return " ".join(words.split())


def test_the_story_is_told() -> None:
    """Rollout, requests, times, replicas and queues: line by line."""
    assert text_of(summary(replace_story())) == dedent(TOLD)


def test_a_stall_names_its_holders_and_a_deadlock_is_called_one() -> None:
    """From when to when, in which queue, held by whom."""
    found = summary(replace_story(stalls=[stall(is_deadlocked=True, until_s=None), stall()]))
    told = unwrapped(text_of(found))

    holders = "2 x api revision 0 RESPONSIVE (2 cores), nightly (1 core)"
    assert (
        "Stalled in queue cpu from 1 min 40 s (00:01:40) to the end of the run, which was held by "
        f"{holders}. "
        "This is a deadlock: all that it waits for is held by the revision that it is to replace."
    ) in told
    assert (
        "Stalled in queue cpu from 1 min 40 s (00:01:40) to 1 min 50 s (00:01:50), which was held "
        f"by {holders}."
    ) in told
    assert told.count("deadlock") == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"switched_at_s": None, "full_at_s": None, "gone_at_s": None, "ended": "open"},
            "It never switched and was not full at the end of the run.",
        ),
        (
            {
                "switched_at_s": None,
                "full_at_s": None,
                "gone_at_s": None,
                "ended": "superseded",
                "ended_at_s": 130,
            },
            "It never switched and was superseded after 30 s.",
        ),
        ({"dip_ratio": None}, "Nothing was responsive before it"),
        ({"dip_ratio": 0.0, "cores_dip_ratio": 0.0}, "Capacity never fell on the way."),
        ({"dip_ratio": 0.0, "cores_dip_ratio": 0.25}, "up to 0.0% of threads and 25.0% of cores"),
        ({"cause": "publish"}, "Rollout 1: new model version at 1 min 40 s (00:01:40)"),
        ({"threads_at_full": 1}, "(1 thread, 4 before)"),
        (
            {"outage_s": 12.5, "available_min": 0, "gone_at_s": None, "ended_at_s": None},
            "To the end of the run no replica took requests for 12.5 s, at most 3 were live",
        ),
        ({"available_min": 2, "gone_at_s": None}, "To its end at least 2 replicas took requests"),
    ],
    ids=[
        *("open", "superseded", "from nothing", "no dip", "fewer cores", "publish", "one thread"),
        *("outage", "given up"),
    ],
)
def test_each_course_of_a_rollout_has_its_sentence(changes: dict[str, Any], expected: str) -> None:
    """What happened, and not more."""
    assert expected in story_with(**changes)


def test_the_warm_up_is_mentioned() -> None:
    """Figures without a warm-up are other figures."""
    head = text_of(summary(replace_story(warm_up="30s"))).splitlines()[0]

    assert head.endswith("; requests of the first 30 s left out")


def test_two_rollouts_are_told_apart_and_nothing_is_told_as_nothing() -> None:
    """Numbered from 1; a deployment without requests, rollouts and queues still has its lines."""
    found = summary(replace_story())
    found["deployments"][0]["rollouts"] *= 2
    quiet = summary(Record(scenario(queues=[]), 0, "reference", (deployment(),), ()))

    assert "before rollout 2" in text_of(found)
    assert "resource queue" not in text_of(quiet)
    assert "0 replicas granted" in text_of(quiet)
    assert text_of(quiet).splitlines()[4].startswith("  requests  arrived")


def test_events_that_are_no_rollouts_are_told_too() -> None:
    """A PUT that changes nothing, a fault; a PUT that rolls out is told as its rollout."""
    found = summary(replace_story())
    found["deployments"][0]["events"] = [
        {"at_s": 30.0, "event": "replace", "effect": "nothing to change", "code": "put_kept"},
        {
            "at_s": 100.0,
            "event": "replace",
            "effect": "a new revision is rolled out",
            "code": "rolled_out",
        },
        {"at_s": 100.0, "event": "disable", "effect": "disabled", "code": "disabled"},
    ]
    lines = text_of(found).splitlines()

    assert lines[4:6] == [
        "  PUT at 30 s (00:00:30): nothing to change.",
        "  Disable at 1 min 40 s (00:01:40): disabled.",
    ]
    assert lines[6].startswith("  Rollout 1: PUT at 1 min 40 s")


def test_no_line_is_too_wide() -> None:
    """Not with long names, many holders and long times either."""
    record = replace_story(name="n" * 90 + " " + "m" * 60, stalls=[stall()] * 3)
    lines = text_of(summary(record)).splitlines()

    assert max(len(line) for line in lines) <= WIDTH
    assert not any(line != line.rstrip() for line in lines)


def test_every_event_of_a_deployment_has_its_word() -> None:
    """The kinds of events of the timeline that name a deployment."""
    kinds = {
        model.model_fields["event"].default
        for model in get_args(get_args(TimelineEvent)[0])
        if "deployment" in model.model_fields
    }

    assert set(EVENTS) == kinds | {ENDS}
