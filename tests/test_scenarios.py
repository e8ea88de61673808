"""Every shipped scenario runs, and what its `answer` says is what happens.

Bounds are wide enough that another numpy, with other draws, gives the same answer.
"""

import functools
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import ScenarioError
from sim.reasons import Reason
from sim.record import DeploymentRecord, Record, RolloutRecord
from sim.results.result import Result
from sim.scenario.reading.loader import load_scenario
from sim.simulation.run import simulate_record
from sim.states import Outcome

ROOT = Path(__file__).parent.parent
SCENARIOS = ROOT / "scenarios"
AZURE = ROOT.parent / "shared" / "traces" / "azure_llm_2023_code.csv"


@functools.cache
def ran(name: str, *overrides: str) -> Record:
    """Return the record of a shipped scenario, run once for all tests."""
    return simulate_record(load_scenario(SCENARIOS / f"{name}.yaml", overrides=overrides))


def only(record: Record) -> DeploymentRecord:
    """Return the one deployment of a record."""
    (deployment,) = record.deployments
    return deployment


def rollout(record: Record) -> RolloutRecord:
    """Return the one rollout of a record."""
    (only_rollout,) = only(record).control.rollouts
    return only_rollout


def final_outcomes(record: Record) -> Counter[Outcome]:
    """Count requests by the outcome of their last attempt."""
    attempts = only(record).attempts
    last = dict(zip(attempts.request.tolist(), attempts.outcome.tolist(), strict=True))
    return Counter(Outcome(code) for code in last.values())


def failures(record: Record) -> int:
    """Count the requests that failed."""
    return sum(count for outcome, count in final_outcomes(record).items() if outcome.is_failure)


def lowest_thread_ratio(record: Record) -> float:
    """Return the least share of the threads at the PUT that was responsive until full strength."""
    put = rollout(record)
    assert put.full_at_s is not None
    counts = [
        change.responsive_threads
        for change in only(record).control.capacity
        if put.put_at_s <= change.at_s <= put.full_at_s
    ]
    return min(counts) / put.threads_at_put


def waits_s(record: Record, from_s: float, to_s: float) -> np.ndarray:
    """Return the waiting times of completed attempts that arrived in [from_s, to_s)."""
    attempts = only(record).attempts
    chosen = (attempts.arrival_at_s >= from_s) & (attempts.arrival_at_s < to_s)
    chosen &= attempts.outcome == Outcome.COMPLETED
    return (attempts.start_at_s - attempts.arrival_at_s)[chosen]


def responses_s(record: Record, from_s: float, to_s: float) -> np.ndarray:
    """Return the response times of completed attempts that arrived in [from_s, to_s)."""
    attempts = only(record).attempts
    chosen = (attempts.arrival_at_s >= from_s) & (attempts.arrival_at_s < to_s)
    chosen &= attempts.outcome == Outcome.COMPLETED
    return (attempts.answered_at_s - attempts.arrival_at_s)[chosen]


def actions(record: Record, action: str) -> list[float]:
    """Return the instants of the decisions called `action`."""
    return [d.at_s for d in only(record).control.decisions if d.action == action]


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_shipped_scenario_opens_with_its_question_and_its_answer(path: Path) -> None:
    """Question and answer come before anything that is simulated."""
    text = path.read_text(encoding="utf-8")
    places = [text.index(f"\n{key}:") for key in ("question", "answer", "horizon")]
    assert places == sorted(places)


def test_replace_under_load_finishes_with_a_dip_and_without_failures() -> None:
    """The demo: done in about a minute, three quarters of the threads gone at the worst."""
    record = ran("replace_under_load")
    put = rollout(record)
    assert put.switched_at_s is not None
    assert put.full_at_s is not None
    assert 30 < put.full_at_s - put.put_at_s < 90
    assert put.ended == "done"
    assert failures(record) == 0
    assert lowest_thread_ratio(record) in (0.25, 0.5)
    after = waits_s(record, put.full_at_s, put.full_at_s + 600)
    assert np.quantile(after, 0.95) > 1.0
    ups = [at_s for at_s in actions(record, "up") if at_s > put.switched_at_s]
    assert ups
    assert min(np.diff([put.switched_at_s, *ups])) >= 60.0


def test_capacity_cliff_switches_twenty_replicas_to_one() -> None:
    """95 % of the capacity goes at the switch, and more than a tenth of the requests time out.

    The 19 replicas that are missing then come one a minute, the first a minute after the switch.
    """
    record = ran("capacity_cliff")
    ups = actions(record, "up")
    assert (len(ups), set(np.diff(ups))) == (19, {60.0})
    assert 0 < ups[0] - (rollout(record).switched_at_s or 0.0) - 60.0 <= 5.0
    assert lowest_thread_ratio(record) == 0.05
    outcomes = final_outcomes(record)
    assert outcomes[Outcome.INFERENCE_TIMEOUT] > 0.1 * sum(outcomes.values())
    assert failures(record) == outcomes[Outcome.INFERENCE_TIMEOUT]


def test_capacity_cliff_is_no_cliff_with_enough_minimum_replicas() -> None:
    """The answer's advice: minReplicas raised in the Replace, and no request fails."""
    record = ran("capacity_cliff", "timeline[0].runtimeConfiguration.minReplicas=20")
    assert failures(record) == 0


REMEDIES = "deployments.summariser.rollout"


def four_ways(initial_replicas: str, old_goes: str) -> tuple[Record, dict[str, Any]]:
    """Return a run of the cliff with these settings, and the figures of its rollout."""
    record = ran(
        "capacity_cliff_remedies",
        f"{REMEDIES}.initial_replicas={initial_replicas}",
        f"{REMEDIES}.old_goes={old_goes}",
    )
    (figures,) = Result(record).summary()["deployments"][0]["rollouts"]
    return record, figures


def test_the_cliff_as_it_is_costs_little_and_fails_many() -> None:
    """One core beside the old twenty until it answers, and until these have drained."""
    record, figures = four_ways("min", "at_switch")
    assert figures["dip_ratio"] == 0.95
    assert figures["available_min"] == 1
    assert 60 < figures["surge_replica_seconds"] < 180
    assert failures(record) > 0.1 * sum(final_outcomes(record).values())


def test_as_many_new_replicas_alone_shorten_the_cliff() -> None:
    """They take over one by one, so that capacity falls, for the spread of their starts alone."""
    record, figures = four_ways("current", "at_switch")
    assert figures["dip_ratio"] >= 0.5
    assert figures["threads"]["below_s"] < 90
    assert failures(record) == 0
    assert 20 * 50 < figures["surge_replica_seconds"] < 20 * 150


def test_old_replicas_that_stay_alone_postpone_the_cliff() -> None:
    """For the ten minutes of `old_goes_after`: the load stays below the threshold meanwhile."""
    record, figures = four_ways("min", "at_full")
    let_go = actions(record, "leave")
    assert let_go == [figures["switched_at_s"] + 600.0]
    assert not [at_s for at_s in actions(record, "up") if at_s < let_go[0]]
    assert figures["dip_ratio"] == 0.0
    assert figures["available_min"] == 1
    assert 600 < figures["surge_replica_seconds"] < 800
    assert failures(record) > 0.1 * sum(final_outcomes(record).values())


def test_both_together_leave_no_cliff() -> None:
    """The file as it is: twenty more cores until the last of twenty new replicas answers."""
    record, figures = four_ways("current", "at_full")
    assert (figures["dip_ratio"], figures["available_min"], figures["live_max"]) == (0.0, 20, 40)
    assert failures(record) == 0
    start_s = figures["full_at_s"] - figures["put_at_s"]
    assert figures["surge_replica_seconds"] >= 20 * start_s
    assert figures["surge_replica_seconds"] < 20 * (start_s + 60)  # while the old ones drain


def test_gpu_queue_deadlock_names_its_holder() -> None:
    """The new revision waits for ever for what the one it is to replace holds."""
    put = rollout(ran("gpu_queue_deadlock"))
    assert put.switched_at_s is None
    (stall,) = put.stalls
    assert stall.resource == "h100"
    assert stall.is_deadlocked
    assert stall.until_s is None
    (holder,) = stall.holders
    assert (holder.deployment, holder.revision, holder.replicas) == ("generator", 0, 4)


def test_gpu_queue_with_one_spare_finishes() -> None:
    """One spare GPU: switched after 50 s, full within two minutes, half of the threads at worst."""
    record = ran("gpu_queue_one_spare")
    put = rollout(record)
    assert put.switched_at_s == put.put_at_s + 50.0
    assert put.full_at_s is not None
    assert put.full_at_s - put.put_at_s < 120
    assert lowest_thread_ratio(record) == 0.5
    assert failures(record) == 0


def test_gpu_queue_recreated_is_an_outage() -> None:
    """The same Replace is done in 50.3 s, in which nobody serves; nothing fails."""
    record = ran("gpu_queue_recreate")
    put = rollout(record)
    assert put.gone_at_s is not None
    assert 0.2 < put.gone_at_s - put.put_at_s < 0.3
    assert put.switched_at_s == put.full_at_s == put.ended_at_s == put.gone_at_s + 50.0
    capacity = [change.responsive_threads for change in only(record).control.capacity]
    assert capacity == [8, 0, 16]
    assert failures(record) == 0


def test_gpu_queue_rolled_one_by_one_has_no_outage() -> None:
    """No more than four GPUs are held, three of four replicas serve at least, nothing fails."""
    record = ran("gpu_queue_rolling")
    put = rollout(record)
    assert put.switched_at_s == put.put_at_s + 50.0
    assert put.full_at_s is not None
    assert put.gone_at_s is not None
    assert 101 < put.full_at_s - put.put_at_s < 102
    assert 151 < put.gone_at_s - put.put_at_s < 152
    assert lowest_thread_ratio(record) == 0.75
    assert failures(record) == 0


@pytest.mark.parametrize(("count", "ended"), [(3, "open"), (4, "done")])
def test_a_quarter_beyond_and_missing_deadlocks_with_three(count: int, ended: str) -> None:
    """A quarter of three is none that may be missing; of four it is one."""
    strategy = "deployments.generator.rollout.strategy"
    bounds = [f"{bound}Replicas={count}" for bound in ("min", "max")]
    record = ran(
        "gpu_queue_rolling",
        *(f"deployments.generator.runtimeConfiguration.{bound}" for bound in bounds),
        *(f"timeline[0].runtimeConfiguration.{bound}" for bound in bounds),
        f"deployments.generator.initial={{responsive: {count}}}",
        f"queues.h100.limits.H100={count}",
        f"{strategy}={{kind: rolling, max_surge: 25%, max_unavailable: 25%}}",
    )
    put = rollout(record)
    assert put.ended == ended
    assert [stall.is_deadlocked for stall in put.stalls] == [True] * (count == 3)


def test_rolling_under_load_keeps_a_quarter_at_the_most_away() -> None:
    """15 of 20 replicas serve at least, all threads are back after 230 s, nothing fails."""
    record = ran("rolling_under_load")
    put = rollout(record)
    assert put.full_at_s == put.put_at_s + 230.0
    assert lowest_thread_ratio(record) == 0.75
    assert failures(record) == 0


def test_thread_count_trap_blinds_the_autoscaler() -> None:
    """With 2 threads a replica is added; with 32 none, and responses take three times as long."""
    record = ran("thread_count_trap")
    ups = actions(record, "up")
    assert any(at_s < 1800 for at_s in ups)
    assert not any(at_s >= 1800 for at_s in ups)
    before = responses_s(record, 600, 1800).mean()
    after = responses_s(record, 2400, 3600).mean()
    assert before < 0.3
    assert after > 3 * before


def test_memory_trap_is_healthy_at_night_and_loops_at_noon() -> None:
    """No kill before the morning; then both replicas fall and never come back for long."""
    record = ran("memory_trap")
    control = only(record).control
    kills = [t.at_s for t in control.transitions if t.reason is Reason.OUT_OF_MEMORY]
    assert len(kills) > 20
    assert min(kills) > 3 * 3600
    completed = only(record).attempts.outcome == Outcome.COMPLETED
    answered = only(record).attempts.answered_at_s[completed]
    assert answered.max() < kills[1] + 60


def test_memory_trap_is_made_worse_by_the_sdk() -> None:
    """Retries bring the second replica down sooner, and triple the attempts."""
    with_retries = ran("memory_trap")
    without = ran("memory_trap", "deployments.extractor.client.policy=none")

    def kills_s(record: Record) -> list[float]:
        control = only(record).control
        return [t.at_s for t in control.transitions if t.reason is Reason.OUT_OF_MEMORY]

    first, second, *_ = kills_s(with_retries)
    first_without, second_without, *_ = kills_s(without)
    assert first == first_without
    assert second - first < 1.0 < second_without - first_without
    assert len(only(with_retries).attempts.request) > 3 * len(only(without).attempts.request)


def test_cold_start_takes_pull_container_and_model() -> None:
    """The first request waits 50 s, nothing fails, and zero is reached again after 30 minutes."""
    record = ran("cold_start_from_zero")
    attempts = only(record).attempts
    assert attempts.start_at_s[0] == pytest.approx(attempts.arrival_at_s[0] + 50.0)
    assert failures(record) == 0
    (to_zero,) = actions(record, "to_zero")
    assert 1800 <= to_zero - attempts.arrival_at_s[-1] < 1805


def test_sawtooth_has_a_period_of_32_minutes() -> None:
    """Down after 30 minutes, up a minute after the load is back, and again.

    The survivor's load is back after one service (25 s, in steps of the evaluation); one minute
    later a replica is requested, whose start takes 50 s; it counts at the next evaluation, 5 s
    later, and then the 30 minutes begin.
    """
    record = ran("sawtooth")
    ups, downs = actions(record, "up"), actions(record, "down")
    assert len(ups) >= 6
    assert {up - down for up, down in zip(ups, downs, strict=False)} == {25.0 + 60.0}
    assert set(np.diff(downs)) == {25.0 + 60.0 + 50.0 + 5.0 + 1800.0}


def test_goodput_collapses_under_client_deadlines() -> None:
    """After the switch the threads are busy and next to nothing succeeds."""
    record = ran("goodput_collapse")
    put = rollout(record)
    assert put.switched_at_s is not None
    attempts = only(record).attempts
    late = attempts.arrival_at_s > put.switched_at_s + 60
    succeeded = late & (attempts.outcome == Outcome.COMPLETED)
    assert succeeded.sum() < 0.05 * late.sum()
    ticks = only(record).ticks
    busy = ticks.load[ticks.at_s > put.switched_at_s + 60]
    assert np.nanmean(busy) > 0.95


def test_real_hour_as_windows_gets_through() -> None:
    """No failure, and the rollout takes less than a minute."""
    record = ran("azure_code_windows")
    put = rollout(record)
    assert put.full_at_s is not None
    assert put.full_at_s - put.put_at_s < 60
    assert failures(record) == 0


def test_real_trace_gets_through() -> None:
    """The same from the trace itself: 8,819 requests, none of which fails."""
    if not AZURE.exists():
        pytest.skip(f"the public trace is not at {AZURE}")
    override = f"deployments.completion.traffic.replay.path={AZURE}"
    record = ran("azure_code_replay", override)
    put = rollout(record)
    assert put.full_at_s is not None
    assert put.full_at_s - put.put_at_s < 60
    assert len(only(record).attempts.request) == 8819
    assert failures(record) == 0


def test_serve_keeps_serving_with_what_is_there() -> None:
    """One and two replicas, no failure, no step of the autoscaler, and the room that is named."""
    record = ran("serve")
    assert [d.control.transitions[-1].replica for d in record.deployments] == [0, 1]
    for served in record.deployments:
        assert not any(Outcome(code).is_failure for code in np.unique(served.attempts.outcome))
        assert {d.action for d in served.control.decisions} <= {"held"}
    last = {(sample.queue, sample.gpu_type): sample for sample in record.queue_samples}
    free = {key: sample.limit - sample.used for key, sample in last.items()}
    assert free == {(0, None): 27_000, (1, "H100"): 4, (1, "T4"): 5}


def test_replay_without_its_trace_says_where_to_fetch_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the file: source, licence and what to do, in one message."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(SCENARIOS / "azure_code_replay.yaml")
    message = str(caught.value)
    assert "AzurePublicDataset" in message
    assert "CC-BY" in message
