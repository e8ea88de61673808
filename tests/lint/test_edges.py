"""Each rule of lint at its edge: one unit beyond it speaks, at it and short of it is silent."""

from random import Random

import pytest

from lint_claims import refutations
from lint_edges import EDGES
from sim.lint.linting import lint
from sim.lint.table import LINT_RULES
from sim.scenario.models.scenario import Scenario
from sim.scenario.rules.check import check_scenario
from sim.simulation.run import simulate_record

DRAWN = 200
"""Scenarios on each side of the edge of a rule."""

NEVER = [rule.name for rule in LINT_RULES if rule.level == "never"]


def rules_found(scenario: Scenario) -> set[str]:
    """Return the names of the rules that speak."""
    return {finding.rule for finding in lint(scenario)}


def drawn(rule: str, number: int, over: int) -> Scenario:
    """Return scenario *number* so many units beyond the edge of a rule; each tenth is checked."""
    scenario = Scenario.from_file_form(EDGES[rule](Random(f"{rule}/{number}"), over))
    if number % 10 == 0:
        check_scenario(scenario)
    return scenario


def test_every_rule_has_an_edge() -> None:
    """A new rule gets a builder here."""
    assert set(EDGES) == {rule.name for rule in LINT_RULES}


@pytest.mark.parametrize("rule", EDGES)
def test_a_rule_speaks_one_unit_beyond_its_edge(rule: str) -> None:
    """In every scenario that is drawn there."""
    silent = [k for k in range(DRAWN) if rule not in rules_found(drawn(rule, k, 1))]

    assert silent == []


@pytest.mark.parametrize("rule", EDGES)
def test_a_rule_is_silent_at_its_edge_and_short_of_it(rule: str) -> None:
    """In every scenario that is drawn there."""
    speaks = [k for k in range(DRAWN) if rule in rules_found(drawn(rule, k, -(k % 2)))]

    assert speaks == []


@pytest.mark.parametrize("rule", NEVER)
def test_what_never_happens_beyond_an_edge_does_not(rule: str) -> None:
    """The claim itself is looked for in a run of every scenario drawn beyond the edge."""
    refuted = []
    for number in range(DRAWN):
        scenario = drawn(rule, number, 1)
        record = simulate_record(scenario, engine="reference")
        for finding in lint(scenario):
            if finding.rule == rule:
                refuted += refutations(scenario, finding, record)

    assert refuted == []
