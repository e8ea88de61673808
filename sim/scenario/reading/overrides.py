"""Values set from outside the file: ``deployments.ranker.traffic.replay.path=/data/x.csv``.

A path is a list of keys joined by dots; an item of a list is named by its place, ``[0]``, or by
its name, ``.ranker`` or ``[ranker]`` (in brackets where the name has a dot). Values are YAML.
``ranker.threadCount`` is short for that key of the runtime configuration of a deployment.

With ``:=`` for ``=`` a value of a deployment's configuration is set *everywhere*: in every replace
of the deployment too, and the replicas of time 0 are kept within its bounds.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

from sim.addresses import steps_of
from sim.errors import DataPath, Problem, ScenarioError
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.document import Document
from sim.scenario.reading.tree import Node
from sim.scenario.reading.whole_replaces import SET, WHOLE
from sim.scenario.reading.yaml_tree import yaml_tree
from sim.scenario.rules.names import item_name
from sim.wire.violations import suggestion

_EVERYWHERE: Final = ":"
"""What stands before the ``=`` of a value that is set everywhere."""
_BOUNDS: Final = ("minReplicas", "maxReplicas")
_TOP_KEYS: Final = frozenset(field.alias or name for name, field in Scenario.model_fields.items())


class Override(NamedTuple):
    """What ``PATH=VALUE`` says.

    Attributes:
        target: The path as it was written.
        steps: The keys and names on it.
        value: The value as plain data.
        is_everywhere: Whether it is meant for every replace of the deployment too.
    """

    target: str
    steps: list[str]
    value: Any
    is_everywhere: bool


def set_everywhere(overrides: Sequence[str]) -> tuple[str, ...]:
    """Return each ``PATH=VALUE`` as one that is set everywhere."""
    marked = []
    for override in overrides:
        target, separator, text = override.partition("=")
        plain = target.removesuffix(_EVERYWHERE)
        marked.append(f"{plain}{_EVERYWHERE}={text}" if separator else override)
    return tuple(marked)


def read_override(override: str, deployments: Sequence[str]) -> Override:
    """Return what *override* says, short forms written out.

    Args:
        override: ``PATH=VALUE``, or ``PATH:=VALUE`` for everywhere.
        deployments: The names of the deployments that there are.

    Raises:
        ScenarioError: It is not of this form.
    """
    target, separator, text = override.partition("=")
    if not separator:
        _refuse(override, "is not PATH=VALUE, as in horizon=30min")
    plain = target.removesuffix(_EVERYWHERE)
    steps = _steps(override, plain)
    if len(steps) > 1 and steps[0] in deployments and steps[0] not in _TOP_KEYS:
        steps = ["deployments", steps[0], WHOLE, *steps[1:]]
    return Override(plain, steps, _value(override, text), plain != target)


def overridden(document: Document, overrides: Sequence[str]) -> Document:
    """Return *document* with each ``PATH=VALUE`` set, in order; the document itself is left alone.

    Replicas of time 0 that another override sets are left as it says.

    A value set for a key ``path`` is a file's name relative to the working directory, as a shell
    completes it, and becomes relative to the document's directory.

    Raises:
        ScenarioError: An override is not ``PATH=VALUE``, or leads through what is not there.
    """
    data, origins = document.data, dict(document.origins)
    bounded: dict[int, str] = {}
    for override in overrides:
        target, steps, value, is_everywhere = read_override(override, _names(data))
        if steps[-1] == "path" and isinstance(value, str) and document.directory is not None:
            value = _from_directory(value, document.directory)
        data, path = _assigned(data, steps, value, override)
        origins[path] = said = f"--set {target}"
        if is_everywhere and path[0] == "deployments" and path[2:3] == (WHOLE,):
            for place in _replaces(data, path):
                data, path_there = _assigned(data, place, value, override)
                origins[path_there] = said
            if path[3:] in {(), *((key,) for key in _BOUNDS)}:
                bounded[int(path[1])] = said
    for number, said in bounded.items():
        initial: DataPath = ("deployments", number, "initial", "responsive")
        count = _within_bounds(data["deployments"][number])
        if count is not None and not any(initial[: len(path)] == path for path in origins):
            data, _ = _assigned(data, [str(step) for step in initial], count, said)
            origins[initial] = said
    return replace(document, data=data, origins=origins)


def _names(data: Any) -> list[str]:
    """Return the names of the deployments in a scenario's *data*."""
    deployments = data.get("deployments") if isinstance(data, dict) else None
    items = deployments if isinstance(deployments, list) else []
    return [name for number, item in enumerate(items) if (name := item_name(item, number))]


def _replaces(data: Any, path: DataPath) -> list[list[str]]:
    """Return the way to the value of *path*, of a deployment, in each replace of the deployment."""
    name = data["deployments"][path[1]].get("name")
    timeline = data.get("timeline")
    return [
        ["timeline", str(number), *map(str, path[2:])]
        for number, event in enumerate(timeline if isinstance(timeline, list) else [])
        if isinstance(event, dict)
        and event.get("event") == "replace"
        and event.get("deployment") == name
    ]


def _within_bounds(deployment: Mapping[str, Any]) -> int | None:
    """Return the replicas of time 0 that the bounds of replicas allow, None for as many as said."""
    initial, configuration = deployment.get("initial"), deployment.get(WHOLE)
    count = initial.get("responsive") if isinstance(initial, dict) else None
    low, high = (
        configuration.get(key) if isinstance(configuration, dict) else None for key in _BOUNDS
    )
    if not (isinstance(count, int) and isinstance(low, int) and isinstance(high, int)):
        return None
    within = min(max(count, low), high)
    return None if within == count or low > high else within


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
    key: str | int
    if isinstance(data, dict):
        changed, key = _opened(data, step, is_last=is_last)
        below = changed.get(key)
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


def _opened(data: dict[str, Any], step: str, *, is_last: bool) -> tuple[dict[str, Any], str]:
    """Return a copy of *data*, and the key in it that *step* means.

    In a replace that says what changes, the keys of its configuration are those of its ``set``,
    and a complete configuration takes the place of that.
    """
    if step != WHOLE or SET not in data:
        return dict(data), step
    if is_last:
        return {key: value for key, value in data.items() if key != SET}, step
    return dict(data), SET


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
