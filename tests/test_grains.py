"""Time in whole grains: exact sums, and the same grains wherever they are made."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.engines.vectorised import eventloop
from sim.grains import GRAINS_PER_S, LAST_S, grain_of, grains_of

INSTANTS = st.floats(0, LAST_S)


@given(at_s=INSTANTS)
def test_an_instant_lies_in_its_grain(at_s: float) -> None:
    """At its beginning, or less than a grain behind it."""
    behind_s = Fraction(at_s) - Fraction(grain_of(at_s), 2**32)

    assert 0 <= behind_s < Fraction(1, 2**32)


@given(at_s=st.lists(INSTANTS | st.floats(LAST_S, allow_infinity=False)))
def test_columns_have_the_grains_of_their_instants(at_s: list[float]) -> None:
    """Those behind the last one that is told apart have its grain."""
    assert grains_of(np.array(at_s)).tolist() == [grain_of(one) for one in at_s]


def test_what_is_behind_the_last_instant_has_its_grain() -> None:
    """2^30 s times 2^32; so ends less beginnings fit into 64 bits."""
    assert grain_of(1e300) == grain_of(LAST_S) == 2**62


def test_the_event_loop_has_the_same_grains() -> None:
    """Its constants are its own, because compiled code imports nothing."""
    assert (eventloop.GRAINS_PER_S, eventloop.LAST_S) == (GRAINS_PER_S, LAST_S)
