"""The rows of a recording one by one, for what is wrong in them: each fault has its line.

Reads what `sim.recordings.fast` reads, to the last bit, at a fiftieth of its speed: it is asked
where that one finds a fault, and where a file is written as only few are.
"""

import csv
import json
import re
import sys
from array import array
from collections.abc import Container, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np
from numpy.typing import NDArray

from sim.recordings.asked import Asked
from sim.recordings.excel import is_mark
from sim.recordings.faults import bad_row, in_words
from sim.recordings.layout import Layout
from sim.recordings.opening import text_stream
from sim.recordings.rows import Rows
from sim.recordings.selection import Missing, is_missing
from sim.recordings.stamps import NUMBER, LengthUnit, NoInstantError, TimeUnit, nanoseconds

Row = tuple[int, list[str]]
"""A row's 1-based line, and the texts of the wanted columns."""

_GROUPED: Final = re.compile(r"[+-]?[0-9,]*\.[0-9.,]*")

_MIXED: Final = "some times say their offset from UTC and some do not: write it in all or in none"


class Instants:
    """Instants of rows that are read one by one: all say their offset from UTC, or none does.

    Attributes:
        at_ns: Those that were added, in whole nanoseconds.
        says_offset: Whether they say it; None before the first.
    """

    def __init__(self, file: Path, layout: Layout, unit: TimeUnit) -> None:
        """Begin without any."""
        self._file, self._layout, self._unit = file, layout, unit
        self.at_ns = array("q")
        self.says_offset: bool | None = None

    def add(self, stamp: str, line: int) -> None:
        """Add the instant that stands in a line.

        Raises:
            ScenarioError: It is none, or says its offset where others do not.
        """
        try:
            at_ns, says = nanoseconds(dotted(stamp, self._layout), self._unit)
        except NoInstantError as error:
            raise bad_row(self._file, line, str(error), value=stamp) from None
        if self.says_offset not in (None, says):
            raise bad_row(self._file, line, _MIXED, value=stamp)
        self.says_offset = says
        self.at_ns.append(at_ns)


def read_slowly(file: Path, layout: Layout, asked: Asked) -> Rows:
    """Return the rows of a recording in its order; see `sim.recordings.reading.read_rows`.

    Raises:
        ScenarioError: A row is not what the layout says; the problem names file and line.
    """
    lengths, selection = asked.lengths, asked.selection
    instants, place = Instants(file, layout, asked.unit), array("q")
    columns = {name: array("d") for name in asked.columns}
    lengths_ns = {name: array("q") for name in lengths}
    others = lacking = 0
    names, meant = asked.names, list(selection.where.values())
    all_names = [*selection.where, *names]
    found = texts_of(file, layout, all_names, () if selection.is_all else all_names)
    for number, (line, texts) in enumerate(found):
        if texts[: len(meant)] != meant:
            others += 1
            continue
        cells = _whole(texts[len(meant) :], names, selection.missing, file=file, line=line)
        if cells is None:
            lacking += 1
            continue
        stamp, *rest = cells
        instants.add(stamp, line)
        place.append(number)
        for (name, column), text in zip(lengths_ns.items(), rest, strict=False):
            column.append(_length_ns(text, layout, name, lengths[name], file=file, line=line))
        for (name, numbers), text in zip(columns.items(), rest[len(lengths) :], strict=True):
            numbers.append(_number(dotted(text, layout), name, file=file, line=line))
    return Rows(
        _whole_numbers(instants.at_ns),
        {
            name: np.frombuffer(column, np.float64) if column else np.empty(0)
            for name, column in columns.items()
        },
        {name: _whole_numbers(column) for name, column in lengths_ns.items()},
        says_offset=bool(instants.says_offset),
        place=_whole_numbers(place) if others or lacking else None,
        skipped=selection.skipped(others, lacking),
    )


def _whole_numbers(numbers: "array[int]") -> NDArray[np.int64]:
    return np.frombuffer(numbers, np.int64) if numbers else np.empty(0, np.int64)


def _whole(
    cells: list[str], names: Sequence[str], missing: Missing, *, file: Path, line: int
) -> list[str] | None:
    """Return the cells of a row, with a 0 where one is missing and that is meant; None: leave it.

    Raises:
        ScenarioError: A cell is missing, and is not to be.
    """
    lacks = [is_missing(cell) for cell in cells]
    if not any(lacks):
        return cells
    if missing == "skip":
        return None
    first = lacks.index(True)
    if missing == "refuse":
        message = (
            f"{names[first]} is missing; `missing: skip` leaves such rows out"
            f"{'' if first == 0 else ', `missing: 0` takes a 0 for it'}"
        )
        raise bad_row(file, line, message, value=cells[first] or None)
    if first == 0:
        message = f"{names[0]} is missing, and an instant is not taken as 0: write `missing: skip`"
        raise bad_row(file, line, message, value=cells[0] or None)
    return ["0" if lack else cell for cell, lack in zip(cells, lacks, strict=True)]


def texts_of(
    file: Path, layout: Layout, names: Sequence[str], may_lack: Container[str] = ()
) -> Iterator[Row]:
    """Yield the wanted texts of each row, with its line.

    Args:
        file: The recording.
        layout: How it is written.
        names: Columns.
        may_lack: Those that a row of JSON or of a log need not have, or as null: an empty text.

    Raises:
        ScenarioError: A row has no such column, or is not what the layout says.
    """
    with text_stream(file) as text:
        yield from texts_in(text, layout, names, file, may_lack)


def texts_in(
    text: TextIO,
    layout: Layout,
    names: Sequence[str],
    file: Path,
    may_lack: Container[str] = (),
) -> Iterator[Row]:
    """Yield the same of a text that is open, or of a part of it."""
    match layout.family:
        case "csv":
            return _csv_rows(text, names, layout, file)
        case "jsonl":
            return _jsonl_rows(text, names, file, may_lack)
        case "lines":
            return _log_rows(text, names, layout, file, may_lack)
        case _:
            return _json_rows(text, names, layout, file, may_lack)


def dotted(text: str, layout: Layout) -> str:
    """Return a number with a point, whatever its file has.

    Beside decimal commas a point parts thousands: with it the text is no number, as 1.234 is not
    one and a bit.
    """
    if layout.decimal == "." or not _GROUPED.fullmatch(text.strip()):
        return text if layout.decimal == "." else text.replace(layout.decimal, ".", 1)
    return text.replace(".", "_").replace(layout.decimal, ".", 1)


def _csv_rows(text: TextIO, names: Sequence[str], layout: Layout, file: Path) -> Iterator[Row]:
    csv.field_size_limit(sys.maxsize)
    first = text.readline()
    before = int(is_mark(first, layout, file))
    lines = text if before else chain([first], text)
    reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
    try:
        header = list(layout.names) if layout.names is not None else next(reader, [])
        places = places_of(names, header, file)
        for row in reader:
            if not row:  # a blank line
                continue
            if len(row) != len(header):
                message = f"the row has {len(row)} fields, the header {len(header)}"
                raise bad_row(
                    file, before + reader.line_num, message, value=layout.delimiter.join(row)
                )
            yield before + reader.line_num, [row[place] for place in places]
    except csv.Error as error:
        raise bad_row(file, before + reader.line_num, f"is not CSV: {error}") from None


def places_of(names: Sequence[str], header: Sequence[str], file: Path) -> list[int]:
    """Return where the columns stand.

    Raises:
        ScenarioError: There is no such column, or there are two of one name.
    """
    for name in names:
        if name not in header:
            raise bad_row(file, 1, f"there is no column {name!r}; columns: {in_words(header)}")
        if list(header).count(name) > 1:
            raise bad_row(file, 1, f"there are two columns {name!r}: which is meant is not known")
    return [list(header).index(name) for name in names]


def _jsonl_rows(
    text: TextIO, names: Sequence[str], file: Path, may_lack: Container[str]
) -> Iterator[Row]:
    for line, content in enumerate(text, start=1):
        if content.strip():
            try:
                found = json.loads(content, parse_float=str, parse_int=str, parse_constant=str)
            except (ValueError, RecursionError):
                raise bad_row(file, line, "is not JSON", value=content.strip()) from None
            yield line, _texts(found, names, may_lack, file, line, content.strip())


def _log_rows(
    text: TextIO, names: Sequence[str], layout: Layout, file: Path, may_lack: Container[str]
) -> Iterator[Row]:
    pattern = re.compile(layout.pattern)
    places_of(names, list(pattern.groupindex), file)
    for line, content in enumerate(text, start=1):
        if not content.strip():
            continue
        found = pattern.search(content.rstrip("\r\n"))
        if found is None or any(found[name] is None and name not in may_lack for name in names):
            raise bad_row(file, line, "the pattern does not find its columns in the line")
        yield line, [found[name] or "" for name in names]


def _json_rows(
    text: TextIO, names: Sequence[str], layout: Layout, file: Path, may_lack: Container[str]
) -> Iterator[Row]:
    for number, row in enumerate(array_of(text, layout, file), start=1):
        yield number, _texts(row, names, may_lack, file, number, str(row))


def array_of(text: TextIO, layout: Layout, file: Path) -> list[Any]:
    """Return the array of a JSON document, its numbers as they are written.

    Raises:
        ScenarioError: It is no such document, or has no array there.
    """
    try:
        found = json.load(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise bad_row(file, 1, "is not one JSON document") from None
    for key in layout.records:
        try:
            found = _at(found, key)
        except KeyError:
            message = f"there is no {'.'.join(layout.records)!r} in it"
            raise bad_row(file, 1, message) from None
    if not isinstance(found, list):
        where = f"at {'.'.join(layout.records)!r} " if layout.records else ""
        raise bad_row(file, 1, f"there is no array of objects {where}in it")
    return found


def _texts(
    found: Any, names: Sequence[str], may_lack: Container[str], file: Path, line: int, content: str
) -> list[str]:
    """Return the values of an object by the paths of their keys, such as `request.start`.

    Of an array, as Prometheus writes its rows, the keys are places: 0, 1 and so on.
    """
    by_place = isinstance(found, list) and all(name[:1].isdigit() for name in names)
    if not (isinstance(found, dict) or by_place):
        raise bad_row(file, line, "is not a JSON object", value=content)
    return [_text(found, name, file, line, may_lack=name in may_lack) for name in names]


def _text(
    found: dict[str, Any] | list[Any], name: str, file: Path, line: int, *, may_lack: bool
) -> str:
    """Return one value; of null an empty text, as an empty cell of a CSV is."""
    value: Any = found
    is_one_key = isinstance(found, dict) and name in found
    for key in [name] if is_one_key else name.split("."):
        try:
            value = _at(value, key)
        except KeyError:
            if may_lack:
                return ""
            keys = ", ".join(found if isinstance(found, dict) else map(str, range(len(found))))
            raise bad_row(file, line, f"there is no {name!r}; keys: {keys}") from None
    if value is None:
        return ""
    if isinstance(value, bool) and may_lack:  # as JSON has it: `where` compares with that
        return str(value).lower()
    if not isinstance(value, str):
        raise bad_row(file, line, f"{name} must be a number or a time stamp", value=repr(value))
    return value


def _at(value: Any, key: str) -> Any:
    """Return what a key of an object leads to, or a place of an array.

    Raises:
        KeyError: There is nothing.
    """
    if isinstance(value, list) and key.isdigit() and int(key) < len(value):
        return value[int(key)]
    if not isinstance(value, dict) or key not in value:
        raise KeyError(key)
    return value[key]


def _length_ns(
    text: str, layout: Layout, name: str, unit: LengthUnit, *, file: Path, line: int
) -> int:
    """Return a length of time in whole nanoseconds.

    Raises:
        ScenarioError: It is none, or below 0.
    """
    try:
        length_ns, _ = nanoseconds(dotted(text, layout), unit)
    except NoInstantError:
        length_ns = -1
    if length_ns < 0:
        message = f"{name} must be a duration: a number of {unit} from 0 up"
        raise bad_row(file, line, message, value=text)
    return length_ns


def _number(text: str, name: str, *, file: Path, line: int) -> float:
    if not NUMBER.fullmatch(text.strip()):
        raise bad_row(file, line, f"{name} must be a number", value=text)
    return float(text)
