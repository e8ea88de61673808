"""What attempts come to: thread time, losses, rates; hand-made, and whatever is drawn."""

import math
from collections import Counter
from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_record import Attempt, completed, course, deployment, replace_story
from builders import deployment as file_deployment
from builders import run
from folds import Bounds, bounds, folding_within
from path_scenarios import engine_scenarios, stretched_scenarios
from sim.digest import AttemptSums, LostAttempts
from sim.reasons import Reason
from sim.record import ControlLog, DeploymentRecord, Transition
from sim.results import attempts as module
from sim.results.attempts import attempts, per_s, sums_of
from sim.results.lives import Lives
from sim.results.metrics import Requests
from sim.results.sums import UNITS_PER_ONE
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate_record
from sim.states import LOST, Outcome, ReplicaState

_S = ReplicaState
_R = Reason
_O = Outcome

NOBODY = {"count": 0, "first_at_s": None, "last_at_s": None}


def summed(
    record: DeploymentRecord,
    *,
    warmup_s: float = 0.0,
    warm_up_s: float = 0.0,
    horizon_s: float = 100.0,
) -> AttemptSums:
    """Return the sums of a deployment's attempts."""
    return sums_of(record, warmup_s=warmup_s, warm_up_s=warm_up_s, horizon_s=horizon_s)


def figures(record: DeploymentRecord, **settings: float) -> dict[str, Any]:
    """Return the figures of a deployment's attempts, rates among them."""
    found = summed(record, **settings)
    horizon_s = settings.get("horizon_s", 100.0)
    warm_up_s = settings.get("warm_up_s", 0.0)
    counts = Requests.of(record).arrived_in(warm_up_s, horizon_s).counts()
    return {
        **attempts(found, counts, horizon_s).model_dump(mode="json"),
        "throughput_per_s": per_s(found.served, horizon_s - warm_up_s),
        "goodput_per_s": per_s(counts.completed, horizon_s - warm_up_s),
    }


def served(moves: Sequence[Transition], *rows: Attempt) -> DeploymentRecord:
    """Return the record of a deployment with these attempts and these lives."""
    return deployment(rows, control=ControlLog(transitions=list(moves)))


def killed(replica: int, at_s: float, reason: Reason) -> list[Transition]:
    """Return the life of a replica that was there from the start and was killed."""
    there = (0.0, _S.RESPONSIVE, _R.THERE_AT_START)
    return course(replica, 0, there, (at_s, _S.STARTING_ERROR, reason))


def test_the_story_in_figures() -> None:
    """Ten attempts of nine requests. Threads are held for 2, 4, 10, 5, 21, 30 and 14 s.

    The attempt of 30 s was answered after 20 s; that of 14 s goes on at the end. Six are served to
    their end, five of them completed, in 200 s. Behind the last completion at 160 the next request
    arrives at 185, and is running at 200.
    """
    (api,) = replace_story().deployments

    assert figures(api, horizon_s=200.0) == {
        "made": 10,
        "per_request": 10 / 9,
        "thread_s": 86.0,
        "abandoned_thread_s": 10.0,
        "failed_while_warming": 0,
        "lost": dict.fromkeys(("out_of_memory", "fault", "unresponsive", "grace_over"), NOBODY),
        "last_completed_at_s": 160.0,
        "none_completed_s": 15.0,
        "throughput_per_s": 6 / 200,
        "goodput_per_s": 5 / 200,
    }


def test_requests_are_those_that_arrived_after_the_warm_up() -> None:
    """From 121 on: not request 3, which arrived first at 120, with neither of its attempts.

    Requests 4 to 8, an attempt each: 21 + 30 + 14 s of thread time, of which 10 s abandoned.
    """
    (api,) = replace_story().deployments
    found = figures(api, warm_up_s=121.0, horizon_s=200.0)

    assert (found["made"], found["per_request"]) == (5, 1.0)
    assert (found["thread_s"], found["abandoned_thread_s"]) == (65.0, 10.0)
    assert (found["throughput_per_s"], found["goodput_per_s"]) == (2 / 79, 1 / 79)
    assert figures(api, warm_up_s=120.0, horizon_s=200.0)["made"] == 7


def test_an_attempt_that_never_ends_holds_its_thread_to_the_horizon() -> None:
    """10 to 100, answered at 30: 90 s, 70 s of them for nobody; it is not served to its end."""
    row = Attempt(0, 5, _O.CLIENT_TIMEOUT, 10, 30, replica=0, thread=0, revision=0)
    found = figures(served([], row))

    assert (found["thread_s"], found["abandoned_thread_s"]) == (90.0, 70.0)
    assert found["throughput_per_s"] == 0


def test_thread_time_is_summed_without_rounding() -> None:
    """Of ten attempts of 0.1 s each, added one by one, the sum is below 1 s; exactly, it is not."""
    rows = [completed(k, 0, 0, 0.1) for k in range(10)]

    assert figures(served([], *rows))["thread_s"] == 1.0
    assert reduce(add, [0.1] * 10) < 1.0


def test_who_never_had_a_thread_adds_none() -> None:
    """Refused, and in line to its deadline: two attempts of two requests."""
    rows = [
        Attempt(0, 5, _O.QUEUE_FULL, answered_at_s=5),
        Attempt(1, 6, _O.INFERENCE_TIMEOUT, answered_at_s=96),
    ]
    found = figures(served([], *rows))

    assert (found["made"], found["thread_s"], found["abandoned_thread_s"]) == (2, 0.0, 0.0)
    assert (found["last_completed_at_s"], found["none_completed_s"]) == (None, 91.0)


def test_an_abandoned_attempt_that_dies_with_its_replica_is_not_served_to_its_end() -> None:
    """Two were answered at 20: replica 0 ends its one at 40, replica 1 is killed at 40."""
    rows = [
        Attempt(k, 5, _O.CLIENT_TIMEOUT, 10, 20, 40, replica=k, thread=0, revision=0)
        for k in (0, 1)
    ]
    found = figures(served(killed(1, 40.0, _R.KILLED), *rows))

    assert found["throughput_per_s"] == 1 / 100
    assert found["abandoned_thread_s"] == 40.0


@pytest.mark.parametrize(
    ("outcome", "reason", "key"),
    [
        (_O.OUT_OF_MEMORY, _R.OUT_OF_MEMORY, "out_of_memory"),
        (_O.REPLICA_KILLED, _R.KILLED, "fault"),
        (_O.REPLICA_KILLED, _R.UNRESPONSIVE, "unresponsive"),
        (_O.GRACE_OVER, _R.GRACE_OVER, "grace_over"),
    ],
)
def test_what_was_lost_is_told_by_why_the_replica_was_killed(
    outcome: Outcome, reason: Reason, key: str
) -> None:
    """Two on replica 0 at 30, one on replica 1 at 50: three, from 30 to 50; none is served."""
    rows = [
        Attempt(k, 5, outcome, 10, at_s, at_s, replica=replica, thread=k, revision=0)
        for k, (replica, at_s) in enumerate([(1, 50), (0, 30), (0, 30)])
    ]
    moves = [*killed(0, 30.0, reason), *killed(1, 50.0, reason)]
    found = figures(served(moves, *rows))

    assert found["lost"].pop(key) == {"count": 3, "first_at_s": 30.0, "last_at_s": 50.0}
    assert all(lost == NOBODY for lost in found["lost"].values())
    assert (found["throughput_per_s"], found["thread_s"]) == (0, 20 + 20 + 40)


def on(replica: int, start_at_s: float, outcome: Outcome) -> Attempt:
    """Return an attempt of 5 s on a replica."""
    end_at_s = start_at_s + 5
    return Attempt(
        int(start_at_s), start_at_s, outcome, start_at_s, end_at_s, end_at_s, 1, 0, replica, 0
    )


def test_what_fails_on_a_replica_that_is_not_warm_is_counted() -> None:
    """Warm 10 s after RESPONSIVE at 20, and again after the one at 60; a recovery at 45 is none.

    Started at 19 (not there yet, by hand), 20, 29.5 and 65 and failed: three of them. At 30 it is
    warm; what is completed does not count, nor what never started, nor a replica of the start.
    """
    moves = [
        *course(
            *(0, 0, (10, _S.STARTING, _R.GRANTED), (20, _S.RESPONSIVE, _R.PROBE_PASSED)),
            *((40, _S.UNRESPONSIVE, _R.PROBES_MISSED), (45, _S.RESPONSIVE, _R.PROBES_PASS_AGAIN)),
            *((50, _S.STARTING_ERROR, _R.KILLED), (55, _S.STARTING, _R.BACKOFF_OVER)),
            (60, _S.RESPONSIVE, _R.PROBE_PASSED),
        ),
        *course(1, 0, (0, _S.RESPONSIVE, _R.THERE_AT_START)),
    ]
    failing = [on(0, start, _O.CLIENT_TIMEOUT) for start in (19, 20, 29.5, 30, 46, 65, 70)]
    others = [
        on(0, 21, _O.COMPLETED),
        on(1, 1, _O.CLIENT_TIMEOUT),
        Attempt(62, 62, _O.QUEUE_FULL, answered_at_s=62),
    ]
    record = served(moves, *failing, *others)

    assert summed(record, warmup_s=10.0).failed_while_warming == 3
    assert summed(record, warmup_s=0.0).failed_while_warming == 0


def test_the_time_without_a_completion_ends_with_the_last_answer_or_the_run() -> None:
    """Completed at 20; then one arrives at 30 that fails at 60, and at the end nobody is there."""
    first, late = completed(0, 10, 11, 20), Attempt(1, 30, _O.DISABLED, answered_at_s=60)
    queued = Attempt(2, 40, _O.QUEUED)

    assert figures(served([], first, late))["none_completed_s"] == 30
    assert figures(served([], first, late, queued))["none_completed_s"] == 70
    assert figures(served([], first))["none_completed_s"] == 0
    assert figures(served([]))["none_completed_s"] == 0


def test_who_was_there_before_the_last_completion_waits_from_it_on() -> None:
    """Both arrived at 10; one was completed at 20, the other failed at 90."""
    rows = completed(0, 10, 11, 20), Attempt(1, 10, _O.INFERENCE_TIMEOUT, answered_at_s=90)

    assert figures(served([], *rows))["none_completed_s"] == 70


def test_an_arrival_at_the_very_last_completion_is_not_behind_it() -> None:
    """One arrives as the other is completed, at 20, and fails at 90; the next arrives at 50."""
    rows = [
        completed(0, 10, 11, 20),
        Attempt(1, 20, _O.INFERENCE_TIMEOUT, answered_at_s=90),
        Attempt(2, 50, _O.DISABLED, answered_at_s=50),
    ]

    assert figures(served([], *rows))["none_completed_s"] == 40


@pytest.mark.parametrize(
    "outcome", [one for one in Outcome if one.is_failure], ids=lambda o: o.kind
)
def test_every_failure_ends_the_time_without_a_completion(outcome: Outcome) -> None:
    """Arrived at 30 and failed at 60, whatever it failed by."""
    row = Attempt(0, 30, outcome, 31, 60, 60, replica=0, thread=0, revision=0)

    assert figures(served([], row))["none_completed_s"] == 30


def test_who_will_try_again_is_still_there() -> None:
    """Refused at 30, and backing off when the run ends at 100."""
    row = Attempt(0, 30, _O.QUEUE_FULL, answered_at_s=30)
    record = deployment([row], backing_off=[0])

    assert figures(record)["none_completed_s"] == 70


def test_no_request_has_no_attempts_per_request() -> None:
    """Null, and not a division by zero; a warm-up as long as the run has no rates."""
    found = figures(deployment())

    assert (found["made"], found["per_request"], found["throughput_per_s"]) == (0, None, 0.0)
    assert figures(deployment(), warm_up_s=100.0)["goodput_per_s"] is None


def test_lives_are_read_as_far_as_they_have_come() -> None:
    """A log that grows: what was asked before does not hide what comes behind."""
    moves = killed(0, 10.0, _R.KILLED)
    lives = Lives(moves, warmup_s=5.0)
    assert lives.killed(0, 10.0) is _R.KILLED
    assert lives.killed(0, 30.0) is None

    moves += course(0, 0, (20, _S.RESPONSIVE, _R.PROBE_PASSED), (30, _S.DELETED, _R.GRACE_OVER))

    assert lives.killed(0, 30.0) is _R.GRACE_OVER
    replicas, at_s = np.array([0, 0, 1, 0]), np.array([10.0, 30.0, 30.0, 29.0])
    assert lives.are_killed(replicas, at_s).tolist() == [True, True, False, False]
    assert lives.are_warming(replicas[:2], np.array([24.5, 25.0])).tolist() == [True, False]


def test_a_grace_that_is_over_loses_what_runs() -> None:
    """Two replicas, an answer of 50 s on each from 0 and from 1 s on; the second goes at 10 s.

    Its 30 s of grace are over at 40 s, and with them its request, after 39 s.
    """
    record = run(
        file_deployment(
            at_s=[0.0, 1.0],
            wait_s=50.0,
            wire={"replicas": 2, "minReplicas": 1},
            replica={"grace_s": 30.0},
        ),
        horizon_s=100.0,
        timeline=[
            {
                "event": "replace",
                "at_s": 10.0,
                "deployment": "a",
                "runtime_configuration": {
                    "minReplicas": 1,
                    "maxReplicas": 1,
                    "threadCount": 1,
                    "cpu": 1.0,
                },
            }
        ],
    )
    found = summed(record.deployments[0])

    assert found.lost == {_R.GRACE_OVER: LostAttempts(1, 40.0, 40.0)}
    assert found.served == 1
    assert found.thread == (50 + 39) * UNITS_PER_ONE


def by_hand(record: DeploymentRecord, warm_up_s: float, horizon_s: float) -> dict[str, Any]:
    """Return the sums of a deployment's attempts, row by row."""
    rows = {name: getattr(record.attempts, name).tolist() for name in record.attempts.__slots__}
    first: dict[int, float] = {}
    found: Counter[str] = Counter()
    thread_s, abandoned_s, completed_s = [], [], []
    deaths = {(move.replica, move.at_s) for move in record.control.transitions if _is_death(move)}
    for row, request in enumerate(rows["request"]):
        first.setdefault(request, rows["arrival_at_s"][row])
        if first[request] < warm_up_s:
            continue
        found["made"] += 1
        outcome, start_s, answered_s, released_s = (
            Outcome(rows["outcome"][row]),
            *(rows[name][row] for name in ("start_at_s", "answered_at_s", "released_at_s")),
        )
        if outcome is _O.COMPLETED:
            completed_s.append(answered_s)
        if math.isnan(start_s):
            continue
        end_s = horizon_s if math.isnan(released_s) else released_s
        thread_s.append(end_s - start_s)
        if answered_s < end_s:
            abandoned_s.append(end_s - answered_s)
        found["lost"] += outcome in LOST
        died = (rows["replica"][row], released_s) in deaths and outcome is not _O.COMPLETED
        found["served"] += not (math.isnan(released_s) or (outcome in LOST) or died)
    return {
        **{key: found[key] for key in ("made", "served", "lost")},
        "thread_s": math.fsum(thread_s),
        "abandoned_s": math.fsum(abandoned_s),
        "last_s": max(completed_s, default=None),
    }


def _is_death(move: Transition) -> bool:
    peaceful = {_R.LAST_REQUEST_ENDED, _R.NOTHING_IN_FLIGHT}
    is_end_of_draining = move.before is _S.DECOMMISSIONED and move.reason not in peaceful
    return move.after is _S.STARTING_ERROR or is_end_of_draining


@settings(max_examples=settings().max_examples // 3)
@given(drawn=engine_scenarios() | stretched_scenarios(), part=st.integers(0, 9), size=bounds())
def test_sums_are_those_of_the_rows_kept_or_folded_on_either_engine(
    drawn: Scenario, part: int, size: Bounds
) -> None:
    """Whatever the blocks; thread time to the last bit, and folded just as kept."""
    scenario = drawn.model_copy(update={"warm_up_s": drawn.horizon_s * part / 10})
    kept = simulate_record(scenario)
    with folding_within(size):
        folded = simulate_record(scenario, keep="summary")
        reference = simulate_record(scenario, keep="summary", engine="reference")
    for place, spec in enumerate(scenario.deployments):
        found, *others = (
            sums_of(
                record.deployments[place],
                warmup_s=spec.replica.warmup.duration_s,
                warm_up_s=scenario.warm_up_s,
                horizon_s=scenario.horizon_s,
            )
            for record in (kept, folded, reference)
        )
        expected = by_hand(kept.deployments[place], scenario.warm_up_s, scenario.horizon_s)

        assert others == [found, found]
        assert (found.made, found.served) == (expected["made"], expected["served"])
        assert sum(lost.count for lost in found.lost.values()) == expected["lost"]
        assert found.thread / UNITS_PER_ONE == expected["thread_s"]
        assert found.abandoned_thread / UNITS_PER_ONE == expected["abandoned_s"]
        assert found.last_completed_at_s == expected["last_s"]


def test_blocks_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of first arrivals go with their attempts from block to block."""
    (api,) = replace_story().deployments
    whole = summed(api, warm_up_s=121.0, horizon_s=200.0)
    monkeypatch.setattr(module, "BLOCK_ROWS", 3)

    assert summed(api, warm_up_s=121.0, horizon_s=200.0) == whole
