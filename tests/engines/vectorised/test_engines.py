"""The vectorised engine gives what the reference gives, to the last bit."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine_pairs import PAIRS, difference_of_engines, first_difference
from path_scenarios import engine_scenarios
from sim.engines.contract.cores import SharedCores
from sim.engines.vectorised import compilation
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import load_scenario
from sim.simulation.options import Engine
from sim.simulation.run import simulate_record
from sim.simulation.simulation import Simulation
from sim.testing import scenarios

SCENARIOS = Path(__file__).parents[3] / "scenarios"


@pytest.fixture
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the event loop what it is where Numba is not installed."""
    monkeypatch.setattr(compilation, "can_compile", lambda: False)


@pytest.fixture(scope="module", autouse=True)
def compiled() -> Iterator[None]:
    """Make the event loop compiled for small runs too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compilation, "FEWEST_TO_COMPILE", 0)
        yield


def assert_engines_agree(scenario: Scenario) -> None:
    """Run `scenario` on both engines and compare everything."""
    assert difference_of_engines(scenario) is None


def test_engines_agree_on_drawn_scenarios(monkeypatch: pytest.MonkeyPatch) -> None:
    """Order, replica, outcome and times of every attempt; in 30 % of them cores are shared."""
    share = SharedCores._share
    shared = drawn = 0
    is_shared = False

    def noted(cores: SharedCores, at_s: float) -> None:
        nonlocal is_shared
        is_shared = True
        share(cores, at_s)

    monkeypatch.setattr(SharedCores, "_share", noted)

    @PAIRS
    @given(scenario=engine_scenarios())
    def agree(scenario: Scenario) -> None:
        nonlocal drawn, shared, is_shared
        is_shared = False
        assert_engines_agree(scenario)
        drawn, shared = drawn + 1, shared + is_shared

    agree()

    if drawn >= 300:  # with fewer the share is left to chance
        assert shared >= 0.3 * drawn


@pytest.mark.usefixtures("uncompiled")
def test_the_same_source_uncompiled_gives_the_same_bits() -> None:
    """Without Numba the event loop is slower and nothing else."""

    @settings(max_examples=60)
    @given(scenario=scenarios(max_deployments=3))
    def agree(scenario: Scenario) -> None:
        assert_engines_agree(scenario)

    agree()


@pytest.mark.parametrize("name", ["cold_start_from_zero", "gpu_queue_one_spare", "sawtooth"])
def test_engines_agree_on_shipped_scenarios(name: str) -> None:
    """Thousands of requests, a rollout with GPUs, scaling to zero and for ever."""
    assert_engines_agree(load_scenario(SCENARIOS / f"{name}.yaml"))


@pytest.mark.parametrize("engine", ["reference", "vectorised"])
@given(scenario=scenarios(), cuts=st.lists(st.floats(0, 400), max_size=6))
def test_where_a_run_pauses_leaves_no_trace(
    engine: Engine, scenario: Scenario, cuts: list[float]
) -> None:
    """A run advanced in steps of any length gives what it gives in one go."""
    in_steps = Simulation(scenario, engine=engine)
    for cut_s in sorted(cuts):
        in_steps.advance(cut_s)

    in_one = simulate_record(scenario, engine=engine)
    assert first_difference(in_one, in_steps.finish()) is None
