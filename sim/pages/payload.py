"""The numbers of a page as text in it: JSON, its columns short, compressed.

A browser reads it with what it has (base64, deflate, JSON), and nothing else.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np

from sim.pages.chart import Chart, Level
from sim.results.timeline import Floats, Mark, ReplicaBar, StallSpan
from sim.zones import clock_changes

DIGITS: Final = 6
"""Digits that are kept of a mean: a chart has a thousand pixels."""

EXACT_DIGITS: Final = 12
"""Digits that are kept of an exact value."""

DECIMALS_S: Final = 6
"""Instants are kept to the microsecond."""

_MOST_POWER: Final = 290
"""10 to this power, and a value of any size times it, are numbers still."""

LEVEL: Final = 9
"""zlib's: the numbers of a day take 0.3 s."""


def packed(data: Mapping[str, Any]) -> str:
    """Return data as base64 of deflated JSON; NaN does not occur in it."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return base64.b64encode(zlib.compress(text.encode("ascii"), LEVEL)).decode("ascii")


def column(values: Floats, digits: int = DIGITS) -> list[float | int | None]:
    """Return a column of numbers: whole ones without a point, None where there is none.

    Args:
        values: Shape `(n,)`.
        digits: Of each that is kept.
    """
    known = np.isfinite(values) & (values != 0)
    power = np.zeros(len(values))
    power[known] = digits - 1 - np.floor(np.log10(np.abs(values[known])))
    power = np.clip(power, -_MOST_POWER, _MOST_POWER)  # what is smaller than all there is stays so
    scale = 10.0 ** np.abs(power)
    up = power >= 0
    rounded = np.where(up, np.round(values * scale) / scale, np.round(values / scale) * scale)
    return _plain(rounded)


def instants(at_s: Floats) -> list[float | int | None]:
    """Return instants, or lengths of time, to the microsecond."""
    return _plain(np.round(at_s, DECIMALS_S))


def _plain(values: Floats) -> list[float | int | None]:
    is_whole = (values == np.floor(values)) & (np.abs(values) < 2.0**53)
    return [
        None if value != value else int(value) if whole else value  # noqa: PLR0124 - NaN alone
        for value, whole in zip(values.tolist(), is_whole.tolist(), strict=True)
    ]


class Grids:
    """The edges of the levels of a page, each kept once: most charts share theirs."""

    def __init__(self) -> None:
        """Begin with none."""
        self._places: dict[bytes, int] = {}
        self.columns: list[list[float | int | None]] = []

    def place(self, edge_at_s: Floats) -> int:
        """Return where the edges stand in `columns`, where they are put if they are new."""
        key = edge_at_s.tobytes()
        if key not in self._places:
            self._places[key] = len(self.columns)
            self.columns.append(instants(edge_at_s))
        return self._places[key]


def chart_data(chart: Chart, grids: Grids) -> dict[str, Any]:
    """Return a chart as plain data, its edges among `grids`."""
    return {
        "key": chart.key,
        "title": chart.title,
        "unit": chart.unit,
        "kind": chart.kind,
        "isLog": chart.is_log,
        "lines": [
            {
                "label": line.label,
                "look": line.look,
                "isDashed": line.is_dashed,
                "hasBand": line.has_band,
            }
            for line in chart.lines
        ],
        "levels": [_level(level, grids, DIGITS) for level in chart.levels],
        "exact": None if chart.exact is None else _level(chart.exact, grids, EXACT_DIGITS),
    }


def _level(level: Level, grids: Grids, digits: int) -> dict[str, Any]:
    return {
        "grid": grids.place(level.edge_at_s),
        "columns": [column(values, digits) for values in level.columns],
    }


def bars_data(bars: Sequence[ReplicaBar]) -> list[dict[str, Any]]:
    """Return the lives of replicas: state, beginning and end of each spell."""
    return [
        {
            "replica": bar.replica,
            "revision": bar.revision,
            "spans": [
                [span.state.value, *instants(np.array([span.start_at_s, span.end_at_s]))]
                for span in bar.spans
            ],
        }
        for bar in bars
    ]


def marks_data(marks: Iterable[Mark]) -> list[dict[str, Any]]:
    """Return what happened: when, and of which rollout by its number, if of one."""
    return [
        {"at": mark.at_s, "kind": mark.kind, "label": mark.label, "rollout": mark.rollout}
        for mark in marks
    ]


def stalls_data(stalls: Iterable[StallSpan]) -> list[dict[str, Any]]:
    """Return for what rollouts waited, and who held it."""
    return [
        {
            "start": stall.start_at_s,
            "end": stall.end_at_s,
            "words": f"waits for {stall.resource}; held by {stall.holders}"
            + ("; a deadlock" if stall.is_deadlocked else ""),
        }
        for stall in stalls
    ]


def clock_data(start: datetime, until_s: float) -> dict[str, Any]:
    """Return the wall clock as the script needs it: the epoch's second at 0, and its offsets.

    Args:
        start: What the clock shows at 0.
        until_s: Where the page ends, up to which the clock may be set forward or back.
    """
    offset = start.utcoffset()
    offset_s = offset.total_seconds() if offset else 0.0
    changes = [[at_s, offset_s + ahead_s] for at_s, ahead_s in clock_changes(start, until_s)]
    return {"start": start.timestamp(), "offsets": [[0, offset_s], *changes]}
