"""Lines of plain text: wrapped, or in columns."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

WIDTH: Final = 100
"""No line is longer, unless one word is."""

NONE: Final = "-"
"""Stands for what never happened."""


def aligned(cells: Sequence[Sequence[str]], indent: str = "  ") -> list[str]:
    """Return rows as lines, the first column flush left and the others flush right."""
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    return [
        indent
        + row[0].ljust(widths[0])
        + "".join(cell.rjust(width + 2) for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in cells
    ]


def sentences(text: str) -> list[str]:
    """Return what is said about a deployment as lines, from the second on further in."""
    return wrapped(text, first="  ", rest="    ")


def wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    """Return `text` as lines of at most `WIDTH`."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def paragraphs(lines: Iterable[str]) -> list[str]:
    """Return lines that `sentences` or `wrapped` made as what they were made of.

    A line that is further in than the one that began a paragraph continues it.
    """
    found: list[str] = []
    indent = 0
    for line in lines:
        own = len(line) - len(line.lstrip())
        if found and own > indent:
            found[-1] += f" {line.strip()}"
        elif line.strip():
            found.append(line.strip())
            indent = own
    return found
