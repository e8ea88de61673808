"""The engine's arrays: what they hold is the same when they have grown, and as it was given."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from builders import demands, deployment, scenario
from sim.engines.vectorised import eventloop as loop
from sim.engines.vectorised.blocks import Sizes, copied, empty_state, grown, restore
from sim.engines.vectorised.given import GivenRequests, demanded
from sim.engines.vectorised.line import join, with_newcomers
from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.scenario import Scenario
from sim.workload.workload import Workload

SMALL = Sizes(slots=2, width=2, ends=4, deadlines=0, retries=4, ticks=4)
LARGE = Sizes(slots=4, width=3, ends=8, deadlines=0, retries=8, ticks=8)


def given_of(built: Scenario) -> GivenRequests:
    """Return the requests of the only deployment, without any set of demands."""
    (one,) = built.deployments
    workload = Workload(one, seed=0, horizon_s=built.horizon_s, start=built.start)
    return GivenRequests(one, workload)


def asked(**quantities: object) -> RequestDemands:
    """Return demands as a revision has them."""
    return RequestDemands.model_validate(demands(**quantities))


def test_threads_keep_their_places_when_there_is_room_for_more() -> None:
    """Thread 1 of slot 1 was 3 of 2 x 2 and is 4 of 4 x 3: in the line, in ends, on cores."""
    old = empty_state(SMALL)
    old.line[[3, 0]] = 3, 1  # the line is a ring
    old.i[loop.LINE_HEAD], old.i[loop.LINE_LENGTH] = 3, 2
    old.e_thread[:2] = 3, 0
    old.i[loop.ENDS] = 2
    old.ti[loop.T_ORDER] = 1, 0, 3, 2
    old.ti[loop.T_ATTEMPT, 3] = 70
    old.tf[loop.T_VALUE, 3] = 8.5

    new = grown(old, SMALL, LARGE)

    head, length = new.i[loop.LINE_HEAD], new.i[loop.LINE_LENGTH]
    assert new.line[head : head + length].tolist() == [4, 1]
    assert new.e_thread[:2].tolist() == [4, 0]
    assert new.ti[loop.T_ORDER].tolist() == [1, 0, 0, 4, 3, 0] + [0] * 6
    assert new.ti[loop.T_ATTEMPT].tolist() == [-1] * 4 + [70] + [-1] * 7
    assert new.tf[loop.T_VALUE].tolist() == [0.0] * 4 + [8.5] + [0.0] * 7


@pytest.mark.parametrize("steps", [(4, 8), (8,)])
def test_who_ends_first_is_known_in_every_larger_block(steps: tuple[int, ...]) -> None:
    """Slot 1 of two comes first: so it does in the blocks of 2, 4 and 8, whose middles are 1, 2, 4.

    In the other blocks nothing runs, and one of their own slots stands for them.
    """
    sizes = SMALL
    state = empty_state(sizes)
    state.si[loop.S_FIRST] = 1, 1

    for slots in steps:
        more = replace(sizes, slots=slots)
        state, sizes = grown(state, sizes, more), more

    assert state.si[loop.S_FIRST].tolist() == [1, 1, 1, 3, 1, 5, 6, 7]


def test_a_checkpoint_keeps_what_the_state_was() -> None:
    """Whatever happens to the state's arrays afterwards."""
    state = empty_state(SMALL)
    state.f[loop.NOW] = 7.0
    checkpoint = copied(state)
    for array in state:
        array[...] = 1

    restore(state, checkpoint)

    assert state.f[loop.NOW] == 7.0
    for now, before in zip(state, checkpoint, strict=True):
        assert_array_equal(now, before)


def test_newcomers_stand_behind_their_share_of_the_line() -> None:
    """The x-th of k comes behind the ceil(x m / k)-th of the m who stand there."""

    def joined(standing: int, newcomers: int) -> list[int]:
        return list(with_newcomers(np.arange(standing), np.arange(90, 90 + newcomers)))

    assert joined(4, 2) == [0, 1, 90, 2, 3, 91]
    assert joined(3, 2) == [0, 1, 90, 2, 91]  # ceil(1.5) = 2
    assert joined(1, 3) == [0, 90, 91, 92]
    assert joined(0, 2) == [90, 91]


def test_threads_join_by_number_and_then_by_replica() -> None:
    """Replica 2 has threads 2, 3 in slot 1; replica 7 in slot 0 has one, 0; thread 3 is busy."""
    given = given_of(scenario(deployment(at_s=[1])))
    state = empty_state(SMALL)
    state.si[loop.S_REPLICA] = 7, 2
    state.si[loop.S_THREADS] = 1, 2
    state.si[loop.S_JOINING] = 1

    busy = empty_state(SMALL)
    restore(busy, copied(state))
    busy.ti[loop.T_ATTEMPT, 3] = 5

    for now in (state, busy):
        join(now, given.for_loop(SMALL.width))

    assert state.line[: state.i[loop.LINE_LENGTH]].tolist() == [2, 0, 3]
    assert busy.line[: busy.i[loop.LINE_LENGTH]].tolist() == [2, 0]
    assert [int(now.i[loop.IDLE_COUNT]) for now in (state, busy)] == [3, 2]


def test_who_joins_a_line_that_is_a_ring_keeps_its_order() -> None:
    """Threads 1 and 0 stand in the last and the first place; 2 and 3 come behind one each."""
    given = given_of(scenario(deployment(at_s=[1])))
    state = empty_state(SMALL)
    state.line[[3, 0]] = 1, 0
    state.i[loop.LINE_HEAD], state.i[loop.LINE_LENGTH], state.i[loop.IDLE_COUNT] = 3, 2, 2
    state.ti[loop.T_IN_LINE, :2] = 1
    state.si[loop.S_REPLICA] = 0, 1
    state.si[loop.S_THREADS] = 2
    state.si[loop.S_JOINING, 1] = 1

    join(state, given.for_loop(SMALL.width))

    places = (state.i[loop.LINE_HEAD] + np.arange(state.i[loop.LINE_LENGTH])) % 4
    assert state.line[places].tolist() == [1, 2, 0, 3]
    assert state.i[loop.IDLE_COUNT] == 4


def test_requests_ask_for_what_their_set_of_demands_says() -> None:
    """Two sets, of constants and of a value for each request, are laid behind one another."""
    given = given_of(scenario(deployment(at_s=[1, 2, 3])))
    first = asked(wait_s=[1, 2, 3], cpu_s=0.5, memory_bytes=[10, 20, 30])
    second = asked(wait_s=4, cpu_s=[5, 6, 7], gpu_s=8, memory_bytes=40)
    request = np.array([2, 0])

    assert given.row(first) == (0, True)
    alone = given.for_loop(1)
    assert demanded(alone, loop.D_WAIT, 0, request).tolist() == [3, 1]
    assert given.row(second) == (1, True)
    assert given.row(first) == (0, False)
    both = given.for_loop(1)

    def of(row: int) -> list[list[float]]:
        quantities = loop.D_WAIT, loop.D_CPU, loop.D_GPU, loop.D_MEMORY
        return [demanded(both, quantity, row, request).tolist() for quantity in quantities]

    assert of(0) == [[3, 1], [0.5], [0], [30, 10]]
    assert of(1) == [[4], [7, 5], [8], [40]]


def test_each_attempt_has_its_own_wait_before_it() -> None:
    """Three attempts, so two waits: 2 s before the second and 5 s before the third."""
    client = {"policy": "custom", "max_attempts": 3, "backoff_s": [2.0, 5.0], "retry_on": []}

    given = given_of(scenario(deployment(at_s=[1, 2], client=client))).for_loop(1)

    assert given.retry_wait.tolist() == [[2, 2], [5, 5]]
