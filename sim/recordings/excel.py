"""The line that tells Excel what parts the columns of a CSV, such as ``sep=;``; it is no row.

Source: Grafana's "Download for Excel" writes it before the header.
"""

import re
from pathlib import Path
from typing import Final

from sim.recordings.faults import bad_row
from sim.recordings.layout import Layout

_MARK: Final = re.compile(r"sep=(.)\s*")


def delimiter_said(line: str) -> str | None:
    """Return the delimiter that a first line says; None if it is no such line."""
    found = _MARK.fullmatch(line)
    return None if found is None else found[1]


def is_mark(line: str, layout: Layout, file: Path) -> bool:
    """Return whether the first line of a CSV is for Excel, and no header and no row.

    Raises:
        ScenarioError: It says another delimiter than the layout.
    """
    said = delimiter_said(line)
    if said not in (None, layout.delimiter):
        message = f"the file says that {said!r} parts its columns: write delimiter: {said!r}"
        raise bad_row(file, 1, message, value=line.strip())
    return said is not None
