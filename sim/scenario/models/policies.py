"""What the platform and its clients do: service, client, rollout and autoscaler settings."""

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    Strict,
    field_serializer,
    model_serializer,
)

from sim.scenario.models.quantities import RandomDuration, RequestDuration
from sim.scenario.models.replica_number import InitialReplicas
from sim.scenario.models.spec import Spec
from sim.scenario.models.strategies import BlueGreenStrategy, RolloutStrategy
from sim.suffixes import alias_of
from sim.units import Count, Flag, PositiveCount, PositivePerSecond, PositiveSeconds, Ratio


class RateLimit(Spec):
    """At most `rate` requests per time, after a burst: others are answered 429."""

    rate_per_s: PositivePerSecond
    """Requests admitted per time in the long run."""
    burst: Annotated[float, Strict(), Field(ge=1, allow_inf_nan=False)] = 1.0
    """Requests admitted at once."""


def _text_of_503(value: Any) -> Any:
    return "503" if value == 503 and not isinstance(value, bool) else value


class Service(Spec):
    """How the platform admits, dispatches and answers requests."""

    timeout_s: PositiveSeconds = 300.0
    """From an attempt's arrival to InferenceTimeout."""
    queue_capacity: Count | None = None
    """Requests that may wait when no thread is idle; more are answered 503. Absent: no limit."""
    dispatch: Literal["line", "fewest_in_flight"] = "line"
    """Which idle thread takes the next request."""
    lost_request: Annotated[
        Literal["503", "InferenceFailure"],
        BeforeValidator(
            _text_of_503, json_schema_input_type=Literal["503", 503, "InferenceFailure"]
        ),
    ] = "503"
    """Answer to a request whose replica is lost."""
    rate_limit: RateLimit | None = None
    """Absent: no limit."""


MAX_ATTEMPTS: Final = 100
"""Most attempts of a request: more at one instant would be a loop, not a client."""

OutcomeKind = Literal[
    "rate_limited",
    "disabled",
    "queue_full",
    "inference_timeout",
    "client_timeout",
    "out_of_memory",
    "replica_killed",
    "grace_over",
]
"""Outcomes of an attempt that a client may try again after."""


class _AnyClient(Spec):
    deadline_s: RequestDuration | None = None
    """How long the client waits for each attempt; absent: as long as the platform."""


class NoRetryClient(_AnyClient):
    """Gives up after one attempt."""

    policy: Literal["none"] = "none"


class SdkClient(_AnyClient):
    """The official SDK: four attempts, after 429 and 503 only, short random waits between."""

    policy: Literal["sdk"] = "sdk"


def _several(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


class CustomClient(_AnyClient):
    """Retries as told."""

    policy: Literal["custom"] = "custom"
    max_attempts: Annotated[PositiveCount, Field(le=MAX_ATTEMPTS)]
    """Attempts in all, the first included."""
    retry_on: frozenset[OutcomeKind]
    """Outcomes after which another attempt is made."""
    backoff_s: Annotated[
        tuple[RandomDuration, ...],
        Field(min_length=1),
        BeforeValidator(
            _several, json_schema_input_type=RandomDuration | tuple[RandomDuration, ...]
        ),
    ]
    """Wait before the next attempt, or a list of waits by attempt, whose last one stays."""

    @field_serializer("retry_on", when_used="json")
    def _sorted(self, kinds: frozenset[OutcomeKind]) -> list[OutcomeKind]:
        return sorted(kinds)


Client = Annotated[NoRetryClient | SdkClient | CustomClient, Field(discriminator="policy")]
"""What a client does when an attempt fails."""


class RolloutPolicy(Spec):
    """Which strategy, and readings of how a new revision takes over."""

    BLUE_GREEN_ONLY: ClassVar = ("initial_replicas", "switch_when", "old_goes", "old_goes_after_s")
    """Fields that mean nothing beside another strategy: a scenario that has one is refused."""

    strategy: RolloutStrategy = BlueGreenStrategy()
    """How a new revision takes the place of the one before."""
    scaling_only: Literal["in_place", "rollout"] = "in_place"
    """Whether a change of bounds and scaling alone changes the revision or rolls out another."""
    initial_replicas: InitialReplicas = "min"
    """Replicas that a new revision asks for: its minReplicas, as many as the old one has, or some.

    A count, or a percentage of those that the old one has; always within its own bounds.
    """
    switch_when: Literal["first", "all"] = "first"
    """New requests go to the new revision at its first responsive replica, or when all are."""
    old_goes: Literal["at_switch", "at_full"] = "at_switch"
    """Old replicas go at the switch, or stay until the new ones have as many threads."""
    old_goes_after_s: PositiveSeconds = 600.0
    """After so long from the switch they go in any case."""
    stall_after_s: PositiveSeconds = 60.0
    """A replica that waits for resources longer makes its rollout count as stalled."""

    @model_serializer(mode="wrap")
    def _without_what_is_not_meant(self, as_usual: SerializerFunctionWrapHandler) -> Any:
        """Leave out what another strategy would be refused with when it is read again."""
        data = as_usual(self)
        if not isinstance(self.strategy, BlueGreenStrategy):
            for name in self.BLUE_GREEN_ONLY:
                data.pop(name, None)
                data.pop(alias_of(name), None)
        return data


_DEFAULT_SCALE_DOWN_LOAD: Final = 0.75


class AutoscalerPolicy(Spec):
    """Readings of how the autoscaler works; thresholds and delays are in the configuration."""

    evaluation_interval_s: PositiveSeconds = 5.0
    """From one evaluation to the next."""
    scale_up_comparison: Literal["at_or_above", "above"] = "at_or_above"
    """Whether load equal to the threshold counts as up."""
    scale_down_load_threshold: Ratio | None = None
    """Load below which it counts as down; absent: the scale-up threshold, at most 0.75."""
    count_starting: Flag = False
    """Whether replicas that are still starting count into the load's denominator."""

    def scale_down_load(self, scale_up_load: float) -> float:
        """Return the load below which it counts as down, where it counts as up from another one."""
        if self.scale_down_load_threshold is None:
            return min(_DEFAULT_SCALE_DOWN_LOAD, scale_up_load)
        return self.scale_down_load_threshold
