"""A study: the same with any number of workers, and every number of it a number of its runs."""

import math
from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from typing_extensions import override

from sim.errors import ScenarioError
from sim.simulation.run import simulate
from sim.studies import replicate
from sim.studies.answers.estimating import estimate
from sim.studies.answers.precise import precise_study, precision_in_words
from sim.studies.answers.study import Study, study
from sim.studies.answers.study_report import percentile_of
from sim.studies.runs.case import Case
from sim.studies.runs.executor import InThisProcess
from sim.studies.runs.replication import Made, Task
from sim.studies.runs.sampling import Sampling
from sim.studies.runs.seeds import replication_seed
from study_scenarios import DRAWN, GIVEN, SOMETIMES_STUCK, drawn

P99 = "deployments.api.response_s.p99"
DURATION = "deployments.api.rollouts.1.duration_s"


def test_the_answer_does_not_depend_on_the_workers() -> None:
    """The whole report, to the last digit, with 1, 2 and 5."""
    here, two, five = (replicate(drawn(), runs=12, workers=workers) for workers in (1, 2, 5))

    assert here.report == two.report == five.report


def test_a_mean_is_that_of_runs_with_the_seeds_of_the_replications() -> None:
    """Made here one by one, as `sim run --seed` makes them."""
    scenario = drawn()
    found = replicate(scenario, runs=10, workers=1).report.cases[0].measures[P99]
    values = [
        simulate(scenario, seed=replication_seed(5, number)).figures.deployments[0].response_s.p99
        for number in range(10)
    ]

    assert found.value == pytest.approx(np.mean([v for v in values if v is not None]), rel=1e-12)
    assert (found.runs, found.kind, found.unit) == (10, "t", "s")


def test_your_run_stands_beside_the_sample_and_not_in_it() -> None:
    """With the scenario's own seed, whatever the study's."""
    scenario = drawn()
    found = replicate(scenario, runs=10, workers=1, seed=77)
    yours = found.report.your_run
    assert yours is not None
    assert yours.seed == 5
    value = simulate(scenario).figures.deployments[0].response_s.p99
    assert value is not None
    sample = found.cases[0].sample_at(P99).values
    assert yours.measures[P99].value == value
    assert yours.measures[P99].percentile == 100 * (sample < value).sum() / 10
    assert [run.seed for run in found.cases[0].runs] == [replication_seed(77, n) for n in range(10)]


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0, 0.0), (1.0, 12.5), (2.0, 50.0), (3.0, 87.5), (9.0, 100.0)]
)
def test_a_percentile_counts_half_of_what_is_equal(value: float, expected: float) -> None:
    """Of 1, 2, 2 and 3."""
    assert percentile_of(value, np.array([1.0, 2.0, 2.0, 3.0])) == expected


def test_a_percentile_of_nothing_is_none() -> None:
    """No value, or none to compare it with."""
    assert percentile_of(math.nan, np.array([1.0])) is None
    assert percentile_of(1.0, np.array([math.nan])) is None


def test_of_what_is_not_drawn_there_is_one_run() -> None:
    """However many are asked for, as they would all be the same."""
    found = replicate(drawn(GIVEN), runs=30, workers=1)

    assert found.runs == 1
    assert found.report.varies == {"arrivals": False, "service": False, "starts": False}


def test_cases_share_their_seeds() -> None:
    """So that they differ by their settings alone: common random numbers."""
    scenario = drawn()
    found = replicate(scenario, runs=10, workers=1, variants={"the same": scenario})

    assert found.report.cases[0].measures == found.report.cases[1].measures
    assert [run.seed for run in found.cases[0].runs] == [run.seed for run in found.cases[1].runs]


def test_where_some_runs_never_ended_both_kinds_have_a_mean_of_their_own() -> None:
    """One in five: the rollout's duration has no mean, and response times have two."""
    found = replicate(drawn(SOMETIMES_STUCK), runs=30, workers=1)
    case = found.report.cases[0]
    stuck = int(np.isinf(found.cases[0].sample_at(DURATION).values).sum())
    assert 1 <= stuck <= 15

    assert case.measures[DURATION].value is None
    assert case.undefined[DURATION].count == stuck
    assert case.undefined[DURATION].reasons == {"it had not happened when the run ended": stuck}
    assert case.apart[DURATION].share.value == stuck / 30
    assert case.apart[DURATION].usual.defined == 30 - stuck
    assert case.measures[P99].refused == (
        f"no mean of all: a rollout stalled or did not end in {stuck} of 30 runs"
    )
    assert case.apart[P99].other.runs == stuck
    worst = case.worst[DURATION]
    assert worst.high is None  # beyond every value, as in more than a tenth of the runs
    assert "beyond" in (worst.refused or "")


def test_a_yes_or_no_is_told_as_the_share_of_runs() -> None:
    """With Clopper and Pearson's interval, one-sided for none of them."""
    found = replicate(drawn(), runs=30, workers=1)
    number = found.estimate("deployments.api.rollouts.1.stalled").number

    assert (number.kind, number.value, number.low) == ("clopper_pearson", 0.0, None)
    assert number.high == pytest.approx(1 - 0.05 ** (1 / 30), rel=1e-9)


def test_measures_of_another_deployment_do_not_mind_a_stall() -> None:
    """Which runs stood still is asked of a deployment's own rollouts; of a queue, of all."""
    two = SOMETIMES_STUCK.replace(
        "timeline:",
        "  - name: other\n    initial: {responsive: 1}\n"
        "    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, cpu: 1, threadCount: 1}\n"
        "    request: {wait: 100ms}\n    traffic: [{kind: poisson, rate: 1/s}]\ntimeline:",
    ).replace("limit: 2", "limit: 3")
    found = replicate(drawn(two), runs=30, workers=1)
    runs = found.cases[0]

    assert runs.stood_still(runs.case.measure(P99)).any()
    assert not runs.stood_still(runs.case.measure("deployments.other.response_s.p99")).any()
    queue = runs.stood_still(runs.case.measure("queues.cores.cores.used_max"))
    np.testing.assert_array_equal(queue, runs.stood_still(runs.case.measure(P99)))
    assert estimate(runs, runs.case.measure("deployments.other.response_s.p99")).apart is None


def test_an_unknown_measure_is_answered_with_the_nearest() -> None:
    """Its first parts may be left out."""
    found = replicate(drawn(), runs=2, workers=1)
    assert found.estimate("response_s.p99").measure.address == P99
    with pytest.raises(ScenarioError, match=r"did you mean response_s\.p99\?"):
        found.estimate("respones_s.p99")


def test_a_table_has_a_row_a_run() -> None:
    """In one call, for pandas; beyond is infinite, none is NaN."""
    found = replicate(drawn(SOMETIMES_STUCK), runs=12, workers=1)
    table = found.to_pandas()

    assert list(table["replication"]) == list(range(12))
    assert table.shape == (12, 3 + len(found.cases[0].case.measures))
    np.testing.assert_array_equal(table[DURATION], found.cases[0].sample_at(DURATION).values)
    assert found.to_csv().count("\n") == 13


def test_a_notebook_shows_the_table() -> None:
    """Names are escaped: they may be anything."""
    shown = replicate(
        drawn(DRAWN.replace("A drawn", "A <b>drawn</b>")), runs=2, workers=1
    )._repr_html_()

    assert "A &lt;b&gt;drawn" in shown
    assert "api.response_s.p99" in shown
    assert "all requests of all runs" in shown


class Interrupted(InThisProcess):
    """Somebody presses Ctrl-C after so many runs."""

    @override
    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Made]]:
        for number, found in enumerate(super().run(tasks)):
            if number == 7:
                raise KeyboardInterrupt
            yield found


def test_an_interrupt_leaves_what_there_is() -> None:
    """Six replications, besides the run of the scenario's own seed; the first ones."""
    with Sampling(Interrupted()) as sampling:
        found = study([Case("a", drawn())], sampling, runs=30)

    assert found.is_interrupted
    assert found.report.interrupted
    assert found.cases[0].numbers == tuple(range(6))


@pytest.mark.parametrize(("runs", "workers"), [(0, 1), (-1, 1), (2, 0)])
def test_no_runs_and_no_workers_are_refused(runs: int, workers: int) -> None:
    """A study takes one of each at the least."""
    with pytest.raises(ValueError, match="must be"):
        replicate(drawn(), runs=runs, workers=workers)


def precise(text: str, precision: str, address: str) -> Study:
    """Return a study that is as precise as is asked."""
    case = Case("a", drawn(text))
    with Sampling(InThisProcess()) as sampling:
        return precise_study(case, sampling, case.measure(address), precision_in_words(precision))


def test_runs_are_added_until_a_mean_is_precise() -> None:
    """In rounds of thirty, until the interval is at most so wide; more runs for a narrower one."""
    counts = []
    for share in (0.05, 0.01):
        found = precise(DRAWN, f"{share * 100:g}%", "response_s.mean")
        number = found.estimate("response_s.mean").number
        assert number.value is not None
        assert number.high is not None
        assert number.high - number.value <= share * number.value
        assert (found.stopped or "").endswith("is as narrow as was asked for.")
        counts.append(found.runs)

    assert [count % 30 for count in counts] == [0, 0]
    assert counts[0] < counts[1]


def test_where_some_runs_never_end_no_precision_is_promised() -> None:
    """There is no mean to be precise about."""
    found = precise(SOMETIMES_STUCK, "5%", "rollouts.1.duration_s")

    assert found.runs == 30
    assert "no mean to be precise about: no value in" in (found.stopped or "")


def test_a_stall_that_varied_calls_for_a_fresh_sample() -> None:
    """The sample that decided the size favours runs without it."""
    found = precise(SOMETIMES_STUCK, "30%", "requests.completed")
    fresh = [replication_seed(found.seed, number, "fresh") for number in range(found.runs)]

    assert "the numbers are of as many fresh runs" in (found.stopped or "")
    assert [run.seed for run in found.cases[0].runs] == fresh


@pytest.mark.parametrize("words", ["x", "0%", "-1", "inf", "nan", ""])
def test_an_impossible_precision_is_refused(words: str) -> None:
    """One sentence, before anything runs."""
    with pytest.raises(ScenarioError, match="impossible-precision"):
        precision_in_words(words)
