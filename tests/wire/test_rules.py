"""The table of rules: what breaks each, what each answers, and in which order."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.testing import (
    invalid_runtime_configurations,
    platform_limits,
    replace_requests,
    runtime_configurations,
)
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
from sim.wire.errors import Fault, InvalidArgument
from sim.wire.limits import RESERVED_NAMES, PlatformLimits, SourceState
from sim.wire.models import GpuType, ReplaceLiveDeploymentRequest, RuntimeConfiguration
from sim.wire.normal import normalise
from sim.wire.rule import DeploymentContext
from sim.wire.rules import RULES, available_gpu_types, check, first_error

GOOD, FOREIGN, SECRET, BARRED = (
    f"ri.magritte..source.{word}" for word in ("good", "foreign", "secret", "barred")
)
LIMITS = PlatformLimits(
    max_thread_count=64,
    max_gpu_count=4,
    max_gpu_count_by_type={GpuType.H100: 2},
    gpu_types=(GpuType.T4, GpuType.H100),
    sources={
        GOOD: SourceState(),
        FOREIGN: SourceState(imported=False),
        SECRET: SourceState(exportable=False),
        BARRED: SourceState(enabled=False),
    },
)
CONTEXT = DeploymentContext(
    rid="ri.foundry-ml-live.main.live-deployment.1", project_rid="ri.compass.main.folder.2"
)
RUNNING = DeploymentContext(rid=CONTEXT.rid, running_sources=frozenset({GOOD}))


def scaling(up: int, down: int, threshold: float = 0.75) -> dict[str, object]:
    """Return a scaling configuration in JSON, its delays in seconds."""
    return {
        "scaleUpLoadThreshold": threshold,
        "scaleUpDelay": {"value": up, "unit": "SECONDS"},
        "scaleDownDelay": {"value": down, "unit": "SECONDS"},
    }


def configuration(**fields: Any) -> RuntimeConfiguration:
    """Return a configuration of one to two replicas with *fields*, by JSON name."""
    return RuntimeConfiguration.from_wire({"minReplicas": 1, "maxReplicas": 2} | fields)


def test_the_order_is_the_one_in_which_the_api_checks() -> None:
    """Threads, GPU type, GPU count, environment, sources, ranges; what runs comes last."""
    assert [rule.name for rule in RULES] == [
        "thread-count-maximum",
        "gpu-type-available",
        "gpu-count",
        "environment-variable-reserved",
        "source-imported",
        "source-exportable",
        "source-enabled",
        "min-replicas-not-negative",
        "max-replicas-positive",
        "replica-bounds-order",
        "cpu-positive",
        "cpu-thousandths",
        "memory-text",
        "memory-positive",
        "thread-count-positive",
        "scale-up-load-threshold-range",
        "scale-up-delay-not-negative",
        "scale-down-delay-not-negative",
        "scale-delays-order",
        "sources-while-running",
    ]


def test_every_rule_says_what_it_demands_and_who_says_so() -> None:
    """Condition and source are filled in, and the condition has no full stop to trip tables."""
    assert all(rule.condition and rule.source and rule.field for rule in RULES)
    assert not any(rule.condition.endswith(".") for rule in RULES)


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
@settings(max_examples=settings().max_examples // 5)  # for each of the twenty rules
@given(data=st.data())
def test_a_breaking_strategy_breaks_exactly_its_rule(rule: Any, data: st.DataObject) -> None:
    """The rule is broken, no other is, and the answer is the error that the rule declares."""
    context = RUNNING if rule.name == "sources-while-running" else CONTEXT
    broken = data.draw(invalid_runtime_configurations(rule.name, LIMITS, context))

    found = check(broken, LIMITS, context)

    assert {violation.rule for violation in found} == {rule.name}
    assert {type(violation.fault) for violation in found} == {rule.error}
    assert all(violation.field.startswith(rule.field) for violation in found)
    assert first_error(broken, LIMITS, context) == found[0].fault


@given(st.data())
def test_a_valid_strategy_breaks_none(data: st.DataObject) -> None:
    """Whatever the platform allows, what is drawn for it keeps every rule and has a meaning."""
    limits = data.draw(platform_limits())
    drawn = data.draw(runtime_configurations(limits))

    assert check(drawn, limits) == []
    assert first_error(drawn, limits) is None
    assert normalise(drawn).memory_bytes > 0


@given(replace_requests())
def test_replace_requests_are_valid_too(request: ReplaceLiveDeploymentRequest) -> None:
    """The default limits are those of `check`."""
    assert check(request.runtime_configuration) == []


WRONG = [
    (
        "one thread more than the maximum",
        {"threadCount": 65},
        "threadCount",
        65,
        ThreadCountTooHigh(64, 65),
    ),
    (
        "a type that the platform has not",
        {"gpu": {"count": 1, "type": "V100"}},
        "gpu.type",
        "V100",
        GpuTypeNotAvailable(GpuType.V100, (GpuType.T4, GpuType.H100)),
    ),
    (
        "more GPUs than the type allows",
        {"gpu": {"count": 3, "type": "H100"}},
        "gpu.count",
        3,
        InvalidGpuCount(3, 2),
    ),
    (
        "more GPUs than any available type allows",
        {"gpu": {"count": 5}},
        "gpu.count",
        5,
        InvalidGpuCount(5, 4),
    ),
    ("no GPU", {"gpu": {"count": 0}}, "gpu.count", 0, InvalidGpuCount(0, 4)),
    (
        "a reserved name, whose value is not told",
        {"environmentVariables": {"A": "1", "CLIENT_SECRET": "hush"}},
        "environmentVariables.CLIENT_SECRET",
        "CLIENT_SECRET",
        ReservedEnvironmentVariable("CLIENT_SECRET"),
    ),
    (
        "a source of another project",
        {"sources": [GOOD, FOREIGN]},
        "sources[1]",
        FOREIGN,
        DeploymentSourceNotImportedIntoProject(FOREIGN, CONTEXT.project_rid),
    ),
    (
        "a source that is not listed, where some are",
        {"sources": ["ri.magritte..source.other"]},
        "sources[0]",
        "ri.magritte..source.other",
        DeploymentSourceNotImportedIntoProject("ri.magritte..source.other", CONTEXT.project_rid),
    ),
    (
        "a source that markings close",
        {"sources": [SECRET]},
        "sources[0]",
        SECRET,
        DeploymentSourceCannotExportResourceMarkings(SECRET, CONTEXT.rid),
    ),
    (
        "a source that is not enabled",
        {"sources": [BARRED]},
        "sources[0]",
        BARRED,
        DeploymentSourceNotEnabledForComputeModules(BARRED),
    ),
    (
        "a negative minimum",
        {"minReplicas": -1},
        "minReplicas",
        -1,
        InvalidArgument("must be at least 0", "minReplicas"),
    ),
    (
        "a maximum of nothing",
        {"minReplicas": 0, "maxReplicas": 0},
        "maxReplicas",
        0,
        InvalidArgument("must be at least 1", "maxReplicas"),
    ),
    (
        "bounds the wrong way round",
        {"minReplicas": 3},
        "minReplicas",
        3,
        InvalidArgument("must be at most maxReplicas, 2", "minReplicas"),
    ),
    ("no cpu", {"cpu": 0}, "cpu", 0.0, InvalidArgument("must be more than 0", "cpu")),
    (
        "cpu too fine",
        {"cpu": 0.0005},
        "cpu",
        0.0005,
        InvalidArgument(
            "is finer than a thousandth of a core: write at most three decimals, as in 0.125", "cpu"
        ),
    ),
    (
        "no memory size",
        {"memory": ""},
        "memory",
        "",
        InvalidArgument(
            "is not a memory size: write a number and a unit such as 256MiB or 4GiB", "memory"
        ),
    ),
    (
        "no memory",
        {"memory": "0GiB"},
        "memory",
        "0GiB",
        InvalidArgument("must be more than 0 bytes", "memory"),
    ),
    (
        "no thread",
        {"threadCount": 0},
        "threadCount",
        0,
        InvalidArgument("must be at least 1", "threadCount"),
    ),
    (
        "a threshold above 1",
        {"scalingConfiguration": scaling(1, 2, 1.5)},
        "scalingConfiguration.scaleUpLoadThreshold",
        1.5,
        InvalidArgument("must be from 0.0 to 1.0", "scalingConfiguration.scaleUpLoadThreshold"),
    ),
    (
        "a negative scale-up delay",
        {"scalingConfiguration": scaling(-1, 2)},
        "scalingConfiguration.scaleUpDelay.value",
        -1,
        InvalidArgument("must be at least 0", "scalingConfiguration.scaleUpDelay.value"),
    ),
    (
        "a negative scale-down delay",
        {"scalingConfiguration": scaling(1, -2)},
        "scalingConfiguration.scaleDownDelay.value",
        -2,
        InvalidArgument("must be at least 0", "scalingConfiguration.scaleDownDelay.value"),
    ),
    (
        "delays the wrong way round",
        {"scalingConfiguration": scaling(3, 2)},
        "scalingConfiguration.scaleUpDelay",
        None,
        InvalidArgument(
            "is 3 s and must not be longer than scaleDownDelay, 2 s",
            "scalingConfiguration.scaleUpDelay",
        ),
    ),
]


@pytest.mark.parametrize(
    ("fields", "field", "value", "fault"),
    [row[1:] for row in WRONG],
    ids=[str(row[0]) for row in WRONG],
)
def test_a_violation_names_field_value_and_answer(
    fields: dict[str, Any], field: str, value: object, fault: Fault
) -> None:
    """One thing wrong is told once, at its place, with its parameters."""
    (found,) = check(configuration(**fields), LIMITS, CONTEXT)

    shown = None if value is None else json.dumps(value)
    assert (found.field, found.value, found.fault) == (field, shown, fault)


@pytest.mark.parametrize(
    "fields",
    [
        {"threadCount": 64},
        {"threadCount": 1},
        {"gpu": {"count": 2, "type": "H100"}},
        {"gpu": {"count": 4, "type": "T4"}},
        {"gpu": {"count": 4}},
        {"sources": [GOOD]},
        {"environmentVariables": {"client_id": ""}},
        {"minReplicas": 0, "maxReplicas": 1},
        {"minReplicas": 2, "maxReplicas": 2},
        {"cpu": 0.001},
        {"memory": "1"},
        {"memory": "0.1"},
        {"scalingConfiguration": scaling(0, 0, 0.0)},
        {"scalingConfiguration": scaling(5, 5, 1.0)},
    ],
)
def test_what_is_just_allowed_is_allowed(fields: dict[str, Any]) -> None:
    """Every limit itself is inside."""
    assert check(configuration(**fields), LIMITS, CONTEXT) == []


def test_everything_wrong_is_told_in_order_and_the_first_is_answered() -> None:
    """All violations, in the table's order; several of one rule in the configuration's order."""
    broken = configuration(
        minReplicas=-1,
        threadCount=65,
        gpu={"count": 9, "type": "V100"},
        memory="lots",
        environmentVariables={"RUNTIME_API": "", "X": "", "CLIENT_ID": ""},
    )

    found = check(broken, LIMITS, CONTEXT)

    assert [violation.field for violation in found] == [
        "threadCount",
        "gpu.type",
        "gpu.count",
        "environmentVariables.RUNTIME_API",
        "environmentVariables.CLIENT_ID",
        "minReplicas",
        "memory",
    ]
    assert first_error(broken, LIMITS, CONTEXT) == ThreadCountTooHigh(64, 65)


@given(st.lists(st.sampled_from(RULES), min_size=1, unique=True), st.data())
def test_the_first_broken_rule_of_the_table_answers(rules: list[Any], data: st.DataObject) -> None:
    """Breaking several rules at once: the answer is the error of the first in the table."""
    fields: dict[str, Any] = {}
    for rule in rules:
        if rule.name != "sources-while-running":
            broken = data.draw(invalid_runtime_configurations(rule.name, LIMITS, CONTEXT))
            fields |= broken.to_wire()
    broken = configuration(**fields)
    found = check(broken, LIMITS, CONTEXT)
    order = [rule.name for rule in RULES]

    positions = [order.index(violation.rule) for violation in found]

    assert positions == sorted(positions)
    for violation in found[:1]:
        assert first_error(broken, LIMITS, CONTEXT) == violation.fault


@pytest.mark.parametrize("name", RESERVED_NAMES)
def test_each_of_the_reserved_names_is_reserved(name: str) -> None:
    """The platform's 19 names by default."""
    broken = configuration(environmentVariables={name: "x"})

    assert first_error(broken) == ReservedEnvironmentVariable(name)


def test_a_queue_narrows_the_types() -> None:
    """A type that the deployment's vGPU queue has not is not available to it."""
    context = DeploymentContext(gpu_types=(GpuType.H100, GpuType.A100))
    wanted = configuration(gpu={"count": 1, "type": "T4"})
    any_type = configuration(gpu={"count": 3})

    assert available_gpu_types(LIMITS, context) == (GpuType.H100,)
    assert first_error(wanted, LIMITS, context) == GpuTypeNotAvailable(GpuType.T4, (GpuType.H100,))
    assert first_error(any_type, LIMITS, context) == InvalidGpuCount(3, 2)


def test_without_gpus_on_the_platform_none_can_be_had() -> None:
    """A count without a type exceeds the maximum of nothing."""
    limits = PlatformLimits(gpu_types=())

    assert first_error(configuration(gpu={"count": 1}), limits) == InvalidGpuCount(1, 0)
    assert first_error(configuration(), limits) is None


@pytest.mark.parametrize(
    ("running", "sources", "is_refused"),
    [
        (None, [GOOD], False),
        (frozenset({GOOD}), [GOOD], False),
        (frozenset({GOOD}), [GOOD, GOOD], False),
        (frozenset({GOOD}), [], True),
        (frozenset(), [GOOD], True),
        (frozenset(), [], False),
    ],
)
def test_sources_change_only_while_disabled(
    running: frozenset[str] | None, sources: list[str], *, is_refused: bool
) -> None:
    """The set of sources is compared with the one that runs, where one is known to run."""
    context = DeploymentContext(rid=CONTEXT.rid, running_sources=running)

    answer = first_error(configuration(sources=sources), LIMITS, context)

    wanted = LiveDeploymentSourcesCannotBeUpdatedWhileRunning(CONTEXT.rid)
    assert answer == (wanted if is_refused else None)


def test_only_a_valid_body_is_compared_with_what_runs() -> None:
    """A conflict is answered after every bad argument."""
    broken = configuration(sources=[], cpu=-1)

    assert first_error(broken, LIMITS, RUNNING) == InvalidArgument("must be more than 0", "cpu")
