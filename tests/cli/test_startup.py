"""What a command loads before it does anything: nobody waits for a library that is not used."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "fastapi",
    "hypothesis",
    "matplotlib",
    "numba",
    "pandas",
    "pyarrow",
    "scipy",
    "uvicorn",
}
"""Libraries that take longer to load than most commands to run."""

NUMBERS = {"numpy", "pydantic", "ruamel", "simpy"}
"""Libraries that only something that reads a scenario needs."""

SCENARIO = """
name: A minute
horizon: 1min
deployments:
  - name: ranker
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 2, cpu: 1.0, memory: 2GiB, threadCount: 4}
    request: {cpu: {kind: exponential, mean: 50ms}}
    traffic: [{kind: poisson, rate: 5/s}]
"""

FAULTY = '{"runtimeConfiguration": {"minReplicas": 4, "maxReplicas": 2}}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Holds a scenario and the body of a PUT that breaks a rule."""
    (tmp_path / "minute.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "put.json").write_text(FAULTY, encoding="utf-8")
    return tmp_path


def loaded_by(arguments: list[str], *, folder: Path, status: int = 0) -> set[str]:
    """Run a command in a Python of its own and return the modules that it has loaded."""
    code = (
        "import json, sys\n"
        "from sim.__main__ import main\n"
        f"sys.argv = ['sim', *{arguments!r}]\n"
        "status = main()\n"
        "print(json.dumps([status, sorted(sys.modules)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    found, modules = json.loads(done.stdout.splitlines()[-1])
    assert found == status, done.stderr
    return set(modules)


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_loads_no_library_but_that_of_the_command_line(option: str, tmp_path: Path) -> None:
    """Nor what reads the version of an installed package, unless the version is asked for."""
    modules = loaded_by([option], folder=tmp_path)

    assert modules & (HEAVY | NUMBERS) == set()
    assert ("importlib.metadata" in modules) == (option == "--version")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["validate", "minute.yaml"], 0),
        (["validate", "put.json"], 2),
        (["validate", "put.json", "--format", "json"], 2),
        (["rules"], 0),
        (["schema"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_commands_that_simulate_nothing_load_nothing_heavy(
    arguments: list[str], status: int, folder: Path
) -> None:
    """They stand in other people's commit hooks."""
    modules = loaded_by(arguments, folder=folder, status=status)

    assert modules & (HEAVY | {"simpy"}) == set()


@pytest.mark.parametrize("more", [[], ["--format", "json"], ["--quiet", "--seed", "4"]], ids=str)
def test_a_run_that_writes_nothing_needs_no_tables_and_no_pictures(
    more: list[str], folder: Path
) -> None:
    """The summary comes from numpy columns."""
    modules = loaded_by(["run", "minute.yaml", *more], folder=folder)

    assert modules & HEAVY == set()
    assert {
        name for name in modules if name.startswith(("sim.plots", "sim.results.arrow"))
    } == set()


def test_a_run_without_tables_is_written_without_them(folder: Path) -> None:
    """Nor is there a picture, which would be made of them."""
    modules = loaded_by(["run", "minute.yaml", "--out", "out", "--tables", "none"], folder=folder)

    assert modules & HEAVY == set()
    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        "result.json",
        "scenario.json",
    ]
    # Such a run can be replaced, and cannot be drawn.
    loaded_by(["run", "minute.yaml", "--out", "out", "--tables", "none"], folder=folder)
    loaded_by(["plot", "out"], folder=folder, status=2)


def test_tables_are_written_without_pandas(folder: Path) -> None:
    """Which Arrow would load to turn a column into its own, though nothing of it is used."""
    modules = loaded_by(["run", "minute.yaml", "--out", "out"], folder=folder)

    assert modules & HEAVY == {"matplotlib", "pyarrow"}
    assert (folder / "out" / "requests.parquet").exists()


def test_a_fault_in_a_scenario_loads_nothing_heavy(folder: Path) -> None:
    """The message says what the key may be, which is in the schema."""
    (folder / "typo.yaml").write_text(SCENARIO.replace("threadCount", "threadcount"), "utf-8")

    modules = loaded_by(["run", "typo.yaml"], folder=folder, status=2)

    assert modules & HEAVY == set()
