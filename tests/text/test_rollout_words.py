"""How each rollout went and why, in words: the sentences of its causes."""

from typing import Any

import pytest

from build_record import replace_story
from sim.reasons import Reason
from sim.record import GivenUp, Record, WhyNot
from sim.results.summary import report
from sim.states import ReplicaState
from sim.text.summary_text import summary_text
from sim.waiting import Asker, Cause, Freed, Holder, Need, NeverFits, Shortage, Stall

CORE = Need("cpu", "vcpu", None, 1000)
NO_CORE = Shortage(CORE, None, 0, 3000)
NO_ROOM = Cause(Reason.NO_ROOM, "cpu", NO_CORE, NO_CORE)
OLD = Holder("api", 0, ReplicaState.RESPONSIVE, 2, 2000)
NIGHTLY = Holder("nightly", None, None, 0, 1000)
NEVER = {"switched_at_s": None, "full_at_s": None, "gone_at_s": None, "ended_at_s": None}


def told(**changes: Any) -> str:
    """Return the text of the story whose rollout has other values in its record."""
    record: Record = replace_story()
    rollout = record.deployments[0].control.rollouts[0]
    for name, value in changes.items():
        setattr(rollout, name, value)
    return " ".join(summary_text(report(record)).split())


def stalled(*holders: Holder, **changes: Any) -> str:
    """Return what is told of a rollout that stalled from 100 s on."""
    fields: dict[str, Any] = {"cause": NO_ROOM, "until_s": 110.0, **changes}
    return told(stalls=[Stall(100.0, "cpu", holders, **fields)])


@pytest.mark.parametrize(
    ("given_up_by", "ended", "expected"),
    [
        (
            GivenUp(130, "replace", Reason.SUPERSEDED, 2),
            "superseded",
            "It was given up for revision 2, of the PUT at 2 min 10 s (00:02:10).",
        ),
        (
            GivenUp(130, "publish", Reason.SUPERSEDED, 2),
            "superseded",
            "It was given up for revision 2, of the new model version at 2 min 10 s (00:02:10).",
        ),
        (
            GivenUp(130, "replace", Reason.REVERTED),
            "cancelled",
            "It was given up by the PUT at 2 min 10 s (00:02:10), which put back what was active.",
        ),
        (
            GivenUp(130, "replace", Reason.CHANGED_IN_PLACE),
            "cancelled",
            "It was given up by the PUT at 2 min 10 s (00:02:10), which changed the active "
            "revision in place.",
        ),
        (
            GivenUp(130, "disable", Reason.DISABLED),
            "cancelled",
            "It was given up by the disable at 2 min 10 s (00:02:10).",
        ),
    ],
    ids=["superseded", "by a publish", "reverted", "in place", "disabled"],
)
def test_what_gave_it_up_is_told(given_up_by: GivenUp, ended: str, expected: str) -> None:
    """Before it switched."""
    words = told(**{**NEVER, "ended_at_s": 130, "ended": ended, "given_up_by": given_up_by})

    assert f"It never switched and was {ended} after 30 s. {expected}" in words


def test_what_took_over_from_it_is_told() -> None:
    """After it had switched: full or not, it says when it was superseded and by which revision."""
    by = GivenUp(150, "replace", Reason.SWITCHED, 2)
    words = told(ended="superseded", ended_at_s=155, given_up_by=by, gone_at_s=None)

    assert (
        "It switched after 40 s, was full after 40 s (2 threads, 4 before) and was superseded "
        "after 55 s. Revision 2, of the PUT at 2 min 30 s (00:02:30), took over from it before it "
        "was done."
    ) in words


def test_a_disable_that_ended_it_is_told() -> None:
    """After it had switched, too."""
    by = GivenUp(150, "disable", Reason.DISABLED)
    words = told(ended="cancelled", ended_at_s=155, full_at_s=None, given_up_by=by)

    assert "was cancelled after 55 s and the last old replica was gone after 60 s." in words
    assert "It was ended by the disable at 2 min 30 s (00:02:30)." in words


def test_failed_starts_are_why_it_did_not_switch() -> None:
    """Each reason and how often."""
    words = told(
        **NEVER,
        ended="open",
        failed_starts={Reason.START_TIMEOUT: 3, Reason.KILLED: 1},
        why_not_switched=WhyNot(Reason.STARTS_FAILED),
    )

    assert (
        "It did not switch because its starts failed: 3 times, start took start_timeout; "
        "once, killed by a fault."
    ) in words


def test_failed_starts_that_were_not_the_reason_are_told_beside_it() -> None:
    """It was given up while another start went on."""
    words = told(
        **NEVER,
        failed_starts={Reason.KILLED: 1},
        why_not_switched=WhyNot(Reason.GIVEN_UP_EARLY),
    )

    assert "It did not switch: it was given up before it was ready." in words
    assert "Starts of it failed: once, killed by a fault." in words
    assert "Starts failed before it switched: twice" not in words
    assert "Starts failed before it switched: once, killed by a fault." in told(
        failed_starts={Reason.KILLED: 1}
    )


def test_what_can_never_fit_is_told_with_both_numbers_and_is_no_deadlock() -> None:
    """8 cores of a queue that never has more than 6."""
    never_fits = NeverFits(Need("cpu", "vcpu", None, 8000), None, 6000)
    words = told(
        **NEVER, never_fits=never_fits, why_not_switched=WhyNot(Reason.NEVER_FITS, NO_ROOM)
    )

    assert (
        "It can never fit: one replica asks for 8 cores of queue cpu, whose largest limit is 6 "
        "cores."
    ) in words
    assert "deadlock" not in words
    assert "Stalled" not in words


def test_who_was_still_in_line_without_a_stall_says_for_whom() -> None:
    """Given up before anything counts as stalled; with a stall that says it."""
    ahead = Asker("other", 3, 9, (CORE,))
    why = WhyNot(Reason.STILL_IN_LINE, NO_ROOM, (OLD,))
    behind = WhyNot(
        Reason.STILL_IN_LINE, Cause(Reason.BEHIND, "cpu", NO_CORE, NO_CORE, ahead), (NIGHTLY,)
    )

    assert (
        "It did not switch because its replicas waited for 1 core of queue cpu, 0 of 3 free; held "
        "by 2 x api revision 0 RESPONSIVE (2 cores)."
    ) in told(**NEVER, why_not_switched=why)
    assert (
        "It did not switch because its replicas waited behind replica 9 of other revision 3, which "
        "needed 1 core of queue cpu, 0 of 3 free; held by nightly (1 core)."
    ) in told(**NEVER, why_not_switched=behind)
    stall = Stall(100.0, "cpu", (OLD,), is_deadlocked=True, cause=NO_ROOM)
    assert "did not switch" not in told(**NEVER, why_not_switched=why, stalls=[stall])


def test_a_stall_for_its_own_old_revision_says_so_and_what_ended_it() -> None:
    """No deadlock then."""
    freed = Freed(Reason.SCALE_DOWN, "api", 0, Reason.NOTHING_IN_FLIGHT)
    words = stalled(OLD, NIGHTLY, freed_by=freed)

    assert (
        "Stalled in queue cpu from 1 min 40 s (00:01:40) to 1 min 50 s (00:01:50), which was held "
        "by 2 x api revision 0 RESPONSIVE (2 cores), nightly (1 core). It waited for its own old "
        "revision. What ended it: api revision 0 (scale down; nothing in flight)."
    ) in words
    assert "deadlock" not in words


def test_a_stall_for_others_says_what_ended_it() -> None:
    """A tenant."""
    words = stalled(NIGHTLY, freed_by=Freed(Reason.TENANT_LEFT, "nightly"))

    assert "nightly (1 core). What ended it: nightly (it uses less)." in words
    assert "own old revision" not in words


def test_a_stall_behind_another_replica_names_it() -> None:
    """Of another deployment; one of its own is not worth a word."""
    foreign = Cause(Reason.BEHIND, "cpu", NO_CORE, NO_CORE, Asker("other", 3, 9, (CORE,)))
    own = Cause(Reason.BEHIND, "cpu", NO_CORE, NO_CORE, Asker("api", 1, 2, (CORE,)))

    said = "It stood behind replica 9 of other revision 3, which needed 1 core of queue cpu, 0 of 3"
    assert said in stalled(NIGHTLY, cause=foreign)
    assert "It stood behind" not in stalled(NIGHTLY, cause=own)


def test_a_stall_that_nobody_held_names_the_limit() -> None:
    """8 cores were needed of 6, and the limit was raised later."""
    eight = Shortage(Need("cpu", "vcpu", None, 8000), None, 6000, 6000)
    cause = Cause(Reason.ABOVE_LIMIT, "cpu", eight, eight)
    words = stalled(cause=cause, freed_by=Freed(Reason.LIMIT_RAISED))

    assert (
        "which nobody held: the rollout needed 8 cores of queue cpu, above its limit of 6. What "
        "ended it: the limit was raised."
    ) in words


def test_threads_after_the_switch_are_told_only_where_there_were_fewer() -> None:
    """2 of 4 until the end of the run; nothing to say of a rollout with as many."""
    assert (
        "After the switch there were 2 threads against 4 at the PUT, and fewer for 60 s, to the "
        "end of the run."
    ) in told()
    assert "After the switch there were 2 threads against 4 at the new model version" in told(
        cause="publish"
    )
    assert "After the switch" not in told(threads_at_put=2)


def test_windows_are_defined_where_they_are_shown() -> None:
    """Below the table of requests, where there is a rollout."""
    assert "by arrival: during is from the PUT until it was full or ended" in told()


def test_a_warning_stands_at_the_top() -> None:
    """Before the deployments."""
    lines = summary_text(report(replace_story(warm_up="120s"))).splitlines()

    assert " ".join(lines[2:4]) == (
        "Warning: api: windows of rollout 1 reach into the warm-up, which ends at 2 min: before is "
        "left out, during begins at its end."
    )
