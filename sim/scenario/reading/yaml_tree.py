"""YAML 1.2 text to a tree, by the core schema and nothing else.

The tags are those for text, numbers, true and false, null, lists and mappings; no object is ever
constructed from a tag. Aliases are expanded up to the limits of `sim.scenario.reading.tree`.

Source: YAML Ain't Markup Language 1.2.2, section 10.3 (core schema).
"""

import math
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from sim.scenario.reading.tree import MAX_NODES, Node, refused
from sim.strict_json import MAX_DEPTH, TOO_DEEP, is_unicode

_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL: Final = {
    text: text[0] in "tT"
    for word in ("true", "false")
    for text in (word, word.capitalize(), word.upper())
}
_INT: Final = re.compile(r"[-+]?[0-9]+", re.ASCII)
_BASED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", re.ASCII)
_MERGE_KEY: Final = (
    "has the merge key <<, which copies the keys of another mapping in YAML 1.1 and is not in YAML "
    "1.2: write those keys out here, or let an alias stand for the whole mapping"
)
_TAG: Final = "tag:yaml.org,2002:"


_KINDS: Final = {type(None): "null", bool: "bool", int: "int", float: "float", str: "str"}


def yaml_tree(text: str, file: str | None) -> Node | None:
    """Return the tree of the only document in *text*; None if there is none.

    Raises:
        ScenarioError: Not one YAML document within the limits; the error names the place.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - not needed for scenarios built in Python
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415 - likewise

    events = YAML(typ="safe", pure=True).parse(text)
    try:
        return _Builder(file).build(events)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise refused(_yaml_message(error), "yaml", file, mark.line + 1, mark.column + 1) from None
    except YAMLError as error:
        position = getattr(error, "position", 0)
        line = text.count("\n", 0, position) + 1
        column = position - (text.rfind("\n", 0, position) + 1) + 1
        message = "is not YAML: holds a control character"
        raise refused(message, "yaml", file, line, column) from None


def _yaml_message(error: Any) -> str:
    problem = str(error.problem or error.context or "cannot be parsed")
    if "'\\t'" in problem:
        return "is not YAML: a tab where blanks belong"
    context = f" {error.context}" if error.context and error.problem else ""
    return f"is not YAML: {problem}{context}"


class _Builder:
    """Builds the tree from a parser's events, never deeper than `MAX_DEPTH`."""

    def __init__(self, file: str | None) -> None:
        self.file = file
        self.anchors: dict[str, Node] = {}
        self.read = 0

    def build(self, events: Iterator[Any]) -> Node | None:
        """Return the only document's top node, or None if there is no document."""
        root: Node | None = None
        for event in events:
            match type(event).__name__:
                case "DocumentStartEvent":
                    if root is not None:
                        self.fail(event, "holds several documents: one is expected", "one-document")
                    root = self.node(next(events), events, depth=1)
                case _:
                    pass
        return root

    def node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        """Return the node that *event* begins."""
        self.read += 1
        if self.read > MAX_NODES:
            self.fail(event, f"holds more than {MAX_NODES:,} values", "number-of-values")
        if depth > MAX_DEPTH:
            self.fail(event, TOO_DEEP, "nesting")
        if type(event).__name__ == "AliasEvent":
            return self.alias(event, depth)
        node = Node(event.start_mark.line + 1, event.start_mark.column + 1)
        match type(event).__name__:
            case "ScalarEvent":
                node.value = self.scalar(event)
            case "SequenceStartEvent":
                self.require_tag(event, "seq")
                node.items = []
                while type(item := next(events)).__name__ != "SequenceEndEvent":
                    self.grow(node, child := self.node(item, events, depth + 1))
                    node.items.append(child)
            case _:
                self.require_tag(event, "map")
                node.entries = self.mapping(node, events, depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def mapping(
        self, node: Node, events: Iterator[Any], depth: int
    ) -> dict[str, tuple[Node, Node]]:
        """Return the entries of the mapping *node*."""
        entries: dict[str, tuple[Node, Node]] = {}
        while type(event := next(events)).__name__ != "MappingEndEvent":
            if type(event).__name__ != "ScalarEvent":
                self.fail(event, "has a key that is not a plain text", "text-keys")
            key = str(event.value)
            if key == "<<" and event.style is None:
                self.fail(event, _MERGE_KEY, "merge-key")
            if key in entries:
                first = entries[key][0].line
                message = f"has the key {key!r} twice in one mapping (first in line {first})"
                self.fail(event, message, "unique-keys")
            key_node = Node(event.start_mark.line + 1, event.start_mark.column + 1, key)
            self.grow(node, value := self.node(next(events), events, depth + 1))
            entries[key] = (key_node, value)
        return entries

    def grow(self, node: Node, child: Node) -> None:
        """Count *child*, with all it expands to, into *node*."""
        node.size += child.size
        node.depth = max(node.depth, child.depth + 1)

    def alias(self, event: Any, depth: int) -> Node:
        """Return the node that an alias stands for, if its expansion keeps within the limits."""
        target = self.anchors.get(event.anchor)
        if target is None:
            self.fail(event, f"refers to {event.anchor!r}, which is not defined before", "alias")
        self.read += target.size
        if self.read > MAX_NODES:
            message = f"expands to more than {MAX_NODES:,} values through aliases"
            self.fail(event, message, "number-of-values")
        if depth + target.depth > MAX_DEPTH + 1:
            self.fail(event, TOO_DEEP, "nesting")
        return target

    def require_tag(self, event: Any, kind: str) -> None:
        """Refuse every tag but the core schema's own for *kind*."""
        tag = None if event.tag is None else str(event.tag)
        if tag not in {None, "!", f"{_TAG}{kind}"}:
            self.fail(event, f"has the tag {tag}, which has no meaning here", "tags")

    def scalar(self, event: Any) -> Any:
        """Return the value of a scalar by the core schema."""
        text, tag = str(event.value), None if event.tag is None else str(event.tag)
        if not is_unicode(text):
            self.fail(event, "holds half of a surrogate pair in a text", "unicode")
        plain = event.implicit[0]
        if tag in {f"{_TAG}str", "!"} or (tag is None and not plain):
            return text
        if tag is not None and not tag.startswith(_TAG):
            self.fail(event, f"has the tag {tag}, which has no meaning here", "tags")
        value = self.number_or_text(event, text)
        wanted = None if tag is None else tag.removeprefix(_TAG)
        if wanted is not None and wanted != _KINDS.get(type(value)):
            if wanted == "float" and type(value) is int:
                return float(value)
            self.fail(event, f"has the tag !!{wanted}, which does not fit its text", "tags")
        return value

    def number_or_text(self, event: Any, text: str) -> Any:
        """Return what the plain scalar *text* means."""
        if text in _NULL:
            return None
        if text in _BOOL:
            return _BOOL[text]
        if _NOT_FINITE.fullmatch(text):
            self.fail(event, f"is {text}: a number must be finite", "finite-number")
        try:
            if _INT.fullmatch(text):
                return int(text)
            if _BASED.fullmatch(text):
                return int(text, 0)
        except ValueError:
            self.fail(event, "is a number of too many digits", "finite-number")
        if _FLOAT.fullmatch(text):
            value = float(text)
            if not math.isfinite(value):
                self.fail(event, "is too large a number", "finite-number")
            return value
        return text

    def fail(self, event: Any, message: str, rule: str) -> NoReturn:
        """Refuse the document at *event*."""
        mark = event.start_mark
        raise refused(message, rule, self.file, mark.line + 1, mark.column + 1)
