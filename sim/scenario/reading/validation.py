"""Whether a file is what it should be: a scenario, or an object that the API answers or takes.

Says everything that is wrong, each with its place in the file and with what the API would answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from sim.errors import DataPath, Problem, ScenarioError, field_text
from sim.scenario.models.scenario import Platform, Scenario
from sim.scenario.models.spec import Spec
from sim.scenario.reading.api_objects import BODY, api_object_of, violations_of
from sim.scenario.reading.document import Document, read_document
from sim.scenario.reading.loader import inspect, without_schema
from sim.scenario.reading.manifests import NO_SCENARIO
from sim.scenario.reading.messages import problems_in
from sim.scenario.reading.whole_replaces import WholeReplaces, whole_replaces
from sim.scenario.rules.located import shortened
from sim.wire.errors import Fault, InvalidArgument, UnprocessableEntity
from sim.wire.limits import PlatformLimits
from sim.wire.rule import DeploymentContext, Rule
from sim.wire.rules import RULES
from sim.wire.violations import Violation, public_value

SCENARIO: Final = "a scenario"
_EVENT: Final = "event"
_EVENT_ALONE: Final = Problem(
    message="is an event alone, which is checked in the timeline of its scenario: write it there, "
    "with `at`",
    rule="event-in-timeline",
)
_UNREADABLE: Final = frozenset({"readable-file", "file-size"})
"""Rules of files that there is nothing to say about but that they cannot be read."""


@dataclass(frozen=True, slots=True)
class Validation:
    """What there is to say about a file.

    Attributes:
        problems: Everything wrong with it; those that the API would refuse are violations.
        data: What it holds; None if it could not be read.
        scenario: The scenario that it is, if nothing is wrong with it; None for anything else.
        document: Where its values are written; None if it could not be read.
        words: What it was checked as, to follow "is"; empty if it could not be read.
    """

    problems: tuple[Problem, ...]
    data: Any
    scenario: Scenario | None = None
    document: Document | None = None
    words: str = ""

    def line_of(self, path: DataPath) -> int | None:
        """Return the line on which the value at *path* is written, from 1."""
        return None if self.document is None else self.document.place(path).line

    def to_json(self) -> list[dict[str, Any]]:
        """Return the problems as ``sim validate --format json`` lists them."""
        return [self._to_json(problem) for problem in self.problems]

    def _to_json(self, problem: Problem) -> dict[str, Any]:
        fault = problem.fault if isinstance(problem, Violation) else None
        field = problem.field
        return {
            "rule": problem.rule,
            "field": field,
            "value": public_value(self.data, problem.path),
            "line": problem.line,
            "column": problem.column,
            "errorName": None if fault is None else fault.error_name,
            "errorCode": None if fault is None else fault.error_code.value,
            "httpStatus": None if fault is None else fault.http_status,
            "parameters": None if fault is None else fault.parameters,
            "message": f"{field}: {problem.message}" if field else problem.message,
        }

    def to_text(self) -> list[str]:
        """Return the problems as lines of ``sim validate``, for people."""
        return [
            problem.in_words(f"API: {problem.fault.http_status} {problem.fault.error_name}")
            if isinstance(problem, Violation)
            else problem.in_words()
            for problem in self.problems
        ]


def validate(
    source: str | Path | Mapping[str, Any],
    *,
    limits: PlatformLimits | None = None,
    extra_rules: Sequence[Rule] = (),
) -> Validation:
    """Return everything wrong with a scenario or an object of the API, such as the body of a PUT.

    Args:
        source: The path of a YAML or JSON file, or what such a file holds, as plain data.
        limits: What the platform allows; None: what the scenario says, or the defaults.
        extra_rules: Rules besides the built-in ones and those that a scenario names.

    Raises:
        ScenarioError: A file cannot be read, or is too large to be.
    """
    if isinstance(source, str | Path):
        return validate_file(source, limits=limits, extra_rules=extra_rules)
    document = Document(dict(source))
    return validate_document(document, limits=limits, extra_rules=extra_rules)


def validate_file(
    path: str | Path,
    *,
    limits: PlatformLimits | None = None,
    extra_rules: Sequence[Rule] = (),
    context: DeploymentContext | None = None,
) -> Validation:
    """Return everything wrong with a YAML or JSON file, or with standard input for ``-``.

    The arguments are those of `validate_document`.

    Raises:
        ScenarioError: The file cannot be read, or is too large to be.
    """
    try:
        document = read_document(path)
    except ScenarioError as error:
        if any(problem.rule in _UNREADABLE for problem in error.problems):
            raise
        if any(problem.rule == NO_SCENARIO for problem in error.problems):
            return Validation(error.problems, None)
        return Validation(tuple(map(_unparsed, error.problems)), None)
    return validate_document(document, limits=limits, extra_rules=extra_rules, context=context)


def validate_document(
    document: Document,
    *,
    limits: PlatformLimits | None = None,
    extra_rules: Sequence[Rule] = (),
    context: DeploymentContext | None = None,
) -> Validation:
    """Return everything wrong with a scenario or an object of the API.

    A mapping with a key that only scenarios have is a scenario; anything else is an object of the
    API, by its keys: what it answers, a body that it takes, or a bare configuration.

    Args:
        document: What to check.
        limits: What the platform allows; None: what the scenario says, or the defaults.
        extra_rules: Rules besides the built-in ones and those that a scenario names.
        context: The deployment that a body or a bare configuration is meant for; None: any.

    Returns:
        Faults of structure first, in their order in the file; then the broken rules, in the
        order of the table.
    """
    document = without_schema(document)
    keys = set(document.data) if isinstance(document.data, dict) else set()
    found: Sequence[Problem]
    scenario: Scenario | None = None
    if keys & {field.alias or name for name, field in Scenario.model_fields.items()}:
        whole = whole_replaces(document)
        document = whole.document
        scenario, found = _scenario_problems(whole, limits, extra_rules)
        words = SCENARIO
    elif _EVENT in keys:  # the body of a POST of `sim serve`, which knows its scenario
        found, words = [_EVENT_ALONE], ""
    else:
        found = violations_of(document.data, limits, extra_rules, context)
        words = api_object_of(document.data).words
    problems = tuple(_located(problem, document) for problem in found)
    return Validation(problems, document.data, None if problems else scenario, document, words)


def _unparsed(problem: Problem) -> Violation:
    """Return text that is no YAML or JSON with what the API answers to it."""
    return _answered(problem, InvalidArgument(f"The body {problem.message}."))


def _answered(problem: Problem, fault: Fault) -> Violation:
    """Return *problem* as one that the API answers with *fault*."""
    known = {field.name: getattr(problem, field.name) for field in fields(problem)}
    return Violation(**known, fault=fault)


def _scenario_problems(
    whole: WholeReplaces, limits: PlatformLimits | None, extra_rules: Sequence[Rule]
) -> tuple[Scenario | None, list[Problem]]:
    """Return a scenario and what is wrong with it: faults of its own, then the broken rules."""
    document = whole.document
    data = document.data
    if limits is not None:
        platform = data.get("platform")
        data = data | {
            "platform": (platform if isinstance(platform, dict) else {})
            | {"limits": limits.model_dump(mode="json", by_alias=True)}
        }
    scenario, problems = inspect(data, base_dir=document.directory, extra_rules=extra_rules)
    found = whole.told(problems)
    rank: dict[str, int] = {rule.name: number for number, rule in enumerate(RULES)}
    for problem in found:
        is_answered = isinstance(problem, Violation)
        rank.setdefault(problem.rule, len(rank) if is_answered else -1)

    def order(problem: Problem) -> tuple[int, int, int]:
        return rank[problem.rule], *(document.position(problem.path) or (0, 0))

    unique = {(problem.path, problem.message): problem for problem in found}
    return scenario, [_in_api_words(problem) for problem in sorted(unique.values(), key=order)]


def _in_api_words(problem: Problem) -> Problem:
    """Return *problem*; one of structure inside a configuration with what the API answers."""
    inside = problem.path[2:]
    if isinstance(problem, Violation) or len(inside) < 2 or inside[0] != BODY:
        return problem
    fault = UnprocessableEntity(problem.message, field_text(inside[1:]))
    return _answered(problem, fault)


def _located(problem: Problem, document: Document) -> Problem:
    line, column = document.position(problem.path, of_key=problem.of_key) or (None, None)
    value = public_value(document.data, problem.path)
    message = problem.message
    if isinstance(problem, Violation):
        message = getattr(problem.fault, "reason", problem.fault.message)
    return replace(
        problem,
        message=message,
        value=None if value is None else shortened(value),
        file=document.file,
        line=line,
        column=column,
    )


class _LimitsFile(Spec):
    """A file of limits in the place where a scenario has them."""

    platform: Platform


def load_limits(path: str | Path) -> PlatformLimits:
    """Return the platform limits in a YAML or JSON file.

    Raises:
        ScenarioError: The file holds no limits; the error holds every problem found.
    """
    document = read_document(path)
    data = {"platform": {"limits": document.data}}
    try:
        return _LimitsFile.from_file_form(data).platform.limits
    except ValidationError as error:
        found = [replace(problem, path=problem.path[2:]) for problem in problems_in(error, data)]
        raise ScenarioError(document.located(found)) from None
