"""The public strategies: what they draw, and how they refuse."""

import doctest
import json
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import sim.testing
from sim.testing import (
    arbitrary_json,
    invalid_runtime_configurations,
    platform_limits,
    replace_requests,
    runtime_configurations,
)
from sim.wire.limits import PlatformLimits, SourceState
from sim.wire.models import MAX_INTEGER, GpuType, RuntimeConfiguration
from sim.wire.rule import DeploymentContext, rule
from sim.wire.rules import RULES, check
from sim.wire.violations import read

SOURCE = "ri.magritte..source.1"
QUICK = settings(
    max_examples=1000,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate,),
)
"""Look for an example and do not simplify it."""


def test_the_documented_example_runs() -> None:
    """The example in the package's docstring is a test that passes."""
    assert doctest.testmod(sim.testing) == doctest.TestResults(failed=0, attempted=5)


CORNERS: dict[str, Any] = {
    "one count of replicas": lambda one: one.min_replicas == one.max_replicas,
    "scale to zero": lambda one: one.min_replicas == 0,
    "default cpu and memory": lambda one: one.cpu is None and one.memory is None,
    "the most threads": lambda one: one.thread_count == 128,
    "GPUs of any type": lambda one: one.gpu and one.gpu.type is None and one.gpu.count > 1,
    "the newest type": lambda one: one.gpu and one.gpu.type is GpuType.B300,
    "equal delays": lambda one: (
        one.scaling_configuration
        and one.scaling_configuration.scale_up_delay == one.scaling_configuration.scale_down_delay
    ),
    "memory in words": lambda one: one.memory and "." in one.memory and " " in one.memory,
    "collections": lambda one: len(one.environment_variables) > 1 and len(one.sources) > 1,
}


@pytest.mark.parametrize("wanted", list(CORNERS.values()), ids=list(CORNERS))
def test_every_corner_is_drawn(wanted: Any) -> None:
    """Ties, defaults, limits themselves and the rarer fields come up."""
    assert wanted(find(runtime_configurations(), lambda one: bool(wanted(one)), settings=QUICK))


@given(st.data())
def test_what_the_context_demands_is_kept(data: st.DataObject) -> None:
    """Types of the queue and the sources that run."""
    context = DeploymentContext(
        gpu_types=(GpuType.T4,), running_sources=frozenset({SOURCE, f"{SOURCE}2"})
    )

    drawn = data.draw(runtime_configurations(context=context))

    assert check(drawn, None, context) == []
    assert drawn.gpu is None or drawn.gpu.type in {None, GpuType.T4}
    assert sorted(drawn.sources) == [SOURCE, f"{SOURCE}2"]


def test_platforms_of_every_kind_are_drawn() -> None:
    """Without GPUs, with listed sources, with limits by type."""
    for wanted in (
        lambda one: not one.gpu_types,
        lambda one: len(one.sources) > 1,
        lambda one: len(one.max_gpu_count_by_type) > 1,
        lambda one: one.max_thread_count == 1,
    ):
        assert wanted(find(platform_limits(), wanted, settings=QUICK))


@given(arbitrary_json())
def test_arbitrary_json_is_json(data: object) -> None:
    """It can be written and read back, and has no number that JSON has not."""
    assert json.loads(json.dumps(data, allow_nan=False)) == data


@pytest.mark.parametrize("field", ["cpu", "gpu.", "scalingConfiguration.scaleUpDelay"])
def test_arbitrary_json_reaches_inside_configurations(field: str) -> None:
    """Wrong values come up deep inside what else is right."""

    def is_reached(data: object) -> bool:
        found = read(RuntimeConfiguration, data)
        fields = [one.field for one in found] if isinstance(found, list) else []
        return len(fields) == 1 and fields[0].startswith(field)

    assert is_reached(find(arbitrary_json(), is_reached, settings=QUICK))


@given(replace_requests(PlatformLimits(max_thread_count=1)))
def test_requests_keep_the_limits_they_are_drawn_for(request: Any) -> None:
    """Limits are handed on."""
    assert request.runtime_configuration.thread_count in {None, 1}


def test_there_is_a_way_to_break_each_rule_and_no_other() -> None:
    """A rule without a breaking strategy would go untested."""
    for one in RULES:
        assert invalid_runtime_configurations(one.name) is not None
    with pytest.raises(ValueError, match="'thread-count' is no built-in rule; these are: thread-"):
        invalid_runtime_configurations("thread-count")


@pytest.mark.parametrize(
    ("name", "limits", "context", "needed"),
    [
        ("thread-count-maximum", PlatformLimits(max_thread_count=MAX_INTEGER), None, "below the"),
        ("gpu-type-available", PlatformLimits(), None, "a GPU type that is not available"),
        ("environment-variable-reserved", PlatformLimits(reserved_names=()), None, "a reserved"),
        ("source-imported", PlatformLimits(), None, "listed sources"),
        ("source-exportable", PlatformLimits(sources={SOURCE: SourceState()}), None, "exportable"),
        (
            "source-enabled",
            PlatformLimits(sources={SOURCE: SourceState(enabled=False)}),
            DeploymentContext(running_sources=frozenset()),
            "no running_sources",
        ),
        ("sources-while-running", PlatformLimits(), None, "a context with running_sources"),
    ],
)
def test_a_rule_that_cannot_be_broken_says_what_it_takes(
    name: str, limits: PlatformLimits, context: DeploymentContext | None, needed: str
) -> None:
    """Drawing fails with the reason, not with an unsatisfiable strategy."""
    with pytest.raises(ValueError, match=needed):
        find(invalid_runtime_configurations(name, limits, context), lambda _: True, settings=QUICK)


NEAREST: dict[str, tuple[str, Any]] = {
    "no GPU": ("gpu-count", lambda one: one.gpu.count == 0),
    "a ninth GPU": ("gpu-count", lambda one: one.gpu.count == 9),
    "one thread too many": ("thread-count-maximum", lambda one: one.thread_count == 129),
    "bounds off by one": (
        "replica-bounds-order",
        lambda one: one.min_replicas == one.max_replicas + 1,
    ),
    "no cpu": ("cpu-positive", lambda one: one.cpu == 0),
    "empty memory": ("memory-text", lambda one: one.memory == ""),
    "no thread": ("thread-count-positive", lambda one: one.thread_count == 0),
    "one below none": ("min-replicas-not-negative", lambda one: one.min_replicas == -1),
}


@pytest.mark.parametrize(("name", "wanted"), list(NEAREST.values()), ids=list(NEAREST))
def test_the_nearest_breach_is_drawn(name: str, wanted: Any) -> None:
    """The first value beyond a limit comes up: there off-by-one slips live."""
    assert wanted(find(invalid_runtime_configurations(name), wanted, settings=QUICK))


def test_a_house_rule_can_be_tested_with_them() -> None:
    """A wrong house rule is found by a drawn configuration, as a user would find it."""

    @rule("house-memory", field="memory", condition="says its memory")
    def says_memory(configuration: RuntimeConfiguration, *_: object) -> str | None:
        return None if configuration.memory else "must be given"

    found = find(
        runtime_configurations(),
        lambda one: bool(check(one, extra_rules=[says_memory])),
        settings=QUICK,
    )

    assert found.memory is None
