"""A resource queue's process in a trace: use, limit and line as counters."""

from sim.export.packets import PacketWriter
from sim.results.queues import QueueReport
from sim.results.steps import changes_only, steps
from sim.results.table import Table
from sim.results.timeline import Floats


def write_queue(writer: PacketWriter, queue: QueueReport, rows: Table) -> None:
    """Write a process for the queue with the counters of each of its resources.

    Args:
        writer: Of the trace.
        queue: What the report has of it.
        rows: Its rows of the table of queues.
    """
    process = writer.process(f"resource queue {queue.name}")
    for place, resource in enumerate(queue.resources):
        of_resource = rows
        if resource.gpu_type is not None:
            of_resource = rows.where("gpu_type", resource.gpu_type)
        unit = resource.gpu_type or resource.unit
        for column in ("used", "limit"):
            values = of_resource[column]
            _write(writer, process, f"{unit} {column}", resource.unit, of_resource, values)
        if place == 0:  # the line is one for all types of a queue
            waiting = of_resource["waiting"].astype(float)
            _write(writer, process, "replicas waiting", "replicas", of_resource, waiting)


def _write(
    writer: PacketWriter, process: int, name: str, unit: str, rows: Table, values: Floats
) -> None:
    track = writer.counter(process, name, unit)
    line = changes_only(steps(rows["at_s"], values))
    for at_s, value in zip(line.at_s.tolist(), line.value.tolist(), strict=True):
        writer.count(track, at_s, value)
