"""What a PUT amounts to: the six cases of the model, in their order."""

from typing import NamedTuple

import pytest

from sim.wire.models import RuntimeConfiguration
from sim.wire.normal import NormalConfiguration, normalise
from sim.wire.replacing import Put, decide_put

SOURCE = "ri.magritte..source.1"


def wanted(
    cpu: float = 1.0, highest: int = 4, memory: str = "4GiB", *sources: str
) -> NormalConfiguration:
    """Return a configuration that differs in what is asked."""
    return normalise(
        RuntimeConfiguration(
            min_replicas=1, max_replicas=highest, cpu=cpu, memory=memory, sources=sources
        )
    )


A, P = wanted(), wanted(cpu=2.0)


class Case(NamedTuple):
    name: str
    put: NormalConfiguration
    active: NormalConfiguration | None
    pending: NormalConfiguration | None
    means: Put


CASES = [
    Case("disabled: stored", A, None, None, Put.STORE),
    Case("disabled: sources may differ", wanted(1.0, 4, "4GiB", SOURCE), None, None, Put.STORE),
    Case(
        "other sources while running", wanted(1.0, 4, "4GiB", SOURCE), A, None, Put.REFUSE_SOURCES
    ),
    Case("refused before all else", wanted(2.0, 9, "4GiB", SOURCE), A, P, Put.REFUSE_SOURCES),
    Case("the same as active", A, A, None, Put.KEEP),
    Case("the same in other words", wanted(memory="4096MiB"), A, None, Put.KEEP),
    Case("the same as pending", P, A, P, Put.KEEP),
    Case("back to active while pending", A, A, P, Put.REVERT),
    Case("only bounds", wanted(highest=9), A, None, Put.SCALE_ACTIVE),
    Case("only the active one's bounds, while pending", wanted(highest=9), A, P, Put.SCALE_ACTIVE),
    Case("only the pending one's bounds", wanted(cpu=2.0, highest=9), A, P, Put.SCALE_PENDING),
    Case("something else", wanted(cpu=4.0), A, None, Put.ROLL_OUT),
    Case("something else while pending", wanted(cpu=4.0), A, P, Put.ROLL_OUT),
    Case("what pending has, without it", P, A, None, Put.ROLL_OUT),
    Case("a pending publish has the active configuration", A, A, A, Put.KEEP),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_first_case_that_applies_is_what_a_put_means(case: Case) -> None:
    """Sources, disabled, same, scaling only, and else a rollout."""
    put = decide_put(case.put, active=case.active, pending=case.pending, scaling_only="in_place")

    assert put is case.means


def test_the_other_reading_rolls_out_a_change_of_bounds() -> None:
    """`scaling_only: rollout`: bounds alone make a new revision, unless one is on its way."""
    other_bounds = wanted(highest=9)
    pending_bounds = wanted(cpu=2.0, highest=9)

    def means(put: NormalConfiguration) -> Put:
        return decide_put(put, active=A, pending=P, scaling_only="rollout")

    assert means(other_bounds) is Put.ROLL_OUT
    assert means(pending_bounds) is Put.SCALE_PENDING
