"""Which distributions a field may take: of seconds or of bytes, per draw or per request."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import TypeAliasType

from sim.scenario.models.computed import Column, Linear
from sim.scenario.models.distributions import (
    Constant,
    Exponential,
    Gamma,
    Lognormal,
    Uniform,
    Weibull,
)
from sim.scenario.models.samples import Empirical, InOrder
from sim.scenario.models.spec import Spec
from sim.units import (
    BYTES_FORM,
    SECONDS_FORM,
    Bytes,
    FileForm,
    Seconds,
    SignedBytes,
    SignedSeconds,
)


def _as_constant(value: Any) -> Any:
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return {"kind": "constant", "value": value}
    return value


@dataclass(frozen=True, slots=True)
class _BareForm:
    """Tells the JSON Schema that a bare quantity may stand for a constant."""

    form: FileForm

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [dict(self.form.schema), handler(core)]}


_constant_when_bare = BeforeValidator(_as_constant)

RandomDuration = TypeAliasType(
    "RandomDuration",
    Annotated[
        Constant[Seconds]
        | Exponential[Seconds]
        | Uniform[Seconds]
        | Lognormal[Seconds]
        | Gamma[Seconds]
        | Weibull[Seconds]
        | Empirical[Seconds],
        Field(discriminator="kind"),
        _constant_when_bare,
        _BareForm(SECONDS_FORM),
    ],
)
"""A random duration, drawn anew each time; a bare duration is constant."""

RequestDuration = TypeAliasType(
    "RequestDuration",
    Annotated[
        Constant[Seconds]
        | Exponential[Seconds]
        | Uniform[Seconds]
        | Lognormal[Seconds]
        | Gamma[Seconds]
        | Weibull[Seconds]
        | Empirical[Seconds]
        | InOrder[Seconds],
        Field(discriminator="kind"),
        _constant_when_bare,
        _BareForm(SECONDS_FORM),
    ],
)
"""A duration per request: random, or given in order."""

DurationDemand = TypeAliasType(
    "DurationDemand",
    Annotated[
        Constant[Seconds]
        | Exponential[Seconds]
        | Uniform[Seconds]
        | Lognormal[Seconds]
        | Gamma[Seconds]
        | Weibull[Seconds]
        | Empirical[Seconds]
        | InOrder[Seconds]
        | Column[Seconds]
        | Linear[SignedSeconds],
        Field(discriminator="kind"),
        _constant_when_bare,
        _BareForm(SECONDS_FORM),
    ],
)
"""A request's demand in seconds: random, given in order, or from a trace's columns."""

BytesDemand = TypeAliasType(
    "BytesDemand",
    Annotated[
        Constant[Bytes]
        | Exponential[Bytes]
        | Uniform[Bytes]
        | Lognormal[Bytes]
        | Gamma[Bytes]
        | Weibull[Bytes]
        | Empirical[Bytes]
        | InOrder[Bytes]
        | Column[Bytes]
        | Linear[SignedBytes],
        Field(discriminator="kind"),
        _constant_when_bare,
        _BareForm(BYTES_FORM),
    ],
)
"""A request's demand in bytes: random, given in order, or from a trace's columns."""


class RequestDemands(Spec):
    """What one request asks for: I/O wait, then work on cores, then work on a GPU, and memory."""

    wait_s: DurationDemand = Constant[Seconds](value=0)
    """Waiting for others while holding the thread, before any work."""
    cpu_s: DurationDemand = Constant[Seconds](value=0)
    """Work on the replica's cores, in seconds of one core."""
    gpu_s: DurationDemand = Constant[Seconds](value=0)
    """Work on one GPU slot, after the cpu work."""
    memory_bytes: BytesDemand = Constant[Bytes](value=0)
    """Memory held from start to release; rounded up to whole bytes."""
