"""Another policy than the load rule: what a policy has to bring, and that both engines obey it.

It aims at a load, as the average of a minute, and goes there three replicas at a time.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import FAST_START, deployment, scenario
from engine_pairs import PAIRS, first_difference
from sim.control.policies.policy import Fleet, Seen, Verdict
from sim.control.policies.table import POLICIES, Kind
from sim.engines.vectorised import compilation
from sim.reasons import Reason
from sim.record import Decision, Record
from sim.scenario.models.policies import AutoscalerPolicy
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import ReplaceEvent
from sim.simulation.options import ENGINES, Engine
from sim.simulation.run import simulate_record
from sim.testing import check_invariants, scenarios
from sim.wire.models import RuntimeConfiguration
from sim.wire.normal import NormalConfiguration

MOST_AT_ONCE = 3


class AverageLoad(AutoscalerPolicy):
    """The settings: the load that it aims at, and over how long loads are averaged."""

    target: float = 0.5
    window_s: float = 60.0


@dataclass(frozen=True, slots=True)
class AverageRule:
    """ceil(live x load / target), at most three more than there are.

    It remembers since when it has wanted more than there may be.
    """

    min_replicas: int
    max_replicas: int
    threshold: float
    looks_back_s: float

    def decide(self, seen: Seen, fleet: Fleet, memory: float | None) -> Verdict[float | None]:
        """Return as many as the average load asks for; no load asks for none in particular."""
        load = seen.over(self.looks_back_s).load
        if load is None:
            return Verdict(fleet.live, None, None, None, self.threshold)
        wanted = max(math.ceil(fleet.live * load / self.threshold), self.min_replicas, 1)
        desired = min(wanted, fleet.live + MOST_AT_ONCE, self.max_replicas) if fleet.live else 0
        since_s = (seen.at_s if memory is None else memory) if wanted > desired else None
        if desired > fleet.live:
            reason: Reason | None = Reason.LOAD_HIGH
        elif desired < fleet.live:
            reason = Reason.LOAD_LOW
        else:
            reason = Reason.AT_MAX if since_s is not None else None
        return Verdict(desired, reason, since_s, load, self.threshold, since_s)


def average_rule(normal: NormalConfiguration, settings: AverageLoad) -> AverageRule:
    """Return the rule for a configuration."""
    return AverageRule(normal.min_replicas, normal.max_replicas, settings.target, settings.window_s)


def nothing() -> float | None:
    """Return what it remembers at first."""
    return None


@pytest.fixture(scope="module", autouse=True)
def known() -> Iterator[None]:
    """Put the policy into the table, and compile the event loop for small runs too."""
    settings: type[AutoscalerPolicy] = AverageLoad
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(POLICIES, settings, Kind(average_rule, nothing))
        patch.setattr(compilation, "FEWEST_TO_COMPILE", 0)
        yield


def steps(record: Record) -> list[Decision]:
    """Return what the autoscaler wrote down."""
    log = record.deployments[0].control
    return [decision for decision in log.decisions if decision.actor == "autoscaler"]


def story(engine: Engine, *timeline: dict[str, Any]) -> Record:
    """Four requests from 1 s to 29.5 s on one of at most six replicas of four threads."""
    one = deployment(
        at_s=[1.0] * 4,
        wait_s=28.5,
        wire={"threads": 4, "minReplicas": 1, "maxReplicas": 6},
        initial={"kind": "responsive", "responsive_count": 1},
        replica=FAST_START,
    )
    built = scenario(one, horizon_s=75.0, timeline=timeline)
    settings = AverageLoad(evaluation_interval_s=10.0, target=0.125)
    deployments = [d.model_copy(update={"autoscaler": settings}) for d in built.deployments]
    built = built.model_copy(update={"deployments": tuple(deployments)})
    return simulate_record(built, engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_steps_follow_the_average_of_a_minute(engine: Engine) -> None:
    """Six evaluations, busy over threads of each: 0/4, 4/4, 4/16, 0/24, 0/24, 0/24, 0/16, 0/12.

    At 10 load is 4/8 and 1 x 4/8 x 8 = 4: three more at once. At 20 it is 8/24 and 4 x 8/3 = 10.7,
    at most 7, and there may be 6. At 30 it is 8/48, and 8 are wanted. At 40 it is 8/72, for 5.3; at
    50 8/96, for 4. At 60 the evaluation of 0 is out, 8/108, for 2.4; at 70 that of 10 too, 4/116,
    for 0.8.
    """
    found = [(d.at_s, d.action, d.live, d.load, d.since_s, d.until_s) for d in steps(story(engine))]

    assert found == [
        (10.0, "up", 1, 4 / 8, None, None),
        (20.0, "up", 4, 8 / 24, 20.0, None),
        (30.0, "held", 6, 8 / 48, 20.0, 40.0),
        (50.0, "down", 6, 8 / 96, None, None),
        (60.0, "down", 4, 8 / 108, None, None),
        (70.0, "down", 3, 4 / 116, None, None),
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_step_of_several_says_of_how_many(engine: Engine) -> None:
    """One more or less is what a step is, if nothing else is said."""
    high, low = Reason.LOAD_HIGH.words, Reason.LOAD_LOW.words

    assert [d.words for d in steps(story(engine)) if d.action != "held"] == [
        f"{high}: +3 replicas",
        f"{high}: +2 replicas",
        f"{low}: -2 replicas",
        low,
        f"{low}: -2 replicas",
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_past_begins_anew_at_a_change_of_bounds(engine: Engine) -> None:
    """PUT in place at 5: at 10 load is 4/4 and not 4/8; eight are wanted, and there may be 3."""
    wire = {"minReplicas": 1, "maxReplicas": 3, "threadCount": 4, "cpu": 4.0}
    put = {"event": "replace", "at_s": 5.0, "deployment": "a", "runtime_configuration": wire}

    first = steps(story(engine, put))[0]

    assert (first.at_s, first.load, first.since_s) == (10.0, 1.0, 10.0)


def aiming(built: Scenario, target: float, window_s: float) -> Scenario:
    """Return the scenario with this policy for all of its deployments, and room for its steps."""

    def widened(configuration: RuntimeConfiguration) -> RuntimeConfiguration:
        most = configuration.min_replicas + 2 * MOST_AT_ONCE
        return configuration.model_copy(update={"max_replicas": most})

    deployments = [
        one.model_copy(
            update={
                "autoscaler": AverageLoad(
                    evaluation_interval_s=one.autoscaler.evaluation_interval_s,
                    target=target,
                    window_s=window_s,
                ),
                "runtime_configuration": widened(one.runtime_configuration),
            }
        )
        for one in built.deployments
    ]
    timeline = [
        event.model_copy(update={"runtime_configuration": widened(event.runtime_configuration)})
        if isinstance(event, ReplaceEvent)
        else event
        for event in built.timeline
    ]
    return built.model_copy(update={"deployments": tuple(deployments), "timeline": tuple(timeline)})


def test_both_engines_obey_it() -> None:
    """Drawn scenarios, with every log and every attempt compared bit for bit, and every law."""
    drawn = several = 0

    @PAIRS
    @given(
        built=scenarios(max_deployments=3),
        target=st.sampled_from([0.05, 0.1, 0.25, 0.5]),
        window_s=st.sampled_from([60.0, 60.0, 5.0, 17.0]),
    )
    def agree(built: Scenario, target: float, window_s: float) -> None:
        nonlocal drawn, several
        built = aiming(built, target, window_s)
        reference = simulate_record(built, engine="reference")
        vectorised = simulate_record(built, engine="vectorised")
        assert first_difference(reference, vectorised) is None
        check_invariants(reference)
        drawn += 1
        several += any(
            decision.actor == "autoscaler" and "+3 replicas" in decision.words
            for one in reference.deployments
            for decision in one.control.decisions
        )

    agree()

    print(f"{drawn} scenarios, {several} of them with a step of three")  # noqa: T201 - what was met
    if drawn >= 300:  # with fewer it is left to chance
        assert several >= 0.03 * drawn
