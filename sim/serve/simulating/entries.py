"""The entries of a journal: what each must say, so that it can be carried out again."""

import math
from collections.abc import Iterable, Mapping
from types import NoneType
from typing import Any, Final, TypedDict

from sim.serve.protocol.commands import (
    CREATE,
    DISABLE,
    EVENT,
    PAUSE,
    REPLACE,
    RESET,
    RESUME,
    SPEED,
    START,
    STEP,
    TRAFFIC,
    Command,
    NoFields,
)

Entry = Mapping[str, Any]
"""`at_s`, `do` and the command's fields."""


class CallsFields(TypedDict):
    """A deployment, and how many inference calls have arrived; their inputs are not kept."""

    rid: str
    count: int


CALLS: Final = Command("infer", CallsFields, NoneType, "lets inference calls arrive")
"""The entry of the calls of a turn, which a command each has asked for."""
REACHED: Final = Command("reached", NoFields, NoneType, "says how far time has gone")
"""The entry that no command asks for."""

KNOWN: Final[Mapping[str, Command[Any, Any]]] = {
    entry.do: entry
    for entry in (
        CREATE,
        REPLACE,
        START,
        DISABLE,
        EVENT,
        TRAFFIC,
        CALLS,
        PAUSE,
        RESUME,
        STEP,
        SPEED,
        RESET,
        REACHED,
    )
}
"""Each word of a journal; what stands before a reset is another run."""

PAUSES: Final[Mapping[str, bool]] = {PAUSE.do: True, RESUME.do: False, STEP.do: True}
"""The commands of time, and whether it stands still after them."""


def stands_still(entries: Iterable[Entry], *, before: bool = False) -> bool:
    """Return whether time stands still after entries, as it did or did not *before* them."""
    for entry in entries:
        before = PAUSES.get(entry["do"], before)
    return before


def fault_of(entry: Entry, since_s: float) -> str | None:
    """Return what is wrong with an entry that follows one at `since_s`, None for nothing."""
    at_s, do = entry.get("at_s"), entry.get("do")
    if isinstance(at_s, bool) or not isinstance(at_s, int | float) or not math.isfinite(at_s):
        return "has no instant: at_s must be a number"
    if at_s < since_s:
        return f"is at {at_s} s, before the one that it follows, at {since_s} s"
    if not isinstance(do, str) or do not in KNOWN:
        return f"has the command {str(do)[:100]!r}, which there is not"
    command = KNOWN[do]
    given = entry.keys() - {"at_s", "do"}
    for name in sorted(command.needed - given):
        return f"has no {name}, which {do} needs"
    for name in sorted(given - command.needed - command.optional):
        return f"has {name[:100]!r}, which {do} does not know"
    return None
