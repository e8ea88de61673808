"""From a file to a scenario, or to every reason why it is none."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import Problem, ScenarioError
from sim.scenario.models.scenario import UNTIL_TRACE, Scenario
from sim.scenario.reading.document import Document, parse_document, read_document
from sim.scenario.reading.messages import problems_in
from sim.scenario.reading.overrides import overridden, set_everywhere
from sim.scenario.reading.trace_horizon import LONGEST, trace_horizon
from sim.scenario.reading.whole_replaces import whole_replaces
from sim.scenario.rules.configurations import rule_problems, rule_problems_in_data
from sim.scenario.rules.contradictions import scenario_problems
from sim.scenario.rules.names import reference_problems
from sim.wire.rule import Rule


def load_scenario(
    path: str | Path, overrides: Sequence[str] = (), *, everywhere: bool = False
) -> Scenario:
    """Return the scenario in a YAML or JSON file.

    Args:
        path: The file, or ``-`` for standard input.
        overrides: ``PATH=VALUE`` each, set before the scenario is checked.
        everywhere: Whether values of configurations are set in later replaces too, as
            ``PATH:=VALUE`` is.

    Raises:
        ScenarioError: The file is no scenario; the error holds every problem found.
    """
    words = set_everywhere(overrides) if everywhere else overrides
    return parse_scenario(overridden(read_document(path), words))


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
    whole = whole_replaces(without_schema(document))
    document = whole.document
    data, directory = document.data, base_dir or document.directory
    if not isinstance(data, dict):
        message = "must be a mapping: a scenario has keys such as name, horizon and deployments"
        raise ScenarioError(document.located([Problem(path=(), message=message, rule="type")]))
    scenario, problems = inspect(data, base_dir=directory)
    found = whole.told(problems)
    if scenario is None or found:
        raise ScenarioError(document.located(found))
    return scenario


def inspect(
    data: dict[str, Any],
    *,
    base_dir: Path | None,
    extra_rules: Sequence[Rule] = (),
    partly_read: Mapping[str, Any] | None = None,
) -> tuple[Scenario | None, list[Problem]]:
    """Return the scenario that *data* is, if it can be read, and everything wrong with it.

    Args:
        data: A scenario's file form, its replaces whole.
        base_dir: Where relative paths start; None: the working directory.
        extra_rules: Rules besides those that the scenario names.
        partly_read: The same with models in the place of what has been read already; None: all of
            it is to be read.
    """
    if data.get("horizon") == UNTIL_TRACE:
        return _inspect_until_trace(
            data, base_dir=base_dir, extra_rules=extra_rules, partly_read=partly_read
        )
    names = list(reference_problems(data))
    try:
        scenario = Scenario.from_file_form(partly_read or data, base_dir=base_dir)
    except ValidationError as error:
        rules = rule_problems_in_data(data, base_dir=base_dir, extra_rules=extra_rules)
        return None, [*problems_in(error, data), *names, *rules]
    rules = rule_problems(scenario, extra_rules=extra_rules)
    return scenario, [*names, *scenario_problems(scenario), *rules]


def _inspect_until_trace(
    data: dict[str, Any],
    *,
    base_dir: Path | None,
    extra_rules: Sequence[Rule],
    partly_read: Mapping[str, Any] | None,
) -> tuple[Scenario | None, list[Problem]]:
    """Do what `inspect` does where the horizon follows the traces: once all else is known."""

    def until(horizon: str) -> tuple[Scenario | None, list[Problem]]:
        return inspect(
            {**data, "horizon": horizon},
            base_dir=base_dir,
            extra_rules=extra_rules,
            partly_read={**(partly_read or data), "horizon": horizon},
        )

    scenario, problems = until(LONGEST)
    if scenario is None or problems:
        return scenario, problems
    try:
        horizon = trace_horizon(scenario)
    except ScenarioError as error:
        return None, list(error.problems)
    return until(horizon)


def without_schema(document: Document) -> Document:
    """Drop the key that tells editors where the JSON Schema is."""
    if not isinstance(document.data, dict) or "$schema" not in document.data:
        return document
    data = {key: value for key, value in document.data.items() if key != "$schema"}
    return replace(document, data=data)
