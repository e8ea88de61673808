"""The scenarios that come with the package: their questions, and what a copy of one consists of.

A wheel has them in the package, as `sim/examples`; a source tree beside it, as `scenarios`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from typing import Any

from sim.errors import Problem, ScenarioError
from sim.scenario.reading.document import parse_document
from sim.wire.violations import suggestion

SCHEMA_FILE = "scenario.schema.json"
"""What the first line of a scenario names, so that editors complete and check it."""

_SOURCES_FILE = "SOURCES.md"
"""Says beside data where it is from and under which licence; goes where the data goes."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """A scenario of the package.

    Attributes:
        name: Of its file, without the suffix.
        text: The file's contents.
        companions: Contents of the files that it takes to run and to edit it, by their paths from
            the scenario's folder.
    """

    name: str
    text: str
    companions: dict[str, bytes]

    @property
    def file_name(self) -> str:
        """The name of its file."""
        return f"{self.name}.yaml"

    @property
    def question(self) -> str:
        """What it asks, as its file says."""
        return str(parse_document(self.text).data["question"])


def shipped_names() -> list[str]:
    """Return the names of all scenarios of the package, in their order."""
    return sorted(
        entry.name.removesuffix(".yaml")
        for entry in _folder().iterdir()
        if entry.name.endswith(".yaml")
    )


def shipped(name: str) -> Shipped:
    """Return a scenario of the package.

    Args:
        name: Of its file, with the suffix or without.

    Raises:
        ScenarioError: There is none of that name.
    """
    stem, known = name.removesuffix(".yaml"), shipped_names()
    if stem not in known:
        near = suggestion(stem, known) or "; `sim examples` lists them"
        message = f"no scenario of the package is called {name}{near}"
        raise ScenarioError(Problem(message=message, rule="example"))
    folder = _folder()
    text = folder.joinpath(f"{stem}.yaml").read_text("utf-8")
    wanted = [SCHEMA_FILE]
    for path in map(PurePosixPath, _paths_in(parse_document(text).data)):
        wanted += (str(path), str(path.parent / _SOURCES_FILE))
    found = {path: folder.joinpath(path) for path in dict.fromkeys(wanted)}
    return Shipped(
        stem, text, {path: file.read_bytes() for path, file in found.items() if file.is_file()}
    )


def copied(scenarios: Sequence[Shipped], directory: Path) -> dict[Path, bytes]:
    """Return the contents of the files that a copy into *directory* is to write, by their paths.

    A companion that is there already, byte for byte, is not among them.

    Raises:
        ScenarioError: A scenario's file is there, or a companion is with other contents.
        OSError: What is there cannot be read.
    """
    companions = {path: data for one in scenarios for path, data in one.companions.items()}
    wanted = {directory / one.file_name: one.text.encode() for one in scenarios}
    for path in wanted:
        require_free(path)
    for name, data in companions.items():
        path = directory / name
        if path.exists() and path.read_bytes() == data:
            continue
        require_free(path)
        wanted[path] = data
    return wanted


def require_free(path: Path) -> None:
    """Return if nothing is at *path*.

    Raises:
        ScenarioError: Something is.
    """
    if path.exists() or path.is_symlink():
        message = f"{path} is there already, and is not overwritten: name another place"
        raise ScenarioError(Problem(message=message, rule="output-not-ours"))


def _folder() -> Traversable:
    packaged = files("sim").joinpath("examples")
    return packaged if packaged.is_dir() else Path(str(files("sim"))).parent / "scenarios"


def _paths_in(data: Any) -> Iterator[str]:
    """Yield the files that a scenario names, which are all under keys `path`."""
    match data:
        case dict():
            for key, value in data.items():
                if key == "path" and isinstance(value, str):
                    yield value
                else:
                    yield from _paths_in(value)
        case list():
            for item in data:
                yield from _paths_in(item)
        case _:
            pass
