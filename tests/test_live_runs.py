"""Requests, deployments and time that a run gets while it goes on.

What matters: a run that was given more on its way is the run that had it from the start.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import FAST_START, deployment, scenario
from engine_pairs import first_difference
from sim.engines.contract.plane import Answer
from sim.record import Record
from sim.scenario.models.scenario import Scenario
from sim.simulation.live import LiveSimulation
from sim.simulation.options import ENGINES, Engine
from sim.simulation.run import simulate_record
from sim.states import Outcome
from sim.testing import scenarios
from sim.workload.outside import OUTSIDE

STEPS = st.lists(
    st.tuples(st.integers(0, 1100), st.lists(st.integers(0, 90), min_size=1, max_size=4)),
    max_size=5,
).map(sorted)


def with_requests(
    base: Scenario, engine: Engine, steps: list[tuple[int, list[int]]]
) -> tuple[Record, list[tuple[int, Answer | None]]]:
    """Run a scenario that gets requests at tenths of seconds, and see how they ended."""
    run = LiveSimulation(base, engine=engine, most_ahead=3)
    numbers: list[tuple[float, int]] = []
    for at, offsets in steps:
        run.advance(at / 10)
        instants = [(at + offset) / 10 for offset in offsets]
        added = run.add_requests(base.deployments[0].name, instants)
        numbers += zip(instants, added, strict=True)
    run.advance(base.horizon_s)
    in_order = [number for _, number in sorted(numbers)]
    answers = [(number, run.answer(base.deployments[0].name, number)) for number in in_order]
    return run.finish(), answers


@pytest.mark.parametrize("engine", ENGINES)
def test_requests_from_outside_are_those_of_a_source(engine: Engine) -> None:
    """Any scenario with them added on the way gives the record of one that had the source."""

    @given(base=scenarios(max_deployments=2), steps=STEPS)
    def agree(base: Scenario, steps: list[tuple[int, list[int]]]) -> None:
        steps = [(at, offsets) for at, offsets in steps if at / 10 < base.horizon_s]
        record, answers = with_requests(base, engine, steps)

        assert first_difference(simulate_record(record.scenario, engine=engine), record) is None
        attempts = record.deployments[0].attempts
        if answers:
            outside = len(record.deployments[0].sources) - 1
            assert record.deployments[0].sources[outside] == OUTSIDE
            requests = sorted({*attempts.request[attempts.source == outside].tolist()})
            for request, (_, answer) in zip(requests, answers, strict=False):
                rows = attempts.request == request
                outcome = Outcome(int(attempts.outcome[rows][-1]))
                is_over = outcome < Outcome.QUEUED
                is_over &= request not in record.deployments[0].backing_off
                assert (answer is not None) == is_over
                if answer is not None:
                    assert answer.outcome is outcome
                    assert answer.answered_at_s == attempts.answered_at_s[rows][-1]

    agree()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_that_was_extended_is_the_longer_run(engine: Engine) -> None:
    """However often the end is put off: arrivals and evaluations go on as if it had been later."""

    @given(whole=scenarios(max_deployments=2), cuts=st.lists(st.integers(1, 9), max_size=3))
    def agree(whole: Scenario, cuts: list[int]) -> None:
        ends = [whole.horizon_s * cut / 10 for cut in sorted(cuts)]
        first = whole.model_copy(update={"horizon_s": (*ends, whole.horizon_s)[0]})
        run = LiveSimulation(first, engine=engine)
        for end_s in (*ends[1:], whole.horizon_s):
            run.advance(end_s * 0.7)
            run.extend(end_s)
        record = run.finish()

        assert record.scenario.horizon_s == whole.horizon_s
        assert first_difference(simulate_record(whole, engine=engine), record) is None

    agree()


def added(engine: Engine) -> Record:
    """Run a scenario that gets a second deployment at 30 s and a request for it at 40 s."""
    run = LiveSimulation(scenario(deployment(), horizon_s=60.0), engine=engine)
    late = scenario(
        deployment(replica=FAST_START, initial={"kind": "cold"}, request={"wait_s": 3.0}),
    ).deployments[0]
    run.advance(30.0)
    run.add_deployment(late.model_copy(update={"name": "late"}))
    run.carry_out()
    run.advance(40.0)
    assert run.add_requests("late", [40.0]) == range(1)
    assert run.answer("late", 0) is None
    run.advance(50.0)
    answer = run.answer("late", 0)
    assert answer is not None
    assert (answer.outcome, answer.answered_at_s) == (Outcome.COMPLETED, 43.0)
    return run.finish()


def test_a_deployment_that_is_added_starts_then() -> None:
    """It is created at the instant that the run has reached, and both engines agree."""
    reference, vectorised = added("reference"), added("vectorised")

    late = reference.deployments[1].control
    assert late.revisions[0].created_at_s == 30.0
    assert [(move.at_s, move.after.name) for move in late.transitions][-1] == (32.0, "RESPONSIVE")
    assert first_difference(reference, vectorised) is None


def test_what_cannot_be_added_is_refused() -> None:
    """A name that is taken, traffic of its own, an instant that has passed."""
    base = scenario(deployment(at_s=[1.0]), horizon_s=60.0)
    run = LiveSimulation(base)
    run.advance(10.0)

    with pytest.raises(ValueError, match="is there already"):
        run.add_deployment(base.deployments[0])
    with pytest.raises(ValueError, match="has reached 10"):
        run.add_requests(base.deployments[0].name, [9.0])
