"""The rate limit: against a bucket of tokens in exact fractions, and by hand."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from sim.engines.reference.admission import RateLimiter


def accepted(rate_per_s: float, burst: float, at_s: list[float]) -> list[bool]:
    """Return which of the attempts at these instants are accepted."""
    limiter = RateLimiter(rate_per_s, burst)
    return [limiter.accepts(at) for at in at_s]


def test_one_per_second() -> None:
    """With burst 1 an attempt needs a whole interval since the last one accepted was due."""
    # tat 0: yes, tat 1; 0.5 early: no; exactly due: yes, tat 2; 1.75: no; 2.5: yes, tat 3.5;
    # 3.25: no, 3.5: yes.
    assert accepted(1.0, 1.0, [0, 0.5, 1, 1.75, 2.5, 3.25, 3.5]) == [
        *(True, False, True, False),
        *(True, False, True),
    ]


def test_a_burst_of_three() -> None:
    """Three at once, then one for each half second; a pause earns no more than three."""
    # 2/s, tolerance (3 - 1) / 2 = 1 s. At 0 tat goes 0.5, 1, 1.5; the fourth is 1.5 early.
    # At 0.5 it is 1 early: yes, tat 2; once more 1.5: no. At 10: three again.
    assert accepted(2.0, 3.0, [0, 0, 0, 0, 0.5, 0.5, 10, 10, 10, 10]) == [
        *(True, True, True, False, True, False),
        *(True, True, True, False),
    ]


def test_part_of_a_burst() -> None:
    """Burst 1.5 at 1/s: half a second of earliness is forgiven, no more."""
    # At 0 yes, tat 1; 0.5 is 0.5 early: yes, tat 2; 1.25 is 0.75 early: no; 1.5: yes.
    assert accepted(1.0, 1.5, [0, 0.5, 1.25, 1.5]) == [True, True, False, True]


@given(
    st.sampled_from([0.25, 0.5, 1.0, 2.0, 8.0]),
    st.sampled_from([1.0, 1.5, 2.0, 3.25, 10.0]),
    st.lists(st.integers(0, 200).map(lambda k: k / 8), max_size=60).map(sorted),
)
def test_agrees_with_a_bucket_of_tokens(rate_per_s: float, burst: float, at_s: list[float]) -> None:
    """Accepted exactly if the bucket (filled at the rate, up to `burst`, full at first) holds 1.

    Rates are powers of two and instants eighths, so that float arithmetic is exact.
    """
    tokens, filled_at_s = Fraction(burst), Fraction(0)
    expected = []
    for at in at_s:
        tokens = min(Fraction(burst), tokens + (Fraction(at) - filled_at_s) * Fraction(rate_per_s))
        filled_at_s = Fraction(at)
        expected.append(tokens >= 1)
        tokens -= expected[-1]

    assert accepted(rate_per_s, burst, at_s) == expected
