"""A store of runs as plain rows, read by SQLite alone."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def rows_of_store(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that a store holds, by table, in the order of its keys."""
    with closing(sqlite3.connect(file)) as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4").fetchall()
            for table in ("programs", "cases", "runs", "thinned", "counted", "lost")
        }
