"""Layouts of logs, known by what their lines are like: one line a layout.

Source: the documentation of each tool, as named in docs/traces.md.
"""

import re
from collections.abc import Iterable
from typing import Final

from sim.recordings.known import Known

_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_COMMON: Final = (
    r"^(?:\S+:\d+ )?(?P<host>\S+) \S+ \S+ \[(?P<time>[^\]]+)\] "
    r'"(?P<request>(?:[^"\\]|\\.)*)" (?P<status>\d{3}) \S+'
)
"""Before it the name of a virtual host may stand."""
_ALB: Final = (
    r"^(?:https?|h2|grpcs|wss?) (?P<time>\S+) \S+ \S+ \S+ \S+ (?P<target_processing_time>\S+) \S+"
    r" (?P<status>\d+|-) \S+ \d+ \d+ " + _QUOTED
)

LOGS: Final[tuple[Known, ...]] = (
    Known(
        "AWS ALB, access log",
        "lines",
        frozenset(),
        "created",
        "iso8601",
        # The second field is when the response was given back, the 22nd when the request came.
        pattern=_ALB
        + rf" {_QUOTED} \S+ \S+ \S+ {_QUOTED} {_QUOTED} {_QUOTED} \S+ (?P<created>\S+)",
    ),
    Known(
        "AWS ALB, access log cut short",
        "lines",
        frozenset(),
        "time",
        "iso8601",
        stamp="end",
        duration="target_processing_time",
        pattern=_ALB,
    ),
    Known(
        "nginx, log with msec and request time",
        "lines",
        frozenset(),
        "msec",
        "s",
        stamp="end",
        duration="rt",
        pattern=_COMMON + r".* rt=(?P<rt>[0-9.]+) (?:.* )?msec=(?P<msec>[0-9.]+)(?: |$)",
    ),
    Known(
        "nginx, log with msec before request time",
        "lines",
        frozenset(),
        "msec",
        "s",
        stamp="end",
        duration="rt",
        pattern=_COMMON + r".* msec=(?P<msec>[0-9.]+) (?:.* )?rt=(?P<rt>[0-9.]+)(?: |$)",
    ),
    Known(
        "combined log with request time",
        "lines",
        frozenset(),
        "time",
        "clf",
        stamp="end",
        duration="rt",
        pattern=_COMMON + r'.* (?:rt|request_time)="?(?P<rt>[0-9.]+)"?(?: |$)',
    ),
    Known(
        "common or combined log",
        "lines",
        frozenset(),
        "time",
        "clf",
        stamp="unknown",
        pattern=_COMMON,
    ),
    Known(
        "Envoy, default log",
        "lines",
        frozenset(),
        "time",
        "iso8601",
        duration="duration",
        duration_unit="ms",
        pattern=rf"^\[(?P<time>[^\]]+)\] {_QUOTED} (?P<status>\d+) \S+ \d+ \d+ (?P<duration>\d+)",
    ),
)
"""Layouts of logs, known by the pattern that finds their columns, those that say most first."""


def known_log(lines: Iterable[str]) -> Known | None:
    """Return the layout of a log's lines: the first that fits half of them; None if none does.

    Not all: a damaged line would else pass for one of a log that says less.
    """
    shown = [line.rstrip("\r\n") for line in lines if line.strip()]
    for one in LOGS:
        fitting = sum(re.search(one.pattern, line) is not None for line in shown)
        if shown and 2 * fitting >= len(shown):
            return one
    return None
