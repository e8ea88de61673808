"""Resource queues: order, head-of-line blocking, all or nothing, tenants, limits."""

import itertools
from collections.abc import Sequence

from sim.states import ReplicaState
from sim.waiting import Holder, names_of_holders
from yard import A100, T4, Yard, cpu, gpu


def test_grants_go_from_the_head_while_it_fits() -> None:
    """Of 1, 2, 2 cores in a queue of 4 the first two are granted."""
    yard = Yard(cpu(4))
    yard.ask("a", 1)
    yard.ask("b", 2)
    yard.ask("c", 2)

    assert yard.granted() == ["a", "b"]


def test_a_head_that_does_not_fit_blocks_those_that_would() -> None:
    """3 cores are free, the head wants 4, and the one behind it, who wants 1, waits."""
    yard = Yard(cpu(3))
    yard.ask("big", 4)
    yard.ask("small", 1)

    assert yard.granted() == []


def test_leaving_the_line_lets_the_next_one_in() -> None:
    """When the blocking head gives up, the one behind it is granted at that instant."""
    yard = Yard(cpu(3))
    big = yard.ask("big", 4)
    yard.ask("small", 1)
    yard.granted()
    yard.let_go(big)

    assert yard.granted() == ["small"]


def test_what_is_released_goes_to_the_head() -> None:
    """Four cores come back and are granted in the order of the line."""
    yard = Yard(cpu(4))
    first = yard.ask("first", 4)
    yard.ask("second", 3)
    yard.ask("third", 1)
    assert yard.granted() == ["first"]
    yard.let_go(first)

    assert yard.granted() == ["first", "second", "third"]


def test_a_request_is_granted_in_all_its_queues_or_in_none() -> None:
    """Cores are free, GPUs are not: it holds no core while it waits for the GPU."""
    yard = Yard(cpu(4), gpu(T4=1))
    yard.ask("holder", 1, 1)
    waiting = yard.ask("waiting", 1, 1)
    assert yard.granted() == ["holder"]

    assert [sample.used for sample in yard.queues.samples if sample.queue == 0][-1] == 1000
    assert yard.queues.holders(waiting)[0] == "gpu"


def test_who_waits_in_two_queues_is_told_once() -> None:
    """Told why at the instant it asked, and not again when others come and go."""
    yard = Yard(cpu(1), gpu(T4=1))
    holder = yard.ask("holder", 1, 1)
    yard.ask("waiting", 1, 1)
    yard.granted()
    yard.ask("later", 1, 1)
    yard.granted()
    assert len(yard.owners["waiting"].told) == 1
    yard.let_go(holder)

    assert yard.granted() == ["holder", "waiting"]
    assert [len(owner.told) for owner in yard.owners.values()] == [1, 2, 1]


def test_the_head_of_one_queue_waits_for_its_turn_in_the_other() -> None:
    """It heads the GPU queue and would fit in both, but in cpu somebody larger came earlier."""
    yard = Yard(cpu(4), gpu(T4=1))
    yard.ask("holder", 3)
    yard.ask("large", 3)
    yard.ask("with a gpu", 1, 1)

    assert yard.granted() == ["holder"]


def test_who_waits_elsewhere_blocks_a_queue_that_has_room() -> None:
    """The head of cpu waits for a GPU; the one behind it waits too, because of the GPU queue."""
    yard = Yard(cpu(8), gpu(T4=1))
    yard.ask("holder", 1, 1)
    yard.ask("head", 1, 1)
    behind = yard.ask("behind", 1)
    assert yard.granted() == ["holder"]

    name, holders = yard.queues.holders(behind)
    assert name == "gpu"
    assert [holder.deployment for holder in holders] == ["holder"]
    assert yard.owners["behind"].told[0] == (
        "behind replica 0 of head revision 0; queue gpu has 0 of 1 T4 free, 1 of one type needed"
    )


def test_without_a_type_the_first_that_fits_in_file_order_is_taken() -> None:
    """T4 is full after one, so that the second gets an A100."""
    yard = Yard(cpu(8), gpu(T4=1, A100=1))
    first, second = yard.ask("first", 1, 1), yard.ask("second", 1, 1)
    yard.granted()

    assert (first.granted_gpu_type, second.granted_gpu_type) == (T4, A100)


def test_a_named_type_waits_for_that_type() -> None:
    """A100s are free and do not help."""
    yard = Yard(cpu(8), gpu(T4=1, A100=4))
    yard.ask("first", 1, 1, T4)
    yard.ask("second", 1, 1, T4)

    assert yard.granted() == ["first"]


def test_a_replica_without_gpus_stands_in_no_gpu_queue() -> None:
    """Behind a blocked GPU queue it is granted as if that were not there."""
    yard = Yard(gpu(T4=1))
    yard.ask("first", 1, 1)
    yard.ask("second", 1, 1)
    yard.ask("without", 1)

    assert yard.granted() == ["first", "without"]


def test_tenants_take_at_once_and_beyond_the_limit() -> None:
    """A tenant that grows takes what it says; nothing is granted until use is within the limit."""
    yard = Yard(cpu(4, others=2))
    yard.ask("a", 2)
    assert yard.granted() == ["a"]
    yard.queues.set_tenant("cpu", "others", {None: 3000})
    yard.ask("b", 1)
    assert yard.granted() == ["a"]
    assert yard.queues.samples[-1].used == 5000
    yard.queues.set_tenant("cpu", "others", {None: 1000})

    assert yard.granted() == ["a", "b"]


def test_a_lower_limit_takes_nothing_away() -> None:
    """Who holds goes on holding; a higher limit lets the line move."""
    yard = Yard(cpu(4))
    yard.ask("a", 3)
    yard.ask("b", 2)
    yard.granted()
    yard.queues.set_limit("cpu", {None: 1000})
    assert yard.granted() == ["a"]
    assert (yard.queues.samples[-1].used, yard.queues.samples[-1].limit) == (3000, 1000)
    yard.queues.set_limit("cpu", {None: 5000})

    assert yard.granted() == ["a", "b"]


def test_the_head_says_since_when_and_why_it_waits() -> None:
    """The sample names the shortage; who was granted at once is told nothing."""
    yard = Yard(cpu(4))
    yard.ask("a", 3)
    yard.ask("b", 2)
    yard.granted()

    last = yard.queues.samples[-1]
    assert (last.waiting, last.head_since_s) == (1, 0.0)
    assert last.cause == "queue cpu has 1 of 4 cores free, 2 needed"
    assert yard.owners["a"].told == ["granted"]


def test_holders_are_grouped_by_deployment_revision_and_state() -> None:
    """Two replicas of one revision in one state are one holder; tenants come by name."""
    yard = Yard(cpu(6, others=1))
    one, two = yard.ask("a", 2), yard.ask("a", 2)
    waiting = yard.ask("b", 2)
    yard.granted()

    _name, holders = yard.queues.holders(waiting)
    found = [(h.deployment, h.revision, h.replicas, h.amount) for h in holders]
    assert [one.is_granted, two.is_granted] == [True, True]
    assert ("others", None, 0, 1000) in found
    assert sum(amount for *_rest, amount in found) == 5000


def test_holders_are_looked_for_again_when_something_has_changed() -> None:
    """A state that changed, a tenant that came, a replica that went: each is seen when asked."""
    yard = Yard(cpu(4))
    one = yard.ask("a", 2)
    yard.ask("a", 2)
    waiting = yard.ask("b", 2)
    yard.granted()

    def found() -> list[tuple[str, ReplicaState | None, int]]:
        return [(h.deployment, h.state, h.replicas) for h in yard.queues.holders(waiting)[1]]

    starting, responsive = ReplicaState.STARTING, ReplicaState.RESPONSIVE
    assert found() == [("a", starting, 2)]
    yard.owners["a"].state = responsive  # the second of them
    yard.queues.note_change()
    assert found() == [("a", starting, 1), ("a", responsive, 1)]
    yard.queues.set_tenant("cpu", "others", {None: 1000})
    assert found() == [("a", starting, 1), ("a", responsive, 1), ("others", None, 0)]
    yard.let_go(one)
    assert found() == [("a", responsive, 1), ("others", None, 0)]


def holder(
    name: str, amount: int, revision: int | None = 0, state: ReplicaState = ReplicaState.RESPONSIVE
) -> Holder:
    """Return one of a queue's holders; a tenant, if the revision is None."""
    return Holder(name, revision, None if revision is None else state, 1, amount)


def test_up_to_three_holders_are_named_in_the_order_of_the_queue() -> None:
    """Whatever they hold, and once for each state that they are in."""
    leaving = holder("a", 9000, 0, ReplicaState.DECOMMISSIONED)

    assert names_of_holders([]) == "nobody"
    assert names_of_holders([holder("b", 1), holder("a", 3), holder("t", 2, None)]) == (
        "b revision 0, a revision 0, t"
    )
    assert names_of_holders([holder("a", 1), leaving, holder("b", 2), holder("b", 2, 1)]) == (
        "a revision 0, a revision 0, b revision 0, b revision 1"
    )


def test_of_more_holders_the_three_largest_are_named_and_the_others_counted() -> None:
    """By all that a revision holds in any state; of equals the first; two revisions are two."""
    leaving = holder("a", 3, 0, ReplicaState.DECOMMISSIONED)
    four = [holder("a", 1), holder("b", 2), holder("b", 3, 1), leaving, holder("t", 3, None)]

    assert names_of_holders(four) == "a revision 0, b revision 1, t and 1 other"  # 4, 3, 3; 2
    assert names_of_holders([holder(f"d{number:03}", number % 10) for number in range(1000)]) == (
        "d009 revision 0, d019 revision 0, d029 revision 0 and 997 others"
    )


def by_definition(limit: int, steps: Sequence[tuple[str, int]]) -> list[str]:
    """Return who holds in the end, straight from the rule: FIFO, head first, while it fits."""
    line: list[tuple[str, int]] = []
    held: dict[str, int] = {}
    for name, amount in steps:
        line.append((name, amount))
        while line and sum(held.values()) + line[0][1] <= limit:
            head, needed = line.pop(0)
            held[head] = needed
    return sorted(held)


def test_agrees_with_the_rule_on_every_small_case() -> None:
    """All sequences of up to four requests of 1 to 3 cores in queues of 1 to 5 cores."""
    for limit in range(1, 6):
        for amounts in itertools.product((1, 2, 3), repeat=4):
            yard = Yard(cpu(limit))
            steps = [(f"r{number}", amount) for number, amount in enumerate(amounts)]
            for name, amount in steps:
                yard.ask(name, amount)
            assert sorted(yard.granted()) == by_definition(limit, steps)
