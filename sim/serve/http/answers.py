"""What a request is answered with: values, and how each becomes a response.

An answer other than success is raised, so that the first check that fails ends the request.
"""

import json
import uuid
from typing import Any, Final

from fastapi.responses import Response
from typing_extensions import override

from sim.serve.protocol.said import ApiFault
from sim.wire.errors import Fault

JSON_TYPE: Final = "application/json"
CLIENT_GONE: Final = 499
"""The status of an answer that nobody is there to read, for metrics; as nginx counts it."""


class EarlyAnswer(Exception):  # noqa: N818 - it ends a request, and is no error of the program
    """Base of what ends a request early; `error_name` is the API's, None where it has none."""

    error_name: str | None = None

    def response(self) -> Response:
        """Return what the client gets."""
        raise NotImplementedError  # the base alone is never raised


class ApiError(EarlyAnswer):
    """A documented error, in its envelope, under an identifier of its own."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.error_name)
        self.fault = fault
        self.error_name = fault.error_name

    @override
    def response(self) -> Response:
        body = self.fault.envelope(new_instance_id())
        return json_response(body, status=self.fault.http_status)


class LastAnswer(ApiError):  # noqa: N818 - an answer, as its name says
    """A documented error that closes the connection: the rest of the request is still to come."""

    @override
    def response(self) -> Response:
        response = super().response()
        response.headers["Connection"] = "close"
        return response


class RefusedByWorker(EarlyAnswer):
    """A documented error that the simulation has answered."""

    def __init__(self, fault: ApiFault) -> None:
        super().__init__(fault["errorName"])
        self.fault = fault
        self.error_name = fault["errorName"]

    @override
    def response(self) -> Response:
        body = {
            "errorCode": self.fault["errorCode"],
            "errorName": self.fault["errorName"],
            "errorDescription": self.fault["errorDescription"],
            "errorInstanceId": new_instance_id(),
            "parameters": self.fault["parameters"],
        }
        return json_response(body, status=self.fault["status"])


class Empty(EarlyAnswer):
    """A status without a body: 429, 503, an unknown route.

    To the SDKs 429 and 503 mean that nothing was done, and they send the request again.
    """

    def __init__(self, status: int, *, retry_after_s: int | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.retry_after_s = retry_after_s

    @override
    def response(self) -> Response:
        headers = {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}
        return Response(status_code=self.status, headers=headers)


class SenselessCommand(EarlyAnswer):
    """A command of the simulator's own routes that makes no sense; 400, and why."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status

    @override
    def response(self) -> Response:
        return json_response({"message": str(self)}, status=self.status)


def new_instance_id() -> str:
    """Return a UUID, which names one error answer."""
    return str(uuid.uuid4())


def json_text(data: Any) -> bytes:
    """Return *data* as compact JSON in ASCII."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).encode()


def json_response(data: Any, *, status: int = 200) -> Response:
    """Return *data* as a JSON response."""
    return Response(json_text(data), status_code=status, media_type=JSON_TYPE)
