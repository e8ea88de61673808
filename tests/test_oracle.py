"""The engine against the oracle: the same transitions, actions, ..., attempts, by `==`."""

import os
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import Phase, given, seed, settings

from oracle import run
from oracle_binding import LIMITS
from oracle_compare import first_difference, reduced
from oracle_scenarios import HORIZON, STALL_AFTER, Plain, scenarios
from sim.states import NEXT, DeploymentState, Outcome

SHARDS = 8
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "dev")
SCENARIOS_A_SHARD = {"glance": 5, "dev": 30, "ci": 250, "nightly": 2500}[PROFILE]
"""In all 2,000 in `ci`."""

WANTED = {
    *(f"{before.value} -> {after.value}" for before, afters in NEXT.items() for after in afters),
    *("None -> QUEUED", "None -> RESPONSIVE"),
    *(outcome.kind for outcome in Outcome),
    *(state.value for state in DeploymentState),
    *("up", "down", "from zero", "to zero"),
    *("roll out", "switch", "superseded", "reverted", "cancelled", "stalled"),
    *(f"bound by {name}" for name in (*LIMITS, "thread_waits", "gpu_waits")),
    *("a retry", "an abandoned request", "a wait for a thread", "two control events at once"),
    *("a readiness at an evaluation", "a switch at an evaluation"),
    *("a recovery with requests at an evaluation", "a step at such an evaluation"),
}
"""What the drawn scenarios must reach."""

reached_by_shard: dict[int, Counter[str]] = {}


def reached(scenario: Plain, logs: dict[str, Plain]) -> Iterator[str]:
    """What a scenario reaches, by the oracle's word."""
    for log in logs.values():
        yield from (f"{before} -> {after}" for *_, before, after in log["transitions"])
        yield from (action for _, action, _ in log["actions"])
        yield from (state for _, state, _ in log["statuses"])
        yield from (row[-1] for row in log["attempts"])
        for _, attempt, arrival, start, answered, released, *_ in log["attempts"]:
            if attempt > 1:
                yield "a retry"
            if start is not None and start > arrival:
                yield "a wait for a thread"
            if released is not None and answered < released:
                yield "an abandoned request"
        yield from stalls(log)
        yield from meetings(log)
        yield from (f"bound by {name}" for name, value in log["binding"] if value)
    events = [(event["at"], event.get("deployment")) for event in scenario["timeline"]]
    if len(set(events)) < len(events):
        yield "two control events at once"


def stalls(log: Plain) -> Iterator[str]:
    """A word for each replica of a pending revision that waited long in a resource queue."""
    pending = {(at, number) for at, action, number in log["actions"] if action == "roll out"}
    for at, replica, revision, before, _ in log["transitions"]:
        if before is None and (at, revision) in pending:
            leaves = [x[0] for x in log["transitions"] if x[1] == replica and x[3] == "QUEUED"]
            if (*leaves, HORIZON)[0] - at >= STALL_AFTER:
                yield "stalled"


def meetings(log: Plain) -> Iterator[str]:
    """A word for each change at the instant of an evaluation, which does not count it yet."""
    evaluated = {row[0] for row in log["evaluations"]}
    stepped = {at for at, action, _ in log["actions"] if action in ("up", "down")}
    for at, replica, _, before, after in log["transitions"]:
        if at in evaluated and after == "RESPONSIVE" and before is not None:
            yield "a readiness at an evaluation"
            if at in stepped:
                yield "a step at such an evaluation"
            if before == "UNRESPONSIVE" and any(
                row[7] == replica and row[3] < at <= (row[5] or HORIZON)
                for row in log["attempts"]
                if row[3] is not None
            ):
                yield "a recovery with requests at an evaluation"
    if any(action == "switch" and at in evaluated for at, action, _ in log["actions"]):
        yield "a switch at an evaluation"


def counted(shard: int, check: Callable[[Plain, dict[str, Plain]], None]) -> Counter[str]:
    """Check the scenarios of a shard, the same in every run, and count what they reach."""
    counts = Counter[str]()

    def one(scenario: Plain) -> None:
        expected = run(scenario)
        counts.update(set(reached(scenario, expected)))
        check(scenario, expected)

    drawn = given(scenarios())(one)
    drawn = settings(
        max_examples=SCENARIOS_A_SHARD, database=None, deadline=None, phases=[Phase.generate]
    )(drawn)
    seed(shard)(drawn)()
    return counts


def agree(scenario: Plain, expected: dict[str, Plain]) -> None:
    """Fail where the engine disagrees, with a scenario that is not larger than it must be."""
    if first_difference(scenario, expected) is not None:
        small = reduced(scenario)
        pytest.fail(f"{first_difference(small, run(small))}", pytrace=False)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_engine_does_what_the_oracle_says(shard: int) -> None:
    """Transitions, autoscaler and rollout actions, statuses, evaluations, attempts are equal."""
    reached_by_shard[shard] = counted(shard, agree)


@pytest.mark.skipif(PROFILE == "dev", reason="240 scenarios need not reach everything")
def test_the_drawn_scenarios_reach_everything() -> None:
    """Every transition, outcome, status and decision occurs, and no transition but the legal ones.

    Shards that another process has checked are drawn again, for the oracle alone.
    """
    counts = Counter[str]()
    for shard in range(SHARDS):
        if shard not in reached_by_shard:
            reached_by_shard[shard] = counted(shard, check=lambda _scenario, _logs: None)
        counts += reached_by_shard[shard]

    assert set(counts) == WANTED, f"{WANTED ^ set(counts)} of {counts.most_common()}"
