"""The vectorised engine gives what the reference gives, to the last bit."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine import Engine, Simulation, simulate_record
from sim.record import Record
from sim.scenario.loader import load_scenario
from sim.scenario.scenario import Scenario
from sim.scheduler import compilation
from sim.testing import scenarios

SCENARIOS = Path(__file__).parents[2] / "scenarios"


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


def first_difference(one: Record, other: Record) -> str | None:
    """Return where two records differ first, or None if they are equal bit for bit."""
    if one.queue_samples != other.queue_samples:
        return "queue samples"
    for mine, theirs in zip(one.deployments, other.deployments, strict=True):
        for log in ("transitions", "decisions", "statuses", "capacity", "revisions", "rollouts"):
            left, right = getattr(mine.control, log), getattr(theirs.control, log)
            if left != right:
                pairs = ((x, y) for x, y in zip(left, right, strict=False) if x != y)
                return f"{mine.name} {log}: {next(pairs, (len(left), len(right)))}"
        for table in ("attempts", "ticks"):
            for column in getattr(mine, table).__slots__:
                left = getattr(getattr(mine, table), column)
                right = getattr(getattr(theirs, table), column)
                if not np.array_equal(left, right, equal_nan=left.dtype.kind == "f"):
                    return f"{mine.name} {table}.{column}"
        if not np.array_equal(mine.backing_off, theirs.backing_off):
            return f"{mine.name} backing off"
    return None


def assert_engines_agree(scenario: Scenario) -> None:
    """Run `scenario` on both engines and compare everything."""
    reference = simulate_record(scenario, engine="reference")
    vectorised = simulate_record(scenario, engine="vectorised")

    assert first_difference(reference, vectorised) is None


@given(scenario=scenarios(max_deployments=3))
def test_engines_agree_on_drawn_scenarios(scenario: Scenario) -> None:
    """Order, replica, outcome and times of every attempt, every decision and transition."""
    assert_engines_agree(scenario)


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
