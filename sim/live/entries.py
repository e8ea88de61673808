"""The entries of a journal: what each must say, so that it can be carried out again."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

Entry = Mapping[str, Any]
"""`at_s`, `do` and the command's fields."""

Fields = tuple[frozenset[str], frozenset[str]]


def _fields(*needed: str, may: tuple[str, ...] = ()) -> Fields:
    return frozenset(needed), frozenset(may)


REACHED: Final = "reached"
"""The word for how far time has gone, which no command says."""
RESET: Final = "reset"
"""The word with which a run begins again: what stands before it is another run."""


KNOWN: Final[Mapping[str, Fields]] = {
    "create": _fields("type", "modelRid", "runtimeConfiguration", may=("branch",)),
    "replace": _fields("rid", "runtimeConfiguration"),
    "start": _fields("rid"),
    "disable": _fields("rid"),
    "event": _fields("event"),
    "traffic": _fields("deployment", "rate_per_s", "for_s"),
    "infer": _fields("rid", "count"),
    "pause": _fields(),
    "resume": _fields(),
    "step": _fields("for_s"),
    "speed": _fields("speed"),
    RESET: _fields(),
    REACHED: _fields(),
}
"""Each word of a journal, with the fields that it needs and those that it may have."""

PAUSES: Final = {"pause": True, "resume": False, "step": True}
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
    needed, may = KNOWN[do]
    given = entry.keys() - {"at_s", "do"}
    for name in sorted(needed - given):
        return f"has no {name}, which {do} needs"
    for name in sorted(given - needed - may):
        return f"has {name[:100]!r}, which {do} does not know"
    return None
