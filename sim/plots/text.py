"""Text that fits: its width before it is drawn, its shortening, and its breaking into lines.

Widths are those of the font's outlines in inches, so that they hold at every resolution.
"""

from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from matplotlib import get_data_path
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.textpath import text_to_path

FONT: Final = "DejaVu Sans"
"""Comes with matplotlib, so that a picture does not depend on the fonts of a machine."""
POINTS_PER_INCH: Final = 72.0
ELLIPSIS: Final = "\u2026"
_REPLACEMENT: Final = "\ufffd"


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(
        FT2Font(str(Path(get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))).get_charmap()
    )


def printable(text: str) -> str:
    """Return *text* on one line, with a replacement sign for what the font cannot draw."""
    line = " ".join(text.split())
    return "".join(c if ord(c) in _glyphs() else _REPLACEMENT for c in line)


@lru_cache(maxsize=4096)
def width_in(text: str, *, size_pt: float, bold: bool = False) -> float:
    """Return how wide one line of *text* is, in inches."""
    font = FontProperties(family=FONT, size=size_pt, weight="bold" if bold else "normal")
    width_pt, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width_pt) / POINTS_PER_INCH


def fitted(text: str, *, room_in: float, size_pt: float, bold: bool = False) -> str:
    """Return *text*, printable, with its middle left out where it is wider than *room_in*.

    Names differ at their ends more often than in the middle, so both ends are kept.
    """
    text = printable(text)
    if width_in(text, size_pt=size_pt, bold=bold) <= room_in:
        return text
    fits, too_many = 0, len(text)
    while too_many - fits > 1:
        kept = (fits + too_many) // 2
        if width_in(_ends(text, kept), size_pt=size_pt, bold=bold) <= room_in:
            fits = kept
        else:
            too_many = kept
    return _ends(text, fits)


def _ends(text: str, kept: int) -> str:
    tail = kept // 2
    return text[: kept - tail] + ELLIPSIS + (text[-tail:] if tail else "")


def wrapped(text: str, *, room_in: float, word_in: float, size_pt: float) -> list[str]:
    """Return *text*, printable, broken at spaces into lines no wider than *room_in*.

    Of a word wider than *word_in* the middle is left out, so that lines are filled.
    """
    lines: list[str] = []
    for long_word in printable(text).split():
        word = fitted(long_word, room_in=word_in, size_pt=size_pt)
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_in(longer, size_pt=size_pt) <= room_in:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
