"""Which distributions a field may take: of seconds or of bytes, per draw or per request."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from sim.scenario.distributions import (
    Constant,
    Exponential,
    Gamma,
    Lognormal,
    Uniform,
    Weibull,
)
from sim.scenario.samples import Empirical, InOrder, Linear
from sim.scenario.spec import Spec
from sim.units import Bytes, Seconds


def _constant_when_bare(value: Any) -> Any:  # noqa: ANN401 - raw input
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return {"kind": "constant", "value": value}
    return value


_BARE = BeforeValidator(_constant_when_bare)

Duration = Annotated[
    Constant[Seconds]
    | Exponential[Seconds]
    | Uniform[Seconds]
    | Lognormal[Seconds]
    | Gamma[Seconds]
    | Weibull[Seconds]
    | Empirical[Seconds],
    Field(discriminator="kind"),
    _BARE,
]
"""A random duration, drawn anew each time."""

RequestDuration = Annotated[
    Constant[Seconds]
    | Exponential[Seconds]
    | Uniform[Seconds]
    | Lognormal[Seconds]
    | Gamma[Seconds]
    | Weibull[Seconds]
    | Empirical[Seconds]
    | InOrder[Seconds],
    Field(discriminator="kind"),
    _BARE,
]
"""A duration per request: random, or given in order."""

DurationDemand = Annotated[
    Constant[Seconds]
    | Exponential[Seconds]
    | Uniform[Seconds]
    | Lognormal[Seconds]
    | Gamma[Seconds]
    | Weibull[Seconds]
    | Empirical[Seconds]
    | InOrder[Seconds]
    | Linear[Seconds],
    Field(discriminator="kind"),
    _BARE,
]
"""A request's demand in seconds: random, given in order, or computed from a trace's columns."""

BytesDemand = Annotated[
    Constant[Bytes]
    | Exponential[Bytes]
    | Uniform[Bytes]
    | Lognormal[Bytes]
    | Gamma[Bytes]
    | Weibull[Bytes]
    | Empirical[Bytes]
    | InOrder[Bytes]
    | Linear[Bytes],
    Field(discriminator="kind"),
    _BARE,
]
"""A request's demand in bytes: random, given in order, or computed from a trace's columns."""


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
