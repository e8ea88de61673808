"""Answers of a platform that is newer than this program: fields that are not known are no faults.

Source: Palantir API, Versioning: clients cope with fields that are added to answers.
"""

from collections.abc import Mapping
from typing import Any, get_args

from sim.wire.models import WireObject


def known_fields(model: type[WireObject], data: object) -> Any:
    """Return *data* with only the fields that *model* knows, and of the objects inside likewise.

    Optional fields that are null are left out; what is no object stays as it is.
    """
    if not isinstance(data, Mapping):
        return data
    known: dict[str, Any] = {}
    for field in model.model_fields.values():
        value = data.get(str(field.alias))
        inner = next(
            (
                kind
                for kind in (field.annotation, *get_args(field.annotation))
                if isinstance(kind, type) and issubclass(kind, WireObject)
            ),
            None,
        )
        if value is None:
            continue
        if inner is not None:
            value = (
                [known_fields(inner, one) for one in value]
                if isinstance(value, list)
                else known_fields(inner, value)
            )
        known[str(field.alias)] = value
    return known
