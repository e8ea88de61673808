"""What is compared: a scenario, the cases of a store, or a run in a directory; told apart here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import Problem, ScenarioError
from sim.results.files import SCENARIO_FILE
from sim.results.finished import read_report
from sim.results.report import Report
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import load_scenario
from sim.scenario.reading.variants import LoadedScenario
from sim.studies.runs.case import Case
from sim.studies.runs.store import is_store, open_store
from sim.studies.runs.varying import is_drawn

Source = str | Path | Scenario
"""What names an operand: a file or a directory, or a scenario that is there already."""


@dataclass(frozen=True, slots=True)
class Operand:
    """One of the things that are compared.

    Attributes:
        origin: Its file or directory; empty for a scenario that was made in Python.
        cases: One; those of a store, in their order.
        seed: From which the runs of a store follow; of all else the scenario's.
        runs: How many runs a store was asked for, of a case that varies; 0 for all else.
        store: The store that has runs of the cases; None for all else.
        report: Of the run in a directory; None for all else.
        loaded: The scenario with the document that says it; None for all but its file.
    """

    origin: str
    cases: tuple[Case, ...]
    seed: int
    runs: int = 0
    store: Path | None = None
    report: Report | None = None
    loaded: LoadedScenario | None = None


def read_operand(source: Source, overrides: Sequence[str] = (), *, waits: bool = True) -> Operand:
    """Return what a source is.

    Args:
        source: A scenario or its file, a store, or the directory of a run.
        overrides: ``PATH=VALUE`` each, set in a scenario's file.
        waits: Whether to wait while another process has the store open.

    Raises:
        ScenarioError: It is none of them, or there are overrides for what has been run.
    """
    if isinstance(source, Scenario):
        return Operand("", (Case(source.name, source),), source.seed)
    path = Path(source)
    if path.is_dir():
        _require_no_overrides(path, overrides, "the directory of a run")
        report = read_report(path)
        scenario = load_scenario(path / SCENARIO_FILE)
        return Operand(str(source), (Case(scenario.name, scenario),), scenario.seed, report=report)
    if is_store(path):
        _require_no_overrides(path, overrides, "a store")
        return _of_store(path, waits=waits)
    loaded = LoadedScenario.load(source, overrides)
    scenario = loaded.scenario
    case = Case(scenario.name, scenario, tuple(overrides))
    return Operand(str(source), (case,), scenario.seed, loaded=loaded)


def the_scenario(operand: Operand) -> Scenario:
    """Return the one scenario of an operand.

    Raises:
        ScenarioError: It is a store with several cases.
    """
    if len(operand.cases) > 1:
        names = ", ".join(case.name for case in operand.cases)
        message = f"has {len(operand.cases)} cases ({names}), and one scenario is wanted"
        raise ScenarioError(Problem(message=message, rule="number-of-cases", file=operand.origin))
    return operand.cases[0].scenario


def _of_store(path: Path, *, waits: bool) -> Operand:
    with open_store(path, waits=waits) as store:
        stored = store.cases()
    cases = tuple(one.case() for one in stored)
    runs = max(
        one.runs if is_drawn(case.scenario) else 0 for one, case in zip(stored, cases, strict=True)
    )
    return Operand(str(path), cases, stored[0].seed, runs, path)


def _require_no_overrides(path: Path, overrides: Sequence[str], what: str) -> None:
    if overrides:
        message = f"{path} is {what}, in which nothing can be set: name a scenario's file"
        raise ScenarioError(Problem(message=message, rule="override", path=("--set",)))
