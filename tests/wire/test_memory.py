"""The grammar of memory texts."""

import contextlib
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.wire.memory import MAX_TEXT_LENGTH, UNITS, MemoryTextError, parse_memory

KIB, MIB, GIB, TIB, PIB = (1024**power for power in range(1, 6))


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("256MiB", 268435456),
        ("1GiB", 1073741824),
        ("256M", 268435456),
        ("256mb", 268435456),
        ("256 mebibytes", 268435456),
        ("256 mibibyte", 268435456),
        ("4G", 4294967296),
        ("4 GB", 4294967296),
        ("512Ki", 524288),
        ("1Gi", 1073741824),
        ("1.5GiB", 1610612736),
        ("1024", 1024),
        ("1 b", 1),
        ("3 Bytes", 3),
        ("2KILOBYTES", 2 * KIB),
        ("2 kibibytes", 2 * KIB),
        ("1t", TIB),
        ("1 tebibyte", TIB),
        ("0.5PiB", PIB // 2),
        ("007k", 7 * KIB),
        ("0", 0),
        ("0.1", 1),  # a tenth of a byte is rounded up
        ("1.0000001k", KIB + 1),  # 1024.0001024, not the float nearest to it
        ("0.3GiB", 322122548),  # 322122547.2
    ],
)
def test_a_memory_text_means_its_bytes(text: str, size_bytes: int) -> None:
    """Units are of 1024 in any case and spelling; a fraction of a byte counts as a whole one."""
    assert parse_memory(text) == size_bytes


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-1g", "+1g", "abc", "1  GiB", "1 ", " 1", "1GiB ", "1.GiB", ".5GiB", "1,5GiB",
        "1e3", "1GiBs", "1 GiB/s", "1_000", "GiB", "1\tGiB", "1\nGiB", "1GiB\n",
        "\u0661GiB", "1K\u0130B", "NaN", "1EiB", "1" * (MAX_TEXT_LENGTH + 1),
    ],
)  # fmt: skip
def test_other_texts_are_refused(text: str) -> None:
    """What is not digits, at most one space and a known unit is not a memory size."""
    with pytest.raises(MemoryTextError, match="is not a memory size"):
        parse_memory(text)


@given(st.integers(0, 10**12), st.integers(0, 10**6 - 1), st.sampled_from(list(UNITS)))
def test_the_fraction_is_exact(whole: int, millionths: int, unit: str) -> None:
    """The size is the exact product, rounded up, however large the number is."""
    number = whole + Fraction(millionths, 10**6)

    assert parse_memory(f"{whole}.{millionths:06d}{unit}") == math.ceil(number * UNITS[unit])


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes the reader fail in another way."""
    with contextlib.suppress(MemoryTextError):
        assert parse_memory(text) >= 0
