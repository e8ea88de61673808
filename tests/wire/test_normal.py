"""What a configuration means, and when a Replace finds two of them the same."""

from typing import Any

import pytest
from hypothesis import given

from sim.testing import runtime_configurations
from sim.wire.memory import MemoryTextError
from sim.wire.models import GpuType, RuntimeConfiguration
from sim.wire.normal import NormalConfiguration, differs_only_in_scaling, normalise


def normal(**fields: Any) -> NormalConfiguration:
    """Return the normal form of one to two replicas with *fields*, by JSON name."""
    data = {"minReplicas": 1, "maxReplicas": 2} | fields
    return normalise(RuntimeConfiguration.from_wire(data))


def scaling(up_s: int = 60, down_s: int = 1800, threshold: float = 0.75) -> dict[str, object]:
    """Return a scaling configuration in JSON."""
    return {
        "scaleUpLoadThreshold": threshold,
        "scaleUpDelay": {"value": up_s, "unit": "SECONDS"},
        "scaleDownDelay": {"value": down_s, "unit": "SECONDS"},
    }


def test_absent_fields_mean_their_defaults() -> None:
    """32 threads, 1 vCPU, 4 GiB, no GPU; up at 0.75 after a minute, down after thirty."""
    assert normal() == NormalConfiguration(
        min_replicas=1,
        max_replicas=2,
        cpu_millicores=1000,
        memory_bytes=4 * 1024**3,
        gpu_count=0,
        gpu_type=None,
        thread_count=32,
        scale_up_load_threshold=0.75,
        scale_up_delay_s=60.0,
        scale_down_delay_s=1800.0,
        environment_variables=(),
        sources=(),
    )


def test_every_field_is_read() -> None:
    """Each field lands in its unit: thousandths, bytes, seconds."""
    configuration = normal(
        minReplicas=0,
        maxReplicas=9,
        cpu=0.1,
        memory="1.5GiB",
        gpu={"count": 2, "type": "L4"},
        threadCount=7,
        scalingConfiguration=scaling(5, 90, 0.5),
        environmentVariables={"b": "2", "a": "1"},
        sources=["ri.m..source.2", "ri.m..source.1", "ri.m..source.2"],
    )

    assert configuration == NormalConfiguration(
        min_replicas=0,
        max_replicas=9,
        cpu_millicores=100,
        memory_bytes=1610612736,
        gpu_count=2,
        gpu_type=GpuType.L4,
        thread_count=7,
        scale_up_load_threshold=0.5,
        scale_up_delay_s=5.0,
        scale_down_delay_s=90.0,
        environment_variables=(("a", "1"), ("b", "2")),
        sources=("ri.m..source.1", "ri.m..source.2"),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"memory": "1GiB"}, {"memory": "1024 mb"}),
        ({"cpu": 1}, {}),
        ({"memory": "4GiB"}, {"memory": None}),
        ({"threadCount": 32}, {}),
        ({"scalingConfiguration": scaling()}, {}),
        ({"environmentVariables": {}}, {"environmentVariables": None}),
        ({"sources": ["ri.m..source.1"]}, {"sources": ["ri.m..source.1", "ri.m..source.1"]}),
        (
            {"sources": ["ri.m..source.1", "ri.m..source.2"]},
            {"sources": ["ri.m..source.2", "ri.m..source.1"]},
        ),
        (
            {"environmentVariables": {"a": "1", "b": "2"}},
            {"environmentVariables": {"b": "2", "a": "1"}},
        ),
    ],
)
def test_a_replace_finds_no_difference(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Bytes, seconds, defaults and sets are compared, not their spelling."""
    assert normal(**one) == normal(**other)


@pytest.mark.parametrize(
    "change",
    [
        {"minReplicas": 0},
        {"maxReplicas": 5},
        {"scalingConfiguration": scaling(threshold=0.5)},
        {"scalingConfiguration": scaling(up_s=1)},
        {"scalingConfiguration": scaling(down_s=61)},
        {},
    ],
)
def test_bounds_and_scaling_alone_are_a_scaling_change(change: dict[str, Any]) -> None:
    """These fields, and no difference at all, are what can change in place."""
    assert differs_only_in_scaling(normal(), normal(**change))
    assert differs_only_in_scaling(normal(**change), normal())
    assert (normal() == normal(**change)) is (not change)


@pytest.mark.parametrize(
    "change",
    [
        {"cpu": 2},
        {"memory": "1GiB"},
        {"gpu": {"count": 1}},
        {"gpu": {"count": 1, "type": "T4"}},
        {"threadCount": 1},
        {"environmentVariables": {"a": ""}},
        {"sources": ["ri.m..source.1"]},
        {"cpu": 2, "minReplicas": 0},
    ],
)
def test_anything_else_needs_new_replicas(change: dict[str, Any]) -> None:
    """A difference in what a replica is, is more than a scaling change."""
    assert not differs_only_in_scaling(normal(), normal(**change))
    assert normal() != normal(**change)


@pytest.mark.parametrize(
    ("field", "value", "error"), [("memory", "abc", MemoryTextError), ("cpu", 0.00049, ValueError)]
)
def test_what_cannot_be_read_is_refused(field: str, value: object, error: type[Exception]) -> None:
    """Memory outside its grammar and cpu finer than a thousandth have no meaning."""
    with pytest.raises(error):
        normal(**{field: value})


@given(runtime_configurations())
def test_writing_the_defaults_out_changes_nothing(configuration: RuntimeConfiguration) -> None:
    """The normal form of a configuration, written as one in base units, is its own normal form."""
    meant = normalise(configuration)
    written = RuntimeConfiguration.from_wire(
        configuration.to_wire()
        | {
            "cpu": meant.cpu_millicores / 1000,
            "memory": f"{meant.memory_bytes} bytes",
            "threadCount": meant.thread_count,
        }
    )

    assert normalise(written) == meant
