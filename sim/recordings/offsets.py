"""The offset from UTC that the instants of a recording say."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import pyarrow as pa

from sim.recordings.columnar import batches_of, schema_of
from sim.recordings.looking import Found
from sim.recordings.sampling import HEAD_ROWS
from sim.recordings.slow import texts_of
from sim.recordings.stamps import DATES

_OFFSET: Final = re.compile(r":[0-9]{2}(?:[.,][0-9]+)? ?(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)\s*$")
UTC: Final = "UTC"


def offsets_in(file: Path, found: Found) -> str | None:
    """Return the offset of a recording's dates: "UTC", or such as "+02:00"; None if they say none.

    Several, as of a log across a change of the clock, are parted by commas. Only the first rows are
    looked at.

    Raises:
        OSError: It cannot be read.
    """
    if found.unit not in DATES:
        return None
    said = [_OFFSET.search(text) for text in _head(file, found)]
    several = dict.fromkeys(_written(match[1]) for match in said if match is not None)
    return ", ".join(several) or None


def _written(offset: str) -> str:
    digits = re.sub(r"[^0-9]", "", offset).ljust(4, "0")
    return UTC if int(digits) == 0 else f"{offset[0]}{digits[:2]}:{digits[2:]}"


def _head(file: Path, found: Found) -> Iterator[str]:
    if found.layout.family != "parquet":
        time = [found.time]
        for _, texts in islice(texts_of(file, found.layout, time, may_lack=time), HEAD_ROWS):
            yield texts[0]
        return
    kind = schema_of(file).field(found.time).type
    if pa.types.is_timestamp(kind):
        # Instants with any zone are kept in UTC; without one they are clocks of somewhere.
        yield "" if kind.tz is None else ":00Z"
        return
    for batch in islice(batches_of(file, [found.time], HEAD_ROWS), 1):
        yield from map(str, batch.column(0).to_pylist())
