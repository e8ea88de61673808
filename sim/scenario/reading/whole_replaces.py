"""Replaces that say only what changes, made whole before anything else looks at them.

A PUT carries a complete configuration. An event of the timeline may have ``set`` instead: it is
merged over the configuration that the deployment has by then, which is its own as the earlier
replaces of the timeline have left it. A publish does not change the configuration.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from typing import Any, Final

from sim.errors import DataPath, Problem
from sim.scenario.models.scenario import DEFAULT_START, instant_of
from sim.scenario.models.wall_clock import on_the_clock
from sim.scenario.reading.document import Document
from sim.scenario.reading.tree import Node
from sim.units import parse_duration

SET: Final = "set"
WHOLE: Final = "runtimeConfiguration"


@dataclass(frozen=True, slots=True)
class WholeReplaces:
    """A document in which every replace has a complete configuration.

    Attributes:
        document: With ``runtimeConfiguration`` in the place of each ``set``, and as its place in
            the file that of the ``set``.
        problems: What is wrong with the events that have ``set``, whatever is in it.
        merged_over: The path of each configuration that was made, to the path of the one that it
            was merged over.
        written: The keys that the ``set`` itself has, by the path of what was made of it.
    """

    document: Document
    problems: tuple[Problem, ...]
    merged_over: Mapping[DataPath, DataPath]
    written: Mapping[DataPath, frozenset[str]]

    def told(self, found: list[Problem]) -> list[Problem]:
        """Return problems with those of ``set``, each where it was written and there alone.

        What a configuration has from an earlier one it has with its faults: they are told there.
        """
        there = {(problem.path, problem.message) for problem in found}
        return [*self.problems, *(one for one in found if not self._is_echo(one, there))]

    def _is_echo(self, problem: Problem, there: set[tuple[DataPath, str]]) -> bool:
        made, below = problem.path[:3], problem.path[3:]
        if made not in self.merged_over or (below and below[0] in self.written[made]):
            return False
        return ((*self.merged_over[made], *below), problem.message) in there


def whole_replaces(document: Document) -> WholeReplaces:
    """Return *document* with every replace whole; the document itself is left alone."""
    data = document.data
    events = data.get("timeline") if isinstance(data, dict) else None
    if not isinstance(events, list) or not any(map(_has_set, events)):
        return WholeReplaces(document, (), {}, {})
    stands = dict(_first(data))
    # A name that nobody has is told as such, and not as a configuration that lacks most keys.
    anybody = next(iter(stands.values()), ((), {}))
    made: dict[int, dict[str, Any]] = {}
    problems: list[Problem] = []
    merged_over: dict[DataPath, DataPath] = {}
    written: dict[DataPath, frozenset[str]] = {}
    for number in _in_time(events, data.get("start"), data.get("zone")):
        event, path = events[number], ("timeline", number, WHOLE)
        if not _is_replace(event):
            continue
        before_path, before = stands.get(_deployment(event), anybody)
        if _has_set(event):
            refused = _refused(event, number)
            change = event[SET] if isinstance(event[SET], dict) else {}
            whole = event.get(WHOLE, merged(before, change))
            made[number] = {key: item for key, item in event.items() if key != SET} | {WHOLE: whole}
            if WHOLE not in event:
                merged_over[path], written[path] = before_path, frozenset(change)
            if refused is not None:
                problems.append(refused)
        else:
            whole = event.get(WHOLE)
        if isinstance(whole, dict):
            stands[_deployment(event)] = path, whole
    timeline = [made.get(number, event) for number, event in enumerate(events)]
    return WholeReplaces(
        replace(
            document,
            data=data | {"timeline": timeline},
            root=None if document.root is None else _with_places(document.root, made),
            origins={_made_path(path, made): said for path, said in document.origins.items()},
        ),
        tuple(problems),
        merged_over,
        written,
    )


def merged(before: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with what changes: mappings by key, and null takes a key away.

    A null for a key that is not there stays, so that the key is checked as any other.
    """
    result = dict(before)
    for key, value in change.items():
        inside = result.get(key)
        if value is None and key in result:
            del result[key]
        elif isinstance(value, dict) and isinstance(inside, dict):
            result[key] = merged(inside, value)
        else:
            result[key] = value
    return result


def _is_replace(event: Any) -> bool:
    return isinstance(event, dict) and event.get("event") == "replace"


def _has_set(event: Any) -> bool:
    return _is_replace(event) and SET in event


def _deployment(event: Mapping[str, Any]) -> str:
    return str(event.get("deployment"))


def _refused(event: Mapping[str, Any], number: int) -> Problem | None:
    """Return what is wrong with a ``set`` whatever its keys are, None if nothing is."""
    path: DataPath = ("timeline", number, SET)
    if WHOLE in event:
        message = f"stands beside {WHOLE}: give what changes, or the complete configuration"
        return Problem(path=path, message=message, rule="combination", of_key=True)
    if not isinstance(event[SET], dict):
        message = f"must be a mapping of keys of {WHOLE} to values"
        return Problem(path=path, message=message, rule="type")
    return None


def _first(data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[DataPath, dict[str, Any]]]]:
    """Yield the configuration that each deployment begins with, and its path, by name."""
    deployments = data.get("deployments")
    for number, item in enumerate(deployments if isinstance(deployments, list) else []):
        whole = item.get(WHOLE) if isinstance(item, dict) else None
        if isinstance(whole, dict):
            yield str(item.get("name")), (("deployments", number, WHOLE), whole)


def _in_time(events: list[Any], start: Any, named: Any) -> list[int]:
    """Return the numbers of events in the order in which they happen.

    Those whose instant cannot be read, which is told elsewhere, come last.
    """
    clock = DEFAULT_START
    if start is not None:
        try:
            clock = instant_of(start, named)
        except ValueError:
            return list(range(len(events)))
    return sorted(range(len(events)), key=lambda number: (_at_s(events[number], clock), number))


def _at_s(event: Any, start: datetime) -> float:
    text = event.get("at") if isinstance(event, dict) else None
    if not isinstance(text, str):
        return inf
    try:
        shown_s = on_the_clock(text, start)
        return parse_duration(text) if shown_s is None else shown_s
    except ValueError:
        return inf


def _made_path(path: DataPath, made: Mapping[int, Any]) -> DataPath:
    """Return where in the whole document a path of the written one is."""
    is_in_set = len(path) > 2 and path[0] == "timeline" and path[1] in made and path[2] == SET
    return (*path[:2], WHOLE, *path[3:]) if is_in_set else path


def _with_places(root: Node, made: Mapping[int, Any]) -> Node:
    """Return the tree of places with that of each ``set`` for the configuration made of it."""
    if root.entries is None or "timeline" not in root.entries:
        return root
    key, timeline = root.entries["timeline"]
    if timeline.items is None:
        return root
    items = [
        _with_place(item) if number in made else item for number, item in enumerate(timeline.items)
    ]
    return replace(root, entries=root.entries | {"timeline": (key, replace(timeline, items=items))})


def _with_place(event: Node) -> Node:
    if event.entries is None or SET not in event.entries or WHOLE in event.entries:
        return event
    return replace(event, entries=event.entries | {WHOLE: event.entries[SET]})
