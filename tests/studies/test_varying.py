"""What varies from run to run: said rightly, since two runs show it."""

import pytest
from hypothesis import given, settings

from sim.scenario.models.intervals import CountsTraffic
from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate
from sim.studies.runs.varying import Aspect, is_drawn, what_varies, words
from sim.testing import scenarios
from study_scenarios import DRAWN, GIVEN, drawn


def test_what_is_drawn_and_what_is_not_is_said_in_words() -> None:
    """Of what is not drawn, why."""
    assert words(what_varies(drawn(DRAWN))) == "arrivals, service and starts: drawn"
    assert words(what_varies(drawn(GIVEN))) == (
        "arrivals no: given instants; service no: constant; starts no: constant"
    )
    assert not is_drawn(drawn(GIVEN))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("wait: 4s", "wait: {kind: uniform, low: 1s, high: 2s}", Aspect("service", drawn=True)),
        (
            "wait: 4s",
            "wait: {kind: sequence, values: [1s, 2s]}",
            Aspect("service", drawn=False, how="given"),
        ),
        (
            "request:",
            "replica: {lifetime: {min: 1min, max: 2min}}\n    request:",
            Aspect("lifetimes", drawn=True),
        ),
        ("request:", "client: {policy: sdk}\n    request:", Aspect("clients", drawn=True)),
        (
            "request:",
            "client: {policy: custom, max_attempts: 2, retry_on: [queue_full], backoff: 1s}\n"
            "    request:",
            Aspect("clients", drawn=False, how="constant"),
        ),
    ],
)
def test_each_part_of_a_scenario_that_can_be_drawn_is_seen(
    old: str, new: str, expected: Aspect
) -> None:
    """Demands, lifetimes, and the waits of clients."""
    assert expected in what_varies(drawn(GIVEN.replace(old, new)))


@pytest.mark.parametrize(
    ("within", "expected"),
    [
        ("evenly", Aspect("arrivals", drawn=False, how="counts, evenly")),
        ("uniform", Aspect("arrivals", drawn=True)),
    ],
)
def test_counts_vary_by_how_they_lie_in_their_interval(within: str, expected: Aspect) -> None:
    """In the middles of equal parts nothing is drawn."""
    counts = CountsTraffic.from_file_form(
        {"kind": "counts", "name": "c", "every": "10s", "counts": [3], "within": within}
    )
    scenario = drawn(GIVEN)
    deployment = scenario.deployments[0].model_copy(update={"traffic": (counts,)})

    assert expected in what_varies(scenario.model_copy(update={"deployments": (deployment,)}))


@pytest.mark.parametrize(
    ("noise", "expected"),
    [
        (None, Aspect("service", drawn=False, how="given")),
        ({"kind": "exponential", "mean": 1.0}, Aspect("service", drawn=True)),
    ],
)
def test_a_demand_from_columns_is_drawn_by_its_noise(
    noise: dict[str, object] | None, expected: Aspect
) -> None:
    """Without noise each run has the numbers of the rows."""
    law = {"kind": "linear", "per": {"n": "1s"}, "noise": noise}
    scenario = drawn(GIVEN)
    request = RequestDemands.from_file_form({"wait": law})
    deployment = scenario.deployments[0].model_copy(update={"request": request})

    assert expected in what_varies(scenario.model_copy(update={"deployments": (deployment,)}))


@settings(max_examples=max(10, settings().max_examples // 4))
@given(scenarios())
def test_runs_of_what_is_not_drawn_are_the_same(scenario: Scenario) -> None:
    """Else the study of one run would be wrong."""
    if is_drawn(scenario):
        return
    first, second = (simulate(scenario, seed=seed).summary() for seed in (1, 2))
    assert first["deployments"] == second["deployments"]
    assert first["queues"] == second["queues"]
