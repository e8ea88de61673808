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
    "traffic counts or rates; with evenly_spaced: true each row is one request all the same"
)

_NAMES: Final = frozenset(
    {"count", "counts", "hits", "invocation_count", "invocations", "num_requests", "samplecount"}
    | {"qps", "rate", "rates", "request_rate", "rpm", "rps"}
    | {"request_count", "requests", "requests_count", "total_requests"}
    | {"requests_per_minute", "requests_per_s", "requests_per_second", "requests_s"}
)


def tells_of_many(column: str) -> bool:
    """Return whether a column of that name counts requests: ``Requests/s``, ``count``, ``rps``."""
    return re.sub(r"[^a-z0-9]+", "_", column.casefold()).strip("_") in _NAMES
