"""The grammar of memory texts: ``256MiB``, ``4 GB``, ``1.5GiB``, ``1024``.

Digits with an optional fraction, at most one space, and a unit in any case. Every unit counts in
powers of 1024, ``M`` and ``MB`` too; without a unit the number is bytes.

Source: assumed. Palantir's public byte-count parser (HumanReadableByteCount) refuses the
API's own examples, 256MiB and 1GiB, so the field must have a wider grammar: this one takes both,
its long words (kilobytes, mebibyte) included.
"""

import math
import re
from fractions import Fraction
from types import MappingProxyType
from typing import Final

MAX_TEXT_LENGTH: Final = 100
"""Longer texts are refused unread: the largest sizes in use have a dozen characters."""

_PREFIXES: Final = (
    # letter, decimal word, binary words
    ("k", "kilo", ("kibi",)),
    ("m", "mega", ("mebi", "mibi")),
    ("g", "giga", ("gibi",)),
    ("t", "tera", ("tebi", "tibi")),
    ("p", "peta", ("pebi", "pibi")),
)


def _units() -> dict[str, int]:
    units = dict.fromkeys(("", "b", "byte", "bytes"), 1)
    for power, (letter, decimal, binary) in enumerate(_PREFIXES, start=1):
        spellings = [letter, f"{letter}b", f"{letter}i", f"{letter}ib"]
        for word in (decimal, *binary):
            spellings += [f"{word}byte", f"{word}bytes"]
        units.update(dict.fromkeys(spellings, 1024**power))
    return units


UNITS: Final = MappingProxyType(_units())
"""Bytes in one of each unit, by its spelling in lower case."""

_TEXT: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?: ?([A-Za-z]+))?", re.ASCII)


class MemoryTextError(ValueError):
    """A text is not in the grammar of memory texts."""


def parse_memory(text: str) -> int:
    """Return the bytes that *text* names, rounded up to a whole number.

    Examples:
        >>> parse_memory("256MiB")
        268435456
        >>> parse_memory("1.5g")
        1610612736

    Raises:
        MemoryTextError: The text is not in the grammar.
    """
    match = _TEXT.fullmatch(text) if len(text) <= MAX_TEXT_LENGTH else None
    unit = "" if match is None else (match[2] or "").lower()
    if match is None or unit not in UNITS:
        msg = "is not a memory size: write a number and a unit such as 256MiB or 4GiB"
        raise MemoryTextError(msg)
    return math.ceil(Fraction(match[1]) * UNITS[unit])
