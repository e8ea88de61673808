"""Whether a file is what it should be: a scenario, a body of replace, or a bare configuration.

Says everything that is wrong, each with its place in the file and with what the API would answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from sim.errors import DataPath, Problem, ScenarioError
from sim.scenario.models.scenario import Platform, Scenario
from sim.scenario.models.spec import Spec
from sim.scenario.reading.document import Document, read_document
from sim.scenario.reading.loader import inspect, without_schema
from sim.scenario.reading.messages import findings
from sim.scenario.rules.findings import Finding, shortened
from sim.wire.errors import Fault, InvalidArgument, UnprocessableEntity
from sim.wire.limits import PlatformLimits
from sim.wire.models import ReplaceLiveDeploymentRequest, RuntimeConfiguration
from sim.wire.rule import Rule
from sim.wire.rules import RULES, check
from sim.wire.violations import UNKNOWN_FIELD, Violation, field_text, read, value_at

_BODY: Final = "runtimeConfiguration"
_UNREADABLE: Final = frozenset({"readable-file", "file-size"})
"""Rules of files that there is nothing to say about but that they cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """One thing wrong with a file.

    Attributes:
        rule: Name of the rule that is broken.
        field: Path of the field as the file spells it; empty for the file as a whole.
        value: The offending value as `value_at` tells it: nothing that may hold secrets.
        line: 1-based line; None where unknown.
        column: 1-based column; None where unknown.
        words: What is wrong, to follow the field's name.
        fault: What the API would answer; None where it is not the API that refuses.
    """

    rule: str
    field: str
    value: str | int | float | None
    line: int | None
    column: int | None
    words: str
    fault: Fault | None

    def to_json(self) -> dict[str, Any]:
        """Return the violation as ``sim validate --format json`` lists it."""
        fault = self.fault
        return {
            "rule": self.rule,
            "field": self.field,
            "value": self.value,
            "line": self.line,
            "column": self.column,
            "errorName": None if fault is None else fault.error_name,
            "errorCode": None if fault is None else fault.error_code.value,
            "httpStatus": None if fault is None else fault.http_status,
            "parameters": None if fault is None else fault.parameters,
            "message": f"{self.field}: {self.words}" if self.field else self.words,
        }

    def to_text(self, file: str) -> str:
        """Return the violation as one line of ``sim validate``, for people."""
        place = ":".join(str(part) for part in (file, self.line, self.column) if part)
        head = ": ".join(part for part in (place, self.field, self.words) if part)
        got = "" if self.value is None else f"got {shortened(self.value)}; "
        answer = f"; API: {self.fault.http_status} {self.fault.error_name}" if self.fault else ""
        return f"{head} ({got}rule {self.rule}{answer})"


def validate_file(
    path: str | Path, *, limits: PlatformLimits | None = None, extra_rules: Sequence[Rule] = ()
) -> list[Located]:
    """Return everything wrong with a YAML or JSON file, or with standard input for ``-``.

    Raises:
        ScenarioError: The file cannot be read, or is too large to be.
    """
    try:
        document = read_document(path)
    except ScenarioError as error:
        if any(problem.rule in _UNREADABLE for problem in error.problems):
            raise
        return [_unparsed(problem) for problem in error.problems]
    return validate_document(document, limits=limits, extra_rules=extra_rules)


def validate_document(
    document: Document, *, limits: PlatformLimits | None = None, extra_rules: Sequence[Rule] = ()
) -> list[Located]:
    """Return everything wrong with a scenario, a body of replace or a bare configuration.

    A mapping with a key that only scenarios have is a scenario, one with ``runtimeConfiguration``
    a body of replace, anything else a bare configuration.

    Args:
        document: What to check.
        limits: What the platform allows; None: what the scenario says, or the defaults.
        extra_rules: Rules besides the built-in ones and those that a scenario names.

    Returns:
        Faults of structure first, in their order in the file; then the broken rules, in the
        order of the table.
    """
    document = without_schema(document)
    keys = set(document.data) if isinstance(document.data, dict) else set()
    if keys & {field.alias or name for name, field in Scenario.model_fields.items()}:
        found = _scenario_findings(document, limits, extra_rules)
    elif _BODY in keys:
        body = read(ReplaceLiveDeploymentRequest, document.data)
        found = _body_findings(body, limits, extra_rules)
    else:
        found = _body_findings(read(RuntimeConfiguration, document.data), limits, extra_rules)
    return [_located(finding, document) for finding in found]


def _unparsed(problem: Problem) -> Located:
    """Return text that is no YAML or JSON in the API's words for it."""
    return Located(
        rule=problem.rule,
        field=problem.field,
        value=problem.value,
        line=problem.line,
        column=problem.column,
        words=problem.message,
        fault=InvalidArgument(f"The body {problem.message}."),
    )


def _body_findings(
    body: RuntimeConfiguration | ReplaceLiveDeploymentRequest | list[Violation],
    limits: PlatformLimits | None,
    extra_rules: Sequence[Rule],
) -> list[Finding]:
    """Return what is wrong with a body of replace or a bare configuration."""
    path: DataPath = ()
    if isinstance(body, ReplaceLiveDeploymentRequest):
        path, body = (_BODY,), body.runtime_configuration
    found = body if isinstance(body, list) else check(body, limits, extra_rules=extra_rules)
    return [
        Finding(
            path=(*path, *violation.path),
            message=violation.words,
            rule=violation.rule,
            of_key=violation.rule == UNKNOWN_FIELD,
            fault=violation.fault,
        )
        for violation in found
    ]


def _scenario_findings(
    document: Document, limits: PlatformLimits | None, extra_rules: Sequence[Rule]
) -> list[Finding]:
    """Return what is wrong with a scenario: faults of its own first, then the broken rules."""
    data = document.data
    if limits is not None:
        platform = data.get("platform")
        data = data | {
            "platform": (platform if isinstance(platform, dict) else {})
            | {"limits": limits.model_dump(mode="json", by_alias=True)}
        }
    _, found = inspect(data, base_dir=document.directory, extra_rules=extra_rules)
    rank: dict[str, int] = {rule.name: number for number, rule in enumerate(RULES)}
    for finding in found:
        rank.setdefault(finding.rule, -1 if finding.fault is None else len(rank))

    def order(finding: Finding) -> tuple[int, int, int]:
        return rank[finding.rule], *(document.position(finding.path) or (0, 0))

    unique = {(finding.path, finding.message): finding for finding in found}
    return [_in_api_words(finding) for finding in sorted(unique.values(), key=order)]


def _in_api_words(finding: Finding) -> Finding:
    """Return *finding*; one of structure inside a configuration with what the API answers."""
    inside = finding.path[2:]
    if finding.fault is not None or len(inside) < 2 or inside[0] != _BODY:
        return finding
    return replace(finding, fault=UnprocessableEntity(finding.message, field_text(inside[1:])))


def _located(finding: Finding, document: Document) -> Located:
    line, column = document.position(finding.path, of_key=finding.of_key) or (None, None)
    fault = finding.fault
    return Located(
        rule=finding.rule,
        field=field_text(finding.path),
        value=value_at(document.data, finding.path),
        line=line,
        column=column,
        words=finding.message if fault is None else getattr(fault, "reason", fault.message),
        fault=fault,
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
        found = [replace(finding, path=finding.path[2:]) for finding in findings(error, data)]
        raise ScenarioError(document.problems(found)) from None
