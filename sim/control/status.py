"""The status that a deployment reports."""

from collections.abc import Sequence

from sim.control.replica import Replica
from sim.states import DeploymentState, ReplicaState


def status(
    live: Sequence[Replica] | None, *, is_scaling_from_zero: bool, failed_after: int
) -> tuple[DeploymentState, bool]:
    """Return state and readiness, from the live replicas of the serving revision.

    `live` is None for a disabled deployment. The first that fits: DISABLED; something
    RESPONSIVE: DEGRADED if something else is UNRESPONSIVE or in STARTING_ERROR, else ACTIVE;
    nothing live, or scaling up from zero: ACTIVE; all UNRESPONSIVE or failed `failed_after`
    starts in a row: FAILED; else STARTING. Ready means that something is RESPONSIVE.

    Source: the API's states, completed by assumption, see docs/model.md.
    """
    if live is None:
        return DeploymentState.DISABLED, False
    states = {replica.state for replica in live}
    if ReplicaState.RESPONSIVE in states:
        unhealthy = {ReplicaState.UNRESPONSIVE, ReplicaState.STARTING_ERROR} & states
        return (DeploymentState.DEGRADED if unhealthy else DeploymentState.ACTIVE), True
    if not live or is_scaling_from_zero:
        return DeploymentState.ACTIVE, False
    if all(
        replica.state is ReplicaState.UNRESPONSIVE
        or replica.failures.starts_in_a_row >= failed_after
        for replica in live
    ):
        return DeploymentState.FAILED, False
    return DeploymentState.STARTING, False
