"""When a study is precise enough, decided between rounds."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.errors import ScenarioError
from sim.studies.estimates.precision import Precision, at_barrier, first_precise, runs_needed
from sim.studies.estimates.sample import Floats, Sample


def sample(values: Floats, unit: str = "s") -> Sample:
    """Return a sample of which less is better."""
    return Sample(values, unit, less_is_better=True)


def by_hand(values: Floats, wanted: float, look_ahead: int, *, is_relative: bool) -> int | None:
    """Return the first run from 30 on from which scipy's interval is narrow, to the look-ahead."""

    def is_narrow(runs: int) -> bool:
        interval = stats.ttest_1samp(values[:runs], 0.0).confidence_interval(0.95)
        scale = abs(float(np.mean(values[:runs]))) if is_relative else 1.0
        return float(interval.high - interval.low) / 2 <= wanted * scale

    for runs in range(30, values.size + 1):
        ahead = runs + math.floor(look_ahead * max(1.0, runs / 100))
        if ahead <= values.size and all(is_narrow(n) for n in range(runs, ahead + 1)):
            return runs
    return None


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("wanted", "is_relative"), [(0.05, True), (6.0, False)])
def test_it_stops_where_the_interval_stays_narrow(
    seed: int, wanted: float, *, is_relative: bool
) -> None:
    """The running sums find the run that scipy finds one number of runs after the other."""
    values = np.random.default_rng(seed).exponential(100.0, 60) + 300.0
    precision = Precision(
        half_width=wanted * (4 if not is_relative else 1), is_relative=is_relative
    )

    expected = by_hand(values, precision.half_width, 5, is_relative=is_relative)
    assert first_precise(values, precision) == expected


def narrow_then_wide() -> Floats:
    """Return 31 values that are narrow, a far one, and many that make it narrow again."""
    return np.array([100.0, 101.0] * 15 + [100.5, 140.0] + [100.0, 101.0] * 200)


def test_narrow_by_chance_does_not_stop_it() -> None:
    """At 30 runs the half width is 0.2 %; the 32nd makes it 2.5 %, so that it goes on."""
    values = narrow_then_wide()
    without = Precision(half_width=0.01, look_ahead=0)

    assert first_precise(values, without) == 30
    found = first_precise(values, Precision(half_width=0.01))
    assert found == by_hand(values, 0.01, 5, is_relative=True)
    assert found is not None
    assert found > 60


def test_the_look_ahead_has_to_be_over() -> None:
    """34 runs do not tell whether it stays narrow for five after the 30th; 35 do."""
    values = np.array([100.0, 101.0] * 18)

    assert first_precise(values[:34], Precision(half_width=0.05)) is None
    assert first_precise(values[:35], Precision(half_width=0.05)) == 30


def test_above_a_hundred_runs_the_look_ahead_grows() -> None:
    """At 250 runs it is 12: one far value 12 runs later still counts, 13 later no more."""
    rng = np.random.default_rng(11)
    values = rng.normal(100.0, 10.0, 400)
    reached = first_precise(values, Precision(half_width=0.0125))
    assert reached is not None
    assert reached > 200  # 1.96 x 10 / 1.25 squared is 246
    ahead = math.floor(5 * reached / 100)
    near, far = values.copy(), values.copy()
    near[reached - 1 + ahead] = 900.0
    far[reached + ahead] = 900.0

    assert first_precise(far, Precision(half_width=0.0125)) == reached
    assert first_precise(near, Precision(half_width=0.0125)) != reached


def test_equal_values_do_not_stop_it() -> None:
    """Their spread is 0, which says nothing; the ceiling ends it."""
    same = sample(np.full(60, 7.0))
    precision = Precision(half_width=0.05, ceiling_runs=60)

    assert first_precise(same.values, precision) is None
    assert at_barrier(sample(np.full(30, 7.0)), precision).draw_to == 60
    ended = at_barrier(same, precision)
    assert (ended.state, ended.draw_to, ended.why) == (
        "ceiling",
        None,
        "not as precise after 60 runs",
    )


def test_a_mean_that_was_equal_up_to_a_run_is_not_narrow_before() -> None:
    """Thirty equal values and then different ones: no stop at 30."""
    values = np.array([100.0] * 33 + [101.0] * 20)
    found = first_precise(values, Precision(half_width=0.05))

    assert found == 34


def test_barriers_are_rounds_that_no_worker_moves() -> None:
    """Rounds of 20: the first barrier with at least 30 runs is 30, then 40, 60, up to 90."""
    precision = Precision(half_width=1e-9, round_runs=20, ceiling_runs=90)
    values = np.random.default_rng(3).normal(100, 10, 90)
    barriers = [0]
    while (told := at_barrier(sample(values[: barriers[-1]]), precision)).draw_to is not None:
        barriers.append(told.draw_to)

    assert barriers == [0, 30, 40, 60, 80, 90]
    assert told.state == "ceiling"


def test_at_a_barrier_the_run_of_all_runs_is_found() -> None:
    """Looking at barriers only finds what looking at all runs finds: with any size of rounds."""
    values = np.random.default_rng(9).normal(100, 10, 400)
    found = set()
    for round_runs in (7, 30, 50):
        precision = Precision(half_width=0.02, round_runs=round_runs, ceiling_runs=400)
        runs = 0
        while (told := at_barrier(sample(values[:runs]), precision)).draw_to is not None:
            runs = told.draw_to
        assert told.state == "precise"
        found.add(told.precise_at)

    assert found == {first_precise(values, Precision(half_width=0.02))}


def test_a_stall_in_the_pilot_asks_for_fresh_runs() -> None:
    """By its flag, or by how far it lies from the others; not if all runs stalled."""
    values = np.random.default_rng(9).normal(100, 10, 60)
    precision = Precision(half_width=0.2)
    stalled = np.arange(60) == 7
    far = values.copy()
    far[7] = 400.0

    assert not at_barrier(sample(values), precision).needs_fresh_sample
    assert at_barrier(sample(values), precision, stalled).needs_fresh_sample
    assert not at_barrier(sample(values), precision, np.ones(60, dtype=bool)).needs_fresh_sample
    assert at_barrier(sample(far), precision).needs_fresh_sample


def test_runs_without_a_value_end_it() -> None:
    """Their mean would not be given."""
    values = np.random.default_rng(9).normal(100, 10, 60)
    values[5] = np.inf
    told = at_barrier(sample(values), Precision(half_width=0.1))

    assert (told.state, told.draw_to, told.why) == ("refused", None, "no value in 1 of 60 runs")


def test_truth_values_are_precise_by_the_width_of_their_interval() -> None:
    """None of 60: scipy's two ends are 0.060 apart, half of which is 0.030."""
    none = sample(np.zeros(80), "yes/no")

    def half(runs: int) -> float:
        exact = stats.binomtest(0, runs).proportion_ci(0.95)
        return float(exact.high - exact.low) / 2

    expected = next(runs for runs in range(30, 80) if half(runs) <= 0.03)
    assert first_precise(none.values, Precision(half_width=0.03), is_yes_no=True) == expected
    told = at_barrier(none, Precision(half_width=0.03))
    assert (told.state, told.precise_at, told.needs_fresh_sample) == ("precise", expected, False)


def test_the_runs_it_will_take_are_foretold() -> None:
    """Spread 10 around 100, 1 % asked for: t s / sqrt(n) <= 1 first at n = 387."""
    values = np.array([90.0, 110.0] * 50)
    values = (values - values.mean()) / values.std(ddof=1) * 10 + 100

    def width(runs: int) -> float:
        return float(stats.t.ppf(0.975, runs - 1) * 10 / runs**0.5)

    expected = next(runs for runs in range(2, 1000) if width(runs) <= 1.0)
    assert runs_needed(sample(values), Precision(half_width=0.01)) == expected
    assert runs_needed(sample(values), Precision(half_width=1.0, is_relative=False)) == expected
    assert runs_needed(sample(values), Precision(half_width=0.9)) == 30


def test_for_a_share_too() -> None:
    """One in ten within 2 %: the exact interval of n / 10 of n, to one percent of n."""
    flags = np.arange(50) % 10 == 0
    found = runs_needed(sample(flags.astype(float), "yes/no"), Precision(half_width=0.02))

    def half(runs: int) -> float:
        exact = stats.binomtest(round(0.1 * runs), runs).proportion_ci(0.95)
        return float(exact.high - exact.low) / 2

    assert found is not None
    assert half(found) <= 0.02 < half(int(found * 0.97))


def test_what_does_not_tell_is_not_foretold() -> None:
    """One value, equal ones, a mean of 0, more than a million runs."""
    relative = Precision(half_width=0.05)

    assert runs_needed(sample(np.array([3.0])), relative) is None
    assert runs_needed(sample(np.full(30, 3.0)), relative) is None
    assert runs_needed(sample(np.array([-1.0, 1.0] * 20)), relative) is None
    assert runs_needed(sample(np.array([1.0, 99.0] * 20)), Precision(half_width=1e-5)) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"half_width": 0.0}, "a precision is a positive number, such as 5% (got 0; rule"),
        ({"half_width": -0.1}, "a precision is a positive number"),
        ({"half_width": math.nan}, "a precision is a positive number"),
        ({"half_width": 0.1, "confidence": 1.0}, "a confidence lies between 0 and 1"),
        ({"half_width": 0.1, "ceiling_runs": 29}, "a precision takes at least 30 runs (got 29"),
    ],
)
def test_an_impossible_precision_is_refused(given: dict[str, float], message: str) -> None:
    """In one sentence that says what to write."""
    with pytest.raises(ScenarioError) as refused:
        Precision(**given)  # type: ignore[arg-type]  # by names, as the command line has them

    assert message in str(refused.value)
