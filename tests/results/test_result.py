"""The result of a run by the real engine: identities that hold whatever happened."""

from fractions import Fraction
from pathlib import Path

import matplotlib.figure
import numpy as np
import pytest

from build_record import replace_story
from sim import load_scenario, simulate
from sim.results.result import Result
from sim.results.steps import align
from sim.results.timeline import Steps

SCENARIO = """
name: a bad day
seed: 4
horizon: 20min
warm_up: 1min
queues:
  - {kind: vcpu, name: cpu, limit: 4, tenants: {nightly: 1}}
deployments:
  - name: api
    initial: {responsive: 2}
    runtimeConfiguration: &configuration
      {minReplicas: 1, maxReplicas: 3, threadCount: 2, memory: 1GiB}
    replica: {model_memory: 512MiB, grace: 20s}
    request:
      wait: {kind: exponential, mean: 900ms}
      memory: {kind: empirical, values: [0B, 0B, 0B, 0B, 0B, 0B, 0B, 300MiB]}
    client: {policy: sdk, deadline: 6s}
    service: {queue_capacity: 12, timeout: 8s, rate_limit: {rate: 8/s, burst: 3}}
    traffic: [{kind: poisson, rate: 3/s}]
timeline:
  - {event: kill, at: 2min, deployment: api, replicas: all}
  - {event: hang, at: 7min, deployment: api, replicas: {count: 1}, for: 30s}
  - event: replace
    at: 10min
    deployment: api
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 3, threadCount: 4, memory: 1GiB}
  - {event: disable, at: 18min, deployment: api}
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Return the result of a run with failures of most kinds."""
    path: Path = tmp_path_factory.mktemp("scenario") / "bad_day.yaml"
    path.write_text(SCENARIO)
    return simulate(load_scenario(path))


def line(result: Result, name: str) -> Steps:
    """Return one series of the only deployment."""
    rows = result.series.where("series", name)
    return Steps(rows["at_s"], rows["value"])


def test_the_day_was_bad(result: Result) -> None:
    """What the identities below are tried on."""
    (api,) = result.summary()["deployments"]
    failed = {kind for kind, count in api["requests"]["failed"].items() if count}
    attempted = set(result.requests["outcome"])

    assert failed >= {"client_timeout", "out_of_memory", "disabled"}
    assert attempted >= {"rate_limited", "queue_full", "replica_killed", "completed"}
    assert result.requests["attempt"].max() == 4
    assert np.max(line(result, "abandoned").value) > 0


def test_attempts_and_threads_are_conserved_at_every_instant(result: Result) -> None:
    """Arrived = answered + queued + running; occupied = running + abandoned."""
    rows = result.requests
    at_s = np.unique(np.concatenate([rows[c] for c in ("arrival_at_s", "start_at_s")]))
    at_s = np.concatenate([at_s[~np.isnan(at_s)], np.arange(0, 1200, 0.7)])
    queued, running, abandoned = (
        align(line(result, name), at_s) for name in ("queued", "running", "abandoned")
    )

    def past(column: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        instants = np.sort(rows[column][~np.isnan(rows[column])])
        return np.searchsorted(instants, at_s, side="right")

    started = ~np.isnan(rows["start_at_s"])
    released = np.sort(rows["released_at_s"][started & ~np.isnan(rows["released_at_s"])])
    np.testing.assert_array_equal(past("arrival_at_s"), past("answered_at_s") + queued + running)
    np.testing.assert_array_equal(
        past("start_at_s") - np.searchsorted(released, at_s, side="right"), running + abandoned
    )


def test_requests_are_conserved(result: Result) -> None:
    """The parts add up to those that arrived after the warm-up."""
    (api,) = result.summary()["deployments"]
    counts = api["requests"]
    parts = ("completed", "queued", "running", "backing_off")
    first = result.requests["attempt"] == 1

    assert counts["arrived"] == sum(counts[part] for part in parts) + sum(counts["failed"].values())
    assert counts["arrived"] == np.sum(first & (result.requests["arrival_at_s"] >= 60))


def test_replica_seconds_are_the_area_under_the_paid_states(result: Result) -> None:
    """Summed by replica and by state, exactly."""
    (api,) = result.summary()["deployments"]
    paid = ("STARTING", "STARTED", "RESPONSIVE", "UNRESPONSIVE", "STARTING_ERROR", "DECOMMISSIONED")
    area = Fraction(0)
    for state in paid:
        count = line(result, f"replicas_{state}")
        edges = [*map(Fraction, count.at_s.tolist()), Fraction(1200)]
        area += sum(
            int(value) * (end - start)
            for value, start, end in zip(count.value, edges, edges[1:], strict=False)
        )

    assert api["replica_seconds"] == float(area)
    assert api["compute_seconds"]["total"] == float(area / 5)


def test_cores_in_use_are_those_of_the_replicas_and_the_tenant(result: Result) -> None:
    """One core for each replica that holds a grant, and one for the tenant."""
    used = Steps(result.queues["at_s"], result.queues["used"])
    at_s = np.arange(0.5, 1200, 3.0)
    held = sum(
        align(line(result, f"replicas_{state}"), at_s)
        for state in (
            *("STARTING", "STARTED", "RESPONSIVE"),
            *("UNRESPONSIVE", "STARTING_ERROR", "DECOMMISSIONED"),
        )
    )

    np.testing.assert_array_equal(align(used, at_s), held + 1)


def test_a_result_draws_itself(tmp_path: Path) -> None:
    """A figure in Python, a picture in the directory; the same one twice."""
    story = Result(replace_story())
    story.write(tmp_path / "one")
    story.write(tmp_path / "other")

    assert isinstance(story.plot(), matplotlib.figure.Figure)
    picture = (tmp_path / "one" / "timeline.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert picture == (tmp_path / "other" / "timeline.png").read_bytes()


def test_a_result_says_what_it_is() -> None:
    """In a shell or a notebook."""
    assert repr(Result(replace_story())) == (
        "<Result of 'replace story': api; seed 7, 200 s, engine reference>"
    )
