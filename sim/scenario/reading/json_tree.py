"""JSON text to a tree."""

import json
import math
import re
from bisect import bisect_right
from typing import Any, Final, NoReturn

from sim.scenario.reading.tree import MAX_NODES, Node, refused
from sim.strict_json import MAX_DEPTH, TOO_DEEP, JsonTextError, is_unicode, require_json

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_TOKEN: Final = re.compile(r"[^ \t\r\n,\]}]+")


def json_tree(text: str, file: str | None) -> Node:
    """Return the tree of the JSON document *text*.

    Raises:
        ScenarioError: Not one JSON document within the limits; the error names the place.
    """
    try:
        require_json(text)
    except JsonTextError as error:
        rule = "nesting" if error.reason == TOO_DEEP else "json"
        raise refused(error.reason, rule, file, error.line, error.column) from None
    return _Reader(text, file).value(depth=1)


class _Reader:
    """Walks through text that is known to be JSON."""

    def __init__(self, text: str, file: str | None) -> None:
        self.text = text
        self.file = file
        self.offset = 0
        self.read = 0
        self.line_starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def value(self, depth: int) -> Node:
        """Return the value that begins at, or after blanks at, the present offset."""
        self.skip()
        node, start = self.node(), self.offset
        self.read += 1
        if self.read > MAX_NODES:
            self.fail(start, f"holds more than {MAX_NODES:,} values", "number-of-values")
        if depth > MAX_DEPTH:
            self.fail(start, TOO_DEEP, "nesting")
        match self.text[start]:
            case "{":
                node.entries = self.members(depth)
            case "[":
                node.items = self.elements(depth)
            case '"':
                node.value = self.string()
            case _:
                node.value = self.literal()
        return node

    def members(self, depth: int) -> dict[str, tuple[Node, Node]]:
        """Return an object's keys and values; the offset moves behind its closing brace."""
        entries: dict[str, tuple[Node, Node]] = {}
        while self.next_item("}"):
            key, start = self.node(), self.offset
            key.value = self.string()
            if key.value in entries:
                first = entries[key.value][0].line
                message = f"has the key {key.value!r} twice in one object (first in line {first})"
                self.fail(start, message, "unique-keys")
            self.skip()
            self.offset += 1  # the colon
            entries[key.value] = (key, self.value(depth + 1))
        return entries

    def elements(self, depth: int) -> list[Node]:
        """Return an array's values; the offset moves behind its closing bracket."""
        items = []
        while self.next_item("]"):
            items.append(self.value(depth + 1))
        return items

    def next_item(self, closing: str) -> bool:
        """Step over an opening bracket or a comma; return False behind *closing*."""
        self.skip()
        if self.text[self.offset] != closing:
            self.offset += 1
            self.skip()
        if self.text[self.offset] != closing:
            return True
        self.offset += 1
        return False

    def string(self) -> str:
        """Return the text whose opening quote is at the present offset."""
        start = self.offset
        self.offset = self.end_of(_STRING)
        found: str = json.loads(self.text[start : self.offset])
        if not is_unicode(found):
            self.fail(start, "holds half of a surrogate pair in a text", "unicode")
        return found

    def literal(self) -> Any:
        """Return the number or word at the present offset."""
        start = self.offset
        self.offset = self.end_of(_TOKEN)
        word = self.text[start : self.offset]
        try:
            found = json.loads(word)
        except ValueError:
            self.fail(start, "is a number of too many digits", "finite-number")
        if isinstance(found, float) and not math.isfinite(found):
            self.fail(start, f"is {word}: a number must be finite", "finite-number")
        return found

    def skip(self) -> None:
        """Step over blanks."""
        self.offset = self.end_of(_BLANK)

    def end_of(self, pattern: re.Pattern[str]) -> int:
        """Return the offset behind what matches *pattern* at the present offset."""
        found = pattern.match(self.text, self.offset)
        return self.offset if found is None else found.end()

    def node(self) -> Node:
        """Return an empty node for the present offset."""
        line = bisect_right(self.line_starts, self.offset)
        return Node(line, self.offset - self.line_starts[line - 1] + 1)

    def fail(self, start: int, message: str, rule: str) -> NoReturn:
        """Refuse the document at the offset *start*."""
        self.offset = start
        node = self.node()
        raise refused(message, rule, self.file, node.line, node.column)
