"""Who waited in resource queues: since when, for what, behind whom, and what ended it.

One entry tells of the replicas of a revision that waited over the same span for the same cause;
who stands behind another of its own revision waits for what that one waits for. A wait of no
length is none. Source: "Resource queues" and "What comes out" in docs/model.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import Field

from sim.record import Record
from sim.results.codes import ReasonCode
from sim.results.measure import Group, measure
from sim.states import ReplicaState
from sim.waiting import Asker, Cause, Freed, Holder, Need, NeverFits, Shortage, Stall, Wait

AmountUnit = Literal["cores", "GPUs"]
"""What amounts of a queue are in."""


class HolderFigures(Group):
    """What replicas of a revision in one state hold of a queue, or a background tenant does."""

    deployment: str = Field(description="Name of the deployment or of the tenant.")
    revision: int | None = measure("number")
    """Its revision; null for a tenant."""
    state: ReplicaState | None = Field(description="The state of the replicas; null for a tenant.")
    replicas: int = measure("replicas")
    cores: float | None = measure("cores")
    gpus: int | None = measure("GPUs")


class Needs(Group):
    """What one replica needs of a queue, and what the queue had of it then."""

    queue: str
    amount: float = measure("cores or GPUs")
    """What it needs."""
    free: float = measure("cores or GPUs")
    """What was free of the limit; never below 0."""
    limit: float = measure("cores or GPUs")
    """The limit at that time."""
    unit: AmountUnit
    gpu_type: str | None = Field(description="The type; the nearest one where any type will do.")
    any_type: bool = Field(description="Whether GPUs of any one type will do.")


class Behind(Group):
    """A replica that stood ahead in line."""

    deployment: str
    revision: int = measure("number")
    replica: int = measure("number")


class FreedBy(Group):
    """What made the grant possible."""

    code: ReasonCode = Field(description="Why somebody went, or what changed in the queue.")
    words: str
    deployment: str | None = Field(description="Whose replicas went, or which tenant used less.")
    revision: int | None = measure("number")
    """Theirs; null for a tenant and for a limit."""


class NeverFitsFigures(Group):
    """What can never be granted."""

    queue: str
    resource: str = Field(description='"vCPU", a type of GPU, or "any GPU".')
    asked: float = measure("cores or GPUs")
    """What one replica asks for."""
    largest_limit: float = measure("cores or GPUs")
    """The largest limit that the queue has in the run."""
    unit: AmountUnit
    gpu_type: str | None = Field(description="The type with that limit; null for cores.")


class QueueWait(Group):
    """Replicas of one revision that waited over the same span for the same cause."""

    since_s: float = measure("s")
    until_s: float | None = measure("s", undefined="beyond")
    ended: Literal["granted", "withdrawn", "open"]
    deployment: str
    revision: int = measure("number")
    replicas: tuple[int, ...] = measure("number")
    """Their numbers."""
    needs: Needs = Field(description="What each of them needs of this queue; it may be free.")
    code: ReasonCode = Field(description="Why they were not granted when they asked.")
    words: str = Field(description="The code in words.")
    behind: Behind | None = Field(description="Whom they stood behind; null at the head.")
    behind_in_turn: Behind | None = Field(
        description="Who blocked that one in another queue; null where nobody did."
    )
    short: Needs = Field(description="What was short: for them, or for who blocked them.")
    held_by: tuple[HolderFigures, ...] = Field(description="Who held what was short then.")
    holders_left_out: int = measure("holders")
    """Groups of holders beyond the largest eight."""
    freed_by: FreedBy | None = Field(description="null where it did not end with a grant.")
    never_fits: NeverFitsFigures | None = Field(
        description="What can never fit: theirs, or what who blocks them needs."
    )


class RolloutWait(QueueWait):
    """A wait of replicas of a rollout."""

    queue: str = Field(description="The queue in whose line they stood.")
    own_old_revision: bool = Field(
        description="Whether they waited for older revisions of their own deployment."
    )


class StallFigures(Group):
    """A spell in which a rollout waited in a resource queue."""

    since_s: float = measure("s")
    until_s: float | None = measure("s", undefined="beyond")
    resource: str = Field(description="The queue that was short.")
    is_deadlocked: bool = Field(description="Whether only the older revisions' going would end it.")
    holders: tuple[HolderFigures, ...] = Field(description="Who held what was short.")
    own_old_revision: bool = Field(
        description="Whether it waited for older revisions of its own deployment."
    )
    behind: Behind | None = Field(description="Whom its replica stood behind; null at the head.")
    behind_in_turn: Behind | None = Field(description="Who blocked that one in another queue.")
    short: Needs | None = Field(description="What was short.")
    freed_by: FreedBy | None = Field(description="What ended it; null where no grant did.")


def stall_figures(
    stall: Stall, *, deployment: str, revision: int, kind: str | None
) -> StallFigures:
    """Return a stall of the rollout to `revision`, in a queue of a kind: "vcpu" or "vgpu"."""
    figures: dict[str, Any] = {"behind": None, "behind_in_turn": None, "short": None}
    if stall.cause is not None:
        figures = cause_figures(stall.cause)
    return StallFigures(
        since_s=stall.since_s,
        until_s=stall.until_s,
        resource=stall.resource,
        is_deadlocked=stall.is_deadlocked,
        holders=tuple(holder_figures(holder, kind) for holder in stall.holders),
        own_old_revision=stall.is_deadlocked
        or _is_for_old(stall.freed_by, stall.holders, deployment, revision),
        freed_by=freed_figures(stall.freed_by),
        **figures,
    )


def queue_waits_by_name(record: Record) -> dict[str, list[QueueWait]]:
    """Return the waits in each queue by its name, in order of time."""
    found: dict[str, list[QueueWait]] = defaultdict(list)
    for deployment in record.deployments:
        for group in _groups(deployment.control.waits):
            found[group[0].cause.line].append(QueueWait(**_figures(group)))
    for waits in found.values():
        waits.sort(key=lambda wait: wait.since_s)
    return found


def rollout_waits(waits: Iterable[Wait], revision: int, until_s: float) -> list[RolloutWait]:
    """Return the waits of a rollout's replicas, in order of time.

    Args:
        waits: Of the deployment.
        revision: The number of the new revision.
        until_s: Where the rollout ended: what began later is not its own.
    """
    own = [w for w in waits if w.asker.revision == revision and w.since_s < until_s]
    return [
        RolloutWait(
            **_figures(group),
            queue=group[0].cause.line,
            own_old_revision=_is_for_old(
                group[0].freed_by, group[0].holders, group[0].asker.deployment, revision
            ),
        )
        for group in _groups(own)
    ]


def holder_figures(holder: Holder, kind: str | None) -> HolderFigures:
    """Return a holder of a queue of a kind: "vcpu" or "vgpu"."""
    return HolderFigures(
        deployment=holder.deployment,
        revision=holder.revision,
        state=holder.state,
        replicas=holder.replicas,
        cores=holder.amount / 1000 if kind == "vcpu" else None,
        gpus=holder.amount if kind == "vgpu" else None,
    )


def freed_figures(freed: Freed | None) -> FreedBy | None:
    """Return what made a grant possible, None where nothing did."""
    if freed is None:
        return None
    return FreedBy(
        code=freed.reason,
        words=freed.words,
        deployment=freed.deployment,
        revision=freed.revision,
    )


def never_fits_figures(never_fits: NeverFits | None) -> NeverFitsFigures | None:
    """Return what can never fit, None where all fits at some time."""
    if never_fits is None:
        return None
    need = never_fits.need
    return NeverFitsFigures(
        queue=need.queue,
        resource="vCPU" if need.kind == "vcpu" else need.gpu_type or "any GPU",
        asked=need.shown(need.amount),
        largest_limit=need.shown(never_fits.largest_limit),
        unit=_unit(need),
        gpu_type=never_fits.gpu_type,
    )


def cause_figures(cause: Cause) -> dict[str, Any]:
    """Return what was short where, and whom it was behind: three fields of `QueueWait`."""
    return {
        "behind": _behind(cause.ahead),
        "behind_in_turn": _behind(cause.first),
        "short": _needs(cause.shortage),
    }


def holders_of(cause: Cause, holders: Iterable[Holder]) -> tuple[HolderFigures, ...]:
    """Return who held what was short."""
    return tuple(holder_figures(holder, cause.shortage.need.kind) for holder in holders)


def _is_for_old(
    freed: Freed | None, holders: Iterable[Holder], deployment: str, revision: int
) -> bool:
    """Return whether a revision waited for an older one of its deployment.

    If what freed it is known, that tells; else it did if nobody else held what was short.
    """
    if freed is not None:
        own = freed.deployment == deployment
        return own and freed.revision is not None and freed.revision < revision
    held = {holder.revision if holder.deployment == deployment else None for holder in holders}
    return None not in held and any(number < revision for number in held if number is not None)


def _groups(waits: Iterable[Wait]) -> list[list[Wait]]:
    """Return the waits of one deployment that are told as one, in order of time."""
    groups: dict[tuple[object, ...], list[Wait]] = {}
    key_of: dict[int, tuple[object, ...]] = {}
    for wait in waits:
        if wait.until_s == wait.since_s:
            continue
        asker, ahead = wait.asker, wait.cause.ahead
        span = (asker.revision, wait.since_s, wait.until_s, wait.ended, wait.freed_by)
        key: tuple[object, ...] = (span, wait.reason, wait.cause)
        if ahead is not None and ahead.deployment == asker.deployment:
            of_ahead = key_of.get(ahead.replica)
            if of_ahead is not None and of_ahead[0] == span:
                key = of_ahead
        groups.setdefault(key, []).append(wait)
        key_of[asker.replica] = key
    return list(groups.values())


def _figures(group: Sequence[Wait]) -> dict[str, Any]:
    wait = group[0]
    return {
        "since_s": wait.since_s,
        "until_s": wait.until_s,
        "ended": wait.ended,
        "deployment": wait.asker.deployment,
        "revision": wait.asker.revision,
        "replicas": tuple(one.asker.replica for one in group),
        "needs": _needs(wait.cause.own),
        "code": wait.reason,
        "words": wait.reason.words,
        **cause_figures(wait.cause),
        "held_by": holders_of(wait.cause, wait.holders),
        "holders_left_out": wait.holders_left_out,
        "freed_by": freed_figures(wait.freed_by),
        "never_fits": never_fits_figures(wait.never_fits),
    }


def _needs(found: Shortage) -> Needs:
    need = found.need
    return Needs(
        queue=need.queue,
        amount=need.shown(need.amount),
        free=need.shown(found.free),
        limit=need.shown(found.limit),
        unit=_unit(need),
        gpu_type=found.gpu_type,
        any_type=need.kind == "vgpu" and need.gpu_type is None,
    )


def _behind(asker: Asker | None) -> Behind | None:
    if asker is None:
        return None
    return Behind(deployment=asker.deployment, revision=asker.revision, replica=asker.replica)


def _unit(need: Need) -> AmountUnit:
    return "cores" if need.kind == "vcpu" else "GPUs"
