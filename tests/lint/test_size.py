"""What a run takes, before it is begun: against counts by hand, and against runs."""

import json
from pathlib import Path
from typing import Any

import pytest

from sim.errors import ScenarioError
from sim.lint import affordable
from sim.lint.affordable import Conditions, announced, size_words
from sim.lint.size import Size, size_of
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import load_scenario
from sim.simulation.run import simulate_record

ONE = {"minReplicas": 1, "maxReplicas": 1}


def scenario(tmp_path: Path, *traffic: Any, horizon: str = "1h", **others: Any) -> Scenario:
    """Return a scenario of one deployment; `others` are more of its fields, or its timeline."""
    timeline = others.pop("timeline", [])
    deployment = {"name": "api", "runtimeConfiguration": ONE, "traffic": list(traffic), **others}
    spec = {"name": "x", "horizon": horizon, "deployments": [deployment], "timeline": timeline}
    file = tmp_path / "x.json"
    file.write_text(json.dumps(spec))
    return load_scenario(file)


@pytest.mark.parametrize(
    ("traffic", "requests"),
    [
        ({"kind": "poisson", "rate": "5/s"}, 5 * 3600),
        ({"kind": "instants", "at": ["10s", "20s", "2h"]}, 2),
        # From 0/s to 10/s in the first 100 s, then 10/s for 3,500 s.
        (
            {
                "kind": "piecewise",
                "points": [{"at": "0s", "rate": "0/s"}, {"at": "100s", "rate": "10/s"}],
            },
            500 + 35_000,
        ),
        # A triangle that ends beyond the horizon: 0/s to 7.2/s in 2 h is 3.6/s after 1 h.
        (
            {
                "kind": "piecewise",
                "points": [{"at": "0s", "rate": "0/s"}, {"at": "2h", "rate": "7.2/s"}],
            },
            3600 * 3.6 / 2,
        ),
        # 60, and a half of 40: the run ends in the middle of the second interval.
        ({"kind": "counts", "every": "40min", "counts": [60, 40, 7]}, 80),
        # 20 min at 2/s and 20 min at 1/s.
        ({"kind": "rates", "every": "20min", "rates": ["2/s", "1/s"], "at": "10min"}, 3600),
        # 1/s for 90 s, 11/s for 10 s: 2/s on average.
        (
            {
                "kind": "bursts",
                "base_rate": "1/s",
                "burst_rate": "11/s",
                "mean_base": "90s",
                "mean_burst": "10s",
            },
            7200,
        ),
        (
            {
                "kind": "windows",
                "rows": [{"at": "600s", "rate": "2/s"}, {"at": "1200s", "rate": "1/s"}],
            },
            600 * 2 + 2400,
        ),
    ],
)
def test_requests_of_each_kind_are_the_integral_of_its_rate(
    tmp_path: Path, traffic: dict[str, Any], requests: float
) -> None:
    """Over one hour, by hand."""
    assert size_of(scenario(tmp_path, traffic)).requests == pytest.approx(requests)


def test_counts_are_the_same_in_every_run_where_no_interval_is_cut(tmp_path: Path) -> None:
    """Then their number is no average."""
    whole = {"kind": "counts", "every": "30min", "counts": [60, 40]}

    assert size_of(scenario(tmp_path, whole)).are_counted
    assert not size_of(scenario(tmp_path, whole | {"at": "1s"})).are_counted
    assert not size_of(scenario(tmp_path, whole | {"offset": "1s"})).are_counted


def test_a_cycle_is_reckoned_by_its_periods(tmp_path: Path) -> None:
    """0/s at midnight, 24/s at noon and back: 12/s on average, 6/s in the first six hours.

    A hundred thousand years are no more work than a day.
    """
    points = [{"at": "00:00", "rate": "0/s"}, {"at": "12:00", "rate": "24/s"}]
    cycle = {"kind": "cycle", "period": "day", "points": points}
    for horizon, requests in (
        ("1d", 12 * 86_400),
        ("30h", 12 * 86_400 + 6 * 21_600),
        ("36500000d", 36_500_000 * 12 * 86_400),
    ):
        found = size_of(scenario(tmp_path, cycle, horizon=horizon))

        assert found.requests == pytest.approx(requests)


TRACE = {"kind": "trace", "path": "t.csv", "format": "csv", "time_column": "at"}


def rows(*at_s: float) -> str:
    """Return a CSV with a row at each instant; its rows have texts of 0 to 60 letters."""
    return "at,what\n" + "".join(f"{at:.3f},{'x' * (n % 61)}\n" for n, at in enumerate(at_s))


@pytest.mark.parametrize(
    ("scales", "first", "behind"),
    [
        ({}, 0, 3600),
        ({"offset": "20000s"}, 20_000, 23_600),
        ({"offset": "10000s", "time_scale": 0.5}, 10_000, 17_200),
        ({"offset": "39000s"}, 39_000, 40_000),
        ({"offset": "90000s"}, 40_000, 40_000),
    ],
)
def test_rows_of_a_trace_count_that_arrive_in_the_run(
    tmp_path: Path, scales: dict[str, Any], first: int, behind: int
) -> None:
    """One row a second, 40,000 of them; each comes three times. The run is of one hour.

    Rows count from the first, whatever its time is. What is reckoned from bytes is exact to 3 %.
    """
    (tmp_path / "t.csv").write_text(rows(*range(7, 40_007)))
    found = size_of(scenario(tmp_path, {**TRACE, **scales, "rate_scale": 3.0}))

    assert found.requests == pytest.approx(3 * (behind - first), rel=0.03, abs=9)
    assert (found.are_counted, found.are_at_most) == (False, False)


def test_rows_that_crowd_at_one_end_are_found(tmp_path: Path) -> None:
    """39,000 rows in the first second and 1,000 in the day behind it: half a second has a half."""
    crowd = [n / 39_000 for n in range(39_000)] + [float(2 + 86 * n) for n in range(1_000)]
    (tmp_path / "t.csv").write_text(rows(*crowd))
    found = size_of(scenario(tmp_path, TRACE, horizon="500ms"))

    assert found.requests == pytest.approx(19_500, rel=0.03)


@pytest.mark.parametrize(
    "text",
    [rows(*range(20_000, 0, -1)), rows(*range(10_000)) + "noon,after half of them\n" * 10_000],
    ids=["descending", "not to be read"],
)
def test_of_a_trace_that_does_not_ascend_the_most_is_told(tmp_path: Path, text: str) -> None:
    """As many as the file has, since none but its reading tells when they are."""
    (tmp_path / "t.csv").write_text(text)
    found = size_of(scenario(tmp_path, TRACE, horizon="1min"))

    assert found.are_at_most
    assert found.requests == pytest.approx(20_000, rel=0.03)
    assert size_words(found).startswith("at most ")


def test_a_trace_that_is_not_there_has_no_rows(tmp_path: Path) -> None:
    """The run says it, with what is to be done."""
    (tmp_path / "t.csv").write_text("at\n")
    empty = scenario(tmp_path, TRACE)
    assert size_of(empty).requests == 0

    (tmp_path / "t.csv").unlink()
    assert size_of(empty).requests == 0


def test_lines_of_json_are_rows(tmp_path: Path) -> None:
    """2,000 of them, one every 100 ms, of which 600 are in the first minute."""
    lines = "".join(f'{{"timestamp": {100 * n}, "input_length": {n}}}\n' for n in range(2_000))
    (tmp_path / "t.jsonl").write_text(lines)
    trace = {"kind": "trace", "path": "t.jsonl", "format": "mooncake"}
    found = size_of(scenario(tmp_path, trace, horizon="1min"))

    assert found.requests == pytest.approx(600, rel=0.03)


def test_retries_are_counted_as_far_as_they_may_go(tmp_path: Path) -> None:
    """The official SDK makes four attempts; they are no requests."""
    found = size_of(
        scenario(tmp_path, {"kind": "poisson", "rate": "1/s"}, client={"policy": "sdk"})
    )

    assert (found.requests, found.attempts) == (3600, 4 * 3600)


def test_replicas_are_those_of_all_rollouts_and_of_the_autoscaler(tmp_path: Path) -> None:
    """2 that start, 7 of the replace, and what the autoscaler may add: at most one a minute.

    Up to 5 more than 2 in the first ten minutes; of room for a million not more than 50 in 50 min.
    """
    put = {"minReplicas": 7, "maxReplicas": 1_000_000, "threadCount": 8}
    event = {"at": "10min", "event": "replace", "deployment": "api", "runtimeConfiguration": put}
    found = size_of(
        scenario(
            tmp_path,
            timeline=[event],
            runtimeConfiguration={"minReplicas": 2, "maxReplicas": 7},
        )
    )

    assert found.replicas == 2 + 5 + 7 + 50
    assert found.most_replicas == ("timeline", 0, "runtimeConfiguration", "minReplicas")


def test_what_is_reckoned_is_what_runs_have(tmp_path: Path) -> None:
    """10,800 requests: the standard error is 104, of which five are allowed."""
    drawn = scenario(tmp_path, {"kind": "poisson", "rate": "3/s"})
    served = simulate_record(drawn).deployments[0].attempts.request.size

    assert abs(served - size_of(drawn).requests) < 5 * 104


def large(tmp_path: Path, rate: str = "3000/s") -> Scenario:
    """Return a scenario of 10,800,000 requests on one replica."""
    return scenario(tmp_path, {"kind": "poisson", "rate": rate})


def test_a_large_run_is_announced_and_a_small_one_is_not(tmp_path: Path) -> None:
    """From above ten million requests; they are said about."""
    line = announced(large(tmp_path), Conditions())

    assert line is not None
    assert line.startswith("about 10,800,000 requests, 1 replica, about 0.6 GiB, about ")
    assert announced(large(tmp_path, "2000/s"), Conditions()) is None


def test_what_is_free_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """10.8 million requests take 0.57 GiB: 0.58 are enough for one run, and not for two at once."""
    monkeypatch.setattr(affordable, "free_memory_bytes", lambda: 622_770_257)
    assert announced(large(tmp_path), Conditions()) is not None

    with pytest.raises(ScenarioError, match=r"for 2 runs at once.* or --workers 1; --force .*"):
        announced(large(tmp_path), Conditions(at_once=2, advice="--workers 1"))
    assert announced(large(tmp_path), Conditions(at_once=2, is_forced=True)) is not None
    assert announced(large(tmp_path), Conditions(at_once=2, is_here=False)) is not None


def test_a_summary_takes_less_and_tables_take_more(tmp_path: Path) -> None:
    """So that what is advised helps."""
    sizes: list[Size] = [
        size_of(large(tmp_path), keeps_attempts=False),
        size_of(large(tmp_path)),
        size_of(large(tmp_path), with_tables=True),
    ]

    assert sorted(sizes, key=lambda size: size.memory_bytes) == sizes
    assert sizes[0].memory_bytes < sizes[1].memory_bytes / 3
