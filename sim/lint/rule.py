"""What a rule of lint is, and what it finds before it has an address and a line."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sim.errors import DataPath
from sim.lint.facts import Facts
from sim.lint.finding import Level


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule has found.

    Attributes:
        path: Keys and places of the value at fault, from the top of the scenario's file form.
        claim: A sentence that names what never happens, or is likely.
        numbers: What it follows from.
        remedy: A sentence with the field to change and the value to set.
    """

    path: DataPath
    claim: str
    numbers: Mapping[str, int | float]
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LintRule:
    """A rule.

    Attributes:
        name: What findings call it.
        level: What its claims are worth.
        claim: What it says, in general.
        source: Where the rule of the model that it follows from is written.
        find: Returns what it finds; a pure function of the scenario.
    """

    name: str
    level: Level
    claim: str
    source: str
    find: Callable[[Facts], Iterator[Found]]
