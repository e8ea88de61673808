"""Where two scenarios differ, by the paths that `--set` has: the other way round of overrides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sim.addresses import path_of
from sim.scenario.models.file_form import MASK, resolved
from sim.scenario.models.scenario import Scenario

_VARIABLES: Final = "environmentVariables"
"""Their values are never shown, since they may be secrets."""


@dataclass(frozen=True, slots=True)
class Change:
    """A field in which two scenarios differ.

    Attributes:
        field: Its path, as `--set` has it.
        a: Its value in the first in the form of a file, such as "30s"; None where it has none.
        b: The same in the second.
    """

    field: str
    a: Any
    b: Any


def scenario_differences(a: Scenario, b: Scenario) -> tuple[Change, ...]:
    """Return the fields in which two scenarios differ, every default filled in.

    Paths of files are compared as seen from the first scenario's directory, so that two scenarios
    in different directories that name one file do not differ.
    """
    start = a.base_dir
    first, second = resolved(a), resolved(b)
    if start is not None:
        first, second = resolved(a, directory=start), resolved(b, directory=start)
    return differences(first, second)


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the fields in which two scenarios, or parts of scenarios, differ.

    Items of lists that all have a name are matched by it, all others by their place. What only one
    of them has is one change, however much is in it; a list of plain values is one value. Where
    items that both have stand in another order, that is a change of their list.

    Args:
        a: The first in the form of a file, as `sim.scenario.models.file_form.resolved` returns it.
        b: The second.

    Returns:
        In the order of the first, with what only the second has behind. Values of environment
        variables are masked: the first's is `***1`, the second's `***2`.
    """
    return tuple(_in_mappings(a, b, ()))


def _in_mappings(
    a: Mapping[str, Any], b: Mapping[str, Any], at: tuple[str | int, ...]
) -> Iterator[Change]:
    for key in dict.fromkeys((*a, *b)):
        yield from _between(a.get(key), b.get(key), (*at, key))


def _between(a: Any, b: Any, at: tuple[str | int, ...]) -> Iterator[Change]:
    if a == b:
        return
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        yield from _in_mappings(a, b, at)
    elif _has_parts(a) and _has_parts(b):
        yield from _in_lists(a, b, at)
    else:
        yield Change(path_of(at), _masked(a, at, "1"), _masked(b, at, "2"))


def _has_parts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


def _in_lists(
    a: Sequence[Mapping[str, Any]], b: Sequence[Mapping[str, Any]], at: tuple[str | int, ...]
) -> Iterator[Change]:
    first, second = _by_name(a), _by_name(b)
    if first is None or second is None:
        for place in range(max(len(a), len(b))):
            yield from _between(_item(a, place), _item(b, place), (*at, place))
        return
    yield from _in_mappings(first, second, at)
    if [name for name in first if name in second] != [name for name in second if name in first]:
        yield Change(path_of(at), list(first), list(second))


def _by_name(items: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]] | None:
    """Return items by their names, None if one has none or two have the same."""
    named = {item["name"]: item for item in items if isinstance(item.get("name"), str)}
    return named if len(named) == len(items) else None


def _item(items: Sequence[Mapping[str, Any]], place: int) -> Mapping[str, Any] | None:
    return items[place] if place < len(items) else None


def _masked(value: Any, at: Sequence[str | int], number: str) -> Any:
    """Return a value as it may be shown."""
    if _VARIABLES in at[:-1]:
        return None if value is None else MASK + number
    if isinstance(value, Mapping):
        return {key: _masked(item, (*at, key), number) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, at, number) for item in value]
    return value
