"""A document's values as a tree that knows its places, and the limits every document keeps."""

from dataclasses import dataclass
from typing import Any, Final

from sim.errors import Problem, ScenarioError

MAX_BYTES: Final = 5_000_000
MAX_NODES: Final = 200_000


@dataclass(slots=True)
class Node:
    """A value and where it stands; lists and mappings hold their children.

    Attributes:
        line: From 1.
        column: From 1, in characters.
        value: A scalar's value.
        items: A list's values.
        entries: A mapping's keys and values.
        size: Values in the node, itself included, aliases expanded.
        depth: Levels of nesting in the node; 1 for a scalar.
    """

    line: int
    column: int
    value: Any = None
    items: list["Node"] | None = None
    entries: dict[str, tuple["Node", "Node"]] | None = None
    size: int = 1
    depth: int = 1

    @property
    def is_null(self) -> bool:
        """Whether the node is nothing at all."""
        return self.value is None and self.items is None and self.entries is None

    def data(self) -> Any:
        """Return plain data of its own, aliases copied out."""
        if self.items is not None:
            return [item.data() for item in self.items]
        if self.entries is not None:
            return {key: value.data() for key, (_, value) in self.entries.items()}
        return self.value

    def child(self, step: str | int) -> tuple["Node | None", "Node | None"]:
        """Return the key's node (None in a list) and the value's, or two Nones."""
        if self.entries is not None and isinstance(step, str) and step in self.entries:
            return self.entries[step]
        if self.items is not None and isinstance(step, int) and 0 <= step < len(self.items):
            return None, self.items[step]
        return None, None


def refused(
    message: str, rule: str, file: str | None, line: int | None = None, column: int | None = None
) -> ScenarioError:
    """Return the error that refuses a whole document."""
    return ScenarioError(Problem(message=message, rule=rule, file=file, line=line, column=column))
