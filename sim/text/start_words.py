"""How starts of replicas went, in words."""

from collections.abc import Iterator, Mapping

from sim.reasons import Reason
from sim.results.measure import Tally
from sim.results.report import DeploymentReport
from sim.results.starts import FAILED, KILLED, Starts
from sim.spans import span
from sim.text.layout import sentences


def lines(deployment: DeploymentReport) -> list[str]:
    """Return what failed and what was killed, and what came of scaling from zero."""
    found = _from_zero(deployment.starts), *_trouble(deployment.starts)
    return [line for said in found if said for line in sentences(said)]


def _trouble(starts: Starts) -> Iterator[str]:
    failed, killed = starts.failed.total, starts.killed.total
    if failed:
        yield (
            f"Starts: {failed} of {starts.begun} failed ({_counted(starts.failed, FAILED)}), "
            f"{starts.responsive} became responsive."
        )
    if killed:
        times = "A replica was killed" if killed == 1 else f"Replicas were killed {killed} times"
        yield f"{times} ({_counted(starts.killed, KILLED)})."
    if starts.backoff_s:
        yield f"Replicas waited {span(starts.backoff_s)} in all to be started again."


def _from_zero(starts: Starts) -> str:
    count, served = starts.from_zero, starts.from_zero_served
    if not count:
        return ""
    times = "once" if count == 1 else f"{count} times"
    return f"Scaled from zero {times}; {served} of these replicas became responsive."


def _counted(counts: Tally, reasons: Mapping[str, Reason]) -> str:
    return ", ".join(f"{reasons[key].words}: {count}" for key, count in counts if count)
