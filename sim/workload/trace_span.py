"""How many rows a trace has in a span of time, from a few of them: nothing else of it is read.

Owns the search in a file by place. What a row is, and what its time, is said by `sim.recordings`.
"""

from dataclasses import dataclass
from io import StringIO
from itertools import pairwise
from typing import BinaryIO, Final

from sim.errors import ScenarioError
from sim.recordings.stamps import nanoseconds
from sim.scenario.models.traffic import TraceTraffic

LOOKED_AT: Final = 65
"""Places, evenly spread, by whose rows the length of a row is reckoned, and whether they ascend."""
PIECE_BYTES: Final = 4_096
"""Read at each of them, and at each step of the search."""


@dataclass(frozen=True, slots=True)
class TraceSpan:
    """What a trace has.

    Attributes:
        rows: In all, about.
        within: Of those, in the span; about, or all where that is not known.
        is_bound: Whether `within` is the most that there can be: rows do not ascend by time.
    """

    rows: float
    within: float
    is_bound: bool


def trace_span(traffic: TraceTraffic, until_s: float) -> TraceSpan:
    """Return how many rows of a trace arrive before an instant of the run.

    Rows that ascend by time are found by bisection: the bytes between the first of the span and the
    first behind it, over the mean length of a row there. They are taken to ascend where those that
    were looked at do.

    Args:
        traffic: The source, with its offset and its scale of time.
        until_s: Since the start of the run.

    Returns:
        Nothing of a file that cannot be read, which the run will say. Of a file whose rows are not
        lines as they stand there, all its rows.
    """
    from sim.recordings.counting import rows_in  # noqa: PLC0415 - loads pyarrow

    try:
        whole = rows_in(traffic.file, traffic.layout)
        if whole is not None:
            return TraceSpan(whole, whole, is_bound=True)
        with traffic.file.open("rb") as content:
            return _span(_Rows.of(traffic, content), traffic, until_s)
    except OSError:
        return TraceSpan(0.0, 0.0, is_bound=False)


@dataclass(frozen=True, slots=True)
class _Rows:
    """A trace as bytes: its header, where its rows begin and end, and pieces of them."""

    traffic: TraceTraffic
    content: BinaryIO
    header: bytes
    end: int

    @classmethod
    def of(cls, traffic: TraceTraffic, content: BinaryIO) -> "_Rows":
        layout = traffic.layout
        has_header = layout.family == "csv" and layout.names is None
        header = content.readline() if has_header else b""
        content.seek(0, 2)
        return cls(traffic, content, header, content.tell())

    @property
    def begin(self) -> int:
        return len(self.header)

    def lines_from(self, place: int) -> list[bytes]:
        """Return the whole lines of a piece that begin at a place or after it; none at the end."""
        before = max(place - 1, self.begin)  # a line that begins at the place itself is one of them
        self.content.seek(before)
        if place > self.begin:
            self.content.readline()
        piece = self.content.read(PIECE_BYTES)
        return (piece + self.content.readline()).splitlines(keepends=True)

    def pieces(self, begin: int, end: int) -> list[list[bytes]]:
        """Return the lines at places that are evenly spread over a part of the file."""
        step_bytes = max(1, (end - begin) // LOOKED_AT)
        return [self.lines_from(place) for place in range(begin, end, step_bytes)]

    def instant_ns(self, lines: list[bytes]) -> int | None:
        """Return when the first row of lines is.

        Raises:
            ScenarioError: It is no row.
            ValueError: It is no text.
        """
        from sim.recordings.slow import dotted, texts_in  # noqa: PLC0415 - loads pyarrow

        column, unit = self.traffic.times
        layout = self.traffic.layout
        for line in lines:
            text = StringIO((self.header + line).decode("utf-8-sig"))
            for _, (stamp,) in texts_in(text, layout, [column], self.traffic.file):
                return nanoseconds(dotted(stamp, layout), unit)[0]
        return None

    def first_from(self, at_ns: float) -> int:
        """Return the place before which all rows are earlier; rows ascend by time."""
        low, high = self.begin, self.end
        while low < high:
            middle = (low + high) // 2
            found_ns = self.instant_ns(self.lines_from(middle))
            if found_ns is None or found_ns >= at_ns:
                high = middle
            else:
                low = middle + 1
        return low


def _span(rows: _Rows, traffic: TraceTraffic, until_s: float) -> TraceSpan:
    looked_at = rows.pieces(rows.begin, rows.end)
    whole = _count(looked_at, rows.end - rows.begin)
    try:
        found_ns = [at_ns for at_ns in map(rows.instant_ns, looked_at) if at_ns is not None]
        if not found_ns:
            return TraceSpan(0.0, 0.0, is_bound=False)
        if not traffic.selection.is_all or any(
            later < earlier for earlier, later in pairwise(found_ns)
        ):
            return TraceSpan(whole, whole, is_bound=True)
        from_ns = found_ns[0] + traffic.offset_s * 1e9
        first = rows.first_from(from_ns)
        behind = rows.first_from(from_ns + until_s / traffic.time_scale * 1e9)
    except (ScenarioError, ValueError):  # a bad row, or a piece that begins inside of a quoted text
        return TraceSpan(whole, whole, is_bound=True)
    within = _count(rows.pieces(first, behind), behind - first)
    return TraceSpan(whole, within, is_bound=False)


def _count(pieces: list[list[bytes]], size_bytes: int) -> float:
    """Return about how many rows so many bytes hold, of which pieces were read."""
    lengths = [len(line) for piece in pieces for line in piece if line.strip()]
    return size_bytes * len(lengths) / sum(lengths) if lengths else 0.0
