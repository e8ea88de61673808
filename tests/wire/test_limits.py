"""The platform's limits and their file form."""

import json

import pytest
from hypothesis import given
from pydantic import ValidationError

from sim.testing import platform_limits
from sim.wire.limits import RESERVED_NAMES, PlatformLimits, SourceState
from sim.wire.models import GpuType

SOURCE = "ri.magritte..source.1"


def from_file(data: object) -> PlatformLimits:
    """Return the limits in the file form *data*."""
    return PlatformLimits.model_validate(data, by_alias=True, by_name=False)


def test_the_defaults_are_the_assumed_numbers() -> None:
    """128 threads, 8 GPUs of each of the 11 types, 19 reserved names, no source checked."""
    limits = PlatformLimits()

    assert limits.max_thread_count == 128
    assert [limits.max_gpus_of(gpu_type) for gpu_type in GpuType] == [8] * 11
    assert limits.gpu_types == tuple(GpuType)
    assert len(set(limits.reserved_names)) == 19
    assert "RESOURCE_ALIAS_MAP" not in RESERVED_NAMES
    assert limits.sources == {}


def test_the_file_form_has_plain_nouns() -> None:
    """Every field is read from its file key."""
    limits = from_file(
        {
            "max_threads": 64,
            "max_gpus": 4,
            "max_gpus_by_type": {"H100": 1},
            "gpu_types": ["H100", "T4"],
            "reserved_names": ["HOME"],
            "sources": {SOURCE: {"enabled": False}},
        }
    )

    assert limits == PlatformLimits(
        max_thread_count=64,
        max_gpu_count=4,
        max_gpu_count_by_type={GpuType.H100: 1},
        gpu_types=(GpuType.H100, GpuType.T4),
        reserved_names=("HOME",),
        sources={SOURCE: SourceState(imported=True, exportable=True, enabled=False)},
    )
    assert limits.max_gpus_of(GpuType.H100) == 1
    assert limits.max_gpus_of(GpuType.T4) == 4


@pytest.mark.parametrize(
    "data",
    [
        {"max_threads": 0},
        {"max_threads": "128"},
        {"max_threads": 1.0},
        {"max_gpus": True},
        {"max_gpus_by_type": {"P100": 1}},
        {"max_gpus_by_type": {"H100": 0}},
        {"gpu_types": ["P100"]},
        {"sources": {"magritte": {}}},
        {"sources": {SOURCE: {"imported": 1}}},
        {"sources": {SOURCE: {"export": True}}},
        {"threads": 3},
        {"max_thread_count": 3},
        [],
    ],
)
def test_other_files_are_refused(data: object) -> None:
    """Types are strict and names are known."""
    with pytest.raises(ValidationError):
        from_file(data)


@given(platform_limits())
def test_limits_survive_their_file_form(limits: PlatformLimits) -> None:
    """Written with file keys and read back, they are the same."""
    text = json.dumps(limits.model_dump(mode="json", by_alias=True))

    assert from_file(json.loads(text)) == limits
