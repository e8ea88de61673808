"""The fields of a scenario by their addresses, read from the published schema.

An address is what ``--set`` takes, without the names and places of items of lists:
``deployments.autoscaler.scale_up_load_threshold``.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sim.addresses import path_of, steps_of
from sim.errors import Problem, ScenarioError
from sim.scenario.schema.scenario_schema import DISCRIMINATORS, followed, scenario_schema

_CHANGES: Final = "set"
"""Below it stand the keys of a runtime configuration once more, and mean there what they mean."""


@dataclass(frozen=True)
class Field:
    """A key that a scenario may have.

    Attributes:
        steps: The keys from the top of a scenario to it.
        open_after: Behind which of them, by place from 0, an item's name or number, or a key of
            one's own, may stand.
        form: What makes its mapping the one that has the key: ``kind: poisson``; empty where there
            is one form only.
        schema: What it may be, as its mapping's schema says.
        is_required: Whether its mapping must have it.
    """

    steps: tuple[str, ...]
    open_after: frozenset[int]
    form: str
    schema: Mapping[str, Any]
    is_required: bool

    @property
    def address(self) -> str:
        """The steps as one text."""
        return path_of(self.steps)

    def is_meant_by(self, asked: Sequence[str]) -> bool:
        """Tell whether *asked* is its address, with the names of items or without."""
        place = 0
        for number, step in enumerate(self.steps):
            if number - 1 in self.open_after and asked[place : place + 1] != [step]:
                place += 1  # the name of an item
            if asked[place : place + 1] != [step]:
                return False
            place += 1
        has_own_keys = any(any(_of_own_keys(form)) for form in forms_of(self.schema))
        return place == len(asked) or (has_own_keys and place + 1 == len(asked))


def forms_of(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield what *schema* allows, references followed and choices taken apart; null is left out."""
    definition = followed(dict(schema))
    choices = definition.get("oneOf", definition.get("anyOf"))
    if choices is not None:
        for choice in choices:
            yield from forms_of(choice)
    elif definition.get("type") != "null":
        yield definition


def example_of(schema: Mapping[str, Any]) -> Any:
    """Return a value that *schema* allows: an example or a choice of its own, or a small one.

    None where that takes knowing more, such as text of a certain form.
    """
    forms = [schema, *forms_of(schema)]
    for form in forms:
        for found in (form.get("examples"), form.get("enum")):
            if found:
                return found[0]
        if "const" in form:
            return form["const"]
    return schema.get("default") or _small(forms[1])


def _small(form: Mapping[str, Any]) -> Any:
    """Return a value of the type of *form*: of a list one item, of a mapping what it must have."""
    match form.get("type"):
        case "boolean":
            return True
        case "integer":
            return max(1, form.get("minimum", 1))
        case "number":
            return 0.5 if form.get("minimum", 0) < 1 else form["minimum"]
        case "array":
            item = example_of(form["items"])
            return None if item is None else [item]
        case "object":
            keys = form.get("required", ())
            parts = {key: example_of(form["properties"][key]) for key in keys}
            return None if not parts or None in parts.values() else parts
        case _:
            return None


def form_name(form: Mapping[str, Any]) -> str:
    """Return how a mapping says that it has this form, ``kind: poisson``; empty if it need not."""
    for key in DISCRIMINATORS:
        const = form.get("properties", {}).get(key, {}).get("const")
        if const is not None:
            return f"{key}: {const}"
    return ""


@cache
def all_fields() -> tuple[Field, ...]:
    """Return every field of a scenario, in the order of the schema, outer before inner."""
    return tuple(_below(scenario_schema(), (), frozenset(), ()))


def fields_meant(text: str) -> list[Field]:
    """Return the fields that *text* may mean: those at that address, else those that end so.

    Raises:
        ScenarioError: There is none; its message has the nearest, if one is near.
    """
    asked = steps_of(text) or [text]
    end = tuple(asked)
    found = (
        [field for field in all_fields() if field.steps == end]
        or [field for field in all_fields() if field.is_meant_by(asked)]
        or [
            field
            for field in all_fields()
            if field.steps[-len(end) :] == end and _CHANGES not in field.steps[:-1]
        ]
    )
    if not found:
        message = f"{text} is no field of a scenario{_near(asked)}"
        raise ScenarioError(Problem(message=message, rule="unknown-field"))
    return found


def _below(
    schema: Mapping[str, Any],
    steps: tuple[str, ...],
    open_after: frozenset[int],
    inside: tuple[Any, ...],
) -> Iterator[Field]:
    """Yield the fields below a value; a mapping that stands inside itself is described once."""
    for form in forms_of(schema):
        if any(form is outer for outer in inside):
            continue
        within = (*inside, form)
        for inner in _of_items(form):
            yield from _below(inner, steps, open_after, within)
        for key, part in form.get("properties", {}).items():
            if key.startswith("$"):
                continue
            path = (*steps, key)
            is_open = any(any(_of_items(one)) for one in forms_of(part))
            known = open_after | {len(steps)} if is_open else open_after
            is_required = key in form.get("required", ())
            yield Field(path, known, form_name(form), part, is_required)
            yield from _below(part, path, known, within)


def _of_items(form: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield what items of a list, and values under keys of one's own, may be."""
    if "items" in form:
        yield form["items"]
    yield from _of_own_keys(form)


def _of_own_keys(form: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if isinstance(form.get("additionalProperties"), dict):
        yield form["additionalProperties"]
    yield from form.get("patternProperties", {}).values()


def _near(asked: Sequence[str]) -> str:
    """Return which field may have been meant: a key that is spelt otherwise, or a near address."""
    keys = {_folded(field.steps[-1]): field.steps[-1] for field in all_fields()}
    near = [keys[key] for key in (_folded(asked[-1]),) if key in keys]
    if len(asked) > 1 and near in ([], [asked[-1]]):
        addresses = dict.fromkeys(field.address for field in all_fields())
        near = difflib.get_close_matches(path_of(asked), addresses, n=1, cutoff=0.8)
    if not near:
        begun = _folded(asked[-1])
        near = [name for key, name in keys.items() if len(begun) > 2 and key.startswith(begun)]
        near = near or [keys[key] for key in difflib.get_close_matches(begun, keys, n=1)]
    return f"; did you mean {near[0]}?" if near else "; `sim schema` prints all of them"


def _folded(key: str) -> str:
    """Return a key without what spellings differ in: threadCount, thread_count."""
    return key.lower().replace("_", "")
