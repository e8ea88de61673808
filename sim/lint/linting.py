"""A scenario to its findings."""

from collections.abc import Callable

from sim.errors import DataPath
from sim.lint.facts import Facts
from sim.lint.finding import Finding
from sim.lint.table import LINT_RULES
from sim.scenario.models.scenario import Scenario

LineOf = Callable[[DataPath], int | None]
"""Returns the line on which a value of the scenario's file form is written, from 1."""


def _without_lines(_: DataPath) -> None:
    return None


def lint(scenario: Scenario, *, line_of: LineOf = _without_lines) -> tuple[Finding, ...]:
    """Return what arithmetic says of a scenario, *never* first, in the order of the rules.

    Nothing is simulated, and no file that the scenario names is read. The same said of the same
    field is said once.

    Args:
        scenario: One that keeps the rules of validation, or a variant of one.
        line_of: Where a value is written; without it no finding has a line.
    """
    facts = Facts(scenario)
    told: set[tuple[str, object]] = set()
    findings = []
    for rule in LINT_RULES:
        for found in rule.find(facts):
            known: set[tuple[str, object]] = {(rule.name, found.path), (rule.name, found.claim)}
            if not known & told:
                findings.append(
                    Finding(
                        level=rule.level,
                        rule=rule.name,
                        field=facts.address(found.path),
                        line=line_of(found.path),
                        claim=found.claim,
                        numbers=found.numbers,
                        remedy=found.remedy,
                    )
                )
            told |= known
    return tuple(findings)
