"""The best of several cases, run by run."""

import numpy as np
import pytest

from sim.errors import ScenarioError
from sim.studies.estimates.sample import Floats
from sim.studies.estimates.selection import best_of


def cases(*means: float, runs: int = 400, seed: int = 5) -> Floats:
    """Return normal runs around the means, with chance that all share."""
    rng = np.random.default_rng(seed)
    own, shared = rng.normal(0, 1, (len(means), runs)), rng.normal(0, 3, runs)
    return np.asarray(own + shared + np.array(means)[:, None])


def by_hand(values: Floats, indifference: float, confidence: float) -> list[int | None]:
    """Return when each case is dropped, in loops over pairs: less is better."""
    k = len(values)
    beta = (1 - confidence) / (k - 1)
    eta = 0.5 * ((2 * beta) ** (-2 / 29) - 1)
    dropped: list[int | None] = [None] * k
    left = set(range(k))
    for run in range(30, values.shape[1] + 1):
        out = set()
        for i in left:
            for j in left - {i}:
                variance = float(np.var(values[i, :run] - values[j, :run], ddof=1))
                h2 = 2 * eta * 29
                lead = max(0.0, indifference / 2 * (h2 * variance / indifference**2 - run))
                if values[i, :run].sum() > values[j, :run].sum() + lead:
                    out.add(i)
        for i in out:
            dropped[i] = run
        left -= out
        if len(left) == 1:
            break
    return dropped


@pytest.mark.parametrize("seed", range(5))
def test_cases_are_dropped_where_the_paper_says(seed: int) -> None:
    """The triangular region of Kim and Nelson, followed pair by pair."""
    values = cases(10.0, 10.4, 10.6, 12.0, seed=seed)
    found = best_of(values, 0.4, less_is_better=True)

    expected = by_hand(values, 0.4, 0.95)
    assert list(found.dropped_at) == expected
    assert found.left == tuple(case for case, run in enumerate(expected) if run is None)


def test_the_best_is_the_least_or_the_most() -> None:
    """By the direction of the measure."""
    values = cases(10.0, 13.0, 7.0)

    assert best_of(values, 1.0, less_is_better=True).best == 2
    assert best_of(values, 1.0, less_is_better=False).best == 1


def test_it_goes_on_where_runs_do_not_tell() -> None:
    """After 30 runs nobody is dropped for a hundredth; dropped cases need no further runs."""
    values = cases(10.0, 10.3, 14.0, seed=2)
    early = best_of(values[:, :30], 0.3, less_is_better=True)
    assert (early.best, early.left, early.dropped_at) == (None, (0, 1), (None, None, 30))

    values[2, 30:] = np.nan
    late = best_of(values, 0.3, less_is_better=True)
    assert (late.best, late.dropped_at[2]) == (0, 30)
    assert late.dropped_at[1] is not None
    assert late.runs == late.dropped_at[1]


def test_it_says_how_far_the_runs_reach() -> None:
    """A case that is still in has no runs from 50 on: nothing is decided beyond."""
    values = cases(10.0, 10.05)
    values[1, 50:] = np.nan

    assert best_of(values, 0.05, less_is_better=True).runs == 50


@pytest.mark.parametrize("kind", ["flag", "beyond", "far"])
def test_a_rare_stall_in_the_first_runs_is_refused(kind: str) -> None:
    """Means would choose the case that happened not to stall."""
    values, flags = cases(10.0, 13.0), np.zeros((2, 400), dtype=bool)
    if kind == "flag":
        flags[0, 12] = True
    else:
        values[0, 12] = np.inf if kind == "beyond" else 900.0
    found = best_of(values, 1.0, less_is_better=True, flags=flags)

    assert (found.best, found.left) == (None, (0, 1))
    assert found.refused is not None
    assert "in the first 30 runs: rank by the share's interval" in found.refused


def test_a_case_that_always_stalls_is_no_rare_one() -> None:
    """What does not vary within a case does not mislead; later stalls are not looked at."""
    values, flags = cases(10.0, 13.0), np.zeros((2, 400), dtype=bool)
    flags[1] = True
    flags[0, 31] = True

    assert best_of(values, 1.0, less_is_better=True, flags=flags).best == 0


def test_impossible_questions_are_refused() -> None:
    """No difference that would matter, one case, too few runs."""
    with pytest.raises(ScenarioError, match=r"an indifference is a positive difference .*got 0"):
        best_of(cases(1.0, 2.0), 0.0, less_is_better=True)
    with pytest.raises(ValueError, match="1 cases"):
        best_of(cases(1.0), 1.0, less_is_better=True)
    with pytest.raises(ValueError, match="29 runs"):
        best_of(cases(1.0, 2.0)[:, :29], 1.0, less_is_better=True)
