"""What `same.py` lets each of two trees do, through names that every version of the package has.

same_runs.py draw INPUTS COUNT TESTS    write drawn and broken scenario files
same_runs.py run FILES INPUTS OUT       run those of a JSON list, and validate the broken ones
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from sim import load_scenario, simulate

DRAW_SEED = 20_261_128


def draw(folder: str, count: str, tests: str) -> None:
    """Write `count` drawn scenarios, and a broken file for each entry of the loader's tests."""
    import ruamel.yaml  # noqa: PLC0415 - only one of the two trees draws
    from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: PLC0415

    from sim.scenario.models.file_form import resolved  # noqa: PLC0415
    from sim.scenario.models.scenario import Scenario  # noqa: PLC0415
    from sim.testing import scenarios  # noqa: PLC0415

    place = Path(folder)
    place.mkdir()
    written: list[Path] = []

    @seed(DRAW_SEED)
    @settings(
        max_examples=int(count),
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(scenario=scenarios())
    def write(scenario: Scenario) -> None:
        file = place / f"drawn-{len(written):04}.json"
        file.write_text(json.dumps(resolved(scenario)), encoding="utf-8")
        written.append(file)

    write()
    sys.path.insert(0, str(Path(tests, "support")))
    from scenario_files import SCENARIO  # noqa: PLC0415 - a helper of the tests

    faults = ruamel.yaml.YAML(typ="safe", pure=True).load(Path(tests, "scenario", "faults.yaml"))
    for number, fault in enumerate(faults):
        broken = SCENARIO.replace(fault["old"], fault["new"], 1)
        (place / f"broken-{number:04}.yaml").write_text(broken, encoding="utf-8")


def run(files: str, inputs: str, out: str) -> None:
    """Run each file on both engines; its folder has the run, or why there is none."""
    place = Path(out)
    for number, name in enumerate(json.loads(Path(files).read_text(encoding="utf-8"))):
        for engine in ("vectorised", "reference"):
            folder = place / f"{number:04}-{Path(name).stem}" / engine
            try:
                result = simulate(load_scenario(name), engine=engine)
                result.write(folder, tables="csv")
            except Exception as error:  # whatever it is: the other tree is to say the same
                folder.mkdir(parents=True)
                (folder / "refused.txt").write_text(
                    f"{type(error).__name__}: {error}", encoding="utf-8"
                )
    said: list[str] = []
    for file in sorted(Path(inputs).glob("broken-*.yaml")):
        command = [sys.executable, "-m", "sim", "validate", file.name]
        done = subprocess.run(command, cwd=inputs, capture_output=True, text=True, check=False)
        said.append(f"{done.returncode}\n{done.stdout}{done.stderr}")
    (place / "messages.txt").write_text("\n".join(said), encoding="utf-8")


DOES: Mapping[str, Callable[..., None]] = {"draw": draw, "run": run}

if __name__ == "__main__":
    DOES[sys.argv[1]](*sys.argv[2:])
