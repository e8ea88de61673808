"""What the replicas cost and waited, in words."""

from collections.abc import Mapping
from typing import Any

from sim.spans import span
from sim.text.layout import sentences


def lines(deployment: Mapping[str, Any]) -> list[str]:
    """Return what the replicas cost, and how long they waited in resource queues."""
    cost, waits = deployment["compute_seconds"], deployment["queue_waits"]
    found = [
        f"replicas: {deployment['replica_seconds']:.1f} replica-seconds, "
        f"{cost['total']:.1f} compute-seconds (vCPU {cost['vcpu']:.1f}, GPU {cost['gpu']:.1f})"
    ]
    waited = f"queue waits: {_replica_count(waits['granted'])} granted"
    if waits["granted"]:
        figures = waits["wait_s"]
        waited += f" after {span(figures['mean'])} on average, {span(figures['max'])} at most"
    for key, words in (("withdrawn", "withdrawn"), ("waiting", "still in line at the end")):
        if waits[key]:
            waited += f", {waits[key]} {words}"
    return [line for text in (*found, waited) for line in sentences(text)]


def _replica_count(count: int) -> str:
    return "1 replica" if count == 1 else f"{count} replicas"
