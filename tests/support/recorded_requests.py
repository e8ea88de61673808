"""The two logs of a recording, request by request: nginx's text and the server's table."""

import csv
import gzip
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.recordings.measuring import look, snippet
from sim.scenario.models.traffic import TraceTraffic
from sim.workload.traces import read_trace

_LINE: Final = re.compile(r"/score/(\d+) .* rt=(\d+)\.(\d{3}) msec=\d+\.\d{3}$")


@dataclass(frozen=True, eq=False)
class Recorded:
    """Requests by number; all arrays have the shape ``(requests,)``.

    Attributes:
        log: nginx's log.
        by_line: Numbers of the requests in the order of the log's lines.
        response_ms: How long each took at nginx, to the millisecond.
        came_ms: When each came to nginx, in whole milliseconds since 1970: as `sim` reads its log.
        arrival_us: When each came to the server, in microseconds.
        start_us: When a thread took it.
        service_ms: For how long.
    """

    log: Path
    by_line: list[int]
    response_ms: NDArray[np.int64]
    came_ms: NDArray[np.int64]
    arrival_us: NDArray[np.int64]
    start_us: NDArray[np.int64]
    service_ms: NDArray[np.float64]


def text_of(file: Path) -> str:
    """Return the text of a file, packed or not."""
    content = file.read_bytes()
    return (gzip.decompress(content) if file.suffix == ".gz" else content).decode()


def recorded(log: Path, server: Path) -> Recorded:
    """Return what the logs of a recording say."""
    lines = [_LINE.search(line) for line in text_of(log).splitlines()]
    by_line = [int(found[1]) for found in lines if found]
    response_ms = [int(found[2]) * 1000 + int(found[3]) for found in lines if found]
    rows = sorted(csv.DictReader(text_of(server).splitlines()), key=lambda row: int(row["number"]))
    assert [int(row["number"]) for row in rows] == sorted(by_line) == list(range(len(lines)))
    return Recorded(
        log=log,
        by_line=by_line,
        response_ms=_by_number(by_line, np.array(response_ms)),
        came_ms=_by_number(by_line, _read_by_us(log)),
        arrival_us=np.array([int(row["arrival_at_s"].replace(".", "")) for row in rows]),
        start_us=np.array([int(row["start_at_s"].replace(".", "")) for row in rows]),
        service_ms=np.array([float(row["service_ms"]) for row in rows]),
    )


def _by_number(by_line: list[int], values: NDArray[np.int64]) -> NDArray[np.int64]:
    found = np.empty_like(values)
    found[by_line] = values
    return found


def _read_by_us(log: Path) -> NDArray[np.int64]:
    """Return the arrival of each line in milliseconds, by the source that `look` proposes."""
    rows = read_trace(TraceTraffic.model_validate({"name": "log", **snippet(log, look(log))}))
    found = np.empty(rows.since_ns.size, dtype=np.int64)
    place = np.arange(found.size) if rows.row is None else rows.row
    found[place], rest = np.divmod(rows.since_ns + rows.first_ns, 1_000_000)
    assert not rest.any()
    return found
