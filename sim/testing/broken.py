"""Strategies for configurations that break exactly one named rule and keep all others.

Each takes a valid configuration and puts one field out of order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from hypothesis import strategies as st

from sim.testing.wire_strategies import (
    durations,
    rids,
    runtime_configurations,
    scaling_configurations,
    unicode_texts,
    usable_sources,
)
from sim.wire.limits import PlatformLimits, SourceState
from sim.wire.memory import MAX_TEXT_LENGTH, MemoryTextError, parse_memory
from sim.wire.models import (
    MAX_INTEGER,
    MIN_INTEGER,
    Duration,
    DurationUnit,
    Gpu,
    GpuType,
    RuntimeConfiguration,
)
from sim.wire.rule import DeploymentContext
from sim.wire.rules import available_gpu_types

Changes = dict[str, Any]
"""Fields of a configuration, by Python name, and the values that break the rule."""


@dataclass(frozen=True, slots=True)
class _Case:
    """What a breaking strategy may look at."""

    draw: st.DrawFn
    configuration: RuntimeConfiguration
    limits: PlatformLimits
    context: DeploymentContext

    def integer(self, least: int, most: int) -> int:
        """Draw from *least* to *most*, the two of them often: there slips by one show."""
        return self.draw(st.sampled_from([least, most]) | st.integers(least, most))


def _require(*, possible: bool, needed: str) -> None:
    if not possible:
        message = f"the rule cannot be broken: it takes {needed}"
        raise ValueError(message)


def _thread_count_maximum(case: _Case) -> Changes:
    most = case.limits.max_thread_count
    _require(possible=most < MAX_INTEGER, needed="a max_thread_count below the largest integer")
    return {"thread_count": case.integer(most + 1, MAX_INTEGER)}


def _gpu_type_available(case: _Case) -> Changes:
    missing = sorted(set(GpuType) - set(available_gpu_types(case.limits, case.context)))
    _require(possible=bool(missing), needed="a GPU type that is not available")
    gpu_type = case.draw(st.sampled_from(missing))
    return {"gpu": Gpu(count=case.integer(1, case.limits.max_gpus_of(gpu_type)), type=gpu_type)}


def _gpu_count(case: _Case) -> Changes:
    gpu_type = case.draw(st.sampled_from([None, *available_gpu_types(case.limits, case.context)]))
    types = available_gpu_types(case.limits, case.context) if gpu_type is None else (gpu_type,)
    most = max(map(case.limits.max_gpus_of, types), default=0)
    too_few, too_many = (MIN_INTEGER, 0), (most + 1, MAX_INTEGER)
    count = case.integer(*case.draw(st.sampled_from([too_few, too_many])))
    return {"gpu": Gpu(count=count, type=gpu_type)}


def _environment_variable_reserved(case: _Case) -> Changes:
    _require(possible=bool(case.limits.reserved_names), needed="a reserved name")
    names = st.sampled_from(case.limits.reserved_names)
    bad = case.draw(st.dictionaries(names, unicode_texts(), min_size=1, max_size=3))
    return {"environment_variables": case.configuration.environment_variables | bad}


def _source_in_state(
    wanted: SourceState, needed: str, *, unlisted: bool = False
) -> Callable[[_Case], Changes]:
    def changes(case: _Case) -> Changes:
        bad = [rid for rid, state in case.limits.sources.items() if state == wanted]
        choices = [st.sampled_from(bad)] if bad else []
        if unlisted and case.limits.sources:
            choices.append(rids().filter(lambda rid: rid not in case.limits.sources))
        possible = bool(choices) and case.context.running_sources is None
        _require(possible=possible, needed=f"{needed}, and no running_sources")
        position = case.integer(0, len(case.configuration.sources))
        kept = case.configuration.sources
        return {"sources": (*kept[:position], case.draw(st.one_of(choices)), *kept[position:])}

    return changes


def _sources_while_running(case: _Case) -> Changes:
    running = case.context.running_sources
    _require(possible=running is not None, needed="a context with running_sources")
    usable = usable_sources(case.limits, DeploymentContext())
    others = usable.map(frozenset[str]).filter(lambda sources: sources != running)
    return {"sources": tuple(sorted(case.draw(others)))}


def _replica_bounds_order(case: _Case) -> Changes:
    most = case.integer(1, MAX_INTEGER - 1)
    return {"max_replicas": most, "min_replicas": case.integer(most + 1, MAX_INTEGER)}


def _cpu_thousandths(case: _Case) -> Changes:
    finer = st.integers(1, 640_000).filter(lambda cpu: cpu % 10 != 0)
    return {"cpu": case.draw(finer) / 10_000}


def _is_no_memory(text: str) -> bool:
    try:
        parse_memory(text)
    except MemoryTextError:
        return True
    return False


_NO_MEMORY: Final = ("", "-1g", "abc", "4  GiB", "1.GiB", ".5g", "1,5 GiB", "GiB", "1GiB ", "1e3")


def _memory_text(case: _Case) -> Changes:
    long = st.just("1" * (MAX_TEXT_LENGTH + 1))
    texts = st.sampled_from(_NO_MEMORY) | unicode_texts().filter(_is_no_memory) | long
    return {"memory": case.draw(texts)}


def _scaling(case: _Case, **changes: Any) -> Changes:
    scaling = case.configuration.scaling_configuration or case.draw(scaling_configurations())
    return {"scaling_configuration": scaling.model_copy(update=changes)}


def _threshold(case: _Case) -> Changes:
    outside = st.floats(max_value=0, exclude_max=True, allow_infinity=False) | st.floats(
        min_value=1, exclude_min=True, allow_infinity=False
    )
    return _scaling(case, scale_up_load_threshold=case.draw(outside))


def _negative(case: _Case) -> Duration:
    unit = case.draw(st.sampled_from(DurationUnit))
    return Duration(value=case.integer(MIN_INTEGER, -1), unit=unit)


def _delays_order(case: _Case) -> Changes:
    pairs = st.tuples(durations(), durations()).filter(lambda pair: pair[0] != pair[1])
    unequal = pairs.filter(lambda pair: pair[0].seconds != pair[1].seconds)
    down, up = sorted(case.draw(unequal), key=lambda one: one.seconds)
    return _scaling(case, scale_up_delay=up, scale_down_delay=down)


_BREAKING: Final = MappingProxyType[str, Callable[[_Case], Changes]](
    {
        "thread-count-maximum": _thread_count_maximum,
        "gpu-type-available": _gpu_type_available,
        "gpu-count": _gpu_count,
        "environment-variable-reserved": _environment_variable_reserved,
        "source-imported": _source_in_state(
            SourceState(imported=False), "listed sources", unlisted=True
        ),
        "source-exportable": _source_in_state(
            SourceState(exportable=False), "a source that is not exportable and nothing else"
        ),
        "source-enabled": _source_in_state(
            SourceState(enabled=False), "a source that is not enabled and nothing else"
        ),
        "min-replicas-not-negative": lambda case: {"min_replicas": case.integer(MIN_INTEGER, -1)},
        "max-replicas-positive": lambda _: {"min_replicas": 0, "max_replicas": 0},
        "replica-bounds-order": _replica_bounds_order,
        "cpu-positive": lambda case: {"cpu": case.integer(-64_000, 0) / 1000},
        "cpu-thousandths": _cpu_thousandths,
        "memory-text": _memory_text,
        "memory-positive": lambda case: {
            "memory": case.draw(st.sampled_from(["0", "0GiB", "0.0 m", "00 bytes"]))
        },
        "thread-count-positive": lambda case: {"thread_count": case.integer(MIN_INTEGER, 0)},
        "scale-up-load-threshold-range": _threshold,
        "scale-up-delay-not-negative": lambda case: _scaling(case, scale_up_delay=_negative(case)),
        "scale-down-delay-not-negative": lambda case: _scaling(
            case, scale_down_delay=_negative(case)
        ),
        "scale-delays-order": _delays_order,
        "sources-while-running": _sources_while_running,
    }
)
"""How to break each built-in rule, by its name."""


def invalid_runtime_configurations(
    rule_name: str,
    limits: PlatformLimits | None = None,
    context: DeploymentContext | None = None,
) -> st.SearchStrategy[RuntimeConfiguration]:
    """Draw runtime configurations that break exactly the built-in rule *rule_name*.

    Args:
        rule_name: A name that ``sim rules`` lists.
        limits: What the platform allows; None: the defaults. The rules on sources need sources
            in it.
        context: What is known of the deployment; None: nothing. ``sources-while-running`` needs
            the sources that it runs with.

    Raises:
        ValueError: There is no such built-in rule; or, when drawing, no configuration can break
            it alone under these limits.
    """
    if rule_name not in _BREAKING:
        message = f"{rule_name!r} is no built-in rule; these are: {', '.join(_BREAKING)}"
        raise ValueError(message)
    allowed = PlatformLimits() if limits is None else limits
    known = DeploymentContext() if context is None else context
    return _broken(rule_name, allowed, known)


@st.composite
def _broken(
    draw: st.DrawFn, rule_name: str, limits: PlatformLimits, context: DeploymentContext
) -> RuntimeConfiguration:
    configuration = draw(runtime_configurations(limits, context))
    changes = _BREAKING[rule_name](_Case(draw, configuration, limits, context))
    return configuration.model_copy(update=changes)
