"""What rows of a file are chosen by: what other columns of theirs hold."""

from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field

from sim.units import FileForm


def _as_written(value: Any) -> Any:
    """Return a number or a flag of a scenario as files have it: 200 and true need no quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


_Cell: TypeAlias = Annotated[
    str,
    BeforeValidator(_as_written),
    FileForm("Cell", {"type": ["string", "integer", "boolean"]}),
]

WhereHolds: TypeAlias = Annotated[dict[str, _Cell], Field(min_length=1)]
"""Texts by columns: a row is meant whose columns hold all of them, each as it is written."""
