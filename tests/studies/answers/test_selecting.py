"""The best of several cases: chosen, not decided, tied, or refused."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from case_files import ROLLING, TINY, write_case
from sim.studies import Compared, compare

P99 = "deployments.a.response_s.p99"


def best_of(folder: Path, *texts: str, address: str = P99, indifference: str = "100ms") -> Compared:
    """Return cases compared, the best of them chosen, run in this process."""
    files = [write_case(folder, f"case{place}", text) for place, text in enumerate(texts)]
    return compare(*files, workers=1, best=address, indifference=indifference)


def with_threads(count: int) -> str:
    """Return the tiny case with so many threads."""
    return TINY.replace("threadCount: 2}", f"threadCount: {count}}}")


def test_the_case_with_the_best_mean_is_chosen(tmp_path: Path) -> None:
    """Two threads are far too few for three requests a second of half a second each; four do."""
    choice = best_of(tmp_path, TINY, with_threads(4), with_threads(3)).report.best

    assert choice is not None
    assert (choice.chosen, choice.left, choice.refused) == ("B", ["B"], None)
    assert set(choice.dropped_at) == {"A", "C"}
    assert choice.runs >= 30
    assert choice.runs == max(choice.dropped_at.values())


def test_more_is_better_where_the_measure_says_so(tmp_path: Path) -> None:
    """Of two cases the one with the greater throughput: the one that is asked more."""
    found = best_of(tmp_path, TINY, TINY.replace("3/s", "2/s"),
                    address="a.throughput_per_s", indifference="0.1")  # fmt: skip

    assert found.report.best is not None
    assert found.report.best.chosen == "A"


def test_a_case_that_was_dropped_is_run_no_more(tmp_path: Path) -> None:
    """One that is asked more than it can do is out at once; the others are run on alone."""
    heard: list[tuple[int, int]] = []
    files = [
        write_case(tmp_path, name, text)
        for name, text in (
            ("a", with_threads(3)),
            ("b", with_threads(4)),
            ("c", TINY.replace("3/s", "9/s")),
        )
    ]
    found = compare(*files, workers=1, best=P99, indifference="20ms",
                    progress=lambda done, wanted: heard.append((done, wanted)))  # fmt: skip

    choice = found.report.best
    assert choice is not None
    assert choice.dropped_at["C"] < 40 < choice.runs
    last = -(-choice.runs // 10) * 10  # runs are drawn ten at a time
    assert heard[-1] == (2 * last, 2 * last)
    assert [len(case.runs) for case in found.study.cases] == [30, 30, 30]


def test_cases_that_do_not_differ_are_a_tie_after_thirty_runs(tmp_path: Path) -> None:
    """More runs would tell no more."""
    choice = best_of(tmp_path, TINY, TINY).report.best

    assert choice is not None
    assert (choice.chosen, choice.left, choice.runs) == (None, ["A", "B"], 30)


def test_where_rollouts_did_not_always_end_cases_are_ranked_by_that(tmp_path: Path) -> None:
    """No mean chooses then; the share of such runs has Clopper and Pearson's interval."""
    slow, quick = (
        ROLLING.replace("mean: 20s", "mean: 60s"),
        ROLLING.replace("mean: 20s", "mean: 1s"),
    )
    found = best_of(tmp_path, slow, quick)

    choice = found.report.best
    assert choice is not None
    assert choice.chosen is None
    assert "a stall or a failure varied in the first 30 runs" in (choice.refused or "")
    assert list(choice.shares) == ["B", "A"]
    rollout = "deployments.a.rollouts.1"
    stalled = found.study.cases[0].sample_at(f"{rollout}.stalled").values == 1
    endless = np.isinf(found.study.cases[0].sample_at(f"{rollout}.duration_s").values)
    count = int((stalled | endless).sum())
    exact = stats.binomtest(count, 30).proportion_ci(0.95)
    share = choice.shares["A"]
    assert share.value == count / 30
    assert [share.low, share.high] == pytest.approx([exact.low, exact.high])


def test_runs_of_which_some_have_no_value_do_not_choose(tmp_path: Path) -> None:
    """A rollout that is never asked for its duration, since in some runs it does not end."""
    slow = ROLLING.replace("mean: 20s", "mean: 60s")
    found = best_of(tmp_path, slow, ROLLING, address="a.rollouts.1.duration_s").report.best

    assert found is not None
    assert found.chosen is None
    assert found.refused is not None
