"""The scenario: everything that a run depends on."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    Strict,
    ValidationInfo,
    field_serializer,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from typing_extensions import override

from sim.recordings.stamps import DATES
from sim.scenario.models.deployment import Deployment, NewDeployments, QueueNames
from sim.scenario.models.expectation import Expected
from sim.scenario.models.queues import ResourceQueue
from sim.scenario.models.spec import Spec, base_dir_of
from sim.scenario.models.timeline import TimelineEvent
from sim.scenario.models.traffic import TraceTraffic, Traffic
from sim.scenario.models.wall_clock import with_instants
from sim.scenario.models.zone import ZoneName
from sim.units import SECONDS_FORM, FileForm, Seconds
from sim.wire.limits import PlatformLimits
from sim.zones import FORM, read_clock, written_clock, zone_of

RateName = Literal[
    "vcpu", "A100", "A10G", "A16", "B200", "B300", "H100", "H200", "L4", "L40S", "T4", "V100"
]
"""What is charged: a vCPU, or a GPU of a type."""

USAGE_RATES: Final[Mapping[RateName, float]] = MappingProxyType(
    {
        "vcpu": 0.2,
        "T4": 1.2,
        "A100": 1.3,
        "A10G": 1.5,
        "L4": 2.1,
        "V100": 3.0,
        "H100": 4.7,
    }
)
"""Compute-seconds per second of one vCPU, or of one GPU by type; no rate is published for others.

Source: Palantir documentation, Compute module usage and Live deployment compute usage.
"""

START_FORM: Final = FileForm(
    "Start",
    {
        "type": "string",
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
        r"((Z|[+-][0-9]{2}:[0-9]{2})(\[[A-Za-z0-9/_+-]+\])?|\[[A-Za-z0-9/_+-]+\])?$",
        "examples": ["2026-01-05T08:00[Europe/Berlin]", "2026-01-05T08:00:00+01:00"],
    },
)
"""A date and time with an offset from UTC, with the name of a zone, with both, or with neither
where the scenario has a zone."""

UNTIL_TRACE: Final = "trace"
"""A horizon that follows the traces; it is a number once a scenario has been read."""

Horizon = Annotated[
    Seconds,
    Field(gt=0),
    FileForm("Horizon", {"anyOf": [dict(SECONDS_FORM.schema), {"const": UNTIL_TRACE}]}),
]

DEFAULT_START: Final = datetime(2026, 1, 5, tzinfo=UTC)
"""Monday midnight."""

RULE_PATTERN: Final = r"^.+:[A-Za-z_][A-Za-z0-9_]*$"

MAX_SEED: Final = 2**63 - 1


def _with_published(rates: Any) -> Any:
    return {**USAGE_RATES, **rates} if isinstance(rates, Mapping) else rates


class Platform(Spec):
    """What the platform allows and what it charges."""

    limits: PlatformLimits = PlatformLimits()
    """Limits that the API checks configurations against."""
    usage_rates: Annotated[
        dict[RateName, Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False)]],
        BeforeValidator(_with_published),
    ] = Field(default_factory=lambda: dict(USAGE_RATES))
    """Compute-seconds per second of a `vcpu` or of a GPU by type, besides the published ones."""


def _start(value: Any, info: ValidationInfo) -> datetime:
    return instant_of(value, info.data.get("zone"))


def instant_of(value: Any, named: str | None) -> datetime:
    """Return the wall clock that a scenario's `start` says.

    Args:
        value: What is written.
        named: The scenario's zone, for a start that says neither offset nor zone.

    Raises:
        PydanticCustomError: It is none; a `ValueError`.
    """
    if isinstance(value, datetime) and zone_of(value) is not None:
        value = written_clock(value)  # for the zone that is the same everywhere
    if isinstance(value, str):
        try:
            said = read_clock(value)
            if said.utcoffset() is None and named is not None:
                said = read_clock(f"{value}[{named}]")
            value = said
        except ValueError as error:
            raise PydanticCustomError("start", "{reason}", {"reason": str(error)}) from None
        except OverflowError:
            raise PydanticCustomError("start", "{reason}", {"reason": FORM}) from None
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise PydanticCustomError("start", "{reason}", {"reason": FORM})
    return value


def _filled_in(names: QueueNames, queues: Sequence[ResourceQueue]) -> QueueNames:
    """Return `names` with the first queue of each kind where none is named."""
    first: dict[str, str] = {}
    for queue in queues:
        first.setdefault(queue.kind, queue.name)
    return QueueNames(
        vcpu=names.vcpu or first.get("vcpu"),
        vgpu=names.vgpu or first.get("vgpu"),
    )


def _from_their_first_row(traffic: Sequence[Traffic]) -> tuple[Traffic, ...]:
    """Return *traffic* with the origin of traces that a scenario without a `start` has."""
    return tuple(
        source.model_copy(update={"origin": "first"})
        if isinstance(source, TraceTraffic) and source.origin is None
        else source
        for source in traffic
    )


def _in_zone(source: Traffic, named: str) -> Traffic:
    """Return *source* with the zone of a scenario, if it has dates and says none itself."""
    if isinstance(source, TraceTraffic) and source.zone is None and source.times[1] in DATES:
        return source.model_copy(update={"zone": named})
    return source


class Scenario(Spec):
    """What is simulated, from the first instant to the horizon."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    """Title of pictures and summaries."""
    question: str | None = None
    """The question that the scenario answers."""
    answer: str | None = None
    """Its answer."""
    seed: Annotated[int, Strict(), Field(ge=0, le=MAX_SEED)] = 0
    """Chooses every random draw."""
    zone: ZoneName | None = None
    """Zone of clocks that say none: of `start`, and so of cycles and of the timeline's instants by
    the clock, and of the dates of traces."""
    start: Annotated[datetime, BeforeValidator(_start), START_FORM] = DEFAULT_START
    """Wall clock at time 0, with a zone by name or an offset, or in `zone`; used by instants by the
    clock, cycles of the day and week, and for labels."""
    horizon_s: Horizon
    """Length of the run: nothing at or after it happens; `trace`: up to its traces' last row."""
    warm_up_s: Seconds = 0.0
    """Attempts that arrive earlier are left out of the summary's statistics."""
    platform: Platform = Platform()
    """The platform's limits and rates."""
    rules: tuple[Annotated[str, Field(pattern=RULE_PATTERN)], ...] = ()
    """The user's own validation rules: ``file.py:name``, relative to the scenario file."""
    queues: tuple[ResourceQueue, ...] = ()
    """Resource queues; a kind without a queue is unlimited."""
    deployments: Annotated[tuple[Deployment, ...], Field(min_length=1)]
    """The live deployments."""
    new_deployments: Annotated[NewDeployments, Field(validate_default=True)] = NewDeployments()
    """How deployments behave that are created while the simulation is served."""
    timeline: tuple[TimelineEvent, ...] = ()
    """What happens when; events at one instant happen in the order of the file."""
    expect: tuple[Expected, ...] = ()
    """What `sim check` is to hold against its runs; no run depends on it."""

    _base_dir: Path | None = PrivateAttr(None)

    def before(self, end_s: float) -> Self:
        """Return it with events before `end_s` only, so that it can end there.

        If the warm-up is not over by then there is none: all of the run is measured, or nothing
        would be.
        """
        return self.model_copy(
            update={
                "timeline": tuple(event for event in self.timeline if event.at_s < end_s),
                "warm_up_s": self.warm_up_s if self.warm_up_s < end_s else 0.0,
            }
        )

    @override
    def model_post_init(self, context: Any, /) -> None:
        """Remember where relative paths start."""
        self._base_dir = base_dir_of(context)

    @property
    def base_dir(self) -> Path | None:
        """Directory that relative paths start from; None: the working directory."""
        return self._base_dir

    @field_serializer("start", mode="wrap", when_used="json")
    def _with_zone(self, start: datetime, plain: SerializerFunctionWrapHandler) -> Any:
        return plain(start) if zone_of(start) is None else written_clock(start)

    @field_validator("deployments")
    @classmethod
    def _queues_filled_in(
        cls, deployments: tuple[Deployment, ...], info: ValidationInfo
    ) -> tuple[Deployment, ...]:
        queues = info.data.get("queues", ())
        return tuple(
            deployment.model_copy(update={"queues": _filled_in(deployment.queues, queues)})
            for deployment in deployments
        )

    @field_validator("deployments")
    @classmethod
    def _origins_filled_in(
        cls, deployments: tuple[Deployment, ...], info: ValidationInfo
    ) -> tuple[Deployment, ...]:
        # Written down here, because a scenario that is written with all its defaults says a start.
        # The default itself, and not its equal: that may have been said.
        if info.data.get("start") is not DEFAULT_START:
            return deployments
        return tuple(
            deployment.model_copy(update={"traffic": _from_their_first_row(deployment.traffic)})
            for deployment in deployments
        )

    @field_validator("deployments")
    @classmethod
    def _zones_filled_in(
        cls, deployments: tuple[Deployment, ...], info: ValidationInfo
    ) -> tuple[Deployment, ...]:
        named = info.data.get("zone")
        if named is None:
            return deployments
        return tuple(
            deployment.model_copy(
                update={"traffic": tuple(_in_zone(one, named) for one in deployment.traffic)}
            )
            for deployment in deployments
        )

    @field_validator("new_deployments")
    @classmethod
    def _new_queues_filled_in(cls, new: NewDeployments, info: ValidationInfo) -> NewDeployments:
        queues = info.data.get("queues", ())
        return new.model_copy(update={"queues": _filled_in(new.queues, queues)})

    @field_validator("timeline", mode="before")
    @classmethod
    def _clock_read(cls, events: Any, info: ValidationInfo) -> Any:
        start = info.data.get("start", DEFAULT_START)  # not there if it was refused itself
        return with_instants(events, start)

    @model_validator(mode="after")
    def _zone_of_a_start(self) -> Self:
        if self.zone is not None and self.start is DEFAULT_START:
            msg = f"zone goes with start: write, as in start: 2026-03-02T09:00, when in {self.zone}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _warm_up_within(self) -> Self:
        if self.warm_up_s >= self.horizon_s:
            msg = "warm_up must be less than horizon"
            raise ValueError(msg)
        return self
