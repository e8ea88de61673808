"""What an event that comes from outside may not say, though a scenario file may.

It makes the simulation read no file, and asks for no demands that only requests known in advance
can have.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sim.errors import DataPath, Problem

KINDS_REFUSED: Final = {
    "sequence": "gives request k its number k: how many requests will come is not known here",
    "linear": "is computed from a trace's columns: requests that are yet to come have none",
}
"""Kinds of quantities that it may not have, each with the reason."""

_WIRE: Final = ("runtimeConfiguration", "set")
"""What stands here is the API's object, which names no file; a variable may be called path."""


def outside_problems(value: Any, path: DataPath) -> Iterator[Problem]:
    """Yield what a file may say and an event from outside may not, wherever it stands."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from outside_problems(item, (*path, number))
    elif isinstance(value, Mapping):
        if "path" in value:
            message = "names a file: an event that happens now takes values only, give values"
            yield Problem(path=(*path, "path"), message=message, rule="values-only")
        kind = value.get("kind")
        if isinstance(kind, str) and kind in KINDS_REFUSED:
            message = f"{KINDS_REFUSED[kind]}; give a value, a distribution or an empirical sample"
            yield Problem(path=(*path, "kind"), message=message, rule="drawn-only")
        for key, item in value.items():
            if key not in _WIRE:
                yield from outside_problems(item, (*path, key))
