"""The table of the resource queues."""

from collections.abc import Sequence

from sim.results.queues import QueueReport, ResourceReport
from sim.spans import span
from sim.text.layout import NONE, aligned


def lines(queues: Sequence[QueueReport]) -> list[str]:
    """Return the table as lines."""
    return [line.rstrip() for line in aligned(cells(queues), indent="")]


def cells(queues: Sequence[QueueReport]) -> list[list[str]]:
    """Return the head, and a row for each resource of a queue; what is the queue's stands once."""
    found = [["resource queue", "of", "limit", "used on average", "at most", "longest wait"]]
    for queue in queues:
        longest_s = queue.longest_head_wait_s
        for number, resource in enumerate(queue.resources):
            is_first = number == 0
            longest = NONE if longest_s is None else span(longest_s)
            found.append(
                [
                    queue.name if is_first else "",
                    resource.gpu_type or resource.unit,
                    _limit(resource),
                    NONE if resource.used_mean is None else f"{resource.used_mean:.2f}",
                    f"{resource.used_max:g}",
                    longest if is_first else "",
                ]
            )
    return found


def _limit(resource: ResourceReport) -> str:
    """Return the limit, and where events changed it, between which values it was and is."""
    last = resource.limit
    if last is None:
        return NONE
    least, most = resource.limit_min, resource.limit_max
    return f"{last:g}" if least == most else f"{least:g} to {most:g}, {last:g} at the end"
