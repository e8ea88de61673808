"""Recordings whose rows are intervals with a number of requests, and not requests.

Owns by what they are known, and what is said when a trace names one. Each row of them would be
replayed as one request, which is far too few and evenly spaced.
"""

import re
from typing import Final

SERIES_RULE: Final = "rows-are-requests"
"""The rule that a trace breaks whose rows are intervals."""

LEAST_ROWS: Final = 4
"""Fewer rows at even intervals may well be requests."""

MANY_A_ROW: Final = (
    "its rows are intervals with a count or a rate of requests, and no requests: use the kind of "
    "traffic counts or rates, whose source `sim trace look` writes; with evenly_spaced: true each "
    "row is one request all the same"
)

_COUNTS: Final = frozenset(
    {"count", "counts", "hits", "invocation_count", "invocations", "num_requests", "samplecount"}
    | {"request_count", "requests", "requests_count", "total_requests"}
)
_PER_SECOND: Final = frozenset(
    {"qps", "rate", "rates", "request_rate", "rps"}
    | {"requests_per_s", "requests_per_second", "requests_s"}
)
_PER_MINUTE: Final = frozenset({"requests_per_minute", "rpm"})


def tells_of_many(column: str) -> bool:
    """Return whether a column of that name counts requests: ``Requests/s``, ``count``, ``rps``."""
    return _spelt(column) in _COUNTS | _PER_SECOND | _PER_MINUTE


def rate_unit_told(column: str) -> str | None:
    """Return the unit that the name of a column of rates tells; None of a column of counts."""
    if _spelt(column) in _COUNTS:
        return None
    return "/min" if _spelt(column) in _PER_MINUTE else "/s"


def _spelt(column: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", column.casefold()).strip("_")
