"""Ten thousand drawn scenarios on both engines, with paths chosen at random.

Not part of the suite: `pytest -m exhaustive -s tests/scheduler` takes half an hour or more and ends
with a line of what was compared, which is recorded in docs/engine.md.
"""

from collections import Counter

import pytest
from engine_pairs import drawn_paths, first_difference
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from path_scenarios import engine_scenarios, stretched_scenarios

from sim.engine import simulate_record
from sim.scenario.scenario import Scenario

SCENARIO_COUNT = 10_000
SEEDS = st.integers(0, 2**32 - 1)

pytestmark = pytest.mark.exhaustive


@pytest.mark.parametrize("kind", ["of all kinds", "with long stretches"])
def test_engines_agree_on_ten_thousand_scenarios(kind: str) -> None:
    """Order, replica, outcome and times of every attempt, every decision and transition."""
    is_any = kind == "of all kinds"
    drawn = engine_scenarios() if is_any else stretched_scenarios()
    seen: Counter[str] = Counter()

    @seed(1)
    @settings(
        max_examples=SCENARIO_COUNT,
        database=None,
        derandomize=False,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(scenario=drawn, path_seed=SEEDS)
    def agree(scenario: Scenario, path_seed: int) -> None:
        reference = simulate_record(scenario, engine="reference")
        with drawn_paths(path_seed) as served:
            vectorised = simulate_record(scenario, engine="vectorised")
        assert first_difference(reference, vectorised) is None
        seen.update(served)
        seen.update(
            scenarios=1,
            attempts=sum(one.attempts.arrival_at_s.size for one in reference.deployments),
            decisions=sum(len(one.control.decisions) for one in reference.deployments),
            transitions=sum(len(one.control.transitions) for one in reference.deployments),
        )

    agree()

    summary = ", ".join(f"{count:,} {what}" for what, count in seen.items())
    print(f"\nscenarios {kind}: {summary}")  # noqa: T201 - the line to be recorded
    assert seen["scenarios"] >= SCENARIO_COUNT * 9 // 10  # fewer only if there are no more
