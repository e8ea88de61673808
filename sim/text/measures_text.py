"""What `sim measures` prints: a line a measure."""

from collections.abc import Sequence

from sim.results.measures import Measure
from sim.text.layout import NONE, aligned

HEADS = ("address", "unit", "values", "better", "no value is")


def measures_text(measures: Sequence[Measure]) -> str:
    """Return measures as a table, after how many there are."""
    rows = [
        (
            one.address,
            one.unit,
            one.kind,
            one.better or NONE,
            NONE if one.undefined is None else one.undefined,
        )
        for one in measures
    ]
    lines = [f"{len(measures):,} measures", *aligned([HEADS, *rows])]
    return "\n".join(lines) + "\n"
