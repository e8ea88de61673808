"""Time both request engines on shipped scenarios, in alternating runs, and check that they agree.

    python benchmarks/engines.py [ROUNDS]

Prints a row a scenario: attempts, the median seconds of each engine, and the median of the ratios
of neighbouring runs, which holds when the machine's speed drifts. The first run of each is not
counted: it compiles.
"""

import statistics
import sys
from pathlib import Path
from time import process_time

import numpy as np

from sim.engine import Engine, simulate_record
from sim.record import Record
from sim.scenario.loader import load_scenario
from sim.scenario.scenario import Scenario

SCENARIOS = Path(__file__).parent.parent / "scenarios"
NAMES = ("replace_under_load", "capacity_cliff", "thread_count_trap", "memory_trap")


def timed(scenario: Scenario, engine: Engine) -> tuple[float, Record]:
    """Return the processor time of a run in seconds, and its record."""
    begin_s = process_time()
    record = simulate_record(scenario, engine=engine)
    return process_time() - begin_s, record


def measure(name: str, rounds: int) -> str:
    """Return the row of a scenario."""
    scenario = load_scenario(SCENARIOS / f"{name}.yaml")
    reference_s, vectorised_s = [], []
    for _ in range(rounds + 1):
        slow_s, slow = timed(scenario, "reference")
        fast_s, fast = timed(scenario, "vectorised")
        reference_s.append(slow_s)
        vectorised_s.append(fast_s)
        for mine, theirs in zip(slow.deployments, fast.deployments, strict=True):
            np.testing.assert_array_equal(
                mine.attempts.answered_at_s, theirs.attempts.answered_at_s
            )
            assert mine.control == theirs.control
    ratios = [slow / fast for slow, fast in zip(reference_s[1:], vectorised_s[1:], strict=True)]
    attempts = sum(len(deployment.attempts.request) for deployment in slow.deployments)
    return (
        f"{name:22} {attempts:>9,} {statistics.median(reference_s[1:]):>11.2f} "
        f"{statistics.median(vectorised_s[1:]):>11.2f} {statistics.median(ratios):>7.1f}x"
    )


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    print(f"{'scenario':22} {'attempts':>9} {'reference s':>11} {'vector. s':>11} {'ratio':>8}")
    for name in NAMES:
        print(measure(name, rounds), flush=True)


if __name__ == "__main__":
    main()
