"""What holds of every number, whatever the runs were."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.studies.estimates.cautions import cautions
from sim.studies.estimates.comparison import Comparison, compare_samples
from sim.studies.estimates.means import apart, mean_of
from sim.studies.estimates.number import Number
from sim.studies.estimates.quantiles import Side, quantile_of
from sim.studies.estimates.sample import Sample
from sim.studies.estimates.shares import share_of

VALUES = st.one_of(
    st.sampled_from([0.0, 1.0, 2.0, np.inf, np.nan]),
    st.floats(-1e6, 1e6).map(lambda value: round(value, 3)),
)
DIRECTIONS = st.sampled_from([True, False, None])


@st.composite
def samples(draw: st.DrawFn, runs: int | None = None) -> Sample:
    """Return runs of numbers or of truth values, some beyond, some with nothing to measure."""
    size = draw(st.integers(0, 60)) if runs is None else runs
    if draw(st.booleans()):
        flags = st.sampled_from([0.0, 1.0, np.nan])
        values, unit = draw(st.lists(flags, min_size=size, max_size=size)), "yes/no"
    else:
        kinds = draw(st.sampled_from([VALUES, st.floats(0, 1000), st.sampled_from([1.0, 2.0])]))
        values, unit = draw(st.lists(kinds, min_size=size, max_size=size)), "s"
    return Sample(np.array(values, dtype=np.float64), unit, less_is_better=draw(DIRECTIONS))


def check(number: Number) -> None:
    """Fail if a number says more than it may, or cannot be written as strict JSON."""
    json.dumps(number.model_dump(), allow_nan=False)
    ends = [end for end in (number.low, number.high) if end is not None]
    assert 0 <= number.defined <= number.runs
    assert (number.confidence is not None) >= bool(ends)
    if number.kind in {"identical", "none"}:
        assert (ends, number.confidence) == ([], None)
    if not ends or number.value is None:
        assert number.refused
    if number.value is not None:
        assert number.low is None or number.low <= number.value
        assert number.high is None or number.value <= number.high


@given(samples(), st.sampled_from([0.05, 0.5, 0.9]), st.sampled_from(["two", "worse"]))
def test_a_number_says_no_more_than_it_may(sample: Sample, q: float, side: Side) -> None:
    """The value lies in its interval, nothing is infinite, and what is missing has its reason."""
    check(quantile_of(sample, q, side))
    if sample.is_yes_no:
        check(share_of(sample.values))
    else:
        check(mean_of(sample))
        check(share_of(np.isinf(sample.values)))
        parts = apart(sample)
        for part in (parts.share, parts.usual, parts.other):
            check(part)
        assert parts.usual.runs + parts.other.runs == sample.runs
        assert bool(cautions(sample)) == (mean_of(sample).value is not None)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Sample, Sample]:
    """Return two cases of one measure; often they are alike in most runs."""
    first = draw(samples())
    changed = draw(samples(first.runs).filter(lambda other: other.is_yes_no == first.is_yes_no))
    keep = draw(st.lists(st.booleans(), min_size=first.runs, max_size=first.runs))
    values = np.where(np.array(keep, dtype=bool), first.values, changed.values)
    return first, Sample(values, first.unit, less_is_better=first.less_is_better)


def mirrored(found: Comparison) -> tuple[object, ...]:
    """Return what is said of the second case, as it has to be said of the first."""
    turn = {"better": "worse", "worse": "better"}
    p_value = None if found.p_value is None else round(found.p_value, 9)
    return (turn.get(found.verdict or "", found.verdict), p_value, found.pairs, found.dropped)


@given(pairs(), st.integers(1, 10))
def test_a_comparison_is_the_same_from_either_side(
    both: tuple[Sample, Sample], family: int
) -> None:
    """Better one way is worse the other; pairs add up; each number says no more than it may."""
    first, second = both
    found = compare_samples(first, second, family=family)
    back = compare_samples(second, first, family=family)

    check(found.difference)
    check(found.variance_factor)
    if found.apart is not None:
        check(found.apart)
    json.dumps(found.model_dump(), allow_nan=False)
    assert found.pairs + found.dropped.beyond_in_both + found.dropped.none == first.runs
    turned = mirrored(found)
    assert turned == (back.verdict, *mirrored(back)[1:])
    if found.verdict in {"better", "worse"}:
        assert found.p_value is not None
        assert found.p_value <= 0.05
