"""What the benchmarks check is checked: a wrong answer does not pass."""

from dataclasses import replace

import numpy as np
import pytest

import builders
import checks
from made import exponential, fleet, steady
from queueing_theory import mmc_wait_s
from rows import large, paths
from scaling import exponent
from sim.random import stream
from sim.record import Record
from sim.simulation.run import simulate_record


@pytest.fixture(scope="module")
def record() -> Record:
    """Three requests on one thread; the last still runs at the horizon."""
    requests = builders.deployment(at_s=[0.0, 1.0, 8.0], wait_s=4.0)
    return builders.run(requests, horizon_s=10.0)


def changed(record: Record, **columns: object) -> Record:
    """Return `record` with other columns of attempts."""
    (only,) = record.deployments
    attempts = replace(only.attempts, **columns)  # type: ignore[arg-type]  # names are the test's
    return replace(record, deployments=(replace(only, kept=attempts),))


@pytest.mark.parametrize(("rate_per_s", "servers"), [(0.5, 1), (3.6, 4), (28.8, 32)])
def test_the_wait_at_mmc_agrees_with_erlangs_sum(rate_per_s: float, servers: int) -> None:
    """The recursion gives what the sum of factorials gives where that does not overflow."""
    found = checks.erlang_c_wait_s(rate_per_s, 1.0, servers)

    assert found == pytest.approx(mmc_wait_s(rate_per_s, 1.0, servers), rel=1e-12)


def test_a_mean_that_is_off_is_found() -> None:
    """The standard error of 30,000 exponential draws of mean 1 is 0.006."""
    draws = stream(1, "test").exponential(1.0, 30_000)

    checks.near(draws, 1.0, "mean")
    with pytest.raises(checks.WrongAnswerError, match=r"mean: .* where theory has 1.1"):
        checks.near(draws, 1.1, "mean")


def test_a_record_agrees_with_itself_and_not_with_a_later_start(record: Record) -> None:
    """One ulp is enough; what never happened agrees with what never happened."""
    later = record.deployments[0].attempts.start_at_s.copy()
    later[1] = np.nextafter(later[1], np.inf)

    assert "3 attempts" in checks.same_records(record, record)
    with pytest.raises(checks.WrongAnswerError, match="start_at_s"):
        checks.same_records(record, changed(record, start_at_s=later))


def test_a_start_before_its_arrival_is_found(record: Record) -> None:
    """The second request came at 1 s."""
    early = np.array([0.0, 0.5, 8.0])

    assert checks.conserved(record) == "3 requests conserved, in causal order"
    with pytest.raises(checks.WrongAnswerError, match="before its cause"):
        checks.conserved(changed(record, start_at_s=early))


@pytest.mark.parametrize(("replicas", "utilisation"), [(1, 0.7), (3, 1.1)])
def test_the_heap_serves_what_the_reference_engine_serves(
    replicas: int, utilisation: float
) -> None:
    """Start, end, replica and thread: the order of the line at 0 is understood."""
    scenario = steady(
        replicas=replicas,
        threads=4,
        rate_per_s=4 * replicas * utilisation,
        horizon_s=60.0,
        request={"wait": exponential(1.0)},
    )
    _, _, served = paths.by_heap(scenario)
    record = simulate_record(scenario, engine="reference")

    assert "== the heap's" in paths.agree_with_heap(record, served, replicas=replicas)
    turned = served._replace(thread=served.thread[::-1])
    with pytest.raises(checks.WrongAnswerError, match="replica and thread"):
        paths.agree_with_heap(record, turned, replicas=replicas)


def test_a_fleet_is_autoscaled_and_replaced() -> None:
    """The answer that a large run gives names its rollouts, all of them switched."""
    record = simulate_record(fleet(deployments=2, horizon_s=600.0), engine="reference")

    assert "2 rollouts switched" in large.answer(record)["checked"]
    with pytest.raises(checks.WrongAnswerError, match="0 of 2 rollouts"):
        large.answer(simulate_record(fleet(deployments=2, horizon_s=60.0)))


def test_an_exponent_is_the_slope_on_logarithmic_axes() -> None:
    """Seconds = 3 x size^1.5."""
    sizes = [10.0, 100.0, 1000.0]

    assert exponent(sizes, [3 * size**1.5 for size in sizes]) == pytest.approx(1.5, rel=1e-12)
