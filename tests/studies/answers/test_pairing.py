"""Pairs of runs under common seeds: what the seeds save, and how often chance makes a verdict.

The runs are those of a queue with two threads, three quarters of which are busy.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from case_files import FIXED, TINY, write_case
from sim.scenario.reading.loader import load_scenario
from sim.studies.answers.case_runs import CaseRuns
from sim.studies.answers.compared import Compared
from sim.studies.answers.family import measure_of
from sim.studies.answers.pairing import paired
from sim.studies.answers.study import Study, runs_of
from sim.studies.estimates.number import Number
from sim.studies.runs.case import Case
from sim.studies.runs.executor import InThisProcess
from sim.studies.runs.sampling import Sampling
from sim.studies.runs.seeds import replication_seed
from sim.studies.runs.varying import what_varies

RUNS = 60


def case(folder: Path, *changes: tuple[str, str]) -> Case:
    """Return the tiny case with some changes."""
    return Case("tiny", load_scenario(write_case(folder, "x", TINY, *changes)))


def runs(of: Case, numbers: Sequence[int]) -> CaseRuns:
    """Return the replications of a case that have these numbers, in this order, as if from 0."""
    sampling = Sampling(InThisProcess(), with_courses=False)
    seeds = [replication_seed(3, number) for number in numbers]
    sampling.make([(of, seed) for seed in seeds])
    return runs_of(of, sampling, seeds)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> CaseRuns:
    """The tiny case."""
    return runs(case(tmp_path_factory.mktemp("first")), range(RUNS))


@pytest.fixture(scope="module")
def busier(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The same with a tenth more requests."""
    return case(tmp_path_factory.mktemp("busier"), ("3/s", "3.3/s"))


def factor(one: CaseRuns, other: CaseRuns) -> Number:
    """Return the variance factor of the mean response time."""
    measure = measure_of([one.case], "a.response_s.mean")
    return paired(one, other).compared(measure, family=1, confidence=0.95).variance_factor


def test_common_seeds_save_runs(first: CaseRuns, busier: Case) -> None:
    """The same arrivals and demands: with the seeds of its own it would take three times as many.

    At least: the lower end of the interval is above 3, of a value around 8.
    """
    found = factor(first, runs(busier, range(RUNS)))

    assert (found.low or 0) > 3


def test_a_second_case_with_the_next_seeds_is_given_away_by_the_variance_factor(
    first: CaseRuns, busier: Case
) -> None:
    """Planted: run r of the second has s(r + 1). Nothing is saved, and the interval holds 1.

    Two independent samples of 60 have a correlation of 0 +- 0.13, so that the interval of the
    factor ends below 1.4 unless the correlation is 0.2 or more.
    """
    found = factor(first, runs(busier, range(1, RUNS + 1)))

    assert (found.low or 0) < 1 < (found.high or 0) < 1.5


def test_runs_that_are_missing_in_one_case_are_missing_in_both(
    first: CaseRuns, busier: Case
) -> None:
    """Pairs go by the number of the replication: one that was lost takes its partner with it."""
    whole = runs(busier, range(RUNS))
    keep = [number for number in range(RUNS) if number not in {0, 7, 31}]
    holed = CaseRuns(whole.case, tuple(keep), tuple(whole.runs[number] for number in keep), ())
    measure = measure_of([busier], "a.response_s.mean")

    a, b = paired(first, holed).samples(measure)
    _, all_of_b = paired(first, whole).samples(measure)

    assert a.values.tolist() == first.sample(measure).values[keep].tolist()
    assert b.values.tolist() == all_of_b.values[keep].tolist()


def test_a_certain_difference_is_better_where_more_is(tmp_path: Path) -> None:
    """Nothing is drawn: a fourth request more is a greater throughput in every run."""
    one, two = (
        Case("fixed", load_scenario(write_case(tmp_path, "x", FIXED, ("5s]", instants))))
        for instants in ("5s]", "5s, 7s]")
    )
    more = measure_of([one], "a.throughput_per_s")
    pairing = paired(runs(one, [0]), runs(two, [0]))

    found = pairing.compared(more, family=1, confidence=0.95)

    assert (found.verdict, found.p_value) == ("better", None)
    assert found.difference.value == pytest.approx(0.01)  # one of 100 s


ADDRESSES = ("wait_s.mean", "response_s.p50", "response_s.p99", "requests.arrived", "scaling.mean")
REPETITIONS = 400


def test_chance_makes_a_verdict_no_more_often_than_stated(tmp_path: Path) -> None:
    """A case against itself under other seeds: in at most 5 % of the comparisons.

    400 times two samples of 30 runs out of 240, neither of them chosen by its values, so that
    each difference is as likely as its negative. Five measures, one of which never varies, share
    the error and hang together: of 1,000 comparisons 23 had a verdict, and 130 without the factor
    of five. Tolerance: three standard errors of a share of 400, which is 8.3 % in all. That there
    are some at all shows that the test can fail.
    """
    of = case(tmp_path)
    pool = runs(of, range(240))
    family = tuple(measure_of([of], f"a.{address}") for address in ADDRESSES)
    draws = np.random.default_rng(15)

    def sample(rows: np.ndarray) -> CaseRuns:
        return CaseRuns(of, tuple(range(30)), tuple(pool.runs[row] for row in rows), ())

    found = 0
    for _ in range(REPETITIONS):
        rows = draws.permutation(240)[:60]
        study = Study("tiny", 3, (sample(rows[:30]), sample(rows[30:])), None,
                      what_varies(of.scenario))  # fmt: skip
        compared = Compared(study, ("", ""), family, is_chosen=True, pairs=((0, 1),))
        (verdicts,) = compared.verdicts.values()
        found += any(one.verdict in {"better", "worse", None} for one in verdicts.values())

    assert found / REPETITIONS < 0.05 + 3 * np.sqrt(0.05 * 0.95 / REPETITIONS)
    assert found > 0
