"""The models of a scenario: forms that a file may use, and what they refuse."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from sim.errors import ScenarioError
from sim.scenario.models.deployment import Deployment, Initial
from sim.scenario.models.distributions import Constant, Exponential
from sim.scenario.models.policies import Client, CustomClient, NoRetryClient, SdkClient, Service
from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.queues import VcpuQueue
from sim.scenario.models.scenario import USAGE_RATES, Platform, Scenario
from sim.scenario.models.spec import Spec
from sim.scenario.models.timeline import (
    FirstReplicas,
    KillEvent,
    NumberedReplicas,
    PublishEvent,
    QueueLimitEvent,
    TenantEvent,
)
from sim.scenario.models.traffic import (
    BurstsTraffic,
    CyclePoint,
    CycleTraffic,
    InstantsTraffic,
    PiecewiseTraffic,
    PoissonTraffic,
    RateWindow,
    TraceTraffic,
    WindowsTraffic,
)
from sim.scenario.models.wall_clock import DAY_S
from sim.scenario.reading.loader import parse_scenario
from sim.units import Seconds
from sim.wire.models import GpuType, RuntimeConfiguration

CONFIGURATION = RuntimeConfiguration(min_replicas=1, max_replicas=2)


def refused(model: type[Spec], data: dict[str, Any]) -> str:
    """Return what is said about a file form of *model* that is refused."""
    with pytest.raises(ValidationError) as caught:
        model.from_file_form(data)
    return str(caught.value)


def test_a_bare_quantity_is_a_constant() -> None:
    """In files and from Python; written back bare."""
    demands = RequestDemands.from_file_form({"cpu": "20ms", "memory": "1MiB"})
    assert demands == RequestDemands.model_validate({"cpu_s": 0.02, "memory_bytes": 2**20})
    assert demands.model_dump(mode="json", by_alias=True) == {
        "wait": "0s",
        "cpu": "20ms",
        "gpu": "0s",
        "memory": "1MiB",
    }


def test_keys_belong_to_files_and_names_to_python() -> None:
    """Neither takes the other's: cores and thousandths cannot be mixed up."""
    assert VcpuQueue.from_file_form({"kind": "vcpu", "name": "q", "limit": 4}) == VcpuQueue(
        name="q", limit_millicores=4000
    )
    with pytest.raises(ValidationError, match="limit"):
        VcpuQueue.model_validate({"name": "q", "limit": 4})
    assert "limit_millicores" in refused(
        VcpuQueue, {"kind": "vcpu", "name": "q", "limit_millicores": 4}
    )


def test_models_are_values() -> None:
    """Equal, and equally hashed, when their fields are; frozen."""
    source = PoissonTraffic(rate_per_s=1.0)
    assert source == PoissonTraffic(rate_per_s=1)
    assert hash(source) == hash(PoissonTraffic(rate_per_s=1))
    assert source != PoissonTraffic(rate_per_s=2.0)
    assert source != BurstsTraffic(
        base_rate_per_s=1.0, burst_rate_per_s=1.0, mean_base_s=1.0, mean_burst_s=1.0
    )
    with pytest.raises(ValidationError, match="frozen"):
        source.rate_per_s = 3.0  # type: ignore[misc]  # that is what is refused


@pytest.mark.parametrize(
    ("written", "kind", "count"),
    [("cold", "cold", 0), ("disabled", "disabled", 0), ({"responsive": 3}, "responsive", 3)],
)
def test_the_initial_condition_has_three_forms(written: object, kind: str, count: int) -> None:
    """Read, and written back as it was."""
    initial = Initial.from_file_form(written)
    assert (initial.kind, initial.responsive_count) == (kind, count)
    assert initial.model_dump(mode="json", by_alias=True) == written
    assert Initial.model_validate(initial.model_dump()) == initial


@pytest.mark.parametrize(
    "written", ["warm", {"responsive": -1}, {"responsive": 1, "x": 1}, 3, None]
)
def test_no_other_initial_condition_is_taken(written: object) -> None:
    """Not even a number of replicas without its key."""
    with pytest.raises(ValidationError):
        Initial.from_file_form(written)
    with pytest.raises(ValidationError, match="no responsive replica"):
        Initial(kind="cold", responsive_count=1)


def test_sources_are_named_by_kind_and_place() -> None:
    """Unless they have a name of their own."""
    deployment = Deployment(
        name="a",
        runtime_configuration=CONFIGURATION,
        traffic=(
            PoissonTraffic(rate_per_s=1.0),
            PoissonTraffic(name="web", rate_per_s=1.0),
            InstantsTraffic(at_s=(1.0,)),
        ),
    )
    assert [source.name for source in deployment.traffic] == ["poisson0", "web", "instants2"]


def test_queues_are_the_files_first_of_each_kind() -> None:
    """A deployment may name others; without a queue of the kind there is none."""
    queues = tuple(VcpuQueue(name=name, limit_millicores=1) for name in ("one", "two"))
    other = Deployment.model_validate(
        {"name": "b", "runtime_configuration": CONFIGURATION, "queues": {"vcpu": "two"}}
    )
    scenario = Scenario(
        name="x",
        horizon_s=1.0,
        queues=queues,
        deployments=(Deployment(name="a", runtime_configuration=CONFIGURATION), other),
    )
    assert [deployment.queues.vcpu for deployment in scenario.deployments] == ["one", "two"]
    assert [deployment.queues.vgpu for deployment in scenario.deployments] == [None, None]


def test_own_rates_are_added_to_the_published_ones() -> None:
    """Types without a published rate have none unless the scenario gives it."""
    assert Platform().usage_rates == USAGE_RATES
    rates = Platform(usage_rates={"L40S": 2.5, "vcpu": 0.1}).usage_rates
    assert (rates["L40S"], rates["vcpu"], rates["T4"]) == (2.5, 0.1, 1.2)
    assert "H200" not in rates


@pytest.mark.parametrize(
    ("at", "at_s", "weekday"),
    [
        ("00:00", 0, None),
        ("08:30", 30600, None),
        ("23:59:59", 86399, None),
        ("Mon 00:00", 0, 0),
        ("Tue 01:00", DAY_S + 3600, 1),
        ("Sun 23:00", 6 * DAY_S + 82800, 6),
    ],
)
def test_a_point_of_a_cycle_is_an_instant_of_its_period(
    at: str, at_s: float, weekday: int | None
) -> None:
    """Seconds since midnight, or since Monday's."""
    point = CyclePoint(at=at, rate_per_s=1.0)
    assert (point.at_s, point.weekday) == (at_s, weekday)


@pytest.mark.parametrize(
    "at", ["8:00", "24:00", "12:60", "Mo 08:00", "mon 08:00", "08:00 ", "noon"]
)
def test_no_other_time_of_day_is_taken(at: str) -> None:
    """Two digits each, and English three-letter days."""
    with pytest.raises(ValidationError):
        CyclePoint(at=at, rate_per_s=1.0)


@pytest.mark.parametrize(
    ("period", "times", "says"),
    [
        ("day", ["Mon 08:00"], "in a day's cycle write a time, as in 08:00"),
        ("week", ["08:00"], "in a week's cycle write a weekday and a time"),
        ("day", ["09:00", "08:00"], "number 2 is before number 1"),
        ("week", ["Tue 00:00", "Mon 23:00"], "number 2 is before number 1"),
        ("day", [], "at least 1"),
    ],
)
def test_points_of_a_cycle_fit_its_period(period: str, times: list[str], says: str) -> None:
    """Days in a weekly cycle only, and in order."""
    points = [{"at": at, "rate": "1/s"} for at in times]
    assert says in refused(CycleTraffic, {"kind": "cycle", "period": period, "points": points})


def test_a_cycle_knows_its_period() -> None:
    """A day or a week, in seconds."""
    for period, length_s in (("day", 86400.0), ("week", 604800.0)):
        at = "08:00" if period == "day" else "Mon 08:00"
        data = {"kind": "cycle", "period": period, "points": [{"at": at, "rate": "1/s"}]}
        assert CycleTraffic.from_file_form(data).period_s == length_s


def test_times_ascend_but_may_repeat() -> None:
    """Two points at one instant are a step; two instants are two requests."""
    assert InstantsTraffic(at_s=(1.0, 1.0, 2.0)).at_s == (1.0, 1.0, 2.0)
    points = [{"at": "0s", "rate": "1/s"}, {"at": "5s", "rate": "1/s"}, {"at": "5s", "rate": "9/s"}]
    data = {"kind": "piecewise", "points": points}
    assert len(PiecewiseTraffic.from_file_form(data).points) == 3
    assert "number 3 is before number 2" in refused(
        PiecewiseTraffic, {"kind": "piecewise", "points": points[::-1]}
    )


def test_many_instants_belong_in_a_trace() -> None:
    """10,000 are taken; one more is refused with the advice."""
    deployment = {"name": "a", "runtimeConfiguration": CONFIGURATION.to_wire()}
    traffic = {"kind": "instants", "at": ["1s"] * 10_001}
    data = {"name": "x", "horizon": "1h", "deployments": [{**deployment, "traffic": [traffic]}]}
    with pytest.raises(ScenarioError, match="at most 10,000 items: put more into a file"):
        parse_scenario(data)
    traffic["at"] = ["1s"] * 10_000
    assert parse_scenario(data).deployments[0].traffic[0].name == "instants0"


def test_windows_are_given_once() -> None:
    """As rows or as a file; each starts later than the one before."""
    row = {"at": "0s", "rate": "1/s"}
    assert "either rows or path" in refused(WindowsTraffic, {"kind": "windows"})
    both = {"kind": "windows", "rows": [row], "path": "a.csv"}
    assert "either rows or path" in refused(WindowsTraffic, both)
    assert "same instant" in refused(WindowsTraffic, {"kind": "windows", "rows": [row, row]})


def test_the_law_of_a_window_follows_from_its_cv() -> None:
    """Gamma: 1 / cv squared; Weibull: from its moments; exponential: cv is 1."""
    assert RateWindow(at_s=0.0, rate_per_s=1.0, law="gamma", cv=2.0).shape == 0.25
    assert RateWindow(at_s=0.0, rate_per_s=1.0, law="weibull", cv=1.0).shape == 1.0
    assert RateWindow(at_s=0.0, rate_per_s=1.0).shape == 1.0
    with pytest.raises(ValidationError, match="exponential gaps have cv 1"):
        RateWindow(at_s=0.0, rate_per_s=1.0, cv=2.0)


@pytest.mark.parametrize(
    ("settings", "times"),
    [
        ({"format": "azure"}, ("TIMESTAMP", "iso8601")),
        ({"format": "mooncake"}, ("timestamp", "ms")),
        ({"format": "csv", "time_column": "t"}, ("t", "s")),
        ({"format": "jsonl", "time_column": "t", "time_unit": "us"}, ("t", "us")),
        ({"format": "azure", "time_column": "when", "time_unit": "ns"}, ("when", "ns")),
    ],
)
def test_a_trace_knows_its_time_column(settings: dict[str, Any], times: tuple[str, str]) -> None:
    """The known formats by themselves, unless the scenario says otherwise."""
    data = {"kind": "trace", "path": "t", **settings}
    assert TraceTraffic.from_file_form(data).times == times


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"origin": "zero", "time_unit": "iso8601"}, "the times are dates, which have no 0"),
        ({"origin": "90s", "time_unit": "iso8601"}, "the times are dates, which have no 0"),
        ({"origin": "last"}, "must be first, zero, start, a date and time with a zone"),
        ({"origin": "90"}, "or a number of the file with its unit, as in 90s"),
        ({"origin": "1e30s"}, "must be first, zero, start"),
        ({"origin": "2026-03-02T08:00"}, "must be a date and time with a zone"),
        ({"origin": "2026-03-29T02:30[Europe/Berlin]"}, "an instant that there is not"),
        ({"stamp": "end"}, "duration_column is needed with stamp end"),
        ({"duration_column": "took"}, "duration_column is of no use with stamp arrival"),
    ],
)
def test_a_trace_says_what_its_times_are(settings: dict[str, Any], said: str) -> None:
    """Numbers have a 0 and dates have none; durations are for times at which requests end."""
    data = {"kind": "trace", "path": "t", "format": "csv", "time_column": "t", **settings}
    with pytest.raises(ValidationError, match=said):
        TraceTraffic.from_file_form(data)


def test_a_503_is_a_503_with_and_without_quotes() -> None:
    """YAML reads the bare one as a number."""
    for answer in (503, "503"):
        assert Service.from_file_form({"lost_request": answer}).lost_request == "503"


def test_clients_are_chosen_by_policy() -> None:
    """A deadline is for all, the rest for custom ones."""
    client: TypeAdapter[Client] = TypeAdapter(Client)
    assert client.validate_python({"policy": "none", "deadline_s": 2.0}) == NoRetryClient(
        deadline_s=Constant[Seconds](value=2.0)
    )
    assert isinstance(client.validate_python({"policy": "sdk"}), SdkClient)
    with pytest.raises(ValidationError, match="max_attempts"):
        client.validate_python({"policy": "sdk", "max_attempts": 5})


def test_a_clients_waits_are_one_or_several() -> None:
    """One is a list of one; outcomes are written in alphabetical order."""
    client = CustomClient.from_file_form(
        {
            "policy": "custom",
            "max_attempts": 3,
            "retry_on": ["queue_full", "disabled", "queue_full", "client_timeout"],
            "backoff": {"kind": "exponential", "mean": "1s"},
        }
    )
    assert client.backoff_s == (Exponential[Seconds](mean_value=1.0),)
    data = client.model_dump(mode="json", by_alias=True)
    assert data["retry_on"] == ["client_timeout", "disabled", "queue_full"]
    assert CustomClient.from_file_form(data) == client
    assert "at least 1" in refused(CustomClient, {**data, "backoff": []})


@pytest.mark.parametrize(
    ("written", "selection"),
    [
        ("all", "all"),
        ({"count": 2}, FirstReplicas(count=2)),
        ({"numbers": [3, 0]}, NumberedReplicas(numbers=(3, 0))),
    ],
)
def test_replicas_are_selected_in_three_ways(written: object, selection: object) -> None:
    """Read, and written back as it was."""
    data = {"event": "kill", "at": "1s", "deployment": "a", "replicas": written}
    event = KillEvent.from_file_form(data)
    assert event.replicas == selection
    assert event.model_dump(mode="json", by_alias=True)["replicas"] == written


@pytest.mark.parametrize(
    "written", ["some", {}, {"count": 0}, {"numbers": []}, {"numbers": [-1]}, 2]
)
def test_no_other_selection_is_taken(written: object) -> None:
    """None at all is no fault."""
    assert refused(KillEvent, {"event": "kill", "at": "1s", "deployment": "a", "replicas": written})


def test_a_tenant_uses_cores_or_gpus() -> None:
    """Cores are kept as thousandths, GPUs by type."""
    data = {"event": "tenant", "at": "1s", "queue": "q", "tenant": "t"}
    assert TenantEvent.from_file_form({**data, "use": 1.5}).use == 1500
    assert TenantEvent.from_file_form({**data, "use": {"T4": 2}}).use == {GpuType.T4: 2}


def test_a_queues_new_limit_is_of_one_kind() -> None:
    """Cores or GPUs, not both and not neither."""
    data = {"event": "queue_limit", "at": "1s", "queue": "q"}
    assert QueueLimitEvent.from_file_form({**data, "limit": 2.5}).limit_millicores == 2500
    assert "either limit" in refused(QueueLimitEvent, data)
    assert "either limit" in refused(QueueLimitEvent, {**data, "limit": 2, "limits": {"T4": 1}})


def test_every_publication_is_a_version_of_its_own() -> None:
    """Unless it names one; the same event has the same in every file."""
    first = PublishEvent(at_s=60.0, deployment="a")
    assert first.model_version_rid == PublishEvent(at_s=60.0, deployment="a").model_version_rid
    assert first.model_version_rid != PublishEvent(at_s=61.0, deployment="a").model_version_rid
    assert first.model_version_rid != PublishEvent(at_s=60.0, deployment="b").model_version_rid


def test_the_start_keeps_its_zone() -> None:
    """The clock of a cycle is the one on the wall there."""
    data = {
        "name": "x",
        "horizon": "1h",
        "start": "2026-01-05T08:00:00+05:30",
        "deployments": [{"name": "a", "runtimeConfiguration": CONFIGURATION.to_wire()}],
    }
    scenario = Scenario.from_file_form(data)
    assert scenario.start.utcoffset() == timedelta(hours=5, minutes=30)
    assert scenario.model_dump(mode="json")["start"] == "2026-01-05T08:00:00+05:30"
