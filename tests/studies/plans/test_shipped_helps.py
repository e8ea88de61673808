"""The helps that are told of the shipped scenarios, run anew: each holds, the step below fails.

The scenarios are read from their files with the words of `--set` that a help consists of, and
planned under seeds that no plan has used.
"""

from pathlib import Path

import pytest

from sim.scenario.reading.loader import load_scenario
from sim.studies import plan

SCENARIOS = Path(__file__).parents[3] / "scenarios"
OTHER_SEED = 20_261_129
"""So that the runs are others than those that found and confirmed a help."""


def verdict_with(name: str, *overrides: str, seed: int = OTHER_SEED, runs: int = 30) -> str:
    """Return the verdict on the event of a shipped scenario with values set in its file."""
    scenario = load_scenario(SCENARIOS / f"{name}.yaml", overrides)
    return plan(scenario, seed=seed, runs=runs, helps=False).report.verdict


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "name", ["capacity_cliff", "replace_under_load", "gpu_queue_deadlock", "thread_count_trap"]
)
def test_helps_of_a_shipped_scenario_hold_and_the_next_smaller_step_fails(name: str) -> None:
    """Each help, with the file as it is but for that one value."""
    report = plan(SCENARIOS / f"{name}.yaml", runs=30).report

    wrong = []
    for one in report.helps:
        mended = verdict_with(name, one.set)
        overrides = (one.smaller.set,) if one.smaller.set else ()
        not_mended = verdict_with(name, *overrides)
        told = f"{name}: {one.set}: {mended}; {one.smaller.set or 'as planned'}: {not_mended}"
        print(told)  # noqa: T201 - shown by pytest -rP: what was tried
        if mended != "WORKS" or not_mended == "WORKS":
            wrong.append((one.set, mended, one.smaller.set, not_mended))

    assert report.verdict in {"RISKY", "NEVER", "WORKS"}
    assert bool(report.helps) == (report.verdict != "WORKS")
    assert wrong == []


@pytest.mark.exhaustive
def test_a_queue_with_one_spare_gpu_works() -> None:
    """The help of the deadlock is the other shipped scenario."""
    assert verdict_with("gpu_queue_one_spare") == "WORKS"
