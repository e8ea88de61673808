"""How a replica starts, is probed, fails, comes back and ends. All defaults are assumed."""

from typing import Annotated, Self

from pydantic import Field, Strict, model_validator

from sim.scenario.models.distributions import Constant
from sim.scenario.models.quantities import RandomDuration
from sim.scenario.models.spec import Spec
from sim.units import (
    Bytes,
    BytesPerSecond,
    Factor,
    Flag,
    PositiveCount,
    PositiveSeconds,
    Seconds,
)


class Probe(Spec):
    """The readiness probe: at started + delay + j * period for as long as the replica lives."""

    delay_s: Seconds = 0.0
    """From the container's start to the first probe."""
    period_s: PositiveSeconds = 10.0
    """From one probe to the next."""
    success_threshold: PositiveCount = 1
    """Passes in a row that make a replica responsive."""
    failure_threshold: PositiveCount = 3
    """Misses in a row that make it unresponsive."""


class Backoff(Spec):
    """Wait before a failed replica starts again: initial * 2^k, k its earlier failures."""

    initial_s: PositiveSeconds = 10.0
    """Wait after the first failure."""
    max_s: PositiveSeconds = 300.0
    """Longest wait."""
    healthy_s: PositiveSeconds = 600.0
    """Time responsive without a break after which failures are forgotten."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_s < self.initial_s:
            msg = "max must be at least initial"
            raise ValueError(msg)
        return self


class Lifetime(Spec):
    """Uniformly drawn time from responsive to replacement."""

    min_s: PositiveSeconds = 72_000.0
    """Shortest lifetime."""
    max_s: PositiveSeconds = 86_400.0
    """Longest lifetime."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_s < self.min_s:
            msg = "max must be at least min"
            raise ValueError(msg)
        return self


class Warmup(Spec):
    """Slower requests on a young replica."""

    duration_s: Seconds = Field(0.0, alias="seconds")
    """How long after it turned responsive."""
    factor: Factor = 1.0
    """Demands of requests started within it are multiplied by this."""


class ReplicaBehaviour(Spec):
    """A replica's life apart from requests."""

    image_bytes: Bytes = 5_000_000_000
    """Size of the container image."""
    pull_bytes_per_s: BytesPerSecond = 200_000_000.0
    """How fast the image is pulled."""
    image_cached: Flag = False
    """Whether first starts find the image on the host; restarts always do."""
    container_start_s: RandomDuration = Constant[Seconds](value=5.0)
    """From pulled to started."""
    model_load_s: RandomDuration = Constant[Seconds](value=20.0)
    """From started to model loaded."""
    model_memory_bytes: Bytes = 0
    """Memory that the loaded model takes before any request."""
    probe: Probe = Probe()
    """Readiness probe."""
    start_timeout_s: PositiveSeconds = 600.0
    """A start that takes longer has failed."""
    unresponsive_grace_s: Seconds = 120.0
    """A replica unresponsive for longer is restarted."""
    grace_s: Seconds = 300.0
    """Time that a leaving replica's requests are given to end."""
    backoff: Backoff = Backoff()
    """Waits between failed starts."""
    failed_after: PositiveCount = 3
    """Failed starts in a row after which a replica counts as failed."""
    lifetime: Lifetime | None = None
    """Longest life of a replica; absent: no end."""
    warmup: Warmup = Warmup()
    """Slower requests at first; absent: none."""
    cpu_parallelism: Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False)] | None = None
    """Cores that requests together can use; absent: the configuration's cpu."""
    gpu_slots: PositiveCount = 1
    """Requests that one GPU serves at a time, each at full speed."""
