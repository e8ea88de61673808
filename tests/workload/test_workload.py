"""A workload: all sources merged, numbered by arrival, each request with its own draws."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from arrival_laws import assert_sorted_before
from sim.errors import ScenarioError
from sim.random import stream
from sim.scenario.models.deployment import Deployment
from sim.workload.drawn_columns import is_repeated
from sim.workload.workload import Workload

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
CONFIGURATION = {"minReplicas": 1, "maxReplicas": 1}

POISSON = {"kind": "poisson", "rate": "2/s", "name": "web"}
BURSTS = {
    "kind": "bursts",
    "base_rate": "1/s",
    "burst_rate": "9/s",
    "mean_base": "20s",
    "mean_burst": "5s",
}
RAMP = {"kind": "piecewise", "points": [{"at": "0s", "rate": "0/s"}, {"at": "100s", "rate": "3/s"}]}
CYCLE = {"kind": "cycle", "period": "day", "points": [{"at": "00:00", "rate": "2/s"}]}
WINDOWS = {"kind": "windows", "rows": [{"at": "0s", "rate": "2/s", "law": "weibull", "cv": 2}]}
BATCH = {"kind": "instants", "at": ["1s", "1s", "50s", "99s"]}
KINDS: tuple[dict[str, Any], ...] = (POISSON, BURSTS, RAMP, CYCLE, WINDOWS, BATCH)


def deployment(*traffic: dict[str, Any], **fields: Any) -> Deployment:
    """Return a deployment with the given traffic, spelt as in a file."""
    data = {"name": "d", "runtimeConfiguration": CONFIGURATION, "traffic": list(traffic), **fields}
    return Deployment.from_file_form(data)


def workload(of: Deployment, *, seed: int = 3, horizon_s: float = 100.0) -> Workload:
    """Return the workload of a run from Monday on."""
    return Workload(of, seed=seed, horizon_s=horizon_s, start=MONDAY)


def test_requests_of_one_instant_go_by_source_then_by_number() -> None:
    """The order in the scenario decides ties; numbers within a source ascend."""
    late = {"kind": "instants", "at": ["0s", "5s", "5s"]}
    early = {"kind": "instants", "at": ["5s", "7s"]}

    found = workload(deployment(late, early))

    assert found.arrival_at_s.tolist() == [0, 5, 5, 5, 7]
    assert found.source.tolist() == [0, 0, 0, 1, 1]
    assert found.index.tolist() == [0, 1, 2, 0, 1]
    assert [found.source.dtype.name, found.index.dtype.name] == ["int32", "int64"]


def test_no_traffic_is_no_request() -> None:
    """A deployment without sources has empty arrays of the right types."""
    found = workload(deployment())
    demands = found.demands(deployment().request)

    assert found.arrival_at_s.tolist() == found.source.tolist() == found.index.tolist() == []
    assert demands.cpu_s.tolist() == demands.memory_bytes.tolist() == []
    assert [found.source.dtype.name, demands.memory_bytes.dtype.name] == ["int32", "int64"]


def test_all_kinds_together_are_the_union_of_each() -> None:
    """Merging adds nothing, loses nothing, and keeps each source's order."""
    found = workload(deployment(*KINDS))

    assert_sorted_before(found.arrival_at_s, 100.0)
    for place, kind in enumerate(KINDS):
        name = deployment(*KINDS).traffic[place].name
        alone = workload(deployment({**kind, "name": name}))
        mine = found.source == place
        assert alone.arrival_at_s.size > 0
        assert found.arrival_at_s[mine].tolist() == alone.arrival_at_s.tolist()
        assert found.index[mine].tolist() == list(range(alone.arrival_at_s.size))


LAWS = {
    "request": {
        "wait": {"kind": "exponential", "mean": "1s"},
        "cpu": {"kind": "lognormal", "mean": "2s", "cv": 1.5},
        "gpu": {"kind": "gamma", "mean": "3s", "cv": 0.5},
        "memory": {"kind": "uniform", "low": "1MB", "high": "9MB"},
    },
    "client": {"policy": "sdk", "deadline": {"kind": "exponential", "mean": "9s"}},
}


def draws_of(found: Workload, request: Any, place: int) -> dict[str, list[float]]:
    """Return everything that is drawn for the requests of one source, in its order."""
    mine = found.source == place
    demands = found.demands(request)
    assert found.deadline_s is not None
    return {
        "arrival": found.arrival_at_s[mine].tolist(),
        "wait": demands.wait_s[mine].tolist(),
        "cpu": demands.cpu_s[mine].tolist(),
        "gpu": demands.gpu_s[mine].tolist(),
        "memory": demands.memory_bytes[mine].tolist(),
        "deadline": found.deadline_s[mine].tolist(),
        "jitter 1": found.retry_waits_s(1)[mine].tolist(),
        "jitter 3": found.retry_waits_s(3)[mine].tolist(),
    }


def test_adding_a_source_leaves_the_others_requests_unchanged() -> None:
    """Not one draw of a source moves when another comes before it in the file."""
    ramp = {**RAMP, "name": "ramp"}
    one, two = deployment(ramp, **LAWS), deployment(POISSON, ramp, **LAWS)

    alone, beside = draws_of(workload(one), one.request, 0), draws_of(workload(two), two.request, 1)

    assert alone == beside
    assert len(alone["arrival"]) > 50


@given(st.floats(0.5, 120), st.floats(0.5, 120), st.integers(0, 3))
def test_a_shorter_horizon_sees_the_first_requests(one_s: float, other_s: float, seed: int) -> None:
    """Arrivals and everything else drawn for them do not depend on where the run ends."""
    of = deployment(*KINDS, **LAWS)
    shorter_s, longer_s = sorted([one_s, other_s])
    shorter = workload(of, seed=seed, horizon_s=shorter_s)
    longer = workload(of, seed=seed, horizon_s=longer_s)

    assert_sorted_before(shorter.arrival_at_s, shorter_s)
    count = shorter.arrival_at_s.size
    assert count == np.count_nonzero(longer.arrival_at_s < shorter_s)
    assert longer.source[:count].tolist() == shorter.source.tolist()
    for place in range(len(KINDS)):
        long, short = (draws_of(found, of.request, place) for found in (longer, shorter))
        for purpose, values in short.items():
            assert long[purpose][: len(values)] == values, purpose


NOBODY = {"kind": "instants", "at": ["1000h"], "name": "nobody"}
"""A source without a request before any horizon: with it, sources have to be merged."""


@given(st.sampled_from([*KINDS, NOBODY]), st.sampled_from(["laws", "constants"]), st.integers(0, 3))
def test_a_single_source_is_what_merging_it_would_give(
    kind: dict[str, Any], demands: str, seed: int
) -> None:
    """It needs no order and no numbers, and every array is the same to the last bit and type."""
    laws = LAWS if demands == "laws" else {"request": {"wait": "2s", "memory": "3MB"}}
    kind = {**kind, "name": "one"}
    alone, merged = deployment(kind, **laws), deployment(kind, NOBODY, **laws)
    one, two = workload(alone, seed=seed), workload(merged, seed=seed)

    ours, theirs = one.demands(alone.request), two.demands(merged.request)
    pairs: list[tuple[NDArray[Any], NDArray[Any]]] = [
        (one.arrival_at_s, two.arrival_at_s),
        (one.source, two.source),
        (one.index, two.index),
        (one.retry_waits_s(1), two.retry_waits_s(1)),
        (ours.wait_s, theirs.wait_s),
        (ours.cpu_s, theirs.cpu_s),
        (ours.gpu_s, theirs.gpu_s),
        (ours.memory_bytes, theirs.memory_bytes),
    ]
    if one.deadline_s is not None and two.deadline_s is not None:
        pairs.append((one.deadline_s, two.deadline_s))
    assert (one.deadline_s is None) == (two.deadline_s is None) == (demands != "laws")
    for here, there in pairs:
        assert here.dtype == there.dtype
        assert here.tobytes() == there.tobytes()


def test_what_all_requests_share_is_held_once() -> None:
    """Eight bytes for a day of ten requests or ten million; a deadline can be written to."""
    of = deployment(
        POISSON, client={"policy": "none", "deadline": "9s"}, request={"cpu": "2s", "memory": "5MB"}
    )
    two = deployment(POISSON, {**POISSON, "name": "b"}, request={"cpu": "2s"})

    for found, one in ((workload(of), of), (workload(two), two)):
        demands = found.demands(one.request)
        assert is_repeated(demands.wait_s)
        assert is_repeated(demands.cpu_s)
        assert is_repeated(demands.gpu_s)
        assert is_repeated(demands.memory_bytes)
        assert is_repeated(found.retry_waits_s(1))
    assert is_repeated(workload(of).source)
    source = workload(of)._sources[0]
    assert source.at_s.size == 0  # the workload has the arrivals, and nobody else
    assert source.count == workload(of).arrival_at_s.size
    deadline_s = workload(of).deadline_s
    assert deadline_s is not None
    assert deadline_s.flags.carray  # contiguous and writeable


def test_another_seed_gives_other_requests() -> None:
    """And the same seed the same ones."""
    of = deployment(*KINDS, **LAWS)
    one, again, other = (draws_of(workload(of, seed=seed), of.request, 0) for seed in (3, 3, 4))

    assert one == again
    assert all(one[purpose] != other[purpose] for purpose in one)


def test_streams_of_purposes_and_deployments_differ() -> None:
    """Two equal deployments of different names have different requests."""
    one, other = deployment(POISSON, **LAWS), deployment(POISSON, **{**LAWS, "name": "e"})

    mine, theirs = (
        draws_of(workload(one), one.request, 0),
        draws_of(workload(other), other.request, 0),
    )

    assert all(mine[purpose] != theirs[purpose] for purpose in mine)


def test_arrivals_come_from_the_stream_of_their_name() -> None:
    """A Poisson source of 2/s: sums of its stream's exponential draws, halved."""
    found = workload(deployment(POISSON), horizon_s=1000.0)

    sums = np.cumsum(stream(3, "d/web/arrival").standard_exponential(3000)) / 2
    assert found.arrival_at_s.tolist() == sums[sums < 1000].tolist()


def test_a_ramp_is_thinned_by_the_stream_of_that_name() -> None:
    """One candidate after the other, from the definition: 0 to 3/s in 100 s, then level."""
    candidates, thinning = stream(3, "d/ramp/arrival"), stream(3, "d/ramp/thinning")
    kept, operational = [], 0.0
    while True:
        operational += candidates.standard_exponential()
        at_s = 0.0 + (operational - 0.0) / 3
        if at_s >= 100:
            break
        if thinning.random() * 3 < 0 + (3 - 0) * ((at_s - 0) / (100 - 0)):
            kept.append(at_s)

    found = workload(deployment({**RAMP, "name": "ramp"}))

    assert found.arrival_at_s.tolist() == kept
    assert len(kept) > 100


def test_a_sources_own_demands_win() -> None:
    """Over the deployment's and over those of a publish."""
    own = {**BATCH, "demands": {"cpu": "7s", "memory": "2kB"}}
    of = deployment(own, POISSON, request={"cpu": "1s", "wait": "4s"})
    found = workload(of)
    published = deployment(request={"cpu": "2s"}).request

    for request, others in ((of.request, (1.0, 4.0)), (published, (2.0, 0.0))):
        demands = found.demands(request)
        mine = found.source == 0
        assert set(demands.cpu_s[mine].tolist()) == {7.0}
        assert set(demands.wait_s[mine].tolist()) == {0.0}
        assert set(demands.memory_bytes[mine].tolist()) == {2000}
        assert set(demands.cpu_s[~mine].tolist()) == {others[0]}
        assert set(demands.wait_s[~mine].tolist()) == {others[1]}


def test_a_request_gets_the_draws_of_its_number_in_its_source() -> None:
    """Demands, deadline and waits follow (source, index) through the merge."""
    of = deployment(BATCH, {**POISSON, "name": "p"}, **LAWS)
    found = workload(of)
    demands = found.demands(of.request)

    names = [traffic.name for traffic in of.traffic]
    for request in (0, 5, found.arrival_at_s.size - 1):
        place, index = int(found.source[request]), int(found.index[request])
        rng = stream(3, f"d/{names[place]}/wait")
        assert demands.wait_s[request] == rng.standard_exponential(index + 1)[index] * 1.0
        rng = stream(3, f"d/{names[place]}/deadline")
        assert found.deadline_s is not None
        assert found.deadline_s[request] == rng.standard_exponential(index + 1)[index] * 9.0
        rng = stream(3, f"d/{names[place]}/jitter 2")
        assert found.retry_wait_s(request, 2) == 0.25 * round(4 * rng.random(index + 1)[index])


def test_no_deadline_is_none() -> None:
    """A client without a deadline waits as long as the platform."""
    assert workload(deployment(POISSON)).deadline_s is None


def test_a_trace_and_its_columns_join_in(tmp_path: Path) -> None:
    """Rows keep their columns through sorting, scaling and merging."""
    (tmp_path / "t.csv").write_text("at,n\n9,4\n2,1\n2,2\n30,8\n")
    replayed = {
        "kind": "trace",
        "path": "t.csv",
        "format": "csv",
        "time_column": "at",
        "rate_scale": 2,
        "time_scale": 3,
        "demands": {"cpu": {"kind": "linear", "per": {"n": "1s"}}},
    }
    data = {"name": "d", "runtimeConfiguration": CONFIGURATION, "traffic": [BATCH, replayed]}
    of = Deployment.from_file_form(data, base_dir=tmp_path)

    found = workload(of, horizon_s=84.0)
    demands = found.demands(of.request)

    assert found.arrival_at_s.tolist() == [0, 0, 0, 0, 1, 1, 21, 21, 50]
    assert demands.cpu_s.tolist() == [1, 1, 2, 2, 0, 0, 4, 4, 0]


def test_a_missing_trace_is_the_users_to_mend() -> None:
    """One clear message that names the source."""
    absent = {"kind": "trace", "path": "absent.csv", "format": "azure", "name": "azure"}

    with pytest.raises(ScenarioError, match=r"traffic\.azure\.path: there is no such file"):
        workload(deployment(absent))
