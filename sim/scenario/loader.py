"""From a file to a scenario, or to every reason why it is none; and back again."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from sim.errors import ScenarioError
from sim.scenario.checks import scenario_findings
from sim.scenario.findings import Finding, problems
from sim.scenario.messages import findings
from sim.scenario.overrides import overridden
from sim.scenario.positions import Document, parse_document, read_document
from sim.scenario.references import reference_findings
from sim.scenario.rule_findings import rule_findings
from sim.scenario.scenario import Scenario
from sim.wire.rule import Rule

MASK: Final = "***"


def load_scenario(path: str | Path, overrides: Sequence[str] = ()) -> Scenario:
    """Return the scenario in a YAML or JSON file.

    Args:
        path: The file, or ``-`` for standard input.
        overrides: ``PATH=VALUE`` each, set before the scenario is checked.

    Raises:
        ScenarioError: The file is no scenario; the error holds every problem found.
    """
    return parse_scenario(overridden(read_document(path), overrides))


def parse_scenario(
    source: str | Mapping[str, Any] | Document, *, base_dir: Path | None = None
) -> Scenario:
    """Return the scenario in *source*: YAML or JSON text, plain data, or a document.

    Args:
        source: What a scenario file holds.
        base_dir: Where relative paths start; None: the document's directory, or the working one.

    Raises:
        ScenarioError: It is no scenario; the error holds every problem found.
    """
    match source:
        case Document():
            document = source
        case str():
            document = parse_document(source)
        case _:
            document = Document(dict(source))
    document = without_schema(document)
    data, directory = document.data, base_dir or document.directory
    if not isinstance(data, dict):
        message = "must be a mapping: a scenario has keys such as name, horizon and deployments"
        raise ScenarioError(problems([Finding(path=(), message=message, rule="type")], document))
    scenario, found = inspect(data, base_dir=directory)
    if scenario is None or found:
        raise ScenarioError(problems(found, document))
    return scenario


def inspect(
    data: dict[str, Any], *, base_dir: Path | None, extra_rules: Sequence[Rule] = ()
) -> tuple[Scenario | None, list[Finding]]:
    """Return the scenario that *data* is, if it can be read, and everything wrong with it.

    Args:
        data: A scenario's file form.
        base_dir: Where relative paths start; None: the working directory.
        extra_rules: Rules besides those that the scenario names.
    """
    found = list(reference_findings(data))
    scenario: Scenario | None = None
    try:
        scenario = Scenario.from_file_form(data, base_dir=base_dir)
        found += scenario_findings(scenario)
    except ValidationError as error:
        found = [*findings(error, data), *found]
    return scenario, [*found, *rule_findings(data, base_dir=base_dir, extra_rules=extra_rules)]


def without_schema(document: Document) -> Document:
    """Drop the key that tells editors where the JSON Schema is."""
    if not isinstance(document.data, dict) or "$schema" not in document.data:
        return document
    data = {key: value for key, value in document.data.items() if key != "$schema"}
    return replace(document, data=data)


def check_scenario(scenario: Scenario) -> None:
    """Check a scenario that was built in Python as a file would be.

    Raises:
        ScenarioError: Fields contradict each other; the error holds every problem found.
    """
    document = Document(resolved(scenario))
    found = [
        *reference_findings(document.data),
        *scenario_findings(scenario),
        *rule_findings(document.data, base_dir=scenario.base_dir),
    ]
    if found:
        raise ScenarioError(problems(found, document))


def resolved(
    scenario: Scenario, *, mask_environment: bool = False, directory: Path | None = None
) -> dict[str, Any]:
    """Return *scenario* as a file's plain data, with every default written out.

    Loaded again it is an equal scenario, unless one of the arguments changes it.

    Args:
        scenario: The scenario.
        mask_environment: Whether values of environment variables are hidden; equal values stay
            equal and different ones different, so that a PUT that changes one still does.
        directory: Where the data will be kept; relative paths are rewritten to start there.
            None: they stay as they are.
    """
    data: dict[str, Any] = scenario.model_dump(mode="json", by_alias=True)
    if mask_environment:
        masks: dict[str, str] = {}
        for item in (*data["deployments"], *data["timeline"]):
            variables = item.get("runtimeConfiguration", {}).get("environmentVariables", {})
            for name, value in variables.items():
                variables[name] = masks.setdefault(value, f"{MASK}{len(masks) + 1}")
    if directory is not None:
        start = scenario.base_dir or Path()
        change_paths(data, lambda path: _moved(path, start, directory))
    return data


def change_paths(data: dict[str, Any], change: Callable[[str], str]) -> None:
    """Put something else for every path of a file in a scenario's plain data, in place."""
    for holder in _holders(data):
        holder["path"] = change(holder["path"])
    data["rules"] = [
        f"{change(file)}:{name}" if file.endswith(".py") else rule
        for rule in data["rules"]
        for file, _, name in [rule.rpartition(":")]
    ]


def _holders(data: Any) -> Iterator[dict[str, Any]]:
    """Yield everything in *data* that names a file."""
    for item in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _holders(item)
    if isinstance(data, dict) and isinstance(data.get("path"), str) and "kind" in data:
        yield data


def _moved(path: str, start: Path, directory: Path) -> str:
    if Path(path).is_absolute():
        return path
    return Path(os.path.relpath(start / path, directory)).as_posix()
