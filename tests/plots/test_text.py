"""Text that fits its room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.plots.text import ELLIPSIS, fitted, printable, width_in, wrapped

LONG = "gpu-pool-" * 30 + "west"


def test_width_grows_with_size_and_weight() -> None:
    """Twice the points are twice the inches, and bold is wider."""
    assert width_in("rollout", size_pt=16) == pytest.approx(2 * width_in("rollout", size_pt=8))
    assert width_in("rollout", size_pt=8, bold=True) > width_in("rollout", size_pt=8)


def test_what_fits_is_left_as_it_is() -> None:
    """No name is shortened that has room."""
    assert fitted("gpu-pool", room_in=2, size_pt=8) == "gpu-pool"


@given(st.floats(0.3, 6))
def test_a_long_name_keeps_both_ends_and_fills_its_room(room_in: float) -> None:
    """It is no wider than its room, and one letter more would be."""
    short = fitted(LONG, room_in=room_in, size_pt=8)
    head, tail = short.split(ELLIPSIS)
    assert LONG.startswith(head)
    assert LONG.endswith(tail)
    assert len(head) - len(tail) in (0, 1)
    assert width_in(short, size_pt=8) <= room_in < width_in(short, size_pt=8) + 0.15


@given(st.lists(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1)))
def test_wrapping_loses_no_word_and_keeps_to_its_room(words: list[str]) -> None:
    """Lines joined are the text again, and none is too wide."""
    lines = wrapped(" ".join(words), room_in=8, word_in=8, size_pt=8)
    assert " ".join(lines).split() == words
    assert all(width_in(line, size_pt=8) <= 8 for line in lines)


def test_a_wide_word_is_shortened_when_lines_are_broken() -> None:
    """A line is not left half empty for one name."""
    lines = wrapped(f"held by {LONG} alone", room_in=4, word_in=2, size_pt=8)
    assert len(lines) == 1
    assert ELLIPSIS in lines[0]


def test_signs_without_a_glyph_are_replaced() -> None:
    """A name in another script, or with line breaks, stays one line that can be drawn."""
    assert printable("pool \u4f60\n\tB") == "pool \ufffd B"
    assert printable("a$b$_^{x}\\") == "a$b$_^{x}\\"
