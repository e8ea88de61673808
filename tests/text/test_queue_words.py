"""The table of resource queues."""

from typing import Any

from sim.results.queues import QueueReport, ResourceReport
from sim.text.queue_words import lines


def resource(gpu_type: str | None, limits: tuple[float, float, float] | None) -> ResourceReport:
    """Return one resource with its least, its largest and its last limit."""
    least, most, last = limits or (None, None, None)
    return ResourceReport(
        gpu_type=gpu_type,
        unit="cores" if gpu_type is None else "GPUs",
        limit_min=least,
        limit_max=most,
        limit=last,
        used_mean=1.25,
        used_max=6.0,
    )


def queue(name: str, longest_s: float | None, *resources: ResourceReport) -> QueueReport:
    """Return a queue in which nobody waits now."""
    kind: Any = "vcpu" if resources[0].gpu_type is None else "vgpu"
    return QueueReport(
        name=name,
        kind=kind,
        resources=resources,
        waiting_max=0,
        longest_head_wait_s=longest_s,
        waits=(),
    )


def test_what_is_the_queues_stands_once() -> None:
    """Its name and the longest wait in it are on the first of the rows of its types of GPU."""
    gpus = queue("spot", 90.0, resource("A100", (4, 4, 4)), resource("T4", (2, 8, 2)))
    cells = [line.split("  ") for line in lines([gpus])]
    found = [[cell.strip() for cell in row if cell.strip()] for row in cells]

    assert found[1] == ["spot", "A100", "4", "1.25", "6", "90 s"]
    assert found[2] == ["T4", "2 to 8, 2 at the end", "1.25", "6"]


def test_nothing_was_recorded() -> None:
    """A queue that no replica asked, and whose limit is therefore not known."""
    idle = queue("idle", None, resource(None, None))

    assert lines([idle])[1].split() == ["idle", "cores", "-", "1.25", "6", "-"]
