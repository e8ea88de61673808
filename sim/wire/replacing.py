"""What a valid PUT means for the revisions of a deployment: a pure decision.

Source: Palantir, "Debug upgrades" (a second deployment beside the first; revert or go forward)
and the API's documented errors; the comparisons are assumptions, see docs/model.md.
"""

from enum import Enum
from typing import Literal

from sim.reasons import Reason
from sim.wire.normal import NormalConfiguration, differs_only_in_scaling


class Put(Enum):
    """What a PUT does, in the order in which it is decided."""

    REFUSE_SOURCES = Reason.PUT_REFUSED
    STORE = Reason.PUT_STORED
    KEEP = Reason.PUT_KEPT
    REVERT = Reason.PUT_REVERTED
    SCALE_ACTIVE = Reason.PUT_IN_PLACE
    SCALE_PENDING = Reason.PUT_PENDING_IN_PLACE
    ROLL_OUT = Reason.ROLLED_OUT


def decide_put(
    wanted: NormalConfiguration,
    *,
    active: NormalConfiguration | None,
    pending: NormalConfiguration | None,
    scaling_only: Literal["in_place", "rollout"],
) -> Put:
    """Return what a PUT of `wanted` does; `active` is None for a disabled deployment."""
    if active is None:
        return Put.STORE
    if wanted.sources != (pending or active).sources:
        return Put.REFUSE_SOURCES
    if wanted == (pending or active):
        return Put.KEEP
    if wanted == active:
        return Put.REVERT
    if scaling_only == "in_place" and differs_only_in_scaling(wanted, active):
        return Put.SCALE_ACTIVE
    if pending is not None and differs_only_in_scaling(wanted, pending):
        return Put.SCALE_PENDING
    return Put.ROLL_OUT


def gives_up_pending(
    what: Reason, active: NormalConfiguration, pending: NormalConfiguration
) -> bool:
    """Return whether an event that comes to `what` gives up the pending revision.

    A change in place does not if that has the active configuration: it is a pending publish.
    """
    if what is Reason.PUT_IN_PLACE:
        return pending != active
    return what in (Reason.ROLLED_OUT, Reason.PUT_REVERTED, Reason.DISABLED)


def words_of(what: Reason, given_up: int) -> str:
    """Return what an event comes to that gives up pending revision number `given_up`."""
    if what is Reason.PUT_REVERTED:
        return f"equals the active revision: pending revision {given_up} is given up"
    return f"{what.words}; pending revision {given_up} is given up"
