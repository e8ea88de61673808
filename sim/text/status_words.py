"""What a deployment reported of itself, and for how long it served nobody, in words."""

from collections.abc import Iterator

from sim.results.report import DeploymentReport
from sim.results.status import Status
from sim.spans import span
from sim.states import DeploymentState
from sim.text.layout import sentences
from sim.text.wall_clock import Instants


def lines(deployment: DeploymentReport, instants: Instants) -> list[str]:
    """Return the worst status and the time without service; nothing where all was well."""
    found = [*_reported(deployment.status, instants), *_not_ready(deployment)]
    return [line for said in found for line in sentences(said)]


def _reported(status: Status, instants: Instants) -> Iterator[str]:
    last, since_s = status.last, status.last_since_s
    worst, first_s = status.worst, status.worst_since_s
    if last is None or since_s is None or worst is None or first_s is None:
        return
    if worst is DeploymentState.ACTIVE:
        return
    since = instants.say(since_s)
    if last is worst:
        yield f"Status: {last.value} from {since} to the end of the run."
    else:
        first = instants.say(first_s)
        yield (
            f"Status: at worst {worst.value}, first at {first} and for {span(status.worst_s)} in "
            f"all; {last.value} from {since} to the end of the run."
        )


def _not_ready(deployment: DeploymentReport) -> Iterator[str]:
    """Say for how long nobody was served, and why: these parts have nothing in common."""
    status, scaling = deployment.status, deployment.scaling
    if not status.not_ready_s:
        return
    parts = {
        "disabled": status.disabled_s,
        "with no replica asked for": scaling.at_zero_s,
        "with none of its replicas responsive": scaling.none_responsive_s - scaling.at_zero_s,
    }
    told = [f"{span(length_s)} {why}" for why, length_s in parts.items() if length_s > 0]
    yield f"Not ready for {span(status.not_ready_s)} in all: {', '.join(told)}."
