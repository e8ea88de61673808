"""Which path serves a request changes nothing: windows, a tournament, or the event loop."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from engine_pairs import difference_of_engines, drawn_paths, first_difference
from path_scenarios import shared_scenarios, stretched_scenarios
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate_record
from sim.simulation.simulation import Simulation
from sim.testing import scenarios

SEEDS = st.integers(0, 2**32 - 1)


@given(scenario=scenarios(max_deployments=3), seed=SEEDS)
def test_random_paths_change_nothing(scenario: Scenario, seed: int) -> None:
    """A path is chosen again and again at random: the record is the reference's."""
    with drawn_paths(seed):
        assert difference_of_engines(scenario) is None


def test_random_paths_change_nothing_where_stretches_are_long() -> None:
    """The same with more requests and fewer obstacles; every path serves thousands in all."""
    served: Counter[str] = Counter()

    @given(scenario=stretched_scenarios(), seed=SEEDS)
    def agree(scenario: Scenario, seed: int) -> None:
        with drawn_paths(seed) as here:
            assert difference_of_engines(scenario) is None
        served.update(here)

    agree()

    # 50 examples or more of some 100 requests; a tenth of them each is far below what is usual.
    assert (
        min(served["windows"], served["tournament"], served["event loop"])
        > 5 * settings().max_examples
    )


@given(scenario=shared_scenarios(), seed=SEEDS)
def test_engines_agree_where_many_requests_share_few_cores(scenario: Scenario, seed: int) -> None:
    """Sharing begins and ends, replicas hang and are killed, revisions with more threads follow."""
    with drawn_paths(seed):
        assert difference_of_engines(scenario) is None


@given(scenario=stretched_scenarios(), seed=SEEDS, cuts=st.lists(st.integers(0, 1200), max_size=6))
def test_where_a_run_pauses_leaves_no_trace_on_any_path(
    scenario: Scenario, seed: int, cuts: list[int]
) -> None:
    """A stretch ends wherever the run is told to pause, at tenths of seconds, where ties are."""
    with drawn_paths(seed):
        in_steps = Simulation(scenario, engine="vectorised")
        for cut in sorted(cuts):
            in_steps.advance(cut / 10)
        stepped = in_steps.finish()

    assert first_difference(simulate_record(scenario, engine="reference"), stepped) is None


@given(scenario=stretched_scenarios(), seed=SEEDS, horizon=st.integers(1, 1200))
def test_a_horizon_cut_at_random_ends_the_same_run(
    scenario: Scenario, seed: int, horizon: int
) -> None:
    """What was served ahead of the horizon is not in the record."""
    events = tuple(event for event in scenario.timeline if event.at_s < horizon / 10)
    cut = scenario.model_copy(update={"horizon_s": horizon / 10, "timeline": events})

    with drawn_paths(seed):
        assert difference_of_engines(cut) is None
