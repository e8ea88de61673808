"""Twenty thousand drawn scenarios on both engines, on all paths, compiled and not.

Not part of the suite: `make exhaustive` takes half an hour of two cores or more. Each of the ten
parts has its own seed and prints a line of what it compared; docs/engine.md has their sums.

Usual and drawn paths take turns: stretches, which drawn paths try everywhere, write the arrays anew
and so heal what growing may have left in them.
"""

from collections import Counter
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from engine_pairs import counted_paths, drawn_paths, first_difference
from growing_scenarios import growing_scenarios
from oracle_compare import to_scenario
from oracle_scenarios import scenarios as oracle_scenarios
from path_scenarios import engine_scenarios, stretched_scenarios
from sim.engines.vectorised import compilation
from sim.record import Record
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate_record

SCENARIOS_A_PART = 2_000
KINDS: dict[str, tuple[st.SearchStrategy[Scenario], range]] = {
    "of all kinds": (engine_scenarios(), range(1, 5)),
    "with long stretches": (stretched_scenarios(), range(5, 7)),
    "with more and more replicas": (growing_scenarios(), range(7, 10)),
    "of the oracle": (oracle_scenarios().map(to_scenario), range(10, 11)),
}
"""What is drawn, and a seed for each part of it."""

pytestmark = pytest.mark.exhaustive


def vectorised(scenario: Scenario, path_seed: int, served: Counter[str]) -> Record:
    """Run a scenario with bits of a number deciding how; count who served its requests."""
    is_drawn, is_compiled = path_seed & 1, path_seed & 2
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(compilation, "FEWEST_TO_COMPILE", 0)
        if not is_compiled:
            patch.setattr(compilation, "can_compile", lambda: False)
        paths = drawn_paths(path_seed) if is_drawn else counted_paths()
        here = stack.enter_context(paths)
        record = simulate_record(scenario, engine="vectorised")
    served.update(here)
    return record


@pytest.mark.parametrize(
    ("kind", "number"),
    [(kind, number) for kind, (_, numbers) in KINDS.items() for number in numbers],
)
def test_engines_agree_on_two_thousand_more(kind: str, number: int) -> None:
    """Order, replica, outcome and times of every attempt, every decision and transition."""
    drawn, _ = KINDS[kind]
    seen: Counter[str] = Counter()

    @seed(number)
    @settings(
        max_examples=SCENARIOS_A_PART,
        database=None,
        derandomize=False,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        scenario=drawn, path_seed=st.randoms(use_true_random=True).map(lambda c: c.getrandbits(32))
    )
    def agree(scenario: Scenario, path_seed: int) -> None:
        reference = simulate_record(scenario, engine="reference")
        assert first_difference(reference, vectorised(scenario, path_seed, seen)) is None
        seen.update(
            scenarios=1,
            attempts=sum(one.attempts.arrival_at_s.size for one in reference.deployments),
            decisions=sum(len(one.control.decisions) for one in reference.deployments),
            transitions=sum(len(one.control.transitions) for one in reference.deployments),
        )

    agree()

    summary = ", ".join(f"{count:,} {what}" for what, count in sorted(seen.items()))
    print(f"\n{kind}, seed {number}: {summary}")  # noqa: T201 - the line to be recorded
    assert seen["scenarios"] == SCENARIOS_A_PART  # fewer only if there are no more
