"""The table of coverage in docs/studies.md: measured, and written between its marks."""

import sys
from datetime import UTC, datetime

from coverage_rows import DRAWN, Row
from coverage_runs import THROUGH_RUNS
from report import fill
from sim.random import stream
from timing import BENCHMARKS

ROWS: tuple[Row, ...] = (*DRAWN, *THROUGH_RUNS)

SEED = 15
"""Of every row's generator, which is called after the row."""

DOCUMENT = BENCHMARKS.parent / "docs" / "studies.md"


def measured(row: Row) -> float:
    """Return what a row finds; always the same."""
    return row.measure(row.repetitions, stream(SEED, row.name))


def line(row: Row, found: float) -> str:
    """Return a row in Markdown."""
    cells = (row.statement, row.of, row.stated, f"{found:.3f}", f"{row.repetitions:,}")
    return f"| {' | '.join(cells)} |"


def write() -> None:
    """Measure all rows and write the table, with the seed and the day."""
    lines = ["| statement | law | stated | measured | repetitions |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for row in ROWS:
        lines.append(line(row, measured(row)))
        print(lines[-1], file=sys.stderr, flush=True)
    day = datetime.now(UTC).date().isoformat()
    lines += ["", f"Seed {SEED}, measured on {day} by `make coverage`."]
    fill(DOCUMENT, {"coverage": "\n".join(lines) + "\n"})
