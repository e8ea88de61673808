"""Print which path started how many attempts of each shipped scenario, as Markdown.

python benchmarks/scenario_paths.py
"""

from collections import Counter
from pathlib import Path

from sim.errors import ScenarioError
from sim.scenario.reading.loader import load_scenario
from sim.simulation.run import simulate_record

SCENARIOS = Path(__file__).parent.parent / "scenarios"
PATHS = ("windows", "tournament", "event loop")


def row(path: Path) -> str:
    """Return a scenario's row of the table."""
    served: Counter[str] = Counter()
    try:
        for deployment in simulate_record(load_scenario(path)).deployments:
            served.update(deployment.served_by)
    except ScenarioError:
        return f"| {path.stem} | needs its trace | | | |"
    total = max(served.total(), 1)
    shares = " | ".join(f"{served[name] / total:.1%}" for name in PATHS)
    return f"| {path.stem} | {served.total():,} | {shares} |"


def main() -> None:
    """Print the table."""
    print(f"| scenario | attempts started | {' | '.join(PATHS)} |")
    print("| --- | --- | --- | --- | --- |")
    for path in sorted(SCENARIOS.glob("*.yaml")):
        print(row(path), flush=True)


if __name__ == "__main__":
    main()
