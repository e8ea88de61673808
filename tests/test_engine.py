"""The way from a scenario to a result, as a user's program takes it."""

import pytest

from builders import deployment, scenario
from sim import simulate
from sim.errors import ScenarioError
from sim.scenario.models.timeline import StartEvent
from sim.simulation.live import LiveSimulation


def test_a_scenario_built_in_python_is_checked_like_a_file() -> None:
    """An event that names an unknown deployment is refused before anything runs."""
    wrong = scenario(deployment(), timeline=[{"event": "start", "at_s": 1.0, "deployment": "b"}])

    with pytest.raises(ScenarioError, match="b"):
        simulate(wrong)


def test_progress_goes_from_the_start_to_the_end() -> None:
    """`progress` is told ascending parts of the work, the first one 0 and the last one 1."""
    told: list[float] = []
    simulate(scenario(deployment(at_s=[1.0]), horizon_s=50.0), progress=told.append)

    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)


def test_progress_is_of_requests_and_not_of_time() -> None:
    """At half of the time 90 of 100 requests have arrived; there is one evaluation an hour."""
    at_s = [*(i / 2 for i in range(90)), *(60.0 + i for i in range(10))]
    told: list[float] = []
    simulate(scenario(deployment(at_s=at_s), horizon_s=100.0), progress=told.append)

    assert told[100] == pytest.approx((90 + 50 / 3600) / (100 + 100 / 3600))


def test_the_seed_given_wins_over_the_scenarios() -> None:
    """Provenance tells the seed that was used."""
    result = simulate(scenario(deployment(), seed=3), seed=9)

    assert result.summary()["provenance"]["seed"] == 9


def test_what_is_due_at_the_instant_reached_has_not_happened() -> None:
    """A run advanced to 10 takes an event at 10, and none before."""
    simulation = LiveSimulation(scenario(deployment(), horizon_s=50.0))
    simulation.advance(10.0)
    simulation.submit(StartEvent(at_s=10.0, deployment="a"))

    with pytest.raises(ValueError, match="has reached"):
        simulation.submit(StartEvent(at_s=9.0, deployment="a"))
    assert simulation.finish().scenario.timeline[-1].at_s == 10.0
