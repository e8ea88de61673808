"""Comparisons of runs of which some stalled: no verdict by the mean of both kinds."""

import numpy as np
import pytest

from sim.studies.estimates.comparison import compare_samples
from sim.studies.estimates.sample import Sample

RUNS = 30


def samples(shift: float) -> tuple[Sample, Sample]:
    """Return two samples whose differences are normal around *shift*, with deviation 1."""
    draws = np.random.default_rng(7)
    a = draws.normal(10.0, 1.0, RUNS)
    b = a + draws.normal(shift, 1.0, RUNS)
    return Sample(a, "s", less_is_better=True), Sample(b, "s", less_is_better=True)


def stalled(*runs: int) -> np.ndarray:
    """Return which runs stalled."""
    return np.isin(np.arange(RUNS), runs)


def test_what_varied_within_a_case_is_judged_by_signs() -> None:
    """A shift of three deviations: all but a pair or two have its sign, and no mean is given."""
    a, b = samples(3.0)
    found = compare_samples(a, b, flags=(stalled(), stalled(4, 9)))

    assert found.verdict == "worse"
    assert (found.difference.value, found.half_width) == (None, None)
    assert found.difference.refused == (
        "no difference of means: in 2 of 30 runs one of the two stalled or failed"
    )
    assert found.apart is not None
    usual = (b.values - a.values)[~stalled(4, 9)]
    assert found.apart.value == pytest.approx(usual.mean())


def test_a_small_shift_is_left_undecided() -> None:
    """By its mean half a deviation in 30 pairs is found about every second time; not here."""
    a, b = samples(0.2)
    found = compare_samples(a, b, flags=(stalled(1), stalled()))

    assert found.verdict == "undecided"
    assert "one of the two stalled or failed" in found.why


@pytest.mark.parametrize("flags", [(stalled(), stalled()), (stalled(), stalled(*range(RUNS)))])
def test_a_stall_that_did_not_vary_changes_nothing(flags: tuple[np.ndarray, np.ndarray]) -> None:
    """In no run of a case, or in each: its mean is of one kind."""
    a, b = samples(3.0)

    assert compare_samples(a, b, flags=flags) == compare_samples(a, b)
