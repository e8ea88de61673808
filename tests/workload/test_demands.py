"""Demands, deadlines and waits before retries: which draw is whose, and in which unit."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from arrival_laws import assert_mean
from sim.errors import ScenarioError
from sim.random import stream
from sim.scenario.models.computed import Column, Linear, Multiple
from sim.scenario.models.distributions import Constant, Exponential, Gamma
from sim.scenario.models.policies import Client, CustomClient, NoRetryClient, SdkClient
from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.samples import InOrder
from sim.scenario.models.traffic import InstantsTraffic, TraceTraffic
from sim.units import Bytes, Seconds, SignedBytes, SignedSeconds
from sim.workload.demands import demand, drawn, retry_waits_s
from sim.workload.sources import SourceArrivals, SourceStreams

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
STREAMS = SourceStreams(seed=9, deployment="d", source="s")


def requests(count: int) -> SourceArrivals:
    """Return a source of *count* requests."""
    traffic = InstantsTraffic(name="s", at_s=tuple(float(k) for k in range(count)))
    return SourceArrivals(traffic, streams=STREAMS, horizon_s=1e9, start=MONDAY)


def trace(folder: Path, content: str, **fields: float) -> SourceArrivals:
    """Return a source that replays a table whose times are in the column ``at``."""
    file = folder / "trace.csv"
    file.write_text(content)
    traffic = TraceTraffic.model_validate(
        {"name": "s", "path": str(file), "format": "csv", "time_column": "at", **fields}
    )
    return SourceArrivals(traffic, streams=STREAMS, horizon_s=1e9, start=MONDAY, wanted=["a"])


# Demands ------------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", ["wait", "cpu", "gpu"])
def test_draw_k_of_the_quantitys_stream_is_request_ks(quantity: str) -> None:
    """The stream is named deployment, source, quantity, and is used from its beginning."""
    request = RequestDemands.model_validate({f"{quantity}_s": Exponential[Seconds](mean_value=2.0)})

    values = demand(requests(50), f"{quantity}_s", request)

    draws = stream(9, f"d/s/{quantity}").standard_exponential(50) * 2.0
    assert values.tolist() == draws.tolist()


def test_other_demands_are_other_functions_of_the_same_draws() -> None:
    """Under one seed a mean twice as large makes every single demand twice as large."""
    one = RequestDemands(cpu_s=Gamma[Seconds](mean_value=1.0, cv=0.5))
    twice = RequestDemands(cpu_s=Gamma[Seconds](mean_value=2.0, cv=0.5))

    source = requests(50)

    assert demand(source, "cpu_s", twice).tolist() == (2 * demand(source, "cpu_s", one)).tolist()


def test_memory_is_rounded_up_to_whole_bytes() -> None:
    """A draw of 3.2 bytes is 4 bytes; whole ones stay."""
    source = requests(200)
    request = RequestDemands(memory_bytes=Exponential[Bytes](mean_value=3))

    values = demand(source, "memory_bytes", request)

    draws = stream(9, "d/s/memory").standard_exponential(200) * 3
    assert values.tolist() == np.ceil(draws).tolist()
    assert np.all(values >= draws)
    whole = RequestDemands(memory_bytes=Constant[Bytes](value=2**40 + 1))
    assert set(demand(source, "memory_bytes", whole).tolist()) == {2**40 + 1}


def test_memory_beyond_any_machine_is_refused() -> None:
    """The message says how large and whose it is."""
    request = RequestDemands(memory_bytes=Constant[Bytes](value=2**63))

    with pytest.raises(ScenarioError, match=r"d/s/memory: is 9.22337e\+18 bytes: too large"):
        demand(requests(1), "memory_bytes", request)


def test_a_sequence_is_used_in_order() -> None:
    """Request k of the source gets number k."""
    request = RequestDemands(cpu_s=InOrder[Seconds](values=(3.0, 1.0, 2.0)))

    assert demand(requests(2), "cpu_s", request).tolist() == [3.0, 1.0]


def test_a_sequence_that_is_too_short_is_refused() -> None:
    """The message says for which source and how many are missing."""
    request = RequestDemands(cpu_s=InOrder[Seconds](values=(3.0, 1.0)))

    with pytest.raises(ScenarioError, match=r"d/s/cpu: .* has 2 numbers, but 3 requests"):
        demand(requests(3), "cpu_s", request)


def test_a_trace_requests_demand_is_linear_in_its_columns(tmp_path: Path) -> None:
    """Base plus so much per unit of each column, by the row behind the request."""
    source = trace(tmp_path, "at,a,b\n5,10,1\n4,20,2\n6,30,4\n")
    request = RequestDemands(
        gpu_s=Linear[SignedSeconds](base=0.5, per={"a": 0.1, "b": 1.0}),
        memory_bytes=Linear[SignedBytes](base=1, per={"b": 1000}),
    )

    assert demand(source, "gpu_s", request).tolist() == pytest.approx([4.5, 2.5, 7.5])
    assert demand(source, "memory_bytes", request).tolist() == [2001, 1001, 4001]


def test_a_linear_demand_needs_a_trace() -> None:
    """Requests of other kinds have no columns."""
    request = RequestDemands(cpu_s=Linear[SignedSeconds](per={"a": 1.0}))

    with pytest.raises(ScenarioError, match="d/s/cpu: is computed from columns, which only traces"):
        demand(requests(1), "cpu_s", request)


def test_a_linear_demand_below_zero_is_refused(tmp_path: Path) -> None:
    """The message names the request, and the floor that would be taken."""
    source = trace(tmp_path, "at,a\n1,3\n2,-5\n")
    request = RequestDemands(cpu_s=Linear[SignedSeconds](base=1.0, per={"a": 1.0}))

    with pytest.raises(ScenarioError, match=r"d/s/cpu: is -4 for request 1: below 0; .*floor: 0s"):
        demand(source, "cpu_s", request)


def test_a_linear_demand_with_a_floor_is_never_below_it(tmp_path: Path) -> None:
    """Factors may be negative; what falls below the floor is raised to it, and nothing else is."""
    source = trace(tmp_path, "at,a\n1,3\n2,10\n3,12\n")
    law = Linear[SignedSeconds](base=1.0, per={"a": -0.125}, floor=0.0)

    values = demand(source, "cpu_s", RequestDemands(cpu_s=law))

    assert values.tolist() == [0.625, 0.0, 0.0]  # 1 - 3/8; 1 - 10/8 and 1 - 12/8 are below 0


def test_noise_multiplies_each_request_by_a_draw_of_its_own_stream(tmp_path: Path) -> None:
    """Draw k of ``cpu noise`` is request k's factor; the floor holds behind it."""
    source = trace(tmp_path, "at,a\n1,2\n2,4\n3,-8\n")
    noise = Gamma[Multiple](mean_value=1.0, cv=0.5)
    law = Linear[SignedSeconds](per={"a": 1.0}, noise=noise, floor=0.25)

    values = demand(source, "cpu_s", RequestDemands(cpu_s=law))

    factors = stream(9, "d/s/cpu noise").standard_gamma(4.0, 3) / 4.0  # cv 1/2 is shape 4
    assert values.tolist() == [2 * factors[0], 4 * factors[1], 0.25]


def test_a_demand_is_the_number_in_the_requests_own_row(tmp_path: Path) -> None:
    """However the rows stand in the file, and in the unit that is said."""
    source = trace(tmp_path, "at,a,r\n5,1,250\n4,1,500\n6,1,125\n")
    request = RequestDemands(
        cpu_s=Column[Seconds](column="r", unit="ms"),
        gpu_s=Column[Seconds](column="r"),
        memory_bytes=Column[Bytes](column="r", unit="kB"),
    )

    assert demand(source, "cpu_s", request).tolist() == [0.5, 0.25, 0.125]
    assert demand(source, "gpu_s", request).tolist() == [500.0, 250.0, 125.0]
    assert demand(source, "memory_bytes", request).tolist() == [500_000, 250_000, 125_000]


@pytest.mark.parametrize(
    ("content", "fields", "why"),
    [
        ("at,a\n5,1\n4,1\n6,1\n", {}, "not in order of time"),
        ("at,a\n4,1\n5,1\n6,1\n", {"offset_s": 1.0}, "begins behind the first rows"),
        ("at,a\n4,1\n5,1\n6,1\n", {"rate_scale": 2.0}, "rate_scale is 2, which"),
    ],
)
def test_a_sequence_beside_a_trace_whose_rows_are_moved_is_refused(
    tmp_path: Path, content: str, fields: dict[str, float], why: str
) -> None:
    """Its numbers would go to other requests than the rows that they stand beside."""
    source = trace(tmp_path, content, **fields)
    file = tmp_path / "r.csv"
    file.write_text("r\n1\n2\n3\n4\n5\n6\n")
    numbers = InOrder[Seconds](path=str(file), column="r")

    with pytest.raises(ScenarioError, match=rf"{why}.*\{{kind: column, column: r\}}"):
        demand(source, "cpu_s", RequestDemands(cpu_s=numbers))
    with pytest.raises(ScenarioError, match=f"d/s/deadline: .*{why}.* or draw it"):
        drawn(numbers, source, "deadline")


def test_a_sequence_beside_a_trace_as_it_stands_is_used(tmp_path: Path) -> None:
    """Rows in order, from the first on, each once: request k is row k, at any speed."""
    source = trace(tmp_path, "at,a\n4,1\n5,1\n5,1\n", time_scale=0.5)
    request = RequestDemands(cpu_s=InOrder[Seconds](values=(3.0, 1.0, 2.0)))

    assert demand(source, "cpu_s", request).tolist() == [3.0, 1.0, 2.0]


def test_a_column_that_the_trace_has_not_is_refused(tmp_path: Path) -> None:
    """Also when it is asked for only during the run, as by a publish."""
    source = trace(tmp_path, "at,a\n1,3\n")
    request = RequestDemands(cpu_s=Linear[SignedSeconds](per={"tokens": 1.0}))

    with pytest.raises(ScenarioError, match="there is no column 'tokens'; columns: at, a"):
        demand(source, "cpu_s", request)


# Waits before retries -----------------------------------------------------------------------


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_the_sdk_waits_250_ms_times_a_rounded_uniform(attempt: int) -> None:
    """Draw i of the attempt's stream is request i's; halves go to the even neighbour."""
    waits_s = retry_waits_s(requests(4000), SdkClient(), attempt)

    uniform = stream(9, f"d/s/jitter {attempt}").random(4000).tolist()
    assert waits_s.tolist() == [0.25 * round(2**attempt * u) for u in uniform]


@pytest.mark.parametrize(
    ("attempt", "shares"),
    [
        (1, {0.0: 1 / 4, 0.25: 1 / 2, 0.5: 1 / 4}),
        (2, {0.0: 1 / 8, 0.25: 1 / 4, 0.5: 1 / 4, 0.75: 1 / 4, 1.0: 1 / 8}),
        (3, {0.0: 1 / 16, 2.0: 1 / 16, **{0.25 * j: 1 / 8 for j in range(1, 8)}}),
    ],
)
def test_the_sdks_waits_have_the_measured_law(attempt: int, shares: dict[float, float]) -> None:
    """At most 0.5, 1 and 2 s; the ends half as likely as what is between (5 standard errors)."""
    count = 10_000
    waits_s = retry_waits_s(requests(count), SdkClient(), attempt)

    found = dict(zip(*np.unique(waits_s, return_counts=True), strict=True))
    assert found.keys() == shares.keys()
    for wait_s, share in shares.items():
        assert abs(found[wait_s] - count * share) < 5 * np.sqrt(count * share * (1 - share))


def test_a_custom_client_waits_by_its_list_whose_last_stays() -> None:
    """Each attempt has its own distribution; later ones share the last."""
    client = CustomClient(
        max_attempts=9,
        retry_on=frozenset({"queue_full"}),
        backoff_s=(Constant[Seconds](value=1.5), Exponential[Seconds](mean_value=4.0)),
    )
    source = requests(50)

    assert set(retry_waits_s(source, client, 1).tolist()) == {1.5}
    for attempt in (2, 3, 8):
        draws = stream(9, f"d/s/jitter {attempt}").standard_exponential(50) * 4.0
        assert retry_waits_s(source, client, attempt).tolist() == draws.tolist()


def test_a_client_that_does_not_retry_does_not_wait() -> None:
    """Nothing is drawn for it."""
    assert retry_waits_s(requests(3), NoRetryClient(), 1).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("client", [NoRetryClient(), SdkClient()])
def test_waits_do_not_depend_on_other_purposes(client: Client) -> None:
    """Drawing demands before or after changes nothing."""
    before = retry_waits_s(requests(20), client, 2).tolist()
    source = requests(20)
    drawn(Exponential[Seconds](mean_value=1.0), source, "cpu")

    assert retry_waits_s(source, client, 2).tolist() == before


def test_deadlines_have_a_stream_of_their_own() -> None:
    """The mean is the asked one; 2 % off would be seen."""
    law = Gamma[Seconds](mean_value=30.0, cv=0.2)
    values = drawn(law, requests(10_000), "deadline")

    assert_mean(values, 30.0, resolution=0.011)
    with pytest.raises(AssertionError):
        assert_mean(values, 30.0 * 1.02, resolution=0.011)
