"""The status that a deployment reports."""

from collections.abc import Sequence

from sim.control.revision import Revision
from sim.states import DeploymentState, ReplicaState


def status(
    serving: Sequence[Revision] | None, *, is_scaling_from_zero: bool, failed_after: int
) -> tuple[DeploymentState, bool]:
    """Return state and readiness, from the live replicas of the serving revisions.

    `serving` is None for a disabled deployment. The first that fits: DISABLED; something
    RESPONSIVE: DEGRADED if something else is UNRESPONSIVE or in STARTING_ERROR, else ACTIVE;
    nothing live, or scaling up from zero: ACTIVE; all UNRESPONSIVE or failed `failed_after`
    starts in a row: FAILED; else STARTING. Ready means that something is RESPONSIVE.

    Source: the API's states, completed by assumption, see docs/model.md.
    """
    if serving is None:
        return DeploymentState.DISABLED, False
    live, responsive, unhealthy = 0, 0, 0
    for tally in (revision.tally for revision in serving):
        live += tally.live
        responsive += tally.responsive
        unhealthy += tally.of(ReplicaState.UNRESPONSIVE) + tally.of(ReplicaState.STARTING_ERROR)
    if responsive:
        return (DeploymentState.DEGRADED if unhealthy else DeploymentState.ACTIVE), True
    if not live or is_scaling_from_zero:
        return DeploymentState.ACTIVE, False
    if all(revision.roster.are_failing(revision.number, failed_after) for revision in serving):
        return DeploymentState.FAILED, False
    return DeploymentState.STARTING, False
