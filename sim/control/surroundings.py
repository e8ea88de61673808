"""What a replica needs of its deployment, and whom it reports to.

`sim.control.pool` is the workplace, `sim.control.deployment` the listener.
"""

from typing import TYPE_CHECKING, Protocol

from sim.control.starts import StartPlan
from sim.reasons import Reason
from sim.states import Outcome, ReplicaState
from sim.waiting import Cause

if TYPE_CHECKING:
    from sim.control.replica import Replica


class Workplace(Protocol):
    """What a replica needs to live: a place in the queues, starts, requests."""

    name: str
    min_ready_s: float

    def plan_start(self, replica: "Replica") -> StartPlan:
        """Return how the start that begins now will go."""

    def draw_lifetime_s(self, replica: "Replica") -> float | None:
        """Return how long `replica` may live from its first RESPONSIVE on, None for ever."""

    def lose_requests(self, replica: "Replica", outcome: Outcome) -> None:
        """Fail the requests in flight on `replica`."""

    def drain(self, replica: "Replica") -> int:
        """Give `replica` no more requests; return how many are in flight on it."""

    def freeze(self, replica: "Replica") -> None:
        """Stop the requests on `replica`."""

    def thaw(self, replica: "Replica") -> None:
        """Let the requests on `replica` go on."""

    def release(self, replica: "Replica", why: Reason, at_last: Reason) -> None:
        """Withdraw the start request of `replica`, or give back what was granted.

        `why` is why it had to go, `at_last` how it came to its end.
        """

    def note_grant(self, replica: "Replica") -> None:
        """Write down what `replica` was granted."""

    def note_wait(self, replica: "Replica", cause: Cause) -> None:
        """Write down that `replica` was not granted at the instant it asked."""


class Listener(Protocol):
    """Who acts on what a replica reports: its deployment."""

    def changed(self, replica: "Replica", before: ReplicaState | None, reason: Reason) -> None:
        """`replica` left `before` for its present state."""

    def waits_too_long(self, replica: "Replica") -> None:
        """`replica` has been QUEUED for `stall_after`."""

    def became_available(self, replica: "Replica") -> None:
        """`replica` has been RESPONSIVE for `min_ready` without a break."""

    def needs_successor(self, replica: "Replica") -> None:
        """The end of the lifetime of `replica` is one start_timeout away."""

    def outlived(self, replica: "Replica") -> None:
        """The lifetime of `replica` is over, and it has gone."""
