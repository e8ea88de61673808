"""Every model that a scenario file can hold, found from the annotations of the fields."""

import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from typing_extensions import TypeAliasType

from sim.scenario.models.scenario import Scenario


def types_in(annotation: Any) -> Iterator[Any]:
    """Yield every class in a type annotation."""
    if isinstance(annotation, TypeAliasType):
        yield from types_in(annotation.__value__)
    elif get_origin(annotation) is Annotated:
        yield from types_in(get_args(annotation)[0])
    elif get_origin(annotation) in {Union, types.UnionType, tuple, dict, frozenset, list}:
        for argument in get_args(annotation):
            yield from types_in(argument)
    elif isinstance(annotation, type):
        yield annotation


def models_below(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Return *model* and every model that one of its fields can hold, by name."""
    found: dict[str, type[BaseModel]] = {}
    todo = [model]
    while todo:
        model = todo.pop()
        if model.__name__ not in found:
            found[model.__name__] = model
            for field in model.model_fields.values():
                todo += [
                    kind
                    for kind in types_in(field.annotation)
                    if isinstance(kind, type) and issubclass(kind, BaseModel)
                ]
    return found


MODELS = models_below(Scenario)
"""By name."""
