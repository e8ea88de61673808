"""Why somebody waits: who stands ahead, what is short where, what can never fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.reasons import Reason
from sim.waiting import Asker, Freed, Holder, Need, NeverFits, largest_holders
from sim.wire.models import GpuType
from yard import A100, T4, Yard, cpu, gpu


def needs(yard: Yard, name: str) -> tuple[Need, ...]:
    """Return what the replica called `name` needs."""
    return yard.requests[name].asker.needs


def test_who_is_behind_others_names_the_head_and_what_it_needs() -> None:
    """1 of 4 cores is free, the head wants 2: the one who wants 1 is told whom it is behind."""
    yard = Yard(cpu(4))
    yard.ask("holder", 3)
    yard.ask("head", 2)
    yard.ask("small", 1)
    yard.granted()

    cause = yard.cause("small")
    assert (cause.reason, cause.line) == (Reason.BEHIND, "cpu")
    assert cause.ahead == Asker("head", 0, 0, (Need("cpu", "vcpu", None, 2000),))
    assert cause.first is None
    assert (cause.own.free, cause.own.need.amount) == (1000, 1000)  # it would fit
    assert cause.words == (
        "behind replica 0 of head revision 0; queue cpu has 1 of 4 cores free, 2 needed"
    )
    assert yard.cause("head").words == "queue cpu has 1 of 4 cores free, 2 needed"


def test_a_head_that_waits_for_another_queue_is_named_with_that_queue() -> None:
    """It heads cpu, with cores to spare, and waits for the only T4; so does who is behind it."""
    yard = Yard(cpu(8), gpu(T4=1))
    yard.ask("holder", 1, 1, T4)
    yard.ask("head", 1, 1, T4)
    yard.ask("behind", 1)
    yard.granted()

    assert (yard.cause("head").reason, yard.cause("head").line) == (Reason.NO_ROOM, "gpu")
    cause = yard.cause("behind")
    assert (cause.line, cause.shortage.need.queue) == ("cpu", "gpu")
    assert cause.words.endswith("; queue gpu has 0 of 1 T4 free, 1 needed")
    sample = [sample for sample in yard.queues.samples if sample.queue == 0][-1]
    assert sample.cause == "queue gpu has 0 of 1 T4 free, 1 needed"


def test_who_blocks_the_one_ahead_in_a_third_line_is_named_too() -> None:
    """`gpus` is ahead in gpu only, and itself behind `cores` in cpu, which does not fit."""
    yard = Yard(cpu(4), gpu(T4=4))
    yard.ask("holder", 3)
    yard.ask("cores", 2)
    yard.ask("gpus", 1, 1)
    yard.ask_gpu("last", 1)
    yard.granted()

    cause = yard.cause("last")
    assert cause.line == "gpu"
    assert cause.words == (
        "behind replica 0 of gpus revision 0, itself behind replica 0 of cores revision 0; "
        "queue cpu has 1 of 4 cores free, 2 needed"
    )
    assert cause.blocked_by is not None
    assert cause.blocked_by.deployment == "cores"


def test_who_exceeds_the_limit_is_told_so_wherever_it_stands() -> None:
    """8 of 6 cores: not the holder is the cause, and not who is ahead, but the limit."""
    yard = Yard(cpu(6))
    yard.ask("holder", 5)
    yard.ask("head", 2)
    big = yard.ask("big", 8)
    yard.granted()

    cause = yard.cause("big")
    assert (cause.reason, cause.ahead) == (Reason.ABOVE_LIMIT, None)
    assert cause.words == "queue cpu has 6 cores in all, 8 needed"
    assert yard.queues.holders(big) == ("cpu", ())


def test_who_stands_behind_one_above_the_limit_waits_for_that_one() -> None:
    """`head` fits when the holder goes, `big` never does: `last` is behind `big`."""
    yard = Yard(cpu(6))
    yard.ask("holder", 5)
    yard.ask("head", 2)
    yard.ask("big", 8)
    last = yard.ask("last", 1)
    yard.granted()

    assert yard.cause("last").words == (
        "behind replica 0 of big revision 0; queue cpu has 6 cores in all, 8 needed"
    )
    assert yard.queues.holders(last) == ("cpu", ())


def test_who_is_above_the_limit_of_one_queue_blocks_the_other_for_good() -> None:
    """`big` heads cpu, where it fits, and wants 2 of 1 T4."""
    yard = Yard(cpu(8), gpu(T4=1))
    yard.ask("big", 1, 2, T4)
    yard.ask("behind", 1)
    yard.granted()

    assert yard.cause("big").line == "gpu"
    assert yard.cause("behind").words == (
        "behind replica 0 of big revision 0; queue gpu has 1 T4 in all, 2 needed"
    )


def test_a_limit_that_changes_changes_who_is_above_it() -> None:
    """Once the limit is 8, `big` waits for room, and who comes then is behind the head."""
    yard = Yard(cpu(6))
    yard.ask("holder", 5)
    yard.ask("head", 4)
    yard.ask("big", 8)
    yard.granted()
    yard.queues.set_limit("cpu", {None: 8000})
    yard.ask("last", 1)
    yard.granted()

    assert yard.cause("last").words == (
        "behind replica 0 of head revision 0; queue cpu has 3 of 8 cores free, 4 needed"
    )
    yard.queues.set_limit("cpu", {None: 4000})
    yard.ask("latest", 1)
    yard.granted()
    assert yard.cause("latest").ahead == Asker("big", 0, 0, needs(yard, "big"))


def test_what_is_above_the_limit_leaves_nothing_free_and_not_less() -> None:
    """Tenants hold 5 of 4 cores: nothing is free, not -1."""
    yard = Yard(cpu(4, others=5))
    yard.ask("a", 1)
    yard.granted()

    assert yard.cause("a").words == "queue cpu has 0 of 4 cores free, 1 needed"


def test_any_type_is_told_of_the_type_that_comes_nearest() -> None:
    """1 of 2 T4 and 2 of 3 A100 are free: 3 of one type would need one more A100."""
    yard = Yard(cpu(9), gpu(T4=2, A100=3))
    yard.ask("t4", 1, 1, T4)
    yard.ask("a100", 1, 1, A100)
    three = yard.ask("three", 1, 3)
    yard.granted()

    assert yard.cause("three").words == "queue gpu has 2 of 3 A100 free, 3 of one type needed"
    held = [(holder.deployment, holder.amount) for holder in yard.queues.holders(three)[1]]
    assert held == [("t4", 1), ("a100", 1)]


def test_holders_are_those_of_the_type_that_is_short() -> None:
    """Who waits for an A100 does not wait for those who hold T4s, tenants or replicas."""
    pool = gpu(T4=4, A100=1).model_copy(update={"tenants": {"batch": {T4: 1}}})
    yard = Yard(cpu(9), pool)
    yard.ask("t4", 1, 1, T4)
    yard.ask("a100", 1, 1, A100)
    waiting = yard.ask("waiting", 1, 1, A100)
    yard.granted()

    assert [holder.deployment for holder in yard.queues.holders(waiting)[1]] == ["a100"]


def test_what_exceeds_the_largest_limit_of_the_run_can_never_fit() -> None:
    """4 of 2 T4 at all times; when the limit has been 4 it fits, and 5 still never does."""
    yard = Yard(cpu(9), gpu(T4=2))
    yard.ask("four", 1, 4, T4)
    yard.ask("five", 1, 5, T4)

    need = Need("gpu", "vgpu", "T4", 4)
    assert yard.queues.never_fits(needs(yard, "four")) == NeverFits(need, "T4", 2)
    yard.queues.set_limit("gpu", {T4: 4})
    assert yard.queues.never_fits(needs(yard, "four")) is None
    assert yard.queues.never_fits(needs(yard, "five")) == NeverFits(
        Need("gpu", "vgpu", "T4", 5), "T4", 4
    )


def test_a_limit_that_was_once_enough_counts() -> None:
    """8 cores were the limit at first; lowered to 6 they are still the largest."""
    yard = Yard(cpu(8))
    yard.queues.set_limit("cpu", {None: 6000})
    yard.ask("a", 8)
    yard.ask("b", 9)

    assert yard.queues.never_fits(needs(yard, "a")) is None
    assert yard.queues.never_fits(needs(yard, "b")) == NeverFits(
        Need("cpu", "vcpu", None, 9000), None, 8000
    )


def test_what_fits_exactly_is_no_impossibility() -> None:
    """As many as the limit: it waits for the others to go."""
    yard = Yard(cpu(6))
    yard.ask("a", 6)

    assert yard.queues.never_fits(needs(yard, "a")) is None


@pytest.mark.parametrize(("count", "never"), [(3, False), (4, True)])
def test_any_type_never_fits_if_no_type_ever_does(count: int, *, never: bool) -> None:
    """2 T4 and 3 A100: three of one type are there, four of one type are not."""
    yard = Yard(cpu(9), gpu(T4=2, A100=3))
    yard.ask("a", 1, count)
    found = yard.queues.never_fits(needs(yard, "a"))

    if never:
        assert found == NeverFits(Need("gpu", "vgpu", None, 4), "A100", 3)
    else:
        assert found is None


def test_a_type_that_the_queue_does_not_have_never_fits() -> None:
    """Until an event brings it."""
    yard = Yard(cpu(9), gpu(T4=2))
    yard.ask("a", 1, 1, A100)

    assert yard.queues.never_fits(needs(yard, "a")) == NeverFits(
        Need("gpu", "vgpu", "A100", 1), "A100", 0
    )
    yard.queues.set_limit("gpu", {A100: 1})
    assert yard.queues.never_fits(needs(yard, "a")) is None


# What made a grant possible --------------------------------------------------------------------


def freed(yard: Yard, name: str) -> Freed | None:
    """Return what made the grant to `name` possible."""
    yard.granted()
    request = yard.requests[name]
    assert request.is_granted
    return request.freed_by


def full(*names: str) -> Yard:
    """Return a queue of 4 cores, held by four holders of one each, and who waits for one each."""
    yard = Yard(cpu(4))
    for number in range(4):
        yard.ask(f"holder {number}", 1)
    yard.granted()
    for name in names:
        yard.ask(name, 1)
    yard.granted()
    return yard


def test_who_did_not_wait_was_freed_by_nobody() -> None:
    """Nothing had to happen."""
    yard = Yard(cpu(4))
    yard.ask("a", 1)

    assert freed(yard, "a") is None


def test_a_replica_that_went_is_named_with_why_it_went() -> None:
    """Scaled down, at the end of its lifetime, ..."""
    yard = full("a")
    yard.let_go(yard.requests["holder 2"], Reason.LIFETIME_OVER)

    found = freed(yard, "a")
    assert found == Freed(Reason.LIFETIME_OVER, "holder 2", 0)
    assert found.words == "holder 2 revision 0 (lifetime over)"


def test_a_replica_that_had_to_finish_is_named_with_how_it_ended() -> None:
    """Why it went, and what it waited for in the end."""
    yard = full("a")
    request = yard.requests["holder 0"]
    yard.queues.give_up(request, Reason.SWITCHED, Reason.LAST_REQUEST_ENDED)

    found = freed(yard, "a")
    assert found == Freed(Reason.SWITCHED, "holder 0", 0, Reason.LAST_REQUEST_ENDED)
    assert found.words == "holder 0 revision 0 (switched over; last request ended)"


def test_a_tenant_or_a_limit_is_named() -> None:
    """What the timeline does to the queue itself."""
    yard = Yard(cpu(4, batch=4))
    yard.ask("a", 1)
    yard.ask("b", 2)
    yard.granted()
    yard.queues.set_tenant("cpu", "batch", {None: 3000})

    assert freed(yard, "a") == Freed(Reason.TENANT_LEFT, "batch")
    yard.queues.set_limit("cpu", {None: 6000})
    found = freed(yard, "b")
    assert found == Freed(Reason.LIMIT_RAISED)
    assert found.words == "the limit was raised"


def test_who_went_away_ahead_is_named_as_one_who_waited() -> None:
    """`head`, too large for what is free, is withdrawn: it held nothing."""
    yard = Yard(cpu(4))
    yard.ask("holder", 3)
    head = yard.ask("head", 2)
    yard.ask("small", 1)
    yard.granted()
    yard.let_go(head, Reason.SUPERSEDED)

    found = freed(yard, "small")
    assert found == Freed(Reason.SUPERSEDED, "head", 0, was_waiting=True)
    assert found.words == "head revision 0 (superseded, ahead of it in line)"


def test_of_several_changes_at_one_instant_the_first_that_is_enough_counts() -> None:
    """`a` needs one core, `b` two more: the first holder frees one, the limit the others."""
    yard = full("a")
    yard.ask("b", 2)
    yard.granted()
    yard.let_go(yard.requests["holder 3"], Reason.KILLED)
    yard.queues.set_limit("cpu", {None: 6000})
    yard.let_go(yard.requests["holder 1"], Reason.SCALE_DOWN)

    assert freed(yard, "a") == Freed(Reason.KILLED, "holder 3", 0)
    assert freed(yard, "b") == Freed(Reason.LIMIT_RAISED)


def test_what_was_freed_at_an_earlier_instant_and_was_not_enough_does_not_count() -> None:
    """One core came back long before, the second one made the grant possible."""
    yard = full()
    yard.ask("b", 2)
    yard.granted()
    yard.let_go(yard.requests["holder 0"], Reason.KILLED)
    yard.granted()
    yard.clock.at(5.0, 0).callbacks.append(
        lambda _item: yard.let_go(yard.requests["holder 1"], Reason.TO_ZERO)
    )

    assert freed(yard, "b") == Freed(Reason.TO_ZERO, "holder 1", 0)


# On paper --------------------------------------------------------------------------------------


def test_a_dry_run_grants_in_order_and_changes_nothing() -> None:
    """Without two holders two cores are free: the head takes one, who wants two gets none."""
    yard = full("head")
    yard.ask("two", 2)
    yard.granted()
    head, two = yard.requests["head"], yard.requests["two"]
    gone = [yard.requests["holder 0"], yard.requests["holder 1"]]

    assert yard.queues.would_start(head, without=gone)
    assert not yard.queues.would_start(two, without=gone)
    assert yard.queues.would_start(two, without=[*gone, yard.requests["holder 2"]])
    assert yard.queues.would_start(two, without=[*gone, head])  # who waits ahead is gone too
    assert not yard.queues.would_start(head, without=[])
    assert yard.granted() == ["holder 0", "holder 1", "holder 2", "holder 3"]


def test_a_dry_run_needs_room_in_every_queue_and_gives_back_the_type_that_was_held() -> None:
    """Who wants a core and a T4 starts when both are there, and an A100 is no T4."""
    yard = Yard(cpu(3), gpu(T4=1, A100=1))
    yard.ask("t4", 1, 1, T4)
    yard.ask("a100", 1, 1, A100)
    yard.ask("cores", 1)
    waiting = yard.ask("waiting", 1, 1, T4)
    yard.granted()
    t4, a100, cores = (yard.requests[name] for name in ("t4", "a100", "cores"))

    assert yard.queues.would_start(waiting, without=[t4])
    assert not yard.queues.would_start(waiting, without=[a100, cores])


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "ask", "ask", "go", "limit", "tenant", "run"]),
        st.integers(0, 4),
        st.integers(0, 2),
        st.sampled_from([None, T4, A100]),
    ),
    max_size=25,
)


@given(steps=STEPS)
def test_a_dry_run_grants_what_is_granted(
    steps: list[tuple[str, int, int, GpuType | None]],
) -> None:
    """Whatever has happened at an instant, before its grants; and who is freed is told by what."""
    yard = Yard(cpu(6, batch=1), gpu(T4=2, A100=1))
    for what, amount, gpus, kind in steps:
        if what == "ask":
            yard.ask(f"r{len(yard.requests)}", amount, gpus, kind if gpus else None)
        elif what == "limit":
            yard.queues.set_limit("cpu", {None: amount * 2000})
        elif what == "tenant":
            yard.queues.set_tenant("cpu", "batch", {None: amount * 1000})
        elif what == "go" and yard.requests:
            name = list(yard.requests)[amount % len(yard.requests)]
            yard.let_go(yard.requests.pop(name))
        else:
            waiting = [r for r in yard.requests.values() if not r.is_granted]
            expected = [yard.queues.would_start(request, without=[]) for request in waiting]
            yard.granted()
            assert [request.is_granted for request in waiting] == expected
            assert all(r.freed_by is not None for r in waiting if r.is_granted and r.is_reported)


def test_the_eight_largest_holders_are_kept_in_their_order() -> None:
    """Of ten, the two smallest are left out; of equals the later one is."""
    ten = [Holder(f"d{n}", 0, None, 1, amount) for n, amount in enumerate([5, 1, 2, 2, *[9] * 6])]

    kept, left_out = largest_holders(ten)
    assert left_out == 2
    assert [holder.deployment for holder in kept] == ["d0", "d2", *(f"d{n}" for n in range(4, 10))]
    assert largest_holders(ten[:8]) == (tuple(ten[:8]), 0)
