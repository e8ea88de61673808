"""Text to plain data in which every value knows its line and column.

YAML 1.2 (`sim.scenario.reading.yaml_tree`) or JSON (`sim.scenario.reading.json_tree`). Refused,
each with its place: keys given twice, numbers that are not finite, several documents, nesting or
alias expansion beyond the limits, bytes that are not UTF-8, and files beyond the size limit, which
are not read.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from sim.errors import DataPath, Problem, ScenarioError
from sim.scenario.reading.json_tree import json_tree
from sim.scenario.reading.manifests import refuse_manifest, refuse_manifest_text
from sim.scenario.reading.tree import MAX_BYTES, Node, refused
from sim.scenario.reading.yaml_tree import yaml_tree
from sim.scenario.rules.located import Place, located

STDIN_NAME: Final = "<stdin>"


@dataclass(frozen=True, slots=True)
class Document:
    """Plain data, and where each value of it was written.

    Attributes:
        data: Mappings, lists, text, numbers, booleans and None.
        file: Name for messages; None for data that was never text.
        root: Tree of places; None where they are not known.
        origins: Places, other than the file, of values that something else has set.
        directory: Where relative paths in the data start; None: the working directory.
    """

    data: Any
    file: str | None = None
    root: Node | None = None
    origins: Mapping[DataPath, str] = field(default_factory=dict)
    directory: Path | None = None

    def position(self, path: DataPath, *, of_key: bool = False) -> tuple[int, int] | None:
        """Return line and column, from 1, of the value at *path*.

        Where the document has no such value, the place of the nearest enclosing one. With
        *of_key*, the place of the key rather than that of its value.
        """
        node = self.root
        if node is None:
            return None
        for number, step in enumerate(path):
            key, child = node.child(step)
            if child is None:
                break
            node = key if of_key and key is not None and number == len(path) - 1 else child
        return node.line, node.column

    def place(self, path: DataPath, *, of_key: bool = False) -> Place:
        """Return file, line and column of the value at *path*, or what has set it instead."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                return Place(self.origins[path[:length]])
        found = self.position(path, of_key=of_key)
        return Place(self.file) if found is None else Place(self.file, *found)

    def located(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return each problem once, with its place and value, in the order of the file."""
        return located(problems, self.data, lambda it: self.place(it.path, of_key=it.of_key))


def read_document(path: str | Path) -> Document:
    """Read a YAML or JSON file, or standard input for ``-``.

    Raises:
        ScenarioError: The file cannot be read, or is not a YAML or JSON document within the limits.
    """
    if str(path) == "-":
        return parse_document(
            _bounded(sys.stdin.buffer.read(MAX_BYTES + 1), STDIN_NAME), STDIN_NAME
        )
    name = str(path)
    try:
        if Path(path).stat().st_size > MAX_BYTES:
            raise _too_large(name)
        with Path(path).open("rb") as stream:
            content = _bounded(stream.read(MAX_BYTES + 1), name)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise refused(f"cannot be read: {reason}", "readable-file", name) from None
    document = parse_document(content, name)
    return replace(document, directory=Path(path).parent)


def parse_document(text: str | bytes, file: str | None = None) -> Document:
    """Return the document in *text*.

    JSON is recognised by the file's name, or by an opening brace where there is no name that says
    otherwise; anything else is YAML.

    Raises:
        ScenarioError: The text is not one YAML or JSON document within the limits, or is a file
            for another platform.
    """
    if isinstance(text, bytes):
        text = _decoded(_bounded(text, file), file)
    document = _parsed(text.removeprefix("\ufeff"), file)
    refuse_manifest(document.data, file)
    return document


def _parsed(text: str, file: str | None) -> Document:
    name = (file or "").lower()
    if name.endswith(".json"):
        return _parse_json(text, file)
    if not name.endswith((".yaml", ".yml")) and text.lstrip()[:1] == "{":
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return _parse_yaml(text, file)
        return _parse_json(text, file)
    return _parse_yaml(text, file)


def _parse_yaml(text: str, file: str | None) -> Document:
    refuse_manifest_text(text, file)
    root = yaml_tree(text, file)
    if root is None or root.is_null:
        raise refused("is empty", "not-empty", file, 1, 1)
    return Document(root.data(), file, root)


def _parse_json(text: str, file: str | None) -> Document:
    if not text.strip():
        raise refused("is empty", "not-empty", file, 1, 1)
    root = json_tree(text, file)
    return Document(root.data(), file, root)


def _decoded(content: bytes, file: str | None) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"is not UTF-8 text (byte {content[error.start]:#04x})"
        raise refused(message, "utf-8", file, line, 1) from None


def _bounded(content: bytes, file: str | None) -> bytes:
    if len(content) > MAX_BYTES:
        raise _too_large(file)
    return content


def _too_large(file: str | None) -> ScenarioError:
    message = (
        f"is larger than {MAX_BYTES / 1e6:.0f} MB: put long lists of numbers into CSV or Parquet "
        "files and name them with path and column"
    )
    return refused(message, "file-size", file)
