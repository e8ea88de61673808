"""What `sim diff` prints: a line a field."""

import json
from collections.abc import Sequence
from typing import Any, Final

from sim.scenario.reading.differences import Change
from sim.text.layout import NONE, aligned

_ROOM: Final = 60
"""Characters of a value: the JSON has all of it."""


def diff_text(changes: Sequence[Change]) -> str:
    """Return changes as a table, after how many there are."""
    if not changes:
        return "nothing differs\n"
    rows = [("", "A", "B"), *((one.field, _shown(one.a), _shown(one.b)) for one in changes)]
    count = "1 field differs" if len(changes) == 1 else f"{len(changes):,} fields differ"
    return "\n".join([count, *aligned(rows)]) + "\n"


def _shown(value: Any) -> str:
    """Return a value on one line: words as they are, all else as JSON; a dash where none is."""
    if value is None:
        return NONE
    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = " ".join(words.split())
    return line if len(line) <= _ROOM else f"{line[: _ROOM - 3]}..."
