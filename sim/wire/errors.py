"""The errors that the API answers with, as values: the envelope, and what any endpoint may answer.

The errors of the live-deployment endpoints are in `sim.wire.endpoint_errors`. Answers without a
body (429, 503, an unknown route) are not here: they have a status and nothing else.

Source: Palantir API, general overview, Errors; Conjure wire format, sections 3.4 and 5.5.
"""

from dataclasses import dataclass, fields
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, Final

from pydantic.alias_generators import to_camel
from typing_extensions import override

from sim.wire.descriptions import DOCUMENTED


class ErrorCode(StrEnum):
    """``errorCode``: the kind of an error, from which its HTTP status follows."""

    UNAUTHORIZED = "UNAUTHORIZED"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    REQUEST_ENTITY_TOO_LARGE = "REQUEST_ENTITY_TOO_LARGE"
    INTERNAL = "INTERNAL"
    TIMEOUT = "TIMEOUT"


HTTP_STATUS: Final = MappingProxyType(
    {
        ErrorCode.UNAUTHORIZED: 401,
        ErrorCode.PERMISSION_DENIED: 403,
        ErrorCode.INVALID_ARGUMENT: 400,
        ErrorCode.NOT_FOUND: 404,
        ErrorCode.CONFLICT: 409,
        ErrorCode.REQUEST_ENTITY_TOO_LARGE: 413,
        ErrorCode.INTERNAL: 500,
        ErrorCode.TIMEOUT: 500,
    }
)
"""The HTTP status of a code, for all errors but the two that have a status of their own."""


def _json(value: object) -> Any:
    if isinstance(value, JsonFields):
        return value.to_wire()
    if isinstance(value, Enum):
        return value.value
    return [_json(item) for item in value] if isinstance(value, tuple) else value


class JsonFields:
    """Base of the dataclasses whose fields are JSON under camelCase names."""

    __slots__ = ()

    def to_wire(self) -> dict[str, Any]:
        """Return the fields as JSON data; those that are None are absent."""
        pairs = ((to_camel(field.name), getattr(self, field.name)) for field in fields(self))  # type: ignore[arg-type]  # every subclass is a dataclass
        return {name: _json(value) for name, value in pairs if value is not None}


@dataclass(frozen=True, slots=True)
class Fault(JsonFields):
    """An error of the API; the fields of a subclass are its parameters.

    Attributes:
        error_name: ``errorName``, exactly.
        error_code: ``errorCode``.
        description: What the name means, in a constant sentence of our own, for people.
        http_status: The status of the answer.
    """

    error_name: ClassVar[str]
    error_code: ClassVar[ErrorCode]
    description: ClassVar[str]

    http_status: ClassVar[int]

    @override
    def __init_subclass__(cls) -> None:
        """Give the errors without an HTTP status of their own that of their code."""
        if "http_status" not in cls.__dict__ and hasattr(cls, "error_code"):
            cls.http_status = HTTP_STATUS[cls.error_code]

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters as JSON data, by their JSON names."""
        return self.to_wire()

    @property
    def error_description(self) -> str:
        """``errorDescription``: the documented sentence of the name, else our own."""
        return description_of(type(self))

    @property
    def message(self) -> str:
        """The description with the parameters' values, for people."""
        values = ", ".join(f"{name} {_words(value)}" for name, value in self.parameters.items())
        return f"{self.description.removesuffix('.')}: {values}" if values else self.description

    def envelope(self, instance_id: str) -> dict[str, Any]:
        """Return the JSON body of the answer.

        Args:
            instance_id: A UUID, which names this one answer.
        """
        return {
            "errorCode": self.error_code.value,
            "errorName": self.error_name,
            "errorDescription": self.error_description,
            "errorInstanceId": instance_id,
            "parameters": self.parameters,
        }


def description_of(error: type[Fault]) -> str:
    """Return the ``errorDescription`` of every answer with *error*."""
    return DOCUMENTED.get(error.error_name, error.description)


def _words(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


@dataclass(frozen=True, slots=True)
class InvalidArgument(Fault):
    """JSON that does not parse, a bad path or query parameter, a value out of its range.

    The service's parameters are not documented: these two are the simulator's own.

    Attributes:
        argument: Where the value stands, such as ``gpu.count``; None for the body as a whole.
        reason: What is wrong with it.
    """

    error_name = "Default:InvalidArgument"
    error_code = ErrorCode.INVALID_ARGUMENT
    description = "An argument of the request is invalid."

    reason: str
    argument: str | None = None

    @property
    @override
    def message(self) -> str:
        return self.reason if self.argument is None else f"{self.argument} {self.reason}"


@dataclass(frozen=True, slots=True)
class UnprocessableEntity(Fault):
    """JSON that parses and is not the object asked for: a wrong type, a field missing or unknown.

    The service's parameters are not documented: these two are the simulator's own.
    """

    error_name = "Conjure:UnprocessableEntity"
    error_code = ErrorCode.INVALID_ARGUMENT
    description = "The body of the request is not the object that the endpoint takes."
    http_status = 422

    reason: str
    argument: str | None = None

    @property
    @override
    def message(self) -> str:
        return self.reason if self.argument is None else f"{self.argument} {self.reason}"


@dataclass(frozen=True, slots=True)
class UnsupportedMediaType(Fault):
    """The Content-Type is not JSON."""

    error_name = "Conjure:UnsupportedMediaType"
    error_code = ErrorCode.INVALID_ARGUMENT
    description = "The Content-Type of the request must be application/json."
    http_status = 415


@dataclass(frozen=True, slots=True)
class MissingCredentials(Fault):
    """There is no Authorization header."""

    error_name = "MissingCredentials"
    error_code = ErrorCode.UNAUTHORIZED
    description = "The request has no Authorization header."


@dataclass(frozen=True, slots=True)
class MalformedCredentials(Fault):
    """The Authorization header is not a bearer token."""

    error_name = "Conjure:MalformedCredentials"
    error_code = ErrorCode.UNAUTHORIZED
    description = "The Authorization header of the request cannot be read."


@dataclass(frozen=True, slots=True)
class Unauthorized(Fault):
    """The token is unknown or has expired."""

    error_name = "Default:Unauthorized"
    error_code = ErrorCode.UNAUTHORIZED
    description = "The token is invalid or has expired."


@dataclass(frozen=True, slots=True)
class ApiUsageDenied(Fault):
    """The token may not use the endpoint."""

    error_name = "ApiUsageDenied"
    error_code = ErrorCode.PERMISSION_DENIED
    description = "The token does not allow this use of the API."

    missing_scope: str | None = None


@dataclass(frozen=True, slots=True)
class PermissionDenied(Fault):
    """A permission without an error of its own is missing.

    The service's parameters are not documented: the reason is the simulator's own.
    """

    error_name = "Default:PermissionDenied"
    error_code = ErrorCode.PERMISSION_DENIED
    description = "A permission that the request needs is missing."

    reason: str | None = None

    @property
    @override
    def message(self) -> str:
        return self.reason or self.description


@dataclass(frozen=True, slots=True)
class ApiFeaturePreviewUsageOnly(Fault):
    """A preview endpoint was called without ``preview=true``."""

    error_name = "ApiFeaturePreviewUsageOnly"
    error_code = ErrorCode.INVALID_ARGUMENT
    description = "The endpoint is in preview and needs the query parameter preview=true."


@dataclass(frozen=True, slots=True)
class InvalidAttributionHeader(Fault):
    """The attribution header is not a list of RIDs."""

    error_name = "InvalidAttributionHeader"
    error_code = ErrorCode.INVALID_ARGUMENT
    description = "The attribution header is not a list of resource identifiers."

    header: str


@dataclass(frozen=True, slots=True)
class RequestEntityTooLarge(Fault):
    """The body is larger than the service reads."""

    error_name = "Default:RequestEntityTooLarge"
    error_code = ErrorCode.REQUEST_ENTITY_TOO_LARGE
    description = "The body of the request is too large."


@dataclass(frozen=True, slots=True)
class Conflict(Fault):
    """The request conflicts with what there is; assumed for a branch's second deployment."""

    error_name = "Default:Conflict"
    error_code = ErrorCode.CONFLICT
    description = "The request conflicts with what exists already."


@dataclass(frozen=True, slots=True)
class Internal(Fault):
    """Anything else."""

    error_name = "Default:Internal"
    error_code = ErrorCode.INTERNAL
    description = "The service has failed."


GENERIC_ERRORS: Final[tuple[type[Fault], ...]] = (
    InvalidArgument,
    UnprocessableEntity,
    UnsupportedMediaType,
    MissingCredentials,
    MalformedCredentials,
    Unauthorized,
    ApiUsageDenied,
    PermissionDenied,
    ApiFeaturePreviewUsageOnly,
    InvalidAttributionHeader,
    RequestEntityTooLarge,
    Conflict,
    Internal,
)
"""What any endpoint may answer."""
