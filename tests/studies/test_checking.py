"""Checks: every verdict on small scenarios, by runs in their order, whatever makes them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from typing_extensions import override

from sim.errors import ScenarioError
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import parse_scenario
from sim.simulation.run import simulate
from sim.studies import Check, check, replicate
from sim.studies.answers.asked import subjects_of
from sim.studies.answers.check_report import ExpectationReport
from sim.studies.answers.checking import BARRIER_RUNS, checked
from sim.studies.runs.executor import InThisProcess
from sim.studies.runs.replication import Lost, Made, Task
from sim.studies.runs.sampling import Sampling
from sim.studies.runs.seeds import replication_seed
from sim.studies.runs.store import open_store
from study_scenarios import DRAWN, GIVEN, SOMETIMES_STUCK

P99 = "deployments.api.response_s.p99"


OFTEN_STUCK = SOMETIMES_STUCK.replace("1s, 1s, 1s, 1s, 90s", "1s, 90s")
"""In every other run the rollout does not end."""


def expecting(*expectations: str, text: str = DRAWN) -> Scenario:
    """Return a small scenario that expects these."""
    return parse_scenario(f"{text}expect:\n" + "".join(f"  - {one}\n" for one in expectations))


def verdicts(*expectations: str, text: str = DRAWN, ceiling: int = 300) -> list[ExpectationReport]:
    """Return what a check says of each."""
    found = check(expecting(*expectations, text=text), workers=1, ceiling_runs=ceiling)
    return found.report.expectations


def told(one: ExpectationReport) -> tuple[str, int, str]:
    """Return verdict, runs and reason."""
    return one.verdict, one.runs, one.reason


@pytest.fixture(scope="module")
def p99_s() -> np.ndarray:
    """The p99 of the first 40 replications, in order, by a study."""
    study = replicate(parse_scenario(DRAWN), runs=40, workers=1)
    return study.cases[0].sample_at(P99).values


def test_without_a_miss_it_takes_36_runs_to_pass() -> None:
    """Three rounds of twelve, none beyond: 0.98^36 is the first above 20 times 0.9^36."""
    (found,) = verdicts("api.response_s.p99 < 1min")

    assert told(found) == ("pass", 36, "met in 36 of 36 runs")
    assert found.observed.kind == "clopper_pearson"
    assert found.observed.low == pytest.approx(0.05 ** (1 / 36), rel=1e-9)


def test_without_a_hit_it_takes_3_runs_to_fail() -> None:
    """Each miss is three times as likely at 70 % as at 90 %, and 3^3 is the first above 20."""
    (found,) = verdicts("api.response_s.p99 < 1ms")

    assert told(found) == ("fail", 3, "met in 0 of 3 runs")


def test_the_deciding_run_is_that_of_the_definition(p99_s: np.ndarray) -> None:
    """Run by run in the order of the replications, whatever the round has beyond it.

    Of a limit that half of the runs meet, by the likelihoods as they are written down: fail once
    0.7^met 0.3^missed is 20 times 0.9^met 0.1^missed. Which run that is lies inside a round.
    """
    limit_s = float(np.median(p99_s[:20]))
    met = np.cumsum(p99_s < limit_s)
    runs = np.arange(1, p99_s.size + 1)
    ratio = (0.7 / 0.9) ** met * (0.3 / 0.1) ** (runs - met)
    deciding = int(runs[ratio >= 20][0])
    (found,) = verdicts(f"api.response_s.p99 < {limit_s!r}s")

    assert deciding % BARRIER_RUNS != 0
    assert told(found) == ("fail", deciding, f"met in {met[deciding - 1]} of {deciding} runs")
    assert (found.least, found.greatest) == (p99_s[:deciding].min(), p99_s[:deciding].max())


def test_what_is_undecided_says_how_many_runs_would_decide(p99_s: np.ndarray) -> None:
    """With one miss in 40 each run adds so much, and the rest takes so many more."""
    limit_s = float(np.sort(p99_s[:40])[-2:].mean())
    (found,) = verdicts(f"api.response_s.p99 < {limit_s!r}s", ceiling=40)
    a_run = (39 * np.log(0.98 / 0.9) + np.log(0.02 / 0.1)) / 40

    assert found.verdict == "undecided"
    assert found.reason.startswith("after 40 runs: met in 39; about ")
    assert found.runs_needed == int(np.ceil(np.log(20) / a_run))


def test_close_to_the_share_nothing_is_promised(p99_s: np.ndarray) -> None:
    """Of 40 runs 36 meet it: exactly 90 %."""
    limit_s = float(np.sort(p99_s[:40])[35:37].mean())
    (found,) = verdicts(f"api.response_s.p99 < {limit_s!r}s", ceiling=40)

    assert told(found) == (
        *("undecided", 40),
        "after 40 runs: met in 36; too close to 90 % to be decided",
    )
    assert found.runs_needed is None


def test_a_rollout_that_did_not_end_does_not_meet_any_limit() -> None:
    """In one run of two: neither "< 1h" nor "> 1ms" is met there."""
    found = verdicts("rollouts.1.duration_s < 1h", "rollouts.1.duration_s > 1ms", text=OFTEN_STUCK)

    assert found[0].verdict == "fail"
    assert found[0].cautions[0].endswith("runs: it had not happened when the run ended")
    assert [told(one) for one in found[:1]] == [told(one) for one in found[1:]]


def test_a_mean_is_decided_at_the_ceiling(p99_s: np.ndarray) -> None:
    """By Student's t: on either side, and too near to tell."""
    mean_s = float(p99_s[:40].mean())
    error_s = float(p99_s[:40].std(ddof=1)) / 40**0.5
    found = verdicts(
        f"{{that: api.response_s.p99 < {mean_s + 2 * error_s!r}s, in: mean}}",
        f"{{that: api.response_s.p99 >= {mean_s + 2 * error_s!r}s, in: mean}}",
        f"{{that: api.response_s.p99 < {mean_s + error_s!r}s, in: mean}}",
        ceiling=40,
    )

    assert [one.verdict for one in found] == ["pass", "fail", "undecided"]
    assert {one.runs for one in found} == {40}
    assert found[0].observed.value == pytest.approx(mean_s, rel=1e-12)
    assert any("a mean just at its limit passed wrongly in" in one for one in found[0].cautions)


def test_where_a_rollout_stalled_in_some_runs_no_verdict_rests_on_a_mean() -> None:
    """Of response times there is one value a run, and yet no mean of all."""
    (found,) = verdicts("{that: api.response_s.p99 < 1h, in: mean}", text=OFTEN_STUCK, ceiling=12)

    assert found.verdict == "undecided"
    assert found.reason.startswith("no mean of all: a rollout stalled or did not end in ")


@pytest.mark.parametrize(("operator", "verdict"), [("<", "fail"), ("<=", "pass"), (">=", "pass")])
def test_a_mean_of_equal_values_is_that_value(operator: str, verdict: str) -> None:
    """The operator decides: two replicas are not fewer than two."""
    (found,) = verdicts(
        f"{{that: api.rollouts.1.threads_at_put {operator} 4, in: mean}}", ceiling=12
    )

    assert found.verdict == verdict
    assert found.observed.kind == "identical"


def test_this_run_is_the_first_replication() -> None:
    """That which `sim run --seed` makes with its seed, without confidence."""
    scenario = expecting("{that: api.response_s.p99 < 2s, in: this run}")
    (found,) = check(scenario, workers=1).report.expectations
    seed = replication_seed(5, 0)
    value = simulate(scenario, seed=seed).figures.deployments[0].response_s.p99

    assert found.observed.value == value
    assert (found.runs, found.confidence, found.observed.runs) == (1, None, 1)
    assert found.reason.startswith(f"one run with seed {seed}: ")


def test_where_nothing_is_drawn_one_run_decides() -> None:
    """Whatever is asked: the two calls take 4 s and, behind the other, 7 s."""
    found = verdicts(
        "response_s.max <= 7s",
        "{that: response_s.max < 7s, in: mean}",
        "{that: response_s.max == 7s, in: this run}",
        text=GIVEN,
    )

    assert [one.verdict for one in found] == ["pass", "fail", "pass"]
    assert {told(one)[1:] for one in found} == {
        (1, "nothing is drawn, so that one run decides: 7 s")
    }
    assert {one.confidence for one in found} == {None}


def test_expectations_of_a_scenario_share_its_runs() -> None:
    """As many are made as the longest takes, and no more."""
    made: list[int] = []

    class Counting(InThisProcess):
        @override
        def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Made]]:
            for task, found in super().run(tasks):
                made.append(task.seed)
                yield task, found

    scenario = expecting(
        "api.response_s.p99 < 1min",
        "api.response_s.p99 < 1ms",
        "{that: api.response_s.p50 < 1min, in: this run}",
    )
    with Sampling(Counting()) as sampling:
        found = checked(subjects_of([scenario], (), 300), sampling)

    assert made == [replication_seed(5, number) for number in range(36)]
    assert [one.runs for one in found.report.expectations] == [36, 3, 1]


SEVERAL = (
    "api.response_s.p99 < 1min",
    "{that: api.response_s.p99 < 950ms, in: 80% of runs, report_only: true}",
    "{that: api.rollouts.1.stalled == no, in: 70% of runs, confidence: 0.9}",
)


def test_the_answer_depends_neither_on_workers_nor_on_what_a_store_has(tmp_path: Path) -> None:
    """The whole report, to the last digit: 1 worker, 2, and after a store with other runs."""
    scenario = expecting(*SEVERAL)
    here = check(scenario, workers=1)
    with open_store(tmp_path / "runs.db") as store:
        replicate(scenario, runs=15, workers=1, store=store)
        from_store = check(scenario, workers=1, store=store)

    assert here.report == check(scenario, workers=2).report == from_store.report


def test_a_store_has_the_runs_of_a_check(tmp_path: Path) -> None:
    """So that a study shows them, and a second check makes none."""
    file = tmp_path / "runs.db"
    scenario = expecting("api.response_s.p99 < 1min")
    check(scenario, workers=1, store=file)

    class Idle(InThisProcess):
        @override
        def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Made]]:
            assert list(tasks) == []
            return iter(())

    with open_store(file) as store, Sampling(Idle(), store=store) as sampling:
        again = checked(subjects_of([scenario], (), 300), sampling)
        assert [one.runs for one in store.cases()] == [36]

    assert again.passed


def test_another_seed_has_other_runs() -> None:
    """Of the same scenario."""
    scenario = expecting("{that: api.response_s.p99 < 2s, in: this run}")
    (found,) = check(scenario, workers=1, seed=77).report.expectations

    assert f"seed {replication_seed(77, 0)}" in found.reason


def interrupted_after(runs: int, *expectations: str) -> Check:
    """Return a check that somebody stops after so many runs."""

    class Stopped(InThisProcess):
        @override
        def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Made]]:
            for number, found in enumerate(super().run(tasks)):
                if number == runs:
                    raise KeyboardInterrupt
                yield found

    with Sampling(Stopped()) as sampling:
        return checked(subjects_of([expecting(*expectations)], (), 300), sampling)


def test_an_interrupt_leaves_open_what_was() -> None:
    """What three runs decide is decided; a mean is not, nor what takes 36."""
    found = interrupted_after(
        5,
        "api.response_s.p99 < 1ms",
        "api.response_s.p99 < 1min",
        "{that: api.response_s.p99 < 1min, in: mean}",
    )
    assert found.is_interrupted
    assert [told(one) for one in found.report.expectations] == [
        ("fail", 3, "met in 0 of 3 runs"),
        *(
            (
                "undecided",
                5,
                "interrupted after 5 runs: met in 5; about 31 more would decide at this share",
            ),
        ),
        ("undecided", 5, "interrupted after 5 runs of 300"),
    ]


def test_before_the_first_run_everything_is_open() -> None:
    """Nothing is said of no run."""
    (found,) = interrupted_after(0, "api.response_s.p99 < 1min").report.expectations

    assert told(found) == ("undecided", 0, "interrupted before a run")


def losing(*numbers: int) -> Sampling:
    """Return what makes runs of which some, by their numbers, are lost."""
    seeds = {replication_seed(5, number) for number in numbers}

    class Losing(InThisProcess):
        @override
        def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Made]]:
            for task in tasks:
                if task.seed in seeds:
                    yield task, Lost(task.seed, "out of memory")
                else:
                    yield from super().run([task])

    return Sampling(Losing())


def test_a_run_that_could_not_be_made_does_not_meet_it() -> None:
    """Nothing passes on account of what is not known; it is told, and the mean is left open."""
    scenario = expecting(
        "{that: api.response_s.p99 < 1min, in: 80% of runs}",
        "{that: api.response_s.p99 < 1min, in: mean}",
        "{that: api.response_s.p99 < 1min, in: this run}",
    )
    with losing(0, 1, 2) as sampling:
        share, mean, one = checked(
            subjects_of([scenario], (), 17), sampling, ceiling_runs=17
        ).report.expectations

    lost = "no value in 3 runs: the run could not be made, out of memory"
    assert told(share) == ("fail", 3, "met in 0 of 3 runs")
    assert share.cautions == [lost]
    assert told(mean) == ("undecided", 17, "the mean is of some runs only")
    assert told(one) == ("undecided", 1, "the run could not be made: out of memory")


def test_lost_runs_beyond_the_deciding_one_are_not_told() -> None:
    """Run 20 is one of a round; 17 runs without a miss decide at 80 %."""
    scenario = expecting("{that: api.response_s.p99 < 1min, in: 80% of runs}")
    with losing(20) as sampling:
        (found,) = checked(subjects_of([scenario], (), 300), sampling).report.expectations

    assert told(found) == ("pass", 17, "met in 17 of 17 runs")
    assert found.cautions == []


@pytest.mark.parametrize(
    ("expectations", "verdict", "passed"),
    [
        (("api.response_s.p99 < 1min",), "pass", True),
        (("api.response_s.p99 < 1min", "api.response_s.p99 < 1ms"), "fail", False),
        (
            ("api.response_s.p99 < 1min", "api.response_s.p99 < 1ms, report_only: true"),
            "pass",
            True,
        ),
    ],
)
def test_the_verdict_of_all(expectations: tuple[str, ...], verdict: str, *, passed: bool) -> None:
    """One that fails is enough, unless it is for report only."""
    of_one = (f"{{that: {one}, in: this run}}" for one in expectations)
    found = check(expecting(*of_one), workers=1)

    assert (found.verdict, found.passed) == (verdict, passed)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            "api.failed_ratoi < 1%",
            r"^expect\[0\]\.that: api.failed_ratoi is no measure; did you me",
        ),
        ("response_s.p9 < 1s", "did you mean response_s.p99"),
        ("api.failed_ratio < 2s", "is given in ratio: its limit is a ratio such as 0.01 or 1%"),
        ("api.response_s.p99 < 2", "is given in s: its limit is a duration such as 2s"),
        ("api.response_s.p99 < 2%", "is given in s: its limit is a duration such as 2s"),
        ("api.goodput_per_s > 3", "is given in 1/s: its limit is a rate such as 20/s"),
        ("api.requests.arrived > 3%", "is given in requests: its limit is a number without a unit"),
        ("api.rollouts.1.stalled == 1", "is yes or no: its limit is == yes or == no"),
        ("api.requests.arrived == yes", "its limit is a number without a unit"),
        ("{that: api.failed_ratio < 1%, in: 50% of runs}", r"\.in: a share of runs .* above 2/3"),
        (
            "{that: api.failed_ratio < 1%, in: 99% of runs}",
            "takes at least 373 runs to be decided, and the ceiling is 300: raise it with --ceil",
        ),
        ("{that: api.rollouts.1.stalled == no, in: mean}", "is yes or no, which has no mean"),
        ("{that: api.failed_ratio == 0, in: mean}", "a mean over runs is never equal to a limit"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_any_run(written: str, message: str) -> None:
    """In one line, with its place."""
    with pytest.raises(ScenarioError, match=message) as refused:
        check(expecting(written), workers=1)
    assert len(refused.value.problems) == 1


def test_every_unit_has_a_way_to_write_its_limit() -> None:
    """Times, rates, ratios both ways, truth, and all that is counted."""
    found = verdicts(
        "{that: api.response_s.p99 < 1min, in: this run}",
        "{that: api.goodput_per_s > 1/s, in: this run}",
        "{that: api.failed_ratio <= 0%, in: this run}",
        "{that: api.failed_ratio <= 0, in: this run}",
        "{that: api.rollouts.1.stalled == no, in: this run}",
        "{that: api.requests.arrived > 9, in: this run}",
        "{that: api.compute_seconds_per_day < 1e9, in: this run}",
    )

    assert {one.verdict for one in found} == {"pass"}


def test_a_ceiling_below_what_a_mean_takes_is_refused() -> None:
    """Ten runs."""
    with pytest.raises(ScenarioError, match="takes 10 runs, and the ceiling is 9"):
        verdicts("{that: api.response_s.p99 < 1s, in: mean}", ceiling=9)


def test_what_is_wrong_with_several_scenarios_is_said_at_once() -> None:
    """And of each that expects nothing."""
    with pytest.raises(ScenarioError) as refused:
        check(parse_scenario(DRAWN), expecting("a.b < 1"), expecting("a.b < 1", "c.d < 1"))

    assert [one.rule for one in refused.value.problems] == [
        *("nothing-expected", "unknown-measure", "unknown-measure", "unknown-measure"),
    ]


def test_nothing_to_check_and_no_workers_are_refused() -> None:
    """As mistakes of a program."""
    with pytest.raises(ValueError, match="nothing to check"):
        check()
    with pytest.raises(ValueError, match="workers must be at least 1"):
        check(expecting("api.response_s.p99 < 1s"), workers=0)


def test_a_check_says_what_it_is() -> None:
    """In a notebook's line."""
    found = check(expecting("{that: api.response_s.p99 < 1min, in: this run}"), workers=1)

    assert repr(found) == "<Check of 1 expectations: pass>"
