"""Streams are named: equal for the same seed and name, apart for any other."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.random import stream

FIRST_WORDS = [8510040, 2816434856, 3924064390, 4048531882]


def test_the_same_seed_and_name_give_the_same_stream() -> None:
    """A stream begins at its first draw each time it is asked for."""
    first, again = stream(7, "a/b/arrival"), stream(7, "a/b/arrival")

    assert first.random(1000).tolist() == again.random(1000).tolist()


def test_streams_differ_by_name_and_by_seed() -> None:
    """No two of many (seed, name) share a draw among their first ones."""
    names = [
        "",
        "arrival",
        "Arrival",
        "d/s/arrival",
        "d/s/wait",
        *(f"d/replica {r}" for r in range(200)),
    ]
    seeds = [0, 1, 2, 2**32, 2**64 + 1]

    draws = [stream(seed, name).integers(2**63, size=4) for seed in seeds for name in names]

    assert len(set(np.concatenate(draws).tolist())) == 4 * len(names) * len(seeds)


def test_the_integers_of_a_stream_are_pinned() -> None:
    """The rule from seed and name to bits is fixed: a change would change every stored result."""
    got = stream(42, "search/poisson-0/arrival").integers(2**32, size=4)

    assert got.tolist() == FIRST_WORDS


def test_another_process_sees_the_same_stream() -> None:
    """Nothing salted per process, such as ``hash``, enters."""
    code = "from sim.random import stream; print(stream(1, 'x').integers(2**62))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert int(done.stdout) == stream(1, "x").integers(2**62)


def test_a_negative_seed_is_refused() -> None:
    """Seeds count from 0."""
    with pytest.raises(ValueError, match="non-negative"):
        stream(-1, "x")


@given(st.integers(0, 2**70), st.text(max_size=20), st.text(max_size=20))
def test_any_two_names_are_uncorrelated(seed: int, one: str, other: str) -> None:
    """Two names' uniform draws have a sample correlation within 6 standard errors of none."""
    if one == other:
        return
    n = 500
    x, y = stream(seed, one).random(n), stream(seed, other).random(n)

    assert abs(np.corrcoef(x, y)[0, 1]) < 6 / np.sqrt(n)


def test_streams_of_consecutive_seeds_are_uncorrelated() -> None:
    """Replications under seeds 0, 1, 2 … are independent samples."""
    n = 500
    draws = [stream(seed, "d/s/arrival").random(n) for seed in range(40)]

    for x, y in itertools.pairwise(draws):
        assert abs(np.corrcoef(x, y)[0, 1]) < 6 / np.sqrt(n)
