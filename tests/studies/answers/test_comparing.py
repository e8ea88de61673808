"""Cases compared: the family, the pairs of runs, the verdicts, and where there are none.

Expected intervals and p-values are scipy's, of the runs that `to_pandas` has.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from typing_extensions import override

from case_files import FIXED, ROLLING, TINY, write_case
from sim.errors import ScenarioError
from sim.studies import Compared, compare, replicate
from sim.studies.answers.comparing import Question
from sim.studies.answers.comparing import compared as compare_operands
from sim.studies.answers.operands import read_operand
from sim.studies.estimates.comparison import Verdict
from sim.studies.runs.executor import InThisProcess
from sim.studies.runs.replication import Made, Task
from sim.studies.runs.sampling import Sampling
from sim.text.compare_text import compare_text

P99 = "deployments.a.response_s.p99"
DURATION = "deployments.a.rollouts.1.duration_s"
BUSIER = ("3/s", "3.3/s")
MORE_THREADS = ("threadCount: 2}", "threadCount: 3}")


class Interrupted(InThisProcess):
    """Makes so many runs, and is then interrupted as by Ctrl-C."""

    def __init__(self, made: int) -> None:
        """Make nothing yet."""
        super().__init__()
        self._left = made

    @override
    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Made]]:
        for task, made in super().run(tasks):
            if not self._left:
                raise KeyboardInterrupt
            self._left -= 1
            yield task, made


def compared(folder: Path, text: str, *changes: tuple[str, str], **asked: object) -> Compared:
    """Return a scenario compared with what it is with some changes, run in this process."""
    first, second = write_case(folder, "a", text), write_case(folder, "b", text, *changes)
    return compare(first, second, workers=1, **asked)  # type: ignore[arg-type]  # passed on


def verdicts(found: Compared) -> dict[str, Verdict | None]:
    """Return the verdicts by address."""
    return {address: one.verdict for address, one in found.report.measures.items()}


def test_a_case_does_not_differ_from_itself(tmp_path: Path) -> None:
    """The same seeds give the same runs, whatever is measured."""
    found = compared(tmp_path, ROLLING)

    assert set(verdicts(found).values()) == {"identical"}
    assert {one.difference.value for one in found.report.others.values()} <= {0.0, None}
    assert all(one.p_value == 1 for one in found.report.measures.values())


@pytest.mark.parametrize(
    ("change", "sign", "want"), [(BUSIER, 1, "worse"), (MORE_THREADS, -1, "better")]
)
def test_what_was_changed_is_found_with_its_sign(
    tmp_path: Path, change: tuple[str, str], sign: int, want: str
) -> None:
    """A tenth more requests wait longer, a third thread shortens it; the cost is the same."""
    found = compared(tmp_path, TINY, change)

    p99 = found.report.measures[P99]
    assert (p99.verdict, p99.of, p99.against) == (want, "B", "A")
    ends = np.array([p99.difference.low, p99.difference.high], np.float64)
    assert np.sign(ends).tolist() == [sign, sign]
    a, b = p99.cases["A"].value, p99.cases["B"].value
    assert a is not None
    assert b is not None
    assert p99.difference.value == pytest.approx(b - a)
    assert p99.ratio == pytest.approx(b / a)
    assert verdicts(found)["deployments.a.compute_seconds_per_day"] == "identical"


def test_interval_and_p_value_are_those_of_the_paired_t_test_in_a_family(tmp_path: Path) -> None:
    """Three usual measures of a deployment: the interval is at 1 - 0.05 / 3, and p three times."""
    found = compared(tmp_path, TINY, BUSIER)

    runs = found.study.to_pandas()
    a, b = runs[runs.case == "tiny"][P99].to_numpy().reshape(2, 30)
    tested = stats.ttest_rel(b, a)
    p99 = found.report.measures[P99]
    assert found.report.tests == len(found.report.family) == 3
    assert found.report.interval_confidence == p99.difference.confidence == 1 - 0.05 / 3
    assert p99.p_value == pytest.approx(3 * tested.pvalue, rel=1e-9)
    low, high = tested.confidence_interval(1 - 0.05 / 3)
    assert [p99.difference.low, p99.difference.high] == pytest.approx([low, high], rel=1e-9)


def test_identical_measures_count_in_the_family_and_so_do_pairs(tmp_path: Path) -> None:
    """Each is a claim, and all share the error: 3 measures of 2 pairs, then of 3."""
    files = [
        write_case(tmp_path, name, TINY, *changes)
        for name, changes in (("a", ()), ("b", (BUSIER,)), ("c", ()))
    ]
    found = compare(*files, workers=1)
    all_pairs = compare(*files, workers=1, all_pairs=True)

    assert (found.report.tests, all_pairs.report.tests) == (6, 9)
    p99 = all_pairs.report.measures[P99]
    pairs = [(one.of, one.against, one.verdict) for one in (p99, *p99.further)]
    assert pairs == [("B", "A", "worse"), ("C", "A", "identical"), ("C", "B", "better")]
    assert p99.further[1].difference.value == pytest.approx(-(p99.difference.value or 0))


def test_the_default_family_is_the_usual_measures_and_no_more_than_eight(tmp_path: Path) -> None:
    """A rollout has three and a deployment three; of three deployments one measure is left out."""
    rolling = compared(tmp_path, ROLLING, runs=1)
    names = ("rollouts.1.duration_s", "rollouts.1.failed_ratio", "rollouts.1.stalled",
             "response_s.p99", "failed_ratio", "compute_seconds_per_day")  # fmt: skip
    assert rolling.report.family == [f"deployments.a.{name}" for name in names]

    deployment = TINY[TINY.index("  - name: a") :]
    three = TINY + "".join(deployment.replace("name: a", f"name: {name}") for name in "bc")
    found = compared(tmp_path, three, runs=1)
    assert len(found.report.family) == 8
    assert [one.address for one in found.left_out] == ["deployments.c.compute_seconds_per_day"]
    assert "deployments.c.compute_seconds_per_day" in found.report.others


def test_the_family_can_be_named_and_all_else_has_no_verdict(tmp_path: Path) -> None:
    """One measure has the whole error for itself; the intervals of others are no verdicts."""
    found = compared(tmp_path, TINY, BUSIER, of=["response_s.p50", "a.response_s.p50"])

    assert found.report.family == ["deployments.a.response_s.p50"]
    assert found.report.interval_confidence == pytest.approx(0.95)
    others = found.report.others
    assert len(others) == len(found.study.cases[0].case.measures) - 1
    assert {(one.verdict, one.p_value) for one in others.values()} == {(None, None)}
    assert others[P99].difference.low is not None


def test_what_never_ends_in_one_case_is_worse_without_a_mean(tmp_path: Path) -> None:
    """Containers that start after the end of the run: 30 of 30 pairs differ, by the sign test."""
    never = ("{kind: exponential, mean: 20s}", "500s")
    quick = ("{kind: exponential, mean: 20s}", "{kind: uniform, low: 5s, high: 9s}")
    first = write_case(tmp_path, "a", ROLLING, quick)
    second = write_case(tmp_path, "b", ROLLING, never)
    found = compare(first, second, workers=1).report.measures[DURATION]
    back = compare(second, first, workers=1).report.measures[DURATION]

    assert (found.verdict, back.verdict) == ("worse", "better")
    assert found.difference.value is None
    assert "in one of the two runs in 30 of 30 runs" in (found.difference.refused or "")
    assert found.p_value == pytest.approx(6 * 2 * 0.5**30)


def test_no_verdict_rests_on_a_mean_over_runs_that_stalled_and_runs_that_did_not(
    tmp_path: Path,
) -> None:
    """With starts of a minute on average some rollouts do not end: the p99 is judged by signs."""
    slow = ("mean: 20s", "mean: 60s")
    found = compared(tmp_path, ROLLING, slow)

    did_not_end = np.isinf(found.study.cases[1].sample_at(DURATION).values)
    assert 0 < did_not_end.sum() < 30
    cost = found.report.measures["deployments.a.compute_seconds_per_day"]
    assert cost.difference.value is None
    assert "one of the two stalled or failed" in (cost.difference.refused or "")
    assert cost.apart is not None
    assert cost.apart.defined == 30 - did_not_end.sum()


def test_a_measure_that_one_case_does_not_have_is_named(tmp_path: Path) -> None:
    """Another deployment and no rollout: no error, and the family is what both have."""
    deployment = TINY[TINY.index("  - name: a") :]
    first = write_case(tmp_path, "a", ROLLING)
    second = write_case(tmp_path, "b", TINY + deployment.replace("name: a", "name: b"))
    found = compare(first, second, workers=1, runs=2).report

    assert found.family == [P99, "deployments.a.failed_ratio",
                            "deployments.a.compute_seconds_per_day"]  # fmt: skip
    assert found.missing[DURATION] == ["B"]
    assert found.missing["deployments.b.response_s.p99"] == ["A"]
    assert [(one.of, one.streams) for one in found.unpaired] == [("B", ["b", "b/users"])]

    asked = compare(first, second, workers=1, runs=2, of=[DURATION, P99]).report
    assert (list(asked.measures), asked.missing) == ([P99], {DURATION: ["B"]})


def test_a_source_of_another_name_is_not_paired(tmp_path: Path) -> None:
    """Streams are named by deployment and source: the other name draws other requests."""
    found = compared(tmp_path, TINY, ("name: users", "name: people"), runs=30)

    assert [(one.of, one.against, one.streams) for one in found.report.unpaired] == [
        ("A", "B", ["a/users"]),
        ("B", "A", ["a/people"]),
    ]
    factor = found.report.measures[P99].variance_factor
    assert (factor.low or 0) < 1 < (factor.high or 0)


def test_a_case_in_which_nothing_is_drawn_is_a_pair_with_every_run(tmp_path: Path) -> None:
    """Its one run is what all of its runs would be."""
    fixed, tiny = write_case(tmp_path, "a", FIXED), write_case(tmp_path, "b", TINY)
    found = compare(fixed, tiny, workers=1)
    p99 = found.report.measures[P99]

    assert [len(case.runs) for case in found.study.cases] == [1, 30]
    assert (p99.pairs, p99.verdict) == (30, "worse")
    assert p99.cases["A"].value == 0.5
    back = compare(tiny, fixed, workers=1).report.measures[P99]
    assert (back.pairs, back.verdict) == (30, "better")


def test_where_nothing_is_drawn_the_difference_is_certain(tmp_path: Path) -> None:
    """One run each, and a verdict without a p-value: it could not have come otherwise."""
    found = compared(tmp_path, FIXED, ("wait: 500ms", "wait: 750ms")).report.measures[P99]

    assert (found.verdict, found.difference.value, found.p_value) == ("worse", 0.25, None)
    assert found.difference.kind == "identical"
    assert found.runs_needed is None


def test_too_few_runs_are_undecided_with_what_it_takes(tmp_path: Path) -> None:
    """A comparison of means takes ten pairs."""
    few = compared(tmp_path, TINY, BUSIER, runs=5).report.measures[P99]

    assert (few.verdict, few.runs_needed, few.difference.low) == ("undecided", 10, None)


def test_the_answer_does_not_depend_on_the_workers(tmp_path: Path) -> None:
    """To the last digit, the choice of the best case among it."""
    files = [write_case(tmp_path, "a", TINY), write_case(tmp_path, "b", TINY, MORE_THREADS)]

    one, two = (
        compare(*files, workers=workers, best=P99, indifference="50ms") for workers in (1, 2)
    )

    assert one.report.model_dump_json() == two.report.model_dump_json()


def test_a_seed_can_be_given_and_is_else_the_first_ones(tmp_path: Path) -> None:
    """The second's own seed does not matter."""
    found = compared(tmp_path, TINY, ("seed: 3", "seed: 4"), runs=2)
    other = compared(tmp_path, TINY, ("seed: 3", "seed: 4"), runs=2, seed=4)

    assert set(verdicts(found).values()) == {"identical"}
    assert (found.report.seed, other.report.seed) == (3, 4)
    assert found.study.cases[0].runs[0].seed != other.study.cases[0].runs[0].seed


# Stores ----------------------------------------------------------------------------------------


def test_of_stores_the_runs_are_used_and_those_that_lack_are_made(tmp_path: Path) -> None:
    """One has 12 runs and the other 10 of the same seeds: two are made, and the answer is whole."""
    a, b = write_case(tmp_path, "a", TINY), write_case(tmp_path, "b", TINY, BUSIER)
    replicate(a, runs=12, workers=1, store=tmp_path / "a.db")
    replicate(b, runs=10, workers=1, store=tmp_path / "b.db")
    heard: list[tuple[int, int]] = []
    stores = tmp_path / "a.db", tmp_path / "b.db"

    found = compare(*stores, workers=1, progress=lambda done, wanted: heard.append((done, wanted)))

    assert heard[0] == (22, 24)
    assert found.study.runs == 12
    want = compare(a, b, workers=1, runs=12).report.measures
    assert found.report.measures == want


def test_a_store_that_is_an_operand_can_remember_too(tmp_path: Path) -> None:
    """It is opened once; what it lacks is kept in it, and is there the next time."""
    a, b = write_case(tmp_path, "a", TINY), write_case(tmp_path, "b", TINY, BUSIER)
    store = tmp_path / "a.db"
    replicate(a, runs=3, workers=1, store=store)
    heard: list[tuple[int, int]] = []

    for _ in range(2):
        compare(store, b, workers=1, store=store,
                progress=lambda done, wanted: heard.append((done, wanted)))  # fmt: skip

    assert (heard[0], heard[-1]) == ((3, 6), (6, 6))
    assert len(heard) == 5  # none there, three made; then all there


def test_all_cases_of_a_store_are_compared(tmp_path: Path) -> None:
    """So that one store can be all that is named."""
    first = write_case(tmp_path, "a", TINY)
    variant = replicate(write_case(tmp_path, "b", TINY, BUSIER), runs=1, workers=1).cases[0]
    store = tmp_path / "x.db"
    replicate(first, runs=3, workers=1, store=store, variants={"busier": variant.case.scenario})

    found = compare(store, workers=1).report

    assert [(one.label, one.name, one.runs) for one in found.cases] == [
        ("A", "tiny", 3),
        ("B", "busier", 3),
    ]


# Bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"of": ["a.respons_s.p99"]}, r"did you mean (deployments\.)?a\.response_s\.p99\?"),
        ({"best": "a.respons_s.p99", "indifference": "1s"}, "did you mean"),
        ({"best": P99, "indifference": "2"}, r"write one such as 0\.2s"),
        ({"best": P99, "indifference": "-1s"}, r"write one such as 0\.2s"),
        ({"best": "a.failed_ratio", "indifference": "much"}, r"write one such as 0\.5"),
        ({"best": "a.scaling.load.can_reach", "indifference": "1"}, "is a truth"),
        ({"best": "a.scaling.mean", "indifference": "1"}, "has no better way"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_any_run(
    tmp_path: Path, asked: dict[str, object], message: str
) -> None:
    """One message; nothing has been run, since the scenarios say which measures there are."""
    heard: list[int] = []

    with pytest.raises(ScenarioError, match=message):
        compared(tmp_path, TINY, BUSIER, progress=lambda done, _: heard.append(done), **asked)
    assert heard == []


def test_one_case_is_none_to_compare(tmp_path: Path) -> None:
    """Nor are more than there are letters."""
    file = write_case(tmp_path, "a", TINY)

    with pytest.raises(ScenarioError, match="from 2 to 26 cases in a comparison; 1 is given"):
        compare(file)
    with pytest.raises(ScenarioError, match="27 are given"):
        compare(*[file] * 27)


def test_the_best_is_of_all_cases(tmp_path: Path) -> None:
    """A case that does not have the measure could not be it."""
    files = write_case(tmp_path, "a", ROLLING), write_case(tmp_path, "b", TINY)

    with pytest.raises(ScenarioError, match="is no measure of tiny"):
        compare(*files, workers=1, best=DURATION, indifference="1s")


@pytest.mark.parametrize("asked", [{"runs": 0}, {"workers": 0}, {"confidence": 1.0}, {"best": P99}])
def test_arguments_out_of_their_range_are_refused(tmp_path: Path, asked: dict[str, object]) -> None:
    """As Python has it."""
    file = write_case(tmp_path, "a", TINY)

    with pytest.raises(ValueError, match=r"must be|go together"):
        compare(file, file, **asked)  # type: ignore[arg-type]  # what is out of range


@pytest.mark.parametrize("made", [0, 1, 25])
def test_what_was_interrupted_says_what_the_runs_say_that_there_are(
    tmp_path: Path, made: int
) -> None:
    """Be it none, one of the first case alone, or a dozen pairs."""
    operands = [
        read_operand(write_case(tmp_path, name, TINY, *changes))
        for name, changes in (("a", ()), ("b", (BUSIER,)))
    ]
    sampling = Sampling(Interrupted(made), with_courses=False)
    found = compare_operands(operands, Question(), sampling)

    assert found.report.interrupted
    assert [len(case.runs) for case in found.study.cases] == [(made + 1) // 2, made // 2]
    text = compare_text(found)
    assert "Interrupted: the numbers are of the runs that there are." in text
    assert text.startswith("B against A, ")


# What it shows ---------------------------------------------------------------------------------


def test_a_comparison_goes_to_pandas_and_shows_itself(tmp_path: Path) -> None:
    """A row a pair and measure, with the verdicts of the family alone; and a table in notebooks."""
    found = compared(tmp_path, TINY, BUSIER, runs=10)
    rows = found.to_pandas()

    assert len(rows) == len(found.study.cases[0].case.measures)
    assert rows.verdict.notna().sum() == 3
    p99 = rows.set_index("address").loc[P99]
    assert p99.difference == pytest.approx(p99.value_of - p99.value_against)
    html = found._repr_html_()
    assert html.count("<table>") == 1
    assert "a.response_s.p99" in html
    assert repr(found) == "<Comparison of tiny, tiny: 10 runs each, seed 3>"
