"""The rules on ranges: what each number of a runtime configuration may be.

The API names no error for them: they answer ``Default:InvalidArgument`` (assumed).
"""

from collections.abc import Callable
from typing import Final

from sim.units import parse_cores
from sim.wire.memory import MemoryTextError, parse_memory
from sim.wire.models import RuntimeConfiguration
from sim.wire.rule import Rule

_SCALING: Final = "Compute modules, Scaling; the answer is assumed"


def _range(
    name: str,
    field: str,
    condition: str,
    breach: Callable[[RuntimeConfiguration], str | None],
    source: str = "assumed",
) -> Rule:
    """Return a rule on the configuration alone, whose breach is told in words."""
    return Rule(
        name=name,
        field=field,
        condition=condition,
        source=source,
        function=lambda configuration, _limits, _context: breach(configuration),
    )


def _at_least(value: float | None, least: int) -> str | None:
    return f"must be at least {least}" if value is not None and value < least else None


def _bounds_order(configuration: RuntimeConfiguration) -> str | None:
    least, most = configuration.min_replicas, configuration.max_replicas
    return f"must be at most maxReplicas, {most}" if least > most else None


def _cpu_positive(configuration: RuntimeConfiguration) -> str | None:
    cpu = configuration.cpu
    return "must be more than 0" if cpu is not None and cpu <= 0 else None


def _cpu_thousandths(configuration: RuntimeConfiguration) -> str | None:
    try:
        parse_cores(1 if configuration.cpu is None else configuration.cpu)
    except ValueError as error:
        return str(error)
    return None


def _memory_text(configuration: RuntimeConfiguration) -> str | None:
    try:
        parse_memory("1" if configuration.memory is None else configuration.memory)
    except MemoryTextError as error:
        return str(error)
    return None


def _memory_positive(configuration: RuntimeConfiguration) -> str | None:
    text = configuration.memory
    if text is None or _memory_text(configuration) is not None or parse_memory(text) > 0:
        return None
    return "must be more than 0 bytes"


def _threshold_range(configuration: RuntimeConfiguration) -> str | None:
    scaling = configuration.scaling_configuration
    if scaling is None or 0 <= scaling.scale_up_load_threshold <= 1:
        return None
    return "must be from 0.0 to 1.0"


def _up_delay(configuration: RuntimeConfiguration) -> str | None:
    scaling = configuration.scaling_configuration
    return None if scaling is None else _at_least(scaling.scale_up_delay.value, 0)


def _down_delay(configuration: RuntimeConfiguration) -> str | None:
    scaling = configuration.scaling_configuration
    return None if scaling is None else _at_least(scaling.scale_down_delay.value, 0)


def _delays_order(configuration: RuntimeConfiguration) -> str | None:
    scaling = configuration.scaling_configuration
    if scaling is None or scaling.scale_down_delay.value < 0:
        return None
    up_s, down_s = scaling.scale_up_delay.seconds, scaling.scale_down_delay.seconds
    if up_s <= down_s:
        return None
    return f"is {up_s:g} s and must not be longer than scaleDownDelay, {down_s:g} s"


_SCALE_UP: Final = "scalingConfiguration.scaleUp"

RANGES: Final[tuple[Rule, ...]] = (
    _range(
        "min-replicas-not-negative",
        "minReplicas",
        "minReplicas is at least 0; 0 lets the deployment scale to zero",
        lambda configuration: _at_least(configuration.min_replicas, 0),
    ),
    _range(
        "max-replicas-positive",
        "maxReplicas",
        "maxReplicas is at least 1",
        lambda configuration: _at_least(configuration.max_replicas, 1),
    ),
    _range(
        "replica-bounds-order", "minReplicas", "minReplicas is at most maxReplicas", _bounds_order
    ),
    _range("cpu-positive", "cpu", "cpu is more than 0", _cpu_positive),
    _range(
        "cpu-thousandths",
        "cpu",
        "cpu is a whole number of thousandths",
        _cpu_thousandths,
        source="the simulator's own: sums of resources are exact",
    ),
    _range(
        "memory-text",
        "memory",
        "memory is a number and a unit, such as 256MiB or 4GiB",
        _memory_text,
    ),
    _range("memory-positive", "memory", "memory is more than 0 bytes", _memory_positive),
    _range(
        "thread-count-positive",
        "threadCount",
        "threadCount is at least 1",
        lambda configuration: _at_least(configuration.thread_count, 1),
    ),
    _range(
        "scale-up-load-threshold-range",
        f"{_SCALE_UP}LoadThreshold",
        "scaleUpLoadThreshold is from 0.0 to 1.0",
        _threshold_range,
        source=_SCALING,
    ),
    _range(
        "scale-up-delay-not-negative",
        f"{_SCALE_UP}Delay.value",
        "scaleUpDelay is not negative",
        _up_delay,
    ),
    _range(
        "scale-down-delay-not-negative",
        "scalingConfiguration.scaleDownDelay.value",
        "scaleDownDelay is not negative",
        _down_delay,
    ),
    _range(
        "scale-delays-order",
        f"{_SCALE_UP}Delay",
        "scaleUpDelay is not longer than scaleDownDelay",
        _delays_order,
        source=_SCALING,
    ),
)
"""The rules on ranges, in their order in the table."""
