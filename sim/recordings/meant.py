"""The rows of a table that are meant: by what other columns hold, and by what they lack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sim.recordings.selection import MISSING_TEXTS, Selection


@dataclass(frozen=True, slots=True, eq=False)
class Meant:
    """Rows of a table.

    Attributes:
        table: Their columns.
        place: Which row of the file each is, from 0, shape ``(rows,)``; None: all of them.
        skipped: How many were left out, by the reason.
    """

    table: pa.Table
    place: NDArray[np.int64] | None = None
    skipped: Mapping[str, int] = field(default_factory=dict)


def meant(table: pa.Table, names: Sequence[str], selection: Selection) -> Meant:
    """Return the rows that are meant, with the columns *names*, the instants first.

    With `missing` 0 a number that is missing becomes 0. What is missing all the same, an instant
    or with `missing` refuse anything, stays null or as it is written, which is read no further.
    """
    is_it = np.ones(table.num_rows, dtype=bool)
    for name, wanted in selection.where.items():
        is_it &= _flags(pc.equal(table.column(name), wanted))
    columns = {name: table.column(name) for name in names}
    lacks = {name: _lacks(column) for name, column in columns.items()}
    is_whole = np.ones(table.num_rows, dtype=bool)
    if selection.missing == "skip":
        is_whole = ~np.logical_or.reduce(list(lacks.values()))
    if selection.missing == 0:
        for name in names[1:]:
            columns[name] = _with_0(columns[name], lacks[name])
    keeps = is_it & is_whole
    return Meant(
        pa.table(columns).filter(pa.array(keeps)),
        None if keeps.all() else np.flatnonzero(keeps),
        selection.skipped(int((~is_it).sum()), int((is_it & ~is_whole).sum())),
    )


def _lacks(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    if not pa.types.is_string(column.type):
        return _flags(pc.is_null(column, nan_is_null=pa.types.is_floating(column.type)))
    trimmed = pc.utf8_trim_whitespace(pc.fill_null(column, ""))
    return _flags(pc.is_in(trimmed, value_set=pa.array(sorted(MISSING_TEXTS))))


def _with_0(column: pa.ChunkedArray, lacks: NDArray[np.bool_]) -> pa.ChunkedArray:
    if not lacks.any():
        return column
    nothing = pa.scalar("0" if pa.types.is_string(column.type) else 0).cast(column.type)
    return pc.if_else(pa.chunked_array([pa.array(lacks)]), nothing, column)


def _flags(found: pa.ChunkedArray) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(found, fill_value=False).to_numpy(), dtype=bool)
