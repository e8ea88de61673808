"""Values set from outside the file: ``deployments.ranker.traffic.replay.path=/data/x.csv``.

A path is a list of keys joined by dots; an item of a list is named by its place, ``[0]``, or by
its name, ``.ranker`` or ``[ranker]`` (in brackets where the name has a dot). Values are YAML.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from sim.addresses import steps_of
from sim.errors import DataPath, Problem, ScenarioError
from sim.scenario.reading.document import Document
from sim.scenario.reading.tree import Node
from sim.scenario.reading.yaml_tree import yaml_tree
from sim.scenario.rules.names import item_name
from sim.wire.violations import suggestion


def overridden(document: Document, overrides: Sequence[str]) -> Document:
    """Return *document* with each ``PATH=VALUE`` set, in order; the document itself is left alone.

    A value set for a key ``path`` is a file's name relative to the working directory, as a shell
    completes it, and becomes relative to the document's directory.

    Raises:
        ScenarioError: An override is not ``PATH=VALUE``, or leads through what is not there.
    """
    data, origins = document.data, dict(document.origins)
    for override in overrides:
        target, separator, text = override.partition("=")
        if not separator:
            _refuse(override, "is not PATH=VALUE, as in horizon=30min")
        value = _value(override, text)
        steps = _steps(override, target)
        if steps[-1] == "path" and isinstance(value, str) and document.directory is not None:
            value = _from_directory(value, document.directory)
        data, path = _assigned(data, steps, value, override)
        origins[path] = f"--set {target}"
    return replace(document, data=data, origins=origins)


def _value(override: str, text: str) -> Any:
    try:
        root: Node | None = yaml_tree(text, None)
    except ScenarioError as error:
        _refuse(override, f"has a value that {error.problems[0].message}")
    return None if root is None else root.data()


def _steps(override: str, target: str) -> list[str]:
    steps = steps_of(target)
    if steps is None:
        _refuse(override, "has a path that is not keys joined by dots, with [0] for items of lists")
    return steps


def _from_directory(value: str, directory: Path) -> str:
    path = Path(value)
    return value if path.is_absolute() else Path(os.path.relpath(path, directory)).as_posix()


def _assigned(
    data: Any, steps: list[str], value: Any, override: str, depth: int = 0
) -> tuple[Any, DataPath]:
    """Return *data* with *value* set, and its path from there; mappings are made where absent.

    What the path leads through is copied, and all else is shared.
    """
    step, is_last = steps[depth], depth == len(steps) - 1
    changed: Any
    if isinstance(data, dict):
        key: str | int = step
        changed, below = dict(data), data.get(step)
        below = {} if below is None else below
    elif isinstance(data, list):
        key = _index_of(data, step, steps[:depth], override)
        changed, below = list(data), data[key]
    else:
        _refuse(override, f"leads through {'.'.join(steps[:depth])}, which has no parts")
    path: DataPath = ()
    if not is_last:
        value, path = _assigned(below, steps, value, override, depth + 1)
    changed[key] = value
    return changed, (key, *path)


def _index_of(items: list[Any], step: str, before: list[str], override: str) -> int:
    """Return the 0-based number of the item called *step*."""
    names = [item_name(item, number) for number, item in enumerate(items)]
    if step in names:
        return names.index(step)
    where = ".".join(before)
    if not step.isdecimal():
        known = ", ".join(name for name in names if name)
        near = suggestion(step, [name for name in names if name])
        _refuse(override, f"names {step!r}, which is not in {where} ({known or 'no names'}){near}")
    if int(step) >= len(items):
        _refuse(override, f"names item {step} of {where}, which has {len(items)} (counted from 0)")
    return int(step)


def _refuse(override: str, message: str) -> NoReturn:
    raise ScenarioError(Problem(message=message, rule="override", file=f"--set {override}"))
