"""The API's objects: what JSON they are, and what they are written back as."""

import json
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from sim.states import DeploymentState
from sim.testing import arbitrary_json, replace_requests, runtime_configurations
from sim.wire.models import (
    CreateLiveDeploymentRequest,
    Duration,
    DurationUnit,
    Gpu,
    GpuType,
    LiveDeployment,
    ReplaceLiveDeploymentRequest,
    RuntimeConfiguration,
    Status,
    WireObject,
)

RID = "ri.foundry-ml-live.main.live-deployment.aaaaaaaa-0000-4000-8000-000000000001"
MODEL = "ri.models.main.model.aaaaaaaa-0000-4000-8000-000000000002"
VERSION = "ri.models.main.model-version.aaaaaaaa-0000-4000-8000-000000000003"

FULL: dict[str, Any] = {
    "minReplicas": 1,
    "maxReplicas": 3,
    "cpu": 1.0,
    "memory": "256MiB",
    "gpu": {"count": 2, "type": "H100"},
    "threadCount": 32,
    "scalingConfiguration": {
        "scaleUpLoadThreshold": 0.75,
        "scaleUpDelay": {"value": 1, "unit": "MINUTES"},
        "scaleDownDelay": {"value": 30, "unit": "MINUTES"},
    },
    "environmentVariables": {"LOG_LEVEL": "INFO"},
    "sources": ["ri.magritte..source.1111"],
}
"""Every field of a configuration, as the official SDK sends it."""

SMALL: dict[str, Any] = {"minReplicas": 0, "maxReplicas": 1}


def with_field(path: str, value: object) -> dict[str, Any]:
    """Return a copy of `FULL` in which the field at the dotted *path* has *value*."""
    changed: dict[str, Any] = json.loads(json.dumps(FULL))
    *parents, name = path.split(".")
    place = changed
    for parent in parents:
        place = place[parent]
    place[name] = value
    return changed


def test_a_full_configuration_is_written_back_as_it_came() -> None:
    """Names, values and the text of memory survive."""
    assert RuntimeConfiguration.from_wire(FULL).to_wire() == FULL


def test_absent_fields_stay_absent_and_the_two_collections_appear() -> None:
    """Only `environmentVariables` and `sources` are added, empty."""
    written = RuntimeConfiguration.from_wire(SMALL).to_wire()

    assert written == SMALL | {"environmentVariables": {}, "sources": []}


def test_null_for_an_optional_field_is_absence() -> None:
    """Every optional field may be null, inside objects too."""
    nulls = dict.fromkeys([name for name in FULL if name not in SMALL])
    one = RuntimeConfiguration.from_wire(SMALL | nulls | {"gpu": {"count": 1, "type": None}})

    assert one.to_wire() == SMALL | {
        "gpu": {"count": 1},
        "environmentVariables": {},
        "sources": [],
    }


@pytest.mark.parametrize(
    ("path", "value", "kind"),
    [
        ("minReplicas", "1", "int_type"),
        ("minReplicas", 1.0, "int_type"),
        ("minReplicas", True, "int_type"),
        ("minReplicas", None, "int_type"),
        ("minReplicas", 2**31, "less_than_equal"),
        ("minReplicas", -(2**31) - 1, "greater_than_equal"),
        ("threadCount", "40", "int_type"),
        ("cpu", "1", "float_type"),
        ("cpu", True, "float_type"),
        ("cpu", float("nan"), "finite_number"),
        ("cpu", float("inf"), "finite_number"),
        ("cpu", 10**400, "float_type"),
        ("memory", 256, "string_type"),
        ("memory", "\ud800", "text_unicode"),
        ("gpu", [], "model_type"),
        ("gpu.count", 1.5, "int_type"),
        ("gpu.count", None, "int_type"),
        ("gpu.type", "P100", "enum"),
        ("gpu.type", "h100", "enum"),
        ("gpu.type", 1, "enum"),
        ("gpu.size", 1, "extra_forbidden"),
        ("scalingConfiguration.scaleUpDelay.unit", "SECOND", "enum"),
        ("scalingConfiguration.scaleUpDelay.unit", None, "enum"),
        ("scalingConfiguration.scaleUpDelay", "1m", "model_type"),
        ("scalingConfiguration.scaleUpLoadThreshold", "0.75", "float_type"),
        ("environmentVariables", [], "dict_type"),
        ("environmentVariables.LOG_LEVEL", 5, "string_type"),
        ("environmentVariables.LOG_LEVEL", None, "string_type"),
        ("sources", "ri.magritte..source.1111", "tuple_type"),
        ("sources", {}, "tuple_type"),
        ("sources", [1], "string_type"),
        ("sources", ["magritte"], "rid"),
        ("scaleDownLoadThreshold", 0.5, "extra_forbidden"),
        ("min_replicas", 1, "extra_forbidden"),
    ],
)
def test_json_of_another_type_is_refused(path: str, value: object, kind: str) -> None:
    """Nothing is converted: text is no number, 1.0 no integer, and a new name no field."""
    with pytest.raises(ValidationError) as refused:
        RuntimeConfiguration.from_wire(with_field(path, value))

    assert [error["type"] for error in refused.value.errors()] == [kind]


@pytest.mark.parametrize("missing", ["minReplicas", "maxReplicas"])
def test_the_bounds_are_required(missing: str) -> None:
    """A configuration without one of the two is none."""
    data = {name: value for name, value in FULL.items() if name != missing}

    with pytest.raises(ValidationError, match="Field required"):
        RuntimeConfiguration.from_wire(data)


@pytest.mark.parametrize("missing", list(FULL["scalingConfiguration"]))
def test_a_scaling_configuration_is_complete(missing: str) -> None:
    """All three of its fields are required."""
    scaling = {key: value for key, value in FULL["scalingConfiguration"].items() if key != missing}

    with pytest.raises(ValidationError, match="Field required"):
        RuntimeConfiguration.from_wire(with_field("scalingConfiguration", scaling))


def test_an_integer_is_a_double_and_is_written_with_a_point() -> None:
    """`cpu: 1` goes out as 1.0, as the SDK writes it."""
    cpu = RuntimeConfiguration.from_wire(with_field("cpu", 1)).to_wire()["cpu"]

    assert json.dumps(cpu) == "1.0"


def test_the_extremes_of_an_integer_are_integers() -> None:
    """32 bits, sign included."""
    data = SMALL | {"minReplicas": -(2**31), "maxReplicas": 2**31 - 1}

    assert RuntimeConfiguration.from_wire(data).max_replicas == 2147483647


def test_the_documented_gpu_types_are_eleven() -> None:
    """The nine of the reference pages and the two that the newest SDK adds."""
    assert [gpu_type.value for gpu_type in GpuType] == [
        "A100", "A10G", "A16", "B200", "B300", "H100", "H200", "L4", "L40S", "T4", "V100",
    ]  # fmt: skip


@given(runtime_configurations())
def test_configurations_survive_the_wire(configuration: RuntimeConfiguration) -> None:
    """Through JSON text and back, nothing changes."""
    text = json.dumps(configuration.to_wire(), allow_nan=False)

    assert RuntimeConfiguration.from_wire(json.loads(text)) == configuration


@given(replace_requests())
def test_replace_requests_survive_the_wire(request: ReplaceLiveDeploymentRequest) -> None:
    """A body of replace has its one field, and comes back as it went."""
    wire = json.loads(json.dumps(request.to_wire(), allow_nan=False))

    assert list(wire) == ["runtimeConfiguration"]
    assert ReplaceLiveDeploymentRequest.from_wire(wire) == request


@given(arbitrary_json())
def test_arbitrary_json_is_refused_or_kept(data: object) -> None:
    """JSON of any shape is an object that writes the same fields back, or a ValidationError."""
    for model in (RuntimeConfiguration, ReplaceLiveDeploymentRequest, CreateLiveDeploymentRequest):
        try:
            written = model.from_wire(data).to_wire()
        except ValidationError:
            continue
        assert isinstance(data, dict)
        assert {key for key, value in data.items() if value is not None} <= set(written)


def test_a_live_deployment_is_read_and_written() -> None:
    """The answer of get, as the reference documents it but for the two collections."""
    data = {
        "rid": RID,
        "modelVersion": {"modelRid": MODEL, "modelVersionRid": VERSION},
        "branch": "master",
        "runtimeConfiguration": FULL,
        "status": {"state": "ACTIVE", "isReady": True},
    }
    deployment = LiveDeployment.from_wire(data)

    assert deployment.status == Status(state=DeploymentState.ACTIVE, is_ready=True)
    assert deployment.to_wire() == data


def test_a_deployment_without_a_branch_has_none_on_the_wire() -> None:
    """`branch` is optional and stays absent."""
    data = {
        "rid": RID,
        "modelVersion": {"modelRid": MODEL, "modelVersionRid": VERSION},
        "runtimeConfiguration": SMALL,
        "status": {"state": "FAILED", "isReady": False},
    }

    assert "branch" not in LiveDeployment.from_wire(data).to_wire()


@pytest.mark.parametrize(
    "status",
    [
        {"state": "active", "isReady": True},
        {"state": "ACTIVE", "isReady": "true"},
        {"state": "ACTIVE", "isReady": 1},
        {"state": "ACTIVE"},
    ],
)
def test_a_status_is_strict_too(status: dict[str, object]) -> None:
    """A state is one of the five words, readiness a boolean."""
    with pytest.raises(ValidationError):
        Status.from_wire(status)


def test_a_create_request_is_a_flat_union() -> None:
    """The variant's fields stand beside `type`."""
    data = {
        "deploymentType": {"type": "direct", "modelRid": MODEL, "branch": "master"},
        "runtimeConfiguration": FULL,
    }

    assert CreateLiveDeploymentRequest.from_wire(data).to_wire() == data


@pytest.mark.parametrize(
    "deployment_type",
    [
        {"type": "direct", "direct": {"modelRid": MODEL, "branch": "master"}},
        {"type": "objective", "modelRid": MODEL, "branch": "master"},
        {"modelRid": MODEL, "branch": "master"},
        {"type": "direct", "modelRid": "model", "branch": "master"},
    ],
)
def test_other_deployment_types_are_refused(deployment_type: dict[str, object]) -> None:
    """Not the nested union, no other kind, no missing kind, no other RID."""
    data = {"deploymentType": deployment_type, "runtimeConfiguration": FULL}

    with pytest.raises(ValidationError):
        CreateLiveDeploymentRequest.from_wire(data)


@pytest.mark.parametrize(
    ("value", "unit", "seconds"),
    [
        (1500, "MILLISECONDS", 1.5),
        (1, "MILLISECONDS", 0.001),
        (30, "SECONDS", 30.0),
        (1, "MINUTES", 60.0),
        (2, "HOURS", 7200.0),
        (1, "DAYS", 86400.0),
        (1, "WEEKS", 604800.0),
        (1, "MONTHS", 2629746.0),
        (1, "YEARS", 31556952.0),
        (12, "MONTHS", 31556952.0),
        (-5, "SECONDS", -5.0),
        (0, "YEARS", 0.0),
        (2147483647, "MILLISECONDS", 2147483.647),
    ],
)
def test_a_duration_has_its_seconds(value: int, unit: str, seconds: float) -> None:
    """Units up to weeks are exact, months and years the mean ones."""
    assert Duration(value=value, unit=DurationUnit(unit)).seconds == seconds


def test_python_code_uses_python_names() -> None:
    """The constructor knows snake_case names, and objects do not change."""
    configuration = RuntimeConfiguration(min_replicas=1, max_replicas=2, gpu=Gpu(count=1))

    with pytest.raises(ValidationError, match="frozen"):
        configuration.min_replicas = 5  # type: ignore[misc]  # that is the point
    assert configuration.to_wire()["gpu"] == {"count": 1}


def test_every_object_refuses_null_for_itself() -> None:
    """JSON null is no object."""
    for model in WireObject.__subclasses__():
        with pytest.raises(ValidationError):
            model.from_wire(None)
