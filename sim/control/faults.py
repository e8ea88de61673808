"""What the timeline's faults hit: which replicas, and which starts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sim.control.replica import Replica
from sim.control.revision import Revision
from sim.control.starts import StartFaults
from sim.scenario.models.timeline import FirstReplicas, NumberedReplicas, ReplicaSelection


def selected(
    selection: ReplicaSelection, replicas: Sequence[Replica], active: Revision | None
) -> list[Replica]:
    """Return the replicas that a fault hits, by number.

    `all`: the live ones of every revision; a count: the lowest-numbered RESPONSIVE ones of the
    active revision; numbers: those of them that have ever been made.
    """
    if isinstance(selection, FirstReplicas):
        return active.responsive[: selection.count] if active else []
    if isinstance(selection, NumberedReplicas):
        numbers = sorted(set(selection.numbers))
        return [replicas[number] for number in numbers if number < len(replicas)]
    return [replica for replica in replicas if replica.is_live]


@dataclass(slots=True)
class StartFaultWindows:
    """The windows of time in which starts go wrong."""

    slow: list[tuple[float, float]] = field(default_factory=list)
    failing_until_s: list[float] = field(default_factory=list)

    def slow_until(self, until_s: float, factor: float) -> None:
        """Make starts slower by `factor` until `until_s`."""
        self.slow.append((until_s, factor))

    def fail_until(self, until_s: float) -> None:
        """Make starts fail until `until_s`."""
        self.failing_until_s.append(until_s)

    def at(self, at_s: float) -> StartFaults:
        """Return what befalls a start that begins at `at_s`; factors multiply."""
        factor = 1.0
        for until_s, slower in self.slow:
            factor *= slower if at_s < until_s else 1.0
        return StartFaults(factor, fails=any(at_s < until_s for until_s in self.failing_until_s))
