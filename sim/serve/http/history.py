"""The newest calls of the API: which, by whom, when in simulated time, how answered; no input.

For those who test what calls the API: what a client has done is told from what it says it did.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

REMEMBERED: Final = 1_000
"""Calls that are kept; the oldest goes for a further one."""
MAX_SHOWN: Final = 200
"""Letters of an identifier in a path, which may be anything, that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A call that has been answered.

    Attributes:
        operation: The API's operation, as the SDKs name it.
        rid: The deployment in the path, as it was written; None for list and create.
        user: Who called; None where nobody known did.
        status: The HTTP status, 499 where the client had gone.
        error: The error's name; None for none.
        asked_at_s: The newest simulated instant that was known when the request came.
        answered_at_s: The same when it was answered; of a command, when it was carried out.
    """

    operation: str
    rid: str | None
    user: str | None
    status: int
    error: str | None
    asked_at_s: float
    answered_at_s: float


class History:
    """Keeps calls in the order of their answers, numbered from 1."""

    def __init__(self) -> None:
        """Begin without any."""
        self._newest: deque[tuple[int, Answered]] = deque(maxlen=REMEMBERED)
        self._last = 0

    def note(self, call: Answered) -> None:
        """Keep *call* as the newest."""
        self._last += 1
        if call.rid is not None and len(call.rid) > MAX_SHOWN:
            call = replace(call, rid=call.rid[:MAX_SHOWN])
        self._newest.append((self._last, call))

    def to_json(self, *, after: int = 0) -> Mapping[str, Any]:
        """Return the calls that are kept with numbers above *after*, the oldest first.

        Their number of all, which may be more than are kept, is in ``last``.
        """
        calls = [
            {
                "number": number,
                "operation": one.operation,
                "rid": one.rid,
                "user": one.user,
                "status": one.status,
                "error": one.error,
                "asked_at_s": one.asked_at_s,
                "answered_at_s": one.answered_at_s,
            }
            for number, one in self._newest
            if number > after
        ]
        return {"last": self._last, "calls": calls}
