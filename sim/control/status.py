"""The status that a deployment reports."""

from sim.control.revision import Revision
from sim.states import DeploymentState, ReplicaState


def status(
    serving: Revision | None, *, is_scaling_from_zero: bool, failed_after: int
) -> tuple[DeploymentState, bool]:
    """Return state and readiness, from the live replicas of the serving revision.

    `serving` is None for a disabled deployment. The first that fits: DISABLED; something
    RESPONSIVE: DEGRADED if something else is UNRESPONSIVE or in STARTING_ERROR, else ACTIVE;
    nothing live, or scaling up from zero: ACTIVE; all UNRESPONSIVE or failed `failed_after`
    starts in a row: FAILED; else STARTING. Ready means that something is RESPONSIVE.

    Source: the API's states, completed by assumption, see docs/model.md.
    """
    if serving is None:
        return DeploymentState.DISABLED, False
    tally = serving.tally
    if tally.responsive:
        unhealthy = tally.of(ReplicaState.UNRESPONSIVE) + tally.of(ReplicaState.STARTING_ERROR)
        return (DeploymentState.DEGRADED if unhealthy else DeploymentState.ACTIVE), True
    if not tally.live or is_scaling_from_zero:
        return DeploymentState.ACTIVE, False
    if serving.roster.are_failing(serving.number, failed_after):
        return DeploymentState.FAILED, False
    return DeploymentState.STARTING, False
