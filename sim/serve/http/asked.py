"""What stands in a request besides its body: query parameters and headers, taken raw."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qs

from fastapi import Request

from sim.serve.http.answers import ApiError
from sim.wire.errors import (
    ApiFeaturePreviewUsageOnly,
    InvalidArgument,
    InvalidAttributionHeader,
    UnsupportedMediaType,
)
from sim.wire.rid import is_rid

Query = Mapping[str, Sequence[str]]

MAX_PARAMETERS: Final = 100
MAX_SHOWN: Final = 200
"""Letters of a refused header that an error repeats."""


def query_of(request: Request) -> Query:
    """Return the query parameters, each with the values it is given in their order.

    Raises:
        ApiError: There are too many.
    """
    text = request.scope["query_string"].decode("latin-1")
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError:
        reason = f"The query has more than {MAX_PARAMETERS} parameters."
        raise ApiError(InvalidArgument(reason=reason)) from None


def require_preview(query: Query) -> None:
    """Refuse a request without ``preview=true``, in any case, given once.

    Raises:
        ApiError: The parameter is missing, given twice, or has another value.
    """
    if [value.lower() for value in query.get("preview", ())] != ["true"]:
        raise ApiError(ApiFeaturePreviewUsageOnly())


def one_value(query: Query, name: str) -> str | None:
    """Return the value of the parameter *name*, None where there is none.

    Raises:
        ApiError: It is given twice.
    """
    values = query.get(name, ())
    if len(values) > 1:
        raise ApiError(InvalidArgument(reason="must be given once", argument=name))
    return values[0] if values else None


def required_rid(text: str | None, name: str) -> str:
    """Return *text*, which is a RID.

    Raises:
        ApiError: It is not, or is None; the error names the argument *name*.
    """
    if text is None:
        raise ApiError(InvalidArgument(reason="is missing", argument=name))
    if not is_rid(text):
        reason = "must be a resource identifier"
        raise ApiError(InvalidArgument(reason=reason, argument=name))
    return text


def require_json_type(request: Request) -> None:
    """Refuse a body that is not said to be JSON as it is.

    Raises:
        ApiError: The Content-Type is another or missing, or the body is compressed.
    """
    types = request.headers.getlist("content-type")
    kinds = [text.split(";")[0].strip().lower() for text in types]
    encodings = [text.strip().lower() for text in request.headers.getlist("content-encoding")]
    if kinds != ["application/json"] or encodings not in ([], ["identity"]):
        raise ApiError(UnsupportedMediaType())


def require_attribution(request: Request) -> None:
    """Refuse an attribution header that is not a list of RIDs, parted by commas.

    Raises:
        ApiError: There is such a header.
    """
    for header in request.headers.getlist("attribution"):
        if not all(is_rid(part.strip()) for part in header.split(",")):
            raise ApiError(InvalidAttributionHeader(header=header[:MAX_SHOWN]))
