"""Laws that every run obeys, whatever is drawn: nothing is lost, nothing happens too early."""

import math
from itertools import pairwise

import numpy as np
from hypothesis import Phase, find, given, settings

from builders import deployment, run, scenario
from request_runs import LIMIT_BYTES, Run, request_runs
from sim.record import Record
from sim.simulation.run import simulate_record
from sim.states import LOST, Outcome, ReplicaState

REFUSED = {Outcome.RATE_LIMITED, Outcome.QUEUE_FULL}
TIMED_OUT = {Outcome.INFERENCE_TIMEOUT, Outcome.CLIENT_TIMEOUT}


def test_the_drawn_runs_reach_every_outcome() -> None:
    """The laws below are tried on what they are about."""
    seen: set[Outcome] = set()

    def all_seen(drawn: Run) -> bool:
        seen.update(row.outcome for row in drawn.rows)
        return seen == set(Outcome)

    find(
        request_runs(),
        all_seen,
        settings=settings(
            max_examples=3000, derandomize=True, database=None, phases=[Phase.generate]
        ),
    )


def instants_fit_the_outcome(drawn: Run) -> None:
    """Each outcome has exactly the instants that it means, in causal order."""
    for row in drawn.rows:
        assert row.arrival_at_s <= row.start_at_s
        assert row.arrival_at_s <= row.answered_at_s
        assert (row.start_at_s < math.inf) == (row.thread >= 0) == (row.replica >= 0)
        if row.start_at_s < math.inf:
            assert row.start_at_s <= row.answered_at_s <= row.released_at_s
        else:
            assert row.released_at_s == math.inf
        if row.outcome is Outcome.COMPLETED or row.outcome in LOST:
            assert row.answered_at_s == row.released_at_s < math.inf
        elif row.outcome in REFUSED:
            assert row.answered_at_s == row.arrival_at_s
            assert row.start_at_s == math.inf
        elif row.outcome is Outcome.DISABLED:
            assert row.answered_at_s < row.start_at_s == math.inf
        elif row.outcome is Outcome.QUEUED:
            assert row.start_at_s == row.answered_at_s == math.inf
        elif row.outcome is Outcome.RUNNING:
            assert row.start_at_s < row.answered_at_s == math.inf


def nobody_is_answered_after_the_deadline(drawn: Run) -> None:
    """A timeout is answered at arrival + limit exactly, anything else no later."""
    deadline = drawn.spec.client.deadline_s
    patience_s = math.inf if deadline is None else deadline.mean
    limit_s = min(patience_s, drawn.spec.service.timeout_s)
    for row in drawn.rows:
        if row.outcome in TIMED_OUT:
            assert row.answered_at_s == row.arrival_at_s + limit_s
            is_clients = patience_s < drawn.spec.service.timeout_s
            assert (row.outcome is Outcome.CLIENT_TIMEOUT) == is_clients
        elif row.answered_at_s < math.inf:
            assert row.answered_at_s <= row.arrival_at_s + limit_s
        else:
            assert row.arrival_at_s + limit_s >= drawn.record.horizon_s


def attempts_are_conserved_at_every_instant(drawn: Run) -> None:
    """Arrived = completed + failed + queued + running; occupied = running + abandoned."""
    for at_s in [*drawn.instants, drawn.record.horizon_s]:
        arrived = [row for row in drawn.rows if row.arrival_at_s <= at_s]
        answered = [row for row in arrived if row.answered_at_s <= at_s]
        completed = sum(row.outcome is Outcome.COMPLETED for row in answered)
        failed = sum(row.outcome.is_failure for row in answered)
        queued = sum(row.is_queued_after(at_s) for row in arrived)
        running = sum(row.is_running_after(at_s) for row in arrived)
        assert len(arrived) == completed + failed + queued + running

        occupied = {(row.replica, row.thread) for row in drawn.rows if row.holds_thread_after(at_s)}
        abandoned = sum(row.holds_thread_after(at_s) for row in answered)
        assert len(occupied) == running + abandoned


def requests_are_conserved(drawn: Run) -> None:
    """Attempts are numbered without a gap, each after the answer to the one before.

    A request is where its last attempt is, unless it backs off: then that attempt failed.
    """
    backing_off = set(drawn.record.deployments[0].backing_off.tolist())
    by_request: dict[int, list[int]] = {}
    for row in drawn.rows:
        by_request.setdefault(row.request, []).append(row.number)
    assert backing_off <= set(by_request)
    first_at_s = [drawn.rows[numbers[0]].arrival_at_s for _, numbers in sorted(by_request.items())]
    assert sorted(by_request) == list(range(len(by_request)))
    assert first_at_s == sorted(
        at_s for source in drawn.spec.traffic for at_s in getattr(source, "at_s", ())
    )
    for request, numbers in by_request.items():
        tried = [drawn.rows[number] for number in numbers]
        assert [row.attempt for row in tried] == list(range(1, len(tried) + 1))
        for before, after in pairwise(tried):
            assert before.outcome.is_failure
            assert after.arrival_at_s >= before.answered_at_s
        if request in backing_off:
            assert tried[-1].outcome.is_failure


def requests_start_in_order_of_arrival(drawn: Run) -> None:
    """Nobody overtakes in the queue: who is passed by has left it by then."""
    started = [row for row in drawn.rows if row.start_at_s < math.inf]
    assert all(one.start_at_s <= other.start_at_s for one, other in pairwise(started))
    for row in drawn.rows:
        if row.start_at_s == math.inf:
            later = (other for other in started if other.number > row.number)
            passed_at_s = next((other.start_at_s for other in later), math.inf)
            assert row.answered_at_s <= passed_at_s


def no_thread_serves_two_requests_at_a_time(drawn: Run) -> None:
    """On each thread a request starts when the one before has been released."""
    by_thread: dict[tuple[int, int], list[int]] = {}
    for row in drawn.rows:
        if row.start_at_s < math.inf:
            by_thread.setdefault((row.replica, row.thread), []).append(row.number)
            assert row.thread < drawn.thread_count(row.revision)
    for numbers in by_thread.values():
        for before, after in pairwise(numbers):
            assert drawn.rows[before].released_at_s <= drawn.rows[after].start_at_s


def only_responsive_replicas_of_the_active_revision_start_requests(drawn: Run) -> None:
    """A start lies in a RESPONSIVE spell and before the revision retires.

    At the instant at which the spell ends it can only be one that took the replica's memory.
    """
    for row in drawn.rows:
        if row.start_at_s == math.inf:
            continue
        since_s, until_s = drawn.active_from(row.revision)
        assert since_s <= row.start_at_s < until_s
        assert any(
            spell.revision == row.revision
            and spell.since_s <= row.start_at_s
            and (
                row.start_at_s < spell.until_s
                or (row.start_at_s == spell.until_s and spell.left_because == "out of memory")
            )
            for spell in drawn.spells
            if spell.replica == row.replica and spell.state is ReplicaState.RESPONSIVE
        )


def no_thread_idles_while_a_request_waits(drawn: Run) -> None:
    """While the queue is not empty every thread of every open replica is occupied."""
    for at_s in drawn.instants:
        if any(row.is_queued_after(at_s) for row in drawn.rows):
            open_spells = drawn.open_after(at_s)
            replicas = {spell.replica for spell in open_spells}
            occupied = sum(
                row.holds_thread_after(at_s) for row in drawn.rows if row.replica in replicas
            )
            assert occupied == sum(drawn.thread_count(spell.revision) for spell in open_spells)


def the_queue_keeps_to_its_capacity(drawn: Run) -> None:
    """It is never longer, and a request is refused only when it is full and no thread is idle."""
    capacity = drawn.spec.service.queue_capacity
    if capacity is None:
        assert all(row.outcome is not Outcome.QUEUE_FULL for row in drawn.rows)
        return
    for at_s in drawn.instants:
        assert sum(row.is_queued_after(at_s) for row in drawn.rows) <= capacity
    for row in drawn.rows:
        if row.outcome is Outcome.QUEUE_FULL:
            at_s = row.arrival_at_s
            before = drawn.rows[: row.number]
            assert sum(other.is_queued_after(at_s) for other in before) == capacity


def memory_in_flight_exceeds_the_limit_only_to_kill(drawn: Run) -> None:
    """At every start that does not kill its replica all in flight fit; at a kill they do not."""
    model_bytes = drawn.spec.replica.model_memory_bytes
    asked = memory_of(drawn)
    kills = {
        (spell.replica, spell.until_s)
        for spell in drawn.spells
        if spell.left_because == "out of memory"
    }
    for row in drawn.rows:
        if row.start_at_s == math.inf:
            continue
        at_s = row.start_at_s
        is_last = (row.replica, at_s) in kills and row.released_at_s == at_s
        in_flight = [
            other
            for other in drawn.rows[: row.number + 1]
            if other.replica == row.replica
            and (other.holds_thread_after(at_s) or (is_last and other.released_at_s == at_s))
            and other.start_at_s <= at_s
        ]
        if not is_last:
            assert model_bytes + sum(asked[other.request] for other in in_flight) <= LIMIT_BYTES
    for replica, at_s in kills:
        lost = [
            row
            for row in drawn.rows
            if row.replica == replica
            and row.start_at_s <= at_s == row.released_at_s
            and row.outcome is not Outcome.COMPLETED
        ]
        assert model_bytes + sum(asked[row.request] for row in lost) > LIMIT_BYTES


def evaluations_see_the_occupied_threads_of_open_replicas(drawn: Run) -> None:
    """A tick at t counts the requests with start < t <= end, abandoned ones too.

    Those on replicas that took requests before t, and the replicas of the beginning did before 0.
    """
    ticks = drawn.record.deployments[0].ticks
    for at_s, busy, responsive in zip(
        ticks.at_s.tolist(), ticks.busy.tolist(), ticks.responsive.tolist(), strict=True
    ):
        replicas = {
            spell.replica
            for spell in drawn.open_after(at_s)
            if at_s == 0 or max(spell.since_s, drawn.active_from(spell.revision)[0]) < at_s
        }
        if any(spell.until_s == at_s for spell in drawn.spells):
            continue  # a replica left at this very instant, before or after the evaluation
        assert responsive == len(replicas)
        assert busy == sum(
            row.start_at_s < at_s <= row.released_at_s
            for row in drawn.rows
            if row.replica in replicas
        )


def same_scenario_and_seed_same_record(drawn: Run) -> None:
    """A second run writes down the same, to the last bit."""
    assert written(simulate_record(drawn.scenario, engine="reference")) == written(drawn.record)


LAWS = (
    instants_fit_the_outcome,
    nobody_is_answered_after_the_deadline,
    attempts_are_conserved_at_every_instant,
    requests_are_conserved,
    requests_start_in_order_of_arrival,
    no_thread_serves_two_requests_at_a_time,
    only_responsive_replicas_of_the_active_revision_start_requests,
    no_thread_idles_while_a_request_waits,
    the_queue_keeps_to_its_capacity,
    memory_in_flight_exceeds_the_limit_only_to_kill,
    evaluations_see_the_occupied_threads_of_open_replicas,
    same_scenario_and_seed_same_record,
)


@given(request_runs())
def test_every_run_keeps_every_law(drawn: Run) -> None:
    """Each drawn run is looked at from every side."""
    for law in LAWS:
        law(drawn)


def test_one_more_source_leaves_the_others_as_they_were() -> None:
    """With a thread and a core for everyone, a request's life depends on its own draws alone."""

    def spec(*more: dict[str, object]) -> dict[str, object]:
        return deployment(
            traffic=[{"kind": "poisson", "name": "old", "rate_per_s": 2.0}, *more],
            wait_s={"kind": "exponential", "mean_value": 1.0},
            cpu_s={"kind": "gamma", "mean_value": 0.5, "cv": 2.0},
            client={"policy": "sdk", "deadline_s": {"kind": "uniform", "low": 0.5, "high": 3.0}},
            wire={"threads": 128},
        )

    alone = columns_of_source(run(spec()), 0)
    accompanied = columns_of_source(
        run(spec({"kind": "poisson", "name": "new", "rate_per_s": 5.0})), 0
    )

    assert alone.shape[1] > 100
    assert np.array_equal(alone, accompanied, equal_nan=True)
    assert not np.array_equal(
        alone, columns_of_source(run(spec(), seed=1), 0)[:, : alone.shape[1]], equal_nan=True
    )


def test_the_order_of_sources_changes_no_draw() -> None:
    """A stream belongs to a source's name, not to its place."""
    sources = [{"kind": "poisson", "name": name, "rate_per_s": 1.0} for name in ("one", "two")]
    wait_s = {"kind": "exponential", "mean_value": 1.0}
    there, back = (
        run(deployment(traffic=order, wait_s=wait_s, wire={"threads": 128}))
        for order in (sources, sources[::-1])
    )

    for place in (0, 1):
        assert np.array_equal(
            columns_of_source(there, place), columns_of_source(back, 1 - place), equal_nan=True
        )


def test_another_source_draws_other_numbers() -> None:
    """Two sources with equal laws have no arrival in common."""
    sources = [{"kind": "poisson", "name": name, "rate_per_s": 1.0} for name in ("one", "two")]
    record = run(deployment(traffic=sources))

    first, second = (set(columns_of_source(record, place)[0].tolist()) for place in (0, 1))
    assert first
    assert second
    assert not first & second


def test_another_seed_is_another_run() -> None:
    """Seeds choose draws: two of them agree on nothing that is drawn."""
    spec = deployment(traffic=[{"kind": "poisson", "name": "p", "rate_per_s": 2.0}], wait_s=1)
    first, second = (simulate_record(scenario(spec), seed=seed) for seed in (0, 1))

    common = set(first.deployments[0].attempts.arrival_at_s.tolist()) & set(
        second.deployments[0].attempts.arrival_at_s.tolist()
    )
    assert common == set()


def memory_of(drawn: Run) -> list[int]:
    """Return the memory that each request asks for, by request number."""
    merged = [
        (at_s, place, int(amount))
        for place, source in enumerate(drawn.spec.traffic)
        if source.demands is not None
        for at_s, amount in zip(
            getattr(source, "at_s", ()),
            getattr(source.demands.memory_bytes, "values", ()),
            strict=True,
        )
    ]
    return [amount for _, _, amount in sorted(merged, key=lambda asked: asked[:2])]


def written(record: Record) -> tuple[object, ...]:
    """Return all that a run of one deployment wrote down, so that equal means same bits."""
    made = record.deployments[0]
    tables = (made.attempts, made.ticks)
    return (
        [(name, getattr(table, name).tobytes()) for table in tables for name in table.__slots__],
        made.backing_off.tolist(),
        repr(made.control),
        repr(record.queue_samples),
    )


def columns_of_source(
    record: Record, place: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return arrival, start, answer and release of the requests of one source, a row each."""
    table = record.deployments[0].attempts
    mine = table.source == place
    return np.array(
        [
            column[mine]
            for column in (
                table.arrival_at_s,
                table.start_at_s,
                table.answered_at_s,
                table.released_at_s,
            )
        ]
    )
