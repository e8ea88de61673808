"""A replication: the numbers of `sim run --seed`, to the last digit."""

import math

import pytest

from sim.engines.vectorised import compilation
from sim.results.measures import Missing, measures, value_of
from sim.simulation.run import simulate
from sim.studies.runs import replication
from sim.studies.runs.case import Case
from sim.studies.runs.replication import Lost, Replication, Replicator, Task
from study_scenarios import SOMETIMES_STUCK, drawn


@pytest.mark.parametrize("seed", range(16))
def test_every_measure_is_that_of_a_run_with_its_seed(seed: int) -> None:
    """Those that lie beyond are infinite, with the reason; of yes and no, 1 and 0."""
    scenario = drawn(SOMETIMES_STUCK)
    made = Replicator().make(Task(Case("a", scenario).parcel, seed))
    assert isinstance(made, Replication)
    report = simulate(scenario, seed=seed).figures
    for place, measure in enumerate(measures(scenario)):
        value = value_of(report, measure)
        if isinstance(value, Missing):
            assert made.reasons[place] == value.why
            expected = math.inf if value.undefined == "beyond" else math.nan
        else:
            assert place not in made.reasons
            expected = float(value)
        assert made.values[place] == pytest.approx(expected, rel=0, abs=0, nan_ok=True)


def test_a_fault_of_ours_is_told_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run is made."""
    replicator, parcel = Replicator(), Case("a", drawn()).parcel

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as broken:
        broken.setattr(replication, "simulate_record", fails)
        assert replicator.make(Task(parcel, 1)) == Lost(1, "RuntimeError: a fault of ours")
    assert isinstance(replicator.make(Task(parcel, 1)), Replication)


def test_a_worker_compiles_once_its_runs_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """One run of 300 requests is too small to wait for that; the fourth of its like is not."""
    loaded: list[int] = []
    monkeypatch.setattr(replication, "can_compile", lambda: True)
    monkeypatch.setattr(replication, "load", lambda: loaded.append(1))
    monkeypatch.setattr(replication, "FEWEST_TO_COMPILE", 800)
    replicator, parcel = Replicator(), Case("a", drawn()).parcel
    told = []
    for seed in range(5):
        replicator.make(Task(parcel, seed))
        told.append(len(loaded))

    assert told == [0, 0, 0, 1, 2]
    assert compilation.FEWEST_TO_COMPILE == 20_000
