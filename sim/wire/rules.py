"""The rules of a runtime configuration: one table, in the order in which the API checks.

The order is assumed: thread count, GPUs, environment, sources, then ranges. The first rule
that is broken, in this order, is what the API answers; `check` tells all of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from sim.errors import Problem, ScenarioError
from sim.wire.endpoint_errors import (
    DeploymentSourceCannotExportResourceMarkings,
    DeploymentSourceNotEnabledForComputeModules,
    DeploymentSourceNotImportedIntoProject,
    GpuTypeNotAvailable,
    InvalidGpuCount,
    LiveDeploymentSourcesCannotBeUpdatedWhileRunning,
    ReservedEnvironmentVariable,
    ThreadCountTooHigh,
)
from sim.wire.errors import Fault
from sim.wire.limits import PlatformLimits, SourceState
from sim.wire.models import GpuType, RuntimeConfiguration
from sim.wire.ranges import RANGES
from sim.wire.rule import At, DeploymentContext, Rule, rule
from sim.wire.violations import Violation

_REPLACE: Final = "Replace Live Deployment (API reference)"
_CREATE: Final = "Create Live Deployment (API reference)"
_SDK: Final = "official Python SDK 1.111.0, errors of replace"


@rule(
    "thread-count-maximum",
    field="threadCount",
    condition="threadCount is at most the platform's max_threads",
    source=f"{_REPLACE}; the number is assumed",
    error=ThreadCountTooHigh,
)
def thread_count_maximum(
    configuration: RuntimeConfiguration, limits: PlatformLimits, _: DeploymentContext
) -> Fault | None:
    """Compare threadCount, where it is given, with the platform's maximum."""
    thread_count = configuration.thread_count
    if thread_count is None or thread_count <= limits.max_thread_count:
        return None
    return ThreadCountTooHigh(limits.max_thread_count, thread_count)


def available_gpu_types(limits: PlatformLimits, context: DeploymentContext) -> tuple[GpuType, ...]:
    """Return the types that the deployment can have, in the platform's order."""
    offered = limits.gpu_types if context.gpu_types is None else context.gpu_types
    return tuple(gpu_type for gpu_type in limits.gpu_types if gpu_type in offered)


@rule(
    "gpu-type-available",
    field="gpu.type",
    condition="gpu.type is one of the platform's gpu_types and of the deployment's vGPU queue",
    source=_REPLACE,
    error=GpuTypeNotAvailable,
)
def gpu_type_available(
    configuration: RuntimeConfiguration, limits: PlatformLimits, context: DeploymentContext
) -> Fault | None:
    """Look the type, where one is asked for, up among those available."""
    available = available_gpu_types(limits, context)
    gpu_type = None if configuration.gpu is None else configuration.gpu.type
    if gpu_type is None or gpu_type in available:
        return None
    return GpuTypeNotAvailable(gpu_type, available)


@rule(
    "gpu-count",
    field="gpu.count",
    condition="gpu.count is from 1 to the maximum of its type; without a type, to the largest "
    "maximum of the available types",
    source=f"{_REPLACE}; the numbers, and what holds without a type, are assumed",
    error=InvalidGpuCount,
)
def gpu_count(
    configuration: RuntimeConfiguration, limits: PlatformLimits, context: DeploymentContext
) -> Fault | None:
    """Compare the number of GPUs, where some are asked for, with the maximum of the type."""
    gpu = configuration.gpu
    if gpu is None:
        return None
    types = available_gpu_types(limits, context) if gpu.type is None else (gpu.type,)
    maximum = max(map(limits.max_gpus_of, types), default=0)
    return None if 1 <= gpu.count <= maximum else InvalidGpuCount(gpu.count, maximum)


@rule(
    "environment-variable-reserved",
    field="environmentVariables",
    condition="no environment variable has one of the platform's reserved_names",
    source=f"{_CREATE}; Compute modules, Containers (the 19 names)",
    error=ReservedEnvironmentVariable,
)
def environment_variable_reserved(
    configuration: RuntimeConfiguration, limits: PlatformLimits, _: DeploymentContext
) -> Iterator[At]:
    """Find the reserved names, in the order of the configuration."""
    for name in configuration.environment_variables:
        if name in limits.reserved_names:
            yield At((name,), ReservedEnvironmentVariable(name))


def _sources_where(
    configuration: RuntimeConfiguration,
    limits: PlatformLimits,
    is_wrong: Callable[[SourceState], bool],
) -> Iterable[tuple[int, str]]:
    """Yield position and RID of the sources that are wrong; an unlisted one is not imported."""
    unlisted = SourceState(imported=not limits.sources)
    for position, rid in enumerate(configuration.sources):
        if is_wrong(limits.sources.get(rid, unlisted)):
            yield position, rid


@rule(
    "source-imported",
    field="sources",
    condition="every source is in the deployment's project or imported into it",
    source=_CREATE,
    error=DeploymentSourceNotImportedIntoProject,
)
def source_imported(
    configuration: RuntimeConfiguration, limits: PlatformLimits, context: DeploymentContext
) -> Iterator[At]:
    """Find the sources that are not imported; where the platform lists some, unlisted ones too."""
    for position, rid in _sources_where(configuration, limits, lambda state: not state.imported):
        yield At((position,), DeploymentSourceNotImportedIntoProject(rid, context.project_rid))


@rule(
    "source-exportable",
    field="sources",
    condition="every source may be exported to under all markings of the deployment",
    source=_CREATE,
    error=DeploymentSourceCannotExportResourceMarkings,
)
def source_exportable(
    configuration: RuntimeConfiguration, limits: PlatformLimits, context: DeploymentContext
) -> Iterator[At]:
    """Find the sources that may not be exported to."""
    for position, rid in _sources_where(configuration, limits, lambda state: not state.exportable):
        yield At((position,), DeploymentSourceCannotExportResourceMarkings(rid, context.rid))


@rule(
    "source-enabled",
    field="sources",
    condition="every source is enabled for compute modules",
    source=_CREATE,
    error=DeploymentSourceNotEnabledForComputeModules,
)
def source_enabled(
    configuration: RuntimeConfiguration, limits: PlatformLimits, _: DeploymentContext
) -> Iterator[At]:
    """Find the sources that are not enabled."""
    for position, rid in _sources_where(configuration, limits, lambda state: not state.enabled):
        yield At((position,), DeploymentSourceNotEnabledForComputeModules(rid))


@rule(
    "sources-while-running",
    field="sources",
    condition="sources change only while the deployment is disabled",
    source=_SDK,
    error=LiveDeploymentSourcesCannotBeUpdatedWhileRunning,
)
def sources_while_running(
    configuration: RuntimeConfiguration, _: PlatformLimits, context: DeploymentContext
) -> Fault | None:
    """Compare the sources with those that the deployment runs with, where it is known to run.

    Last, because only a valid body is compared with what runs.
    """
    if context.running_sources in {None, frozenset(configuration.sources)}:
        return None
    return LiveDeploymentSourcesCannotBeUpdatedWhileRunning(context.rid)


RULES: Final[tuple[Rule, ...]] = (
    thread_count_maximum,
    gpu_type_available,
    gpu_count,
    environment_variable_reserved,
    source_imported,
    source_exportable,
    source_enabled,
    *RANGES,
    sources_while_running,
)
"""Every built-in rule, in the order in which the API checks."""

_UNREADABLE: Final = frozenset({"cpu-thousandths", "memory-text"})


def check(
    configuration: RuntimeConfiguration,
    limits: PlatformLimits | None = None,
    context: DeploymentContext | None = None,
    *,
    extra_rules: Sequence[Rule] = (),
) -> list[Violation]:
    """Return every violation, in the order of the table and then of *extra_rules*.

    Extra rules are asked only about a configuration that can be normalised, so that their
    functions may do so.

    Args:
        configuration: What to check.
        limits: What the platform allows; None: the defaults.
        context: What is known of the deployment; None: nothing.
        extra_rules: The users' own, from `sim.wire.user_rules.load_rules`.

    Raises:
        ScenarioError: The function of an extra rule failed, or answered no breach.
    """
    limits = PlatformLimits() if limits is None else limits
    context = DeploymentContext() if context is None else context
    found = [
        violation
        for built_in in RULES
        for violation in built_in.violations(configuration, limits, context)
    ]
    if not _UNREADABLE.intersection(violation.rule for violation in found):
        for extra in extra_rules:
            found += _ask(extra, configuration, limits, context)
    return found


def _ask(
    extra: Rule,
    configuration: RuntimeConfiguration,
    limits: PlatformLimits,
    context: DeploymentContext,
) -> list[Violation]:
    try:
        return extra.violations(configuration, limits, context)
    except ScenarioError:
        raise
    except Exception as error:
        message = f"the rule's function failed: {type(error).__name__}: {error}"
        raise ScenarioError(Problem(rule=extra.name, message=message)) from error


def first_error(
    configuration: RuntimeConfiguration,
    limits: PlatformLimits | None = None,
    context: DeploymentContext | None = None,
    *,
    extra_rules: Sequence[Rule] = (),
) -> Fault | None:
    """Return what the API answers to *configuration*: the first violation's fault, or None."""
    found = check(configuration, limits, context, extra_rules=extra_rules)
    return found[0].fault if found else None
