"""The data of a timeline, from tables and summary."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from build_record import replace_story, stall
from sim.errors import ScenarioError
from sim.reasons import Reason
from sim.record import Decision
from sim.results.holder_words import holders_in_words
from sim.results.picture import PUT_LABELS, timeline_data
from sim.results.result import Result
from sim.results.timeline import DeploymentTimeline, StateSpan, Window, pictured_of
from sim.states import ReplicaState
from sim.waiting import Cause, Need, Shortage, Stall
from sim.wire.replacing import Put

_S = ReplicaState


def api(**changes: Any) -> DeploymentTimeline:
    """Return the timeline of the story's deployment."""
    (found,) = Result(replace_story(**changes)).timeline().deployments
    return found


def test_a_bar_shows_a_replica_until_it_is_deleted_or_the_run_ends() -> None:
    """In order of revision and replica; what lasted no time is not shown."""
    bars = api().replicas

    assert [(bar.revision, bar.replica) for bar in bars] == [(0, 0), (0, 1), (1, 2)]
    assert bars[0].spans == (StateSpan(_S.RESPONSIVE, 0, 140),)
    assert bars[1].spans == (
        StateSpan(_S.RESPONSIVE, 0, 140),
        StateSpan(_S.DECOMMISSIONED, 140, 160),
    )
    assert bars[2].spans == (
        StateSpan(_S.QUEUED, 100, 110),
        StateSpan(_S.STARTING, 110, 130),
        StateSpan(_S.STARTED, 130, 140),
        StateSpan(_S.RESPONSIVE, 140, 200),
    )


def test_marks_come_in_order_of_time() -> None:
    """PUT, switch, full, gone, scaling and faults; what was held back is not marked."""
    marks = api().marks

    assert [(mark.at_s, mark.kind) for mark in marks] == [
        (100, "put"),
        (140, "switch"),
        (140, "full"),
        (160, "gone"),
        (180, "scale_up"),
        (190, "fault"),
    ]
    assert marks[-1].label == "kill"


def test_steps_of_a_rollout_have_its_number() -> None:
    """PUT, switch, full and gone are of rollout 1; scaling and faults are of none."""
    assert [mark.rollout for mark in api().marks] == [1, 1, 1, 1, None, None]


def test_rollouts_of_one_instant_are_told_apart() -> None:
    """Two PUTs at 100 s, the second of which supersedes the first, and one that rolls nothing."""
    story = replace_story()
    control = story.deployments[0].control
    (first,) = control.rollouts
    second = replace(first, new_revision=2)
    control.rollouts[:] = [replace(first, ended="superseded", ended_at_s=100), second]
    put = control.decisions[1]
    control.decisions[2:2] = [put, replace(put, reason=Reason.PUT_KEPT)]
    puts = [m for m in Result(story).timeline().deployments[0].marks if m.kind == "put"]

    assert [(mark.at_s, mark.rollout) for mark in puts] == [(100, 1), (100, 2), (100, None)]


def test_a_part_of_the_run_has_what_is_in_it() -> None:
    """Between 105 s and 150 s: what began before it begins there, and what comes after is not."""
    result = Result(replace_story(stalls=[stall()], timeline=[TENANT_LEAVES]))
    data = result.timeline(105, 150)
    (found,) = data.deployments

    assert data.window == Window(105, 150)
    assert found.replicas[0].spans == (StateSpan(_S.RESPONSIVE, 105, 140),)
    assert found.replicas[2].spans[0] == StateSpan(_S.QUEUED, 105, 110)
    assert found.replicas[2].spans[-1] == StateSpan(_S.RESPONSIVE, 140, 150)
    assert [(mark.at_s, mark.kind) for mark in found.marks] == [(140, "switch"), (140, "full")]
    assert (found.threads.at_s.tolist(), found.threads.value.tolist()) == ([105, 140], [4, 2])
    assert found.states.at_s.tolist() == [105, 110, 130, 140]
    assert found.states.counts[_S.QUEUED].tolist() == [1, 0, 0, 0]
    assert [(span.start_at_s, span.end_at_s) for span in found.stalls] == [(100, 110)]
    (queue,) = data.queues
    assert (queue.used.at_s.tolist(), queue.used.value.tolist()) == ([105, 140], [3, 2])
    held = {(use.name, use.revision): use.used for use in queue.held}
    assert held["nightly", None].at_s.tolist() == [105, 110]
    assert np.flatnonzero(found.answers.completed).size == 2  # at 116 and 130
    assert result.timeline(110, 150).deployments[0].stalls == ()
    assert result.timeline(105, 140).deployments[0].marks == ()  # the end is not in it


def test_a_part_that_is_not_in_the_run_is_refused() -> None:
    """With the name of the argument."""
    with pytest.raises(ScenarioError, match="end_at_s: is not in the run"):
        Result(replace_story()).timeline(0, 201)
    with pytest.raises(ScenarioError, match="start_at_s: is not before"):
        Result(replace_story()).plot(start_at_s=50, end_at_s=20)


def test_a_stall_that_nobody_held_names_the_limit() -> None:
    """Eight cores were needed, and the limit was six until it was raised."""
    eight = Shortage(Need("cpu", "vcpu", None, 8000), None, 6000, 6000)
    cause = Cause(Reason.ABOVE_LIMIT, "cpu", eight, eight)
    (span,) = api(stalls=[Stall(100, "cpu", (), until_s=110, cause=cause)]).stalls

    assert span.holders == "nobody (8 needed, the limit was 6)"


def test_a_short_rollout_of_a_long_run_is_enlarged_with_bins_of_its_own() -> None:
    """Forty seconds in two hours, whose bins are of half a minute: bins of a second there."""
    found = api(horizon="2h")
    (closeup,) = found.closeups

    assert closeup.rollouts == (1,)
    assert closeup.window == Window(85, 175)  # to 160, where the last old replica was gone
    assert (found.answers.width_s, closeup.answers.width_s) == (30, 2)
    inside = closeup.answers
    assert inside.start_at_s[inside.completed > 0].tolist() == [115, 129, 159]
    assert found.not_enlarged == 0
    assert api().closeups == ()


def test_rollouts_beyond_the_most_that_are_enlarged_are_counted() -> None:
    """Thirty of them, a thousand seconds apart: twenty-four are enlarged."""
    story = replace_story(horizon="10h")
    log = story.deployments[0].control
    rollouts = log.rollouts
    log.decisions += [Decision(200, "rollout", "replace", Reason.ROLLED_OUT)] * 29
    rollouts[:] = [
        replace(rollouts[0], put_at_s=at_s, switched_at_s=at_s + 40, full_at_s=at_s + 40)
        for at_s in np.arange(1, 31) * 1000.0
    ]
    (found,) = Result(story).timeline().deployments

    assert (len(found.closeups), found.not_enlarged) == (24, 6)


def test_the_deployment_that_is_pictured_is_the_first_with_a_rollout() -> None:
    """Else the first."""
    assert pictured_of([("a", 1), ("b", 2), ("c", 3)]) == "b"
    assert pictured_of([("a", 1), ("b", 1)]) == "a"
    assert Result(replace_story()).pictured == "api"


def test_the_counts_of_states_share_their_instants() -> None:
    """At every instant the counts add up to the replicas that are there."""
    states = api().states

    assert states.at_s.tolist() == [0, 100, 110, 130, 140, 160]
    total = sum(states.counts.values(), np.zeros(6, np.int64))
    assert total.tolist() == [2, 3, 3, 3, 2, 1]


def test_series_are_those_of_the_tables() -> None:
    """Load with its gaps, threads of the active revision."""
    found = api()

    np.testing.assert_array_equal(found.load.value, [0, 0.75, np.nan])
    assert found.threads.value.tolist() == [4, 2]
    assert found.abandoned.value.tolist() == [0, 1, 0]


def test_a_stall_is_a_span_with_its_holders_in_words() -> None:
    """To the horizon if it never ended."""
    ended, span = api(stalls=[stall(), stall(until_s=None, is_deadlocked=True)]).stalls

    assert (ended.start_at_s, ended.end_at_s, ended.is_deadlocked) == (100, 110, False)
    assert (span.start_at_s, span.end_at_s, span.resource) == (100, 200, "cpu")
    assert span.is_deadlocked
    assert span.holders == "2 x api revision 0 RESPONSIVE (2 cores), nightly (1 core)"
    assert holders_in_words([]) == "nobody"


TENANT_LEAVES = {"event": "tenant", "at": "110s", "queue": "cpu", "tenant": "nightly", "use": 0}


def test_queues_are_in_cores() -> None:
    """Used against limit, by whom, and how many wait."""
    (queue,) = Result(replace_story(timeline=[TENANT_LEAVES])).timeline().queues
    held = {(use.name, use.revision): use.used.value.tolist() for use in queue.held}

    assert held == {("nightly", None): [1, 0], ("api", 0): [2, 1, 0], ("api", 1): [0, 1]}

    assert (queue.name, queue.unit, queue.gpu_type) == ("cpu", "cores", None)
    assert (queue.used.at_s.tolist(), queue.used.value.tolist()) == ([0, 140, 160], [3, 2, 1])
    assert queue.limit.value.tolist() == [3]
    assert (queue.waiting.at_s.tolist(), queue.waiting.value.tolist()) == ([0, 100, 110], [0, 1, 0])


def test_the_head_says_which_run_it_is() -> None:
    """Name, seed and engine that were used, wall clock of instant 0."""
    data = timeline_data(Result(replace_story()).tables, Result(replace_story()).figures)

    assert (data.name, data.seed, data.engine) == ("replace story", 7, "reference")
    assert (data.horizon_s, data.warm_up_s) == (200, 0)
    assert data.start.isoformat() == "2026-01-05T00:00:00+00:00"


def test_every_effect_of_a_put_has_a_label() -> None:
    """A PUT is marked whatever it amounted to."""
    assert set(PUT_LABELS) == {put.value.code for put in Put}
