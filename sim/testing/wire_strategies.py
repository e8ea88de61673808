"""Strategies for what the API reads: configurations, requests, limits, and arbitrary JSON.

Owns the valid ones; `sim.testing.broken` owns those that break exactly one rule.
"""

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from sim.wire.limits import PlatformLimits, SourceState
from sim.wire.memory import UNITS
from sim.wire.models import (
    MAX_INTEGER,
    MILLISECONDS_PER,
    Duration,
    DurationUnit,
    Gpu,
    GpuType,
    ReplaceLiveDeploymentRequest,
    RuntimeConfiguration,
    ScalingConfiguration,
)
from sim.wire.rule import DeploymentContext
from sim.wire.rules import available_gpu_types

MAX_REPLICAS = 200
MAX_CPU_MILLICORES = 64_000


def rids(kind: str = "ri.magritte..source") -> st.SearchStrategy[str]:
    """Draw resource identifiers that begin with *kind*."""
    return st.uuids().map(lambda locator: f"{kind}.{locator}")


def memory_texts() -> st.SearchStrategy[str]:
    """Draw texts in the grammar of memory sizes, in all its spellings, more than 0 bytes."""
    spaced = st.sampled_from([f"{space}{unit}" for unit in UNITS for space in ("", " ") if unit])
    units = st.just("") | spaced | spaced.map(str.upper)

    numbers = st.one_of(
        st.integers(1, 4096).map(str),
        st.tuples(st.integers(0, 64), st.integers(1, 999)).map(lambda part: f"{part[0]}.{part[1]}"),
        st.just("007"),
    )
    return st.tuples(numbers, units).map("".join)


def durations() -> st.SearchStrategy[Duration]:
    """Draw durations in every unit, none negative and none above forty years."""
    most_ms = 40 * MILLISECONDS_PER[DurationUnit.YEARS]
    return st.one_of(
        [
            st.builds(
                Duration,
                value=st.integers(0, min(MAX_INTEGER, most_ms // MILLISECONDS_PER[unit])),
                unit=st.just(unit),
            )
            for unit in DurationUnit
        ]
    )


def scaling_configurations() -> st.SearchStrategy[ScalingConfiguration]:
    """Draw scaling configurations whose scale-up delay is not longer than the other."""

    def ordered(threshold: float, one: Duration, other: Duration) -> ScalingConfiguration:
        up, down = sorted((one, other), key=lambda delay: delay.seconds)
        return ScalingConfiguration(
            scale_up_load_threshold=threshold, scale_up_delay=up, scale_down_delay=down
        )

    thresholds = st.sampled_from([0.75, 1.0]) | st.floats(0, 1)
    return st.builds(ordered, thresholds, durations(), durations())


def gpus(limits: PlatformLimits, context: DeploymentContext) -> st.SearchStrategy[Gpu | None]:
    """Draw GPUs that the deployment can have; None only, where there are none."""
    available = available_gpu_types(limits, context)
    if not available:
        return st.none()
    any_type = st.builds(Gpu, count=st.integers(1, max(map(limits.max_gpus_of, available))))
    one_type = [
        st.builds(Gpu, count=st.integers(1, limits.max_gpus_of(gpu_type)), type=st.just(gpu_type))
        for gpu_type in available
    ]
    return st.none() | any_type | st.one_of(one_type)


def usable_sources(
    limits: PlatformLimits, context: DeploymentContext
) -> st.SearchStrategy[tuple[str, ...]]:
    """Draw lists of sources that the deployment may use."""
    if context.running_sources is not None:
        return st.permutations(sorted(context.running_sources)).map(tuple)
    if not limits.sources:
        return st.lists(rids(), max_size=3).map(tuple)
    usable = [rid for rid, state in limits.sources.items() if state == SourceState()]
    if not usable:
        return st.just(())
    return st.lists(st.sampled_from(usable), max_size=3, unique=True).map(tuple)


def unicode_texts(*, min_size: int = 0) -> st.SearchStrategy[str]:
    """Draw short texts that every encoding can write."""
    return st.text(st.characters(codec="utf-8"), min_size=min_size, max_size=12)


def runtime_configurations(
    limits: PlatformLimits | None = None, context: DeploymentContext | None = None
) -> st.SearchStrategy[RuntimeConfiguration]:
    """Draw runtime configurations that keep every built-in rule.

    Args:
        limits: What the platform allows; None: the defaults.
        context: What is known of the deployment; None: nothing. The sources it runs with
            are kept, and must be usable.
    """
    allowed = PlatformLimits() if limits is None else limits
    known = DeploymentContext() if context is None else context
    names = unicode_texts(min_size=1).filter(lambda name: name not in allowed.reserved_names)
    most = min(allowed.max_thread_count, MAX_INTEGER)
    threads = st.sampled_from([1, most]) | st.integers(1, most)
    bounds = st.one_of(
        st.tuples(st.integers(0, MAX_REPLICAS), st.integers(1, MAX_REPLICAS)).map(sorted),
        st.integers(1, MAX_REPLICAS).map(lambda count: [count, count]),
    )
    return st.builds(
        lambda bounds, **others: RuntimeConfiguration(
            min_replicas=bounds[0], max_replicas=bounds[1], **others
        ),
        bounds,
        cpu=st.none() | st.integers(1, MAX_CPU_MILLICORES).map(lambda cpu: cpu / 1000),
        memory=st.none() | memory_texts(),
        gpu=gpus(allowed, known),
        thread_count=st.none() | threads,
        scaling_configuration=st.none() | scaling_configurations(),
        environment_variables=st.dictionaries(names, unicode_texts(), max_size=3),
        sources=usable_sources(allowed, known),
    )


def replace_requests(
    limits: PlatformLimits | None = None, context: DeploymentContext | None = None
) -> st.SearchStrategy[ReplaceLiveDeploymentRequest]:
    """Draw bodies of replace whose configuration keeps every built-in rule."""
    return runtime_configurations(limits, context).map(
        lambda configuration: ReplaceLiveDeploymentRequest(runtime_configuration=configuration)
    )


def platform_limits() -> st.SearchStrategy[PlatformLimits]:
    """Draw platforms: generous and mean ones, with and without GPUs and listed sources."""
    states = st.builds(
        SourceState, imported=st.booleans(), exportable=st.booleans(), enabled=st.booleans()
    )
    return st.builds(
        PlatformLimits,
        max_thread_count=st.integers(1, 512),
        max_gpu_count=st.integers(1, 16),
        max_gpu_count_by_type=st.dictionaries(
            st.sampled_from(GpuType), st.integers(1, 16), max_size=3
        ),
        gpu_types=st.lists(st.sampled_from(GpuType), unique=True, max_size=4).map(tuple),
        reserved_names=st.lists(unicode_texts(min_size=1), unique=True, max_size=3).map(tuple),
        sources=st.dictionaries(rids(), states, max_size=4),
    )


_NAMES = (
    "runtimeConfiguration",
    *(
        field.alias
        for model in (RuntimeConfiguration, ScalingConfiguration, Gpu, Duration)
        for field in model.model_fields.values()
        if field.alias
    ),
    "deployments",
    "timeline",
    "horizon",
    "name",
)
_WORDS = ("256MiB", "1.0", "40", "H100", "MINUTES", "ri.magritte..source.a", "30s", "")


def _places(data: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield every key inside *data*, at any depth, with the object that has it."""
    for key, value in data.items():
        yield data, key
        if isinstance(value, dict):
            yield from _places(value)


@st.composite
def _astray(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Draw a valid configuration or body in which one value is drawn from *values*."""
    configuration = draw(runtime_configurations()).to_wire()
    data = {"runtimeConfiguration": configuration} if draw(st.booleans()) else configuration
    places = list(_places(data))
    place, key = places[draw(st.integers(0, len(places) - 1))]
    place[key] = draw(values)
    return data


def arbitrary_json() -> st.SearchStrategy[Any]:
    """Draw JSON data of any shape: anything, and configurations with one value gone astray."""
    scalars = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63),
        st.integers(-2, 200),
        st.floats(allow_nan=False, allow_infinity=False),
        unicode_texts(),
        st.sampled_from(_WORDS),
    )
    names = st.sampled_from(_NAMES) | unicode_texts()
    any_json = st.recursive(
        scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=5)
        ),
        max_leaves=12,
    )
    return any_json | _astray(scalars | any_json)
