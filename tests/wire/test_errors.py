"""The documented errors: exact names, codes, statuses, parameters, envelopes."""

import json
from collections.abc import Callable
from dataclasses import fields

import pytest

from sim.wire import endpoint_errors as endpoint
from sim.wire import errors as generic
from sim.wire.descriptions import DOCUMENTED
from sim.wire.endpoint_errors import ENDPOINT_ERRORS, InputDefect
from sim.wire.errors import GENERIC_ERRORS, HTTP_STATUS, ErrorCode, Fault, description_of
from sim.wire.models import GpuType

RID = "ri.foundry-ml-live.main.live-deployment.1"
DEPLOYMENT: dict[str, object] = {"liveDeploymentRid": RID}
INSTANCE = "00000000-0000-4000-8000-000000000000"

TABLE: list[tuple[Fault, str, str, int, dict[str, object]]] = [
    (
        endpoint.ThreadCountTooHigh(max_thread_count=128, provided_thread_count=200),
        "ThreadCountTooHigh",
        "INVALID_ARGUMENT",
        400,
        {"maxThreadCount": 128, "providedThreadCount": 200},
    ),
    (
        endpoint.InvalidGpuCount(provided_gpu_count=9, max_gpu_count=8),
        "InvalidGpuCount",
        "INVALID_ARGUMENT",
        400,
        {"providedGpuCount": 9, "maxGpuCount": 8},
    ),
    (
        endpoint.GpuTypeNotAvailable(GpuType.H100, (GpuType.T4, GpuType.V100)),
        "GpuTypeNotAvailable",
        "INVALID_ARGUMENT",
        400,
        {"requestedGpuType": "H100", "availableGpuTypes": ["T4", "V100"]},
    ),
    (
        endpoint.ReservedEnvironmentVariable("CLIENT_ID"),
        "ReservedEnvironmentVariable",
        "INVALID_ARGUMENT",
        400,
        {"name": "CLIENT_ID"},
    ),
    (
        endpoint.DeploymentSourceNotImportedIntoProject("s", "p"),
        "DeploymentSourceNotImportedIntoProject",
        "INVALID_ARGUMENT",
        400,
        {"sourceRid": "s", "projectRid": "p"},
    ),
    (
        endpoint.DeploymentSourceCannotExportResourceMarkings("s", "r"),
        "DeploymentSourceCannotExportResourceMarkings",
        "INVALID_ARGUMENT",
        400,
        {"sourceRid": "s", "resourceRid": "r"},
    ),
    (
        endpoint.DeploymentSourceNotEnabledForComputeModules("s"),
        "DeploymentSourceNotEnabledForComputeModules",
        "INVALID_ARGUMENT",
        400,
        {"sourceRid": "s"},
    ),
    (
        endpoint.LiveDeploymentSourcesCannotBeUpdatedWhileRunning(RID),
        "LiveDeploymentSourcesCannotBeUpdatedWhileRunning",
        "CONFLICT",
        409,
        DEPLOYMENT,
    ),
    (endpoint.LiveDeploymentNotFound(RID), "LiveDeploymentNotFound", "NOT_FOUND", 404, DEPLOYMENT),
    (endpoint.ModelNotFound("m"), "ModelNotFound", "NOT_FOUND", 404, {"modelRid": "m"}),
    (
        endpoint.UnsupportedLiveDeployment(),
        "UnsupportedLiveDeployment",
        "INVALID_ARGUMENT",
        400,
        {},
    ),
    (
        endpoint.CreateLiveDeploymentPermissionDenied(),
        "CreateLiveDeploymentPermissionDenied",
        "PERMISSION_DENIED",
        403,
        {},
    ),
    (
        endpoint.ReplaceLiveDeploymentPermissionDenied(RID),
        "ReplaceLiveDeploymentPermissionDenied",
        "PERMISSION_DENIED",
        403,
        DEPLOYMENT,
    ),
    (
        endpoint.StartLiveDeploymentPermissionDenied(RID),
        "StartLiveDeploymentPermissionDenied",
        "PERMISSION_DENIED",
        403,
        DEPLOYMENT,
    ),
    (
        endpoint.DisableLiveDeploymentPermissionDenied(RID),
        "DisableLiveDeploymentPermissionDenied",
        "PERMISSION_DENIED",
        403,
        DEPLOYMENT,
    ),
    (
        endpoint.TransformJsonLiveDeploymentPermissionDenied(RID),
        "TransformJsonLiveDeploymentPermissionDenied",
        "PERMISSION_DENIED",
        403,
        DEPLOYMENT,
    ),
    (endpoint.InferenceTimeout(RID), "InferenceTimeout", "TIMEOUT", 500, DEPLOYMENT),
    (
        endpoint.InferenceInvalidInput(RID, endpoint.UnknownInputName("x")),
        "InferenceInvalidInput",
        "INVALID_ARGUMENT",
        400,
        DEPLOYMENT | {"errorType": {"type": "unknownInputName", "inputName": "x"}},
    ),
    (
        endpoint.InferenceFailure(RID, "division by zero"),
        "InferenceFailure",
        "INVALID_ARGUMENT",
        400,
        DEPLOYMENT | {"errorMessage": "division by zero"},
    ),
    (
        generic.InvalidArgument("must be at least 0", "minReplicas"),
        "Default:InvalidArgument",
        "INVALID_ARGUMENT",
        400,
        {"reason": "must be at least 0", "argument": "minReplicas"},
    ),
    (
        generic.UnprocessableEntity("is missing", "minReplicas"),
        "Conjure:UnprocessableEntity",
        "INVALID_ARGUMENT",
        422,
        {"reason": "is missing", "argument": "minReplicas"},
    ),
    (
        generic.UnsupportedMediaType(),
        "Conjure:UnsupportedMediaType",
        "INVALID_ARGUMENT",
        415,
        {},
    ),
    (generic.MissingCredentials(), "MissingCredentials", "UNAUTHORIZED", 401, {}),
    (generic.MalformedCredentials(), "Conjure:MalformedCredentials", "UNAUTHORIZED", 401, {}),
    (generic.Unauthorized(), "Default:Unauthorized", "UNAUTHORIZED", 401, {}),
    (generic.ApiUsageDenied(), "ApiUsageDenied", "PERMISSION_DENIED", 403, {}),
    (generic.PermissionDenied(), "Default:PermissionDenied", "PERMISSION_DENIED", 403, {}),
    (
        generic.ApiFeaturePreviewUsageOnly(),
        "ApiFeaturePreviewUsageOnly",
        "INVALID_ARGUMENT",
        400,
        {},
    ),
    (
        generic.InvalidAttributionHeader("x"),
        "InvalidAttributionHeader",
        "INVALID_ARGUMENT",
        400,
        {"header": "x"},
    ),
    (
        generic.RequestEntityTooLarge(),
        "Default:RequestEntityTooLarge",
        "REQUEST_ENTITY_TOO_LARGE",
        413,
        {},
    ),
    (generic.Conflict(), "Default:Conflict", "CONFLICT", 409, {}),
    (generic.Internal(), "Default:Internal", "INTERNAL", 500, {}),
]
"""Error, errorName, errorCode, HTTP status and parameters, as documented."""


DESCRIBED = {
    "ThreadCountTooHigh": "The specified thread count exceeds the maximum allowed value.",
    "InvalidGpuCount": "The GPU count is invalid. The GPU count must be between 1 and the maximum "
    "allowed for the requested GPU type.",
    "GpuTypeNotAvailable": "The requested GPU type is not available. Use a GPU type that is "
    "available in the deployment's resource queue.",
    "LiveDeploymentNotFound": "The specified live deployment was not found.",
    "UnsupportedLiveDeployment": "The Live Deployment type is not supported by the API.",
    "ReplaceLiveDeploymentPermissionDenied": "Could not replace the LiveDeployment.",
}
"""What the reference page of Replace gives; the sentences of the other errors are our own."""


def test_a_sentence_is_documented_for_errors_that_exist() -> None:
    """No name in the table of sentences is misspelt."""
    names = {error.error_name for error in (*ENDPOINT_ERRORS, *GENERIC_ERRORS)}

    assert set(DOCUMENTED) == set(DESCRIBED)
    assert set(DOCUMENTED) <= names


def test_the_table_above_has_every_error_once() -> None:
    """No error goes untested."""
    assert [type(row[0]) for row in TABLE] == [*ENDPOINT_ERRORS, *GENERIC_ERRORS]


@pytest.mark.parametrize(
    ("fault", "name", "code", "status", "parameters"), TABLE, ids=[row[1] for row in TABLE]
)
def test_an_envelope_is_as_documented(
    fault: Fault, name: str, code: str, status: int, parameters: dict[str, object]
) -> None:
    """Five fields; parameters are JSON values under their exact names."""
    envelope = fault.envelope(INSTANCE)

    assert json.loads(json.dumps(envelope)) == {
        "errorCode": code,
        "errorName": name,
        "errorDescription": DESCRIBED.get(name, fault.description),
        "errorInstanceId": INSTANCE,
        "parameters": parameters,
    }
    assert fault.http_status == status
    assert type(envelope["errorCode"]) is str


def test_every_code_has_a_status() -> None:
    """The table of statuses is complete."""
    assert set(HTTP_STATUS) == set(ErrorCode)


@pytest.mark.parametrize("describe", [description_of, lambda error: error.description])
def test_every_description_is_a_sentence(describe: Callable[[type[Fault]], str]) -> None:
    """One of its own for each error, on the wire and for people."""
    descriptions = [describe(error) for error in (*ENDPOINT_ERRORS, *GENERIC_ERRORS)]

    assert all(one[0].isupper() and one.endswith(".") for one in descriptions)
    assert len(set(descriptions)) == len(descriptions)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            endpoint.ThreadCountTooHigh(128, 200),
            "The thread count is higher than the platform allows: "
            "maxThreadCount 128, providedThreadCount 200",
        ),
        (
            endpoint.GpuTypeNotAvailable(GpuType.H100, (GpuType.T4, GpuType.V100)),
            "GPUs of this type are not available to the deployment: "
            "requestedGpuType H100, availableGpuTypes T4, V100",
        ),
        (
            endpoint.GpuTypeNotAvailable(GpuType.H100, ()),
            "GPUs of this type are not available to the deployment: "
            "requestedGpuType H100, availableGpuTypes none",
        ),
        (endpoint.UnsupportedLiveDeployment(), endpoint.UnsupportedLiveDeployment.description),
        (generic.InvalidArgument("must be at least 0", "cpu"), "cpu must be at least 0"),
        (generic.InvalidArgument("The body is empty."), "The body is empty."),
        (generic.UnprocessableEntity("is missing", "cpu"), "cpu is missing"),
        (generic.UnprocessableEntity("must be an object"), "must be an object"),
    ],
)
def test_a_message_has_the_values(fault: Fault, message: str) -> None:
    """People read the description with its parameters."""
    assert fault.message == message


@pytest.mark.parametrize(
    ("defect", "wire"),
    [
        (
            endpoint.InvalidArrayShape((2, 3), (2,)),
            {"type": "invalidArrayShape", "expectedShape": [2, 3], "actualShape": [2]},
        ),
        (
            endpoint.InvalidArrayShape((2, 3)),
            {"type": "invalidArrayShape", "expectedShape": [2, 3]},
        ),
        (
            endpoint.TypeMismatch("double", "string"),
            {"type": "typeMismatch", "expectedType": "double", "actualType": "string"},
        ),
        (
            endpoint.UnsupportedType("any"),
            {"type": "unsupportedType", "unsupportedType": "any"},
        ),
        (endpoint.UnknownInputName("x"), {"type": "unknownInputName", "inputName": "x"}),
        (
            endpoint.InvalidTabularFormat("x"),
            {"type": "invalidTabularFormat", "inputFieldName": "x"},
        ),
        (
            endpoint.InconsistentArrayDimensions((1,), (2,)),
            {
                "type": "inconsistentArrayDimensions",
                "firstElementShape": [1],
                "conflictingElementShape": [2],
            },
        ),
        (endpoint.RequiredValueMissing("x"), {"type": "requiredValueMissing", "fieldName": "x"}),
        (endpoint.InvalidMapFormat(), {"type": "invalidMapFormat"}),
    ],
)
def test_a_defect_of_the_input_is_a_flat_union(defect: InputDefect, wire: object) -> None:
    """The variant's fields stand beside `type`."""
    assert defect.to_wire() == wire


def test_an_optional_parameter_is_absent_or_present() -> None:
    """`missingScope` is there when it is known."""
    fault = generic.ApiUsageDenied(missing_scope="api:models-write")

    assert fault.parameters == {"missingScope": "api:models-write"}


def test_equal_faults_are_equal() -> None:
    """Faults are values."""
    assert endpoint.InferenceTimeout(RID) == endpoint.InferenceTimeout(RID)
    assert [field.name for field in fields(endpoint.InferenceTimeout)] == ["live_deployment_rid"]
