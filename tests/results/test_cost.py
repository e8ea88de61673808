"""The documented cost formula, against the worked examples of the documentation."""

from fractions import Fraction

import pytest

from sim.errors import ScenarioError
from sim.results.cost import (
    DEFAULT_GIB_PER_VCPU,
    Allocation,
    BookedSeconds,
    ComputeSeconds,
    compute_seconds,
)

GIB = 2**30
HOUR_S = 3600
RATES = {
    "vcpu": 0.2,
    "T4": 1.2,
    "A100": 1.3,
    "A10G": 1.5,
    "L4": 2.1,
    "V100": 3,
    "H100": 4.7,
}
BATCH = {"vcpu": 1, "T4": 1.2}
WORKSPACE = {"vcpu": 0.1, "T4": 1.2, "A10G": 1.5, "V100": 3}
HALF_CORE = Allocation(500, GIB)

EXAMPLES = [
    ("T1 half a core", [(2 * 20, HALF_CORE)], RATES, 4),
    ("T2 V100", [(2 * 20, Allocation(1000, 4 * GIB, 1, "V100"))], RATES, 120),
    ("T3 model container", [(40, HALF_CORE), (40, Allocation(4000, 30 * GIB))], RATES, 36),
    ("T4 memory-bound executors", [(2 * 5, Allocation(1000, 12 * GIB))], BATCH, 16),
    (
        "T5 driver and executors",
        [(120, Allocation(1000, 6 * GIB)), (480, Allocation(1000, 6 * GIB))],
        BATCH,
        600,
    ),
    (
        "T6 memory-bound executors beside a driver",
        [(120, Allocation(2000, 6 * GIB)), (480, Allocation(1000, 15 * GIB))],
        BATCH,
        1200,
    ),
    (
        "T7 the number of executors changes",
        [
            (120, Allocation(2000, 6 * GIB)),
            (2 * 60, Allocation(1000, 6 * GIB)),
            (4 * 60, Allocation(1000, 6 * GIB)),
        ],
        BATCH,
        600,
    ),
    ("T8 five T4", [(5 * 120, Allocation(1000, 6 * GIB, 1, "T4"))], BATCH, 720),
    ("T9 workspace", [(HOUR_S, Allocation(4250, 35 * GIB))], WORKSPACE, 1680),
    ("T10 workspace, memory-bound", [(HOUR_S, Allocation(1250, 11 * GIB))], WORKSPACE, 528),
    ("T11 T4", [(HOUR_S, Allocation(1000, 0, 1, "T4"))], WORKSPACE, 4320),
    ("T11 A10G", [(HOUR_S, Allocation(1000, 0, 1, "A10G"))], WORKSPACE, 5400),
    ("T11 V100", [(HOUR_S, Allocation(1000, 0, 1, "V100"))], WORKSPACE, 10800),
    ("D1 the API's example", [(HOUR_S, Allocation(1000, 256 * 2**20))], RATES, 720),
    ("D2 four by default", [(4 * HOUR_S, Allocation(1000, 4 * GIB))], RATES, 2880),
    ("D3 memory-bound", [(HOUR_S, Allocation(1000, 16 * GIB))], RATES, 1536),
    ("D4 eight H100", [(HOUR_S, Allocation(1000, 4 * GIB, 8, "H100"))], RATES, 135360),
]


@pytest.mark.parametrize(
    ("held", "rates", "expected"),
    [pytest.param(*row, id=name) for name, *row in EXAMPLES],
)
def test_a_worked_example_comes_out_to_the_digit(
    held: list[tuple[int, Allocation]], rates: dict[str, float], expected: int
) -> None:
    """The total is the published number exactly, not nearly."""
    booked = sum((compute_seconds(s, what, rates) for s, what in held), ComputeSeconds())

    assert booked.total == expected
    assert booked.rounded().total == expected


def test_memory_begins_to_cost_at_the_default_ratio() -> None:
    """D5: up to 7.5 GiB a vCPU is what is paid, above it memory is."""
    at = compute_seconds(10, Allocation(1000, int(DEFAULT_GIB_PER_VCPU * GIB)), RATES)
    above = compute_seconds(10, Allocation(1000, int(DEFAULT_GIB_PER_VCPU * GIB) + 1), RATES)

    assert at.vcpu == compute_seconds(10, Allocation(1000, 0), RATES).vcpu == 2
    assert above.vcpu > 2


def test_both_parts_are_reported_and_the_total_is_the_gpu_part() -> None:
    """A replica with a GPU keeps its vCPU part in sight, but the total leaves it out."""
    booked = compute_seconds(HOUR_S, Allocation(1000, 4 * GIB, 8, "H100"), RATES)

    assert booked.rounded() == BookedSeconds(vcpu=720.0, gpu=135360.0, total=135360.0)


def test_deployments_with_and_without_gpus_add_up_part_by_part() -> None:
    """The total of a sum is the sum of totals: replicas without GPUs still pay for vCPU."""
    mixed = compute_seconds(10, Allocation(1000, GIB, 1, "T4"), RATES) + compute_seconds(
        10, Allocation(1000, GIB), RATES
    )

    assert mixed == ComputeSeconds(vcpu=Fraction(4), gpu=Fraction(12), total=Fraction(14))


def test_a_gpu_type_without_a_rate_is_refused_with_the_field_that_takes_one() -> None:
    """No rate is published for an L40S, so the scenario must give one."""
    with pytest.raises(ScenarioError) as refused:
        compute_seconds(1, Allocation(1000, GIB, 1, "L40S"), RATES)

    (problem,) = refused.value.problems
    assert problem.field == "platform.usage_rates"
    assert "`L40S: RATE`" in problem.message


def test_a_given_rate_is_used() -> None:
    """A rate that the scenario adds counts as any other."""
    booked = compute_seconds(10, Allocation(1000, GIB, 2, "L40S"), {**RATES, "L40S": 2.5})

    assert booked.total == 50
