"""By what columns of response times are known, and why they are no demands.

A response time has the waiting for a thread in it, which a run finds out by itself.
"""

import re
from typing import Final

TWICE: Final = "this includes waiting; as a demand it counts it twice"
"""What is said of a response time, wherever one is met."""

_NAMES: Final = re.compile(
    r"(response|request|total|elapsed|upstream)[ _-]?(response[ _-]?)?(time|duration|latency)"
    r"|latency|rt|duration|e2e\w*",
    re.IGNORECASE,
)

_UNITS: Final = re.compile(r"[ _-](s|sec|seconds|ms|millis|us|ns)$", re.IGNORECASE)


def sounds_like_response(column: str) -> bool:
    """Return whether a column of that name holds response times: ``rt``, ``request_time_ms``.

    Of a dotted path the last step counts.
    """
    return _NAMES.fullmatch(_UNITS.sub("", column.rpartition(".")[2])) is not None
