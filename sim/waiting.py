"""Waiting in resource queues: who needs what, behind whom, held by whom, and what ended it.

The facts as control sees them at the place where it decides, with their words. They are rows of
`sim.record`, raw like all of it; amounts are whole numbers, of millicores or of GPUs.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Final, Literal

from sim.reasons import Reason
from sim.states import ReplicaState

_MILLICORES_PER_CORE: Final = 1000

_NAMED_AT_MOST: Final = 3
"""Holders of a queue that a reason names."""

_KEPT_AT_MOST: Final = 8
"""Groups of holders that are kept of each wait: many wait where many hold."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Grants in a resource queue, grouped.

    `deployment` is the tenant's name, `revision` and `state` None, for a background tenant.
    `amount` is in millicores, or in GPUs.
    """

    deployment: str
    revision: int | None
    state: ReplicaState | None
    replicas: int
    amount: int


@dataclass(frozen=True, slots=True)
class Need:
    """What one replica asks of one queue: millicores, or GPUs of a type (None: of any one type)."""

    queue: str
    kind: Literal["vcpu", "vgpu"]
    gpu_type: str | None
    amount: int

    @property
    def unit(self) -> str:
        """In words: "cores", the type of GPU, or "GPU" where any type will do."""
        return "cores" if self.kind == "vcpu" else self.gpu_type or "GPU"

    def shown(self, amount: int) -> float:
        """Return an amount in cores, or in GPUs."""
        return amount / _MILLICORES_PER_CORE if self.kind == "vcpu" else amount


@dataclass(frozen=True, slots=True)
class Asker:
    """A replica that stands in line, and what it needs: one need for each queue it stands in."""

    deployment: str
    revision: int
    replica: int
    needs: tuple[Need, ...]

    @property
    def words(self) -> str:
        """Who it is."""
        return f"replica {self.replica} of {self.deployment} revision {self.revision}"


@dataclass(frozen=True, slots=True)
class Shortage:
    """What a queue has for a need: `free` (never below 0) of `limit`.

    Where any type of GPU will do, both are those of the type `gpu_type` that comes nearest.
    """

    need: Need
    gpu_type: str | None
    free: int
    limit: int

    @property
    def is_above_limit(self) -> bool:
        """Whether it would not fit into the empty queue either."""
        return self.need.amount > self.limit

    @property
    def words(self) -> str:
        """In the form "queue pool has 2 of 8 A100 free, 4 needed"."""
        need = self.need
        free, limit, amount = (need.shown(x) for x in (self.free, self.limit, need.amount))
        unit = self.gpu_type or need.unit
        has = f"{free:g} of {limit:g} {unit} free"
        if self.is_above_limit:
            has = f"{limit:g} {unit} in all"
        of = "" if need.gpu_type == self.gpu_type else " of one type"
        return f"queue {need.queue} has {has}, {amount:g}{of} needed"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a replica waits.

    Attributes:
        reason: ABOVE_LIMIT, NO_ROOM or BEHIND: what is known then. Whether it can never fit is
            known when the run is over.
        line: The queue in whose line it is held up.
        own: What that queue has for it, which may be enough.
        shortage: What is short, in that queue or another: for itself, or for who it is behind.
        ahead: Whom it stands behind in `line`.
        first: Who blocks that one in another queue; None where `ahead` waits for nobody.
    """

    reason: Reason
    line: str
    own: Shortage
    shortage: Shortage
    ahead: Asker | None = None
    first: Asker | None = None

    @property
    def blocked_by(self) -> Asker | None:
        """Whose need the shortage is, if it is another replica's."""
        return self.first or self.ahead

    @property
    def words(self) -> str:
        """Who is ahead, and what is short."""
        if self.ahead is None:
            return self.shortage.words
        on = "" if self.first is None else f", itself behind {self.first.words}"
        return f"behind {self.ahead.words}{on}; {self.shortage.words}"


@dataclass(frozen=True, slots=True)
class NeverFits:
    """What can never be granted: the largest limit in the run, of `gpu_type`, is below the need."""

    need: Need
    gpu_type: str | None
    largest_limit: int


@dataclass(frozen=True, slots=True)
class Freed:
    """What made a grant possible: replicas that went, or a change of the queue itself.

    Attributes:
        reason: Why they went, or LIMIT_RAISED or TENANT_LEFT.
        deployment: Theirs, or the tenant's name; None for a limit.
        revision: Theirs.
        at_last: How a replica that had to finish came to its end; None where it went at once.
        was_waiting: They held nothing: they stood ahead in line.
    """

    reason: Reason
    deployment: str | None = None
    revision: int | None = None
    at_last: Reason | None = None
    was_waiting: bool = False

    @property
    def words(self) -> str:
        """In the form "a revision 0 (scale down; last request ended)"."""
        why = self.reason.words
        if self.at_last is not None:
            why += f"; {self.at_last.words}"
        if self.deployment is None:
            return why
        who = self.deployment
        if self.revision is not None:
            who = f"{who} revision {self.revision}"
        return f"{who} ({why}{', ahead of it in line' if self.was_waiting else ''})"


@dataclass(slots=True)
class Wait:
    """A spell of a replica in a resource queue: from its request to the grant or its end.

    Attributes:
        asker: The replica.
        since_s: When it asked.
        cause: Why it was not granted at that instant.
        holders: Who held what is short then, those who held most.
        holders_left_out: How many more groups of holders there were.
        until_s: When it ended; None at the horizon.
        ended: How.
        freed_by: What made the grant possible.
        reason: That of the cause, or NEVER_FITS or BEHIND_NEVER_FITS, as known when the run is
            over.
        never_fits: What can never fit: its own need, or that of who it stands behind.
    """

    asker: Asker
    since_s: float
    cause: Cause
    holders: tuple[Holder, ...]
    holders_left_out: int
    reason: Reason = field(init=False)
    until_s: float | None = None
    ended: Literal["granted", "withdrawn", "open"] = "open"
    freed_by: Freed | None = None
    never_fits: NeverFits | None = None

    def __post_init__(self) -> None:
        """Begin with the reason that is known when the wait begins."""
        self.reason = self.cause.reason

    def judge(self, never_fits: Callable[[Iterable[Need]], NeverFits | None]) -> None:
        """Note whether it was a wait for what can never fit: `never_fits` knows all limits."""
        blocked_by = self.cause.blocked_by
        self.never_fits = never_fits(self.asker.needs)
        if self.never_fits is not None:
            self.reason = Reason.NEVER_FITS
        elif blocked_by is not None:
            self.never_fits = never_fits(blocked_by.needs)
            if self.never_fits is not None:
                self.reason = Reason.BEHIND_NEVER_FITS


@dataclass(slots=True)
class Stall:
    """A spell in which a rollout waited in a resource queue.

    `freed_by` is there where it ended with a grant: then it was no deadlock.
    """

    since_s: float
    resource: str
    holders: tuple[Holder, ...]
    is_deadlocked: bool = False
    until_s: float | None = None
    cause: Cause | None = None
    freed_by: Freed | None = None


def names_of_holders(holders: Sequence[Holder]) -> str:
    """Return the names of who holds a queue, or "nobody".

    Of more than three revisions and tenants the three that hold most are named, and the others
    counted: many wait where many hold, so that their reasons must not grow with their number.
    """
    names = [
        holder.deployment
        if holder.revision is None
        else f"{holder.deployment} revision {holder.revision}"
        for holder in holders
    ]
    held: dict[str, int] = {}
    for name, holder in zip(names, holders, strict=True):
        held[name] = held.get(name, 0) + holder.amount
    others = len(held) - _NAMED_AT_MOST
    if others <= 0:
        return ", ".join(names) or "nobody"
    largest = nlargest(_NAMED_AT_MOST, held, key=held.__getitem__)
    return f"{', '.join(largest)} and {others} other{'s' if others > 1 else ''}"


def largest_holders(holders: Sequence[Holder]) -> tuple[tuple[Holder, ...], int]:
    """Return the eight groups that hold most, in the order given, and how many are left out."""
    if len(holders) <= _KEPT_AT_MOST:
        return tuple(holders), 0
    kept = nlargest(_KEPT_AT_MOST, range(len(holders)), key=lambda n: (holders[n].amount, -n))
    return tuple(holders[n] for n in sorted(kept)), len(holders) - _KEPT_AT_MOST
