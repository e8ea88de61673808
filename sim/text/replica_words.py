"""What the replicas cost and waited, in words."""

from sim.results.report import DeploymentReport
from sim.spans import span
from sim.text.layout import sentences


def lines(deployment: DeploymentReport) -> list[str]:
    """Return what the replicas cost, and how long they waited in resource queues."""
    cost, waits = deployment.compute_seconds, deployment.queue_waits
    found = [
        f"replicas: {deployment.replica_seconds:.1f} replica-seconds, "
        f"{cost.total:.1f} compute-seconds (vCPU {cost.vcpu:.1f}, GPU {cost.gpu:.1f})"
    ]
    waited = f"queue waits: {_replica_count(waits.granted)} granted"
    if waits.wait_s.mean is not None and waits.wait_s.max is not None:
        mean, longest = span(waits.wait_s.mean), span(waits.wait_s.max)
        waited += f" after {mean} on average, {longest} at most"
    if waits.withdrawn:
        waited += f", {waits.withdrawn} withdrawn"
    if waits.waiting:
        waited += f", {waits.waiting} still in line at the end"
    return [line for text in (*found, waited) for line in sentences(text)]


def _replica_count(count: int) -> str:
    return "1 replica" if count == 1 else f"{count} replicas"
