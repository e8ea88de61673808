"""What a rollout strategy is: who is asked for, when requests go over, who goes.

`sim.control.deployment` calls a strategy when an event, a replica or the autoscaler asks for
something; the strategy decides, and acts through the `sim.control.lineup.Lineup` of its deployment.
All that strategies share is there or in the deployment: making replicas, handing them to the
request plane, writing down, reporting.
"""

from typing import Literal, Protocol

from sim.control.policies.policy import Fleet
from sim.control.replica import Replica
from sim.control.revision import Revision
from sim.reasons import PutAction, Reason
from sim.scenario.models.model_version import Model
from sim.wire.models import RuntimeConfiguration
from sim.wire.normal import NormalConfiguration
from sim.wire.replacing import Put


class Strategy(Protocol):
    """How the revisions of one deployment follow one another."""

    # What events mean -----------------------------------------------------------------------

    def meaning_of(self, wanted: NormalConfiguration) -> Put:
        """Return what a PUT of `wanted` amounts to; nothing happens yet."""

    def gives_up(self, what: Reason) -> Revision | None:
        """Return which revision an event that comes to `what` gives up, None if none."""

    def replaces(self, model: Model) -> bool:
        """Return whether a newly published `model` is rolled out; it may be served already."""

    # What events do -------------------------------------------------------------------------

    def appeared(self, count: int) -> None:
        """Know that the deployment is there, or was started, with so many replicas asked for."""

    def carry_out(self, put: Put, configuration: RuntimeConfiguration) -> None:
        """Do what `meaning_of` said of an enabled deployment, other than to keep or refuse."""

    def roll_out(self, cause: PutAction) -> None:
        """Begin to replace what serves by the configuration and the model that there are now."""

    def give_up(self, event: PutAction | Literal["disable"], reason: Reason) -> None:
        """Give up what is on its way, if anything is."""

    # What replicas and requests ask for -----------------------------------------------------

    def changed(self, replica: Replica) -> None:
        """Do what it means for a rollout that `replica` changed its state.

        Whether it takes requests has been settled, if its revision serves.
        """

    def keeps(self, revision: Revision) -> bool:
        """Return whether successors of replicas of `revision` may be asked for now."""

    def outlived(self, revision: Revision) -> None:
        """Ask for what is missing, now that the lifetime of a replica of `revision` is over."""

    def arrived_at_zero(self) -> None:
        """Ask for a replica, because an attempt arrived while there was none."""

    @property
    def count_for_arrivals(self) -> int:
        """How many replicas there are, or will be: at 0 the next arrival asks for one."""

    # What the autoscaler asks for -----------------------------------------------------------

    def fleet(self, at_s: float) -> Fleet:
        """Return the replicas as evaluations from `at_s` on see them; the deployment is enabled.

        Its `live` is the number that the autoscaler changes.
        """

    def resize(self, desired: int) -> None:
        """Let there be as many as the autoscaler wants."""
