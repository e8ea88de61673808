"""Variants of a scenario that was read once: set in memory with the words of ``--set``.

A variant is what `sim.scenario.reading.loader.load_scenario` would make of the file with the same
words, and is refused in the same words. The file is not read again, and of the scenario only what
the words lead through: all else are the models of the scenario itself, which are frozen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel

from sim.errors import DataPath, Problem, ScenarioError
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.spec import Spec
from sim.scenario.reading.document import Document, read_document
from sim.scenario.reading.loader import inspect, parse_scenario, without_schema
from sim.scenario.reading.overrides import overridden, set_everywhere
from sim.scenario.reading.whole_replaces import whole_replaces


@dataclass(frozen=True, slots=True)
class LoadedScenario:
    """A scenario and the document that says it, as it was written."""

    scenario: Scenario
    document: Document

    @classmethod
    def load(
        cls, path: str | Path, overrides: Sequence[str] = (), *, everywhere: bool = False
    ) -> Self:
        """Return what `load_scenario` returns, with what it takes to make variants of it.

        Raises:
            ScenarioError: The file is no scenario; the error holds every problem found.
        """
        words = set_everywhere(overrides) if everywhere else overrides
        document = without_schema(overridden(read_document(path), words))
        return cls(parse_scenario(document), document)

    def line_of(self, path: DataPath) -> int | None:
        """Return the line of the file that says the value at *path* of the scenario, from 1."""
        return whole_replaces(self.document).document.place(path).line

    def located(self, error: ScenarioError) -> ScenarioError:
        """Return an error about the scenario, with file, line and value of what has none.

        For what is found once the scenario is a model, which knows of no file. A problem that has
        its file, or that is of an option, stays as it is.
        """
        document = whole_replaces(self.document).document

        def placed(problem: Problem) -> Problem:
            is_of_scenario = problem.path[:1] and problem.path[0] in document.data
            if problem.file is not None or not is_of_scenario:
                return problem
            return document.located([problem])[0]

        return ScenarioError([placed(problem) for problem in error.problems])

    def overridden(self, overrides: Sequence[str], *, everywhere: bool = False) -> Scenario:
        """Return the scenario with each ``PATH=VALUE`` set, in order.

        Args:
            overrides: What is set.
            everywhere: Whether values of configurations are set in later replaces too, as
                ``PATH:=VALUE`` is.

        Raises:
            ScenarioError: With these values it is no scenario; the error holds every problem.
        """
        words = set_everywhere(overrides) if everywhere else overrides
        whole = whole_replaces(without_schema(overridden(self.document, words)))
        document = whole.document
        changed = [*document.origins, *whole.merged_over]
        if any(path[0] == "start" for path in changed):
            changed.append(("timeline",))  # what the clock shows is another instant then
            # The origins of traces that are not given follow from whether there is a start.
            changed += [
                ("deployments", number, "traffic")
                for number in range(len(self.scenario.deployments))
            ]
        if any(path[0] == "queues" for path in changed):
            # The names of queues that deployments have not given follow from the queues.
            changed += [
                ("deployments", number, "queues")
                for number in range(len(self.scenario.deployments))
            ]
            changed.append(("new_deployments", "queues"))
        variant, problems = inspect(
            document.data,
            base_dir=document.directory,
            partly_read=_read_but_for(changed, document.data, self.scenario),
        )
        found = whole.told(problems)
        if variant is None or found:
            raise ScenarioError(document.located(found))
        return variant


def _read_but_for(changed: Sequence[DataPath], data: Any, value: Any) -> Any:
    """Return *data* with models of *value* wherever nothing below has *changed*.

    Args:
        changed: Paths, from here, of what is to be read anew.
        data: A part of a scenario's plain data, with the changes.
        value: What that part was read as before them.
    """
    if not changed:
        is_read = isinstance(value, BaseModel) or (
            isinstance(value, tuple) and all(isinstance(item, BaseModel) for item in value)
        )
        return value if is_read else data
    if () in changed:
        return data
    if isinstance(data, dict) and isinstance(value, Spec):
        fields = type(value).model_fields.items()
        values = {field.alias or name: getattr(value, name) for name, field in fields}
        return {
            key: _read_but_for(_below(key, changed), item, values.get(key))
            for key, item in data.items()
        }
    if isinstance(data, list) and isinstance(value, tuple):
        return [
            _read_but_for(_below(number, changed), item, value[number])
            for number, item in enumerate(data)
        ]
    return data


def _below(step: str | int, changed: Sequence[DataPath]) -> list[DataPath]:
    return [path[1:] for path in changed if path[0] == step]
