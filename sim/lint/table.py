"""The rules of lint, in the order in which findings are told: one line a subject and level.

To add one: a function that yields `sim.lint.rule.Found` in the module of its subject under
`sim/lint/rules/`, a `LintRule` in its table, and its section in docs/lint.md.
"""

from typing import Final

from sim.lint.rule import LintRule
from sim.lint.rules import demands, fitting, memory, rollouts, scaling, serving, starts

LINT_RULES: Final[tuple[LintRule, ...]] = (
    *fitting.RULES,
    *memory.RULES,
    *starts.RULES,
    *scaling.RULES,
    *rollouts.RULES,
    *rollouts.RISKS,
    *serving.RISKS,
    *demands.RISKS,
    *memory.RISKS,
    *scaling.RISKS,
    *starts.RISKS,
    *fitting.RISKS,
)
"""What is *never* first, then what is a *risk*."""
