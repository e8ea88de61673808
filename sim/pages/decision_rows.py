"""The decisions of a deployment as the log of a page shows them: columns of words and numbers."""

from typing import Any, Final

import numpy as np

from sim.pages.payload import column, instants
from sim.results.table import Table, Words, is_nothing

WORDS: Final = ("actor", "action", "reason")
NUMBERS: Final = (
    "load_ratio",
    "threshold_ratio",
    "busy_threads",
    "responsive_replicas",
    "live_replicas",
)
INSTANTS: Final = ("at_s", "since_at_s", "until_at_s")

MOST_ROWS: Final = 100_000
"""Rows of a page's log for one deployment: its directory has all."""


def decision_rows(decisions: Table) -> dict[str, Any]:
    """Return the rows of a deployment's table of decisions; words as numbers of a list.

    Args:
        decisions: Its rows, in order of time.
    """
    rows = slice(0, MOST_ROWS)
    found: dict[str, Any] = {"count": len(decisions), "words": {}}
    for name in WORDS:
        values = decisions.data[name]
        if not isinstance(values, Words):
            raise TypeError(f"column {name} of decisions holds no words")
        found[name] = values.codes[rows].tolist()
        found["words"][name] = list(values.words)
    for name in NUMBERS:
        values = decisions[name][rows]
        found[name] = column(np.where(is_nothing(values), np.nan, values), digits=12)
    for name in INSTANTS:
        found[name] = instants(decisions[name][rows])
    return found
