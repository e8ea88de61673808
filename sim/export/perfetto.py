"""A finished run as a Perfetto trace: which processes and tracks it has, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sim.export.attempts import write_attempts
from sim.export.deployments import write_control, write_rollouts, write_series, write_statuses
from sim.export.packets import PacketWriter
from sim.export.queues import write_queue
from sim.export.sampling import Sample, sample
from sim.export.thinning import SAMPLES_AT_MOST
from sim.results.columns import empty_table
from sim.results.finished import FinishedRun
from sim.results.table import Table

SHOWN: Sequence[str] = ("requests", "replicas", "decisions", "queues", "series", "statuses")
"""The tables that a trace shows."""


@dataclass(frozen=True, slots=True)
class PerfettoTrace:
    """A trace as bytes, and a sentence for each thing that is left out of it."""

    content: bytes
    notes: tuple[str, ...]


def perfetto_trace(finished: FinishedRun) -> PerfettoTrace:
    """Return the run as a trace; the same run gives the same bytes.

    A table that the directory does not have is left out.

    Raises:
        ScenarioError: The run was written without tables, or one of them is damaged.
    """
    finished.tables.require(())
    report = finished.report
    tables = {name: _table(finished, name) for name in SHOWN}
    chosen = sample(tables["requests"], report.horizon_s)
    shown = tables["requests"].take(chosen.rows)
    writer = PacketWriter(datetime.fromisoformat(report.start))
    notes = _notes(finished, chosen, len(tables["requests"]))
    for deployment in report.deployments:
        mine = {
            name: (shown if name == "requests" else tables[name]).where(
                "deployment", deployment.name
            )
            for name in SHOWN
            if name != "queues"
        }
        process = writer.process(deployment.name)
        write_rollouts(writer, process, deployment, report.horizon_s)
        write_control(
            writer,
            process,
            mine["decisions"],
            mine["replicas"],
            deployment.rollouts,
            report.horizon_s,
        )
        write_statuses(writer, process, mine["statuses"], report.horizon_s)
        thin = write_series(writer, process, mine["series"])
        if thin:
            notes.append(
                f"at most {SAMPLES_AT_MOST:,} samples, extremes among them, of the series of "
                f"{deployment.name}: {', '.join(thin)}"
            )
        write_attempts(writer, process, mine["requests"], report.horizon_s)
    for queue in report.queues:
        write_queue(writer, queue, tables["queues"].where("queue", queue.name))
    return PerfettoTrace(writer.finish(), tuple(notes))


def _table(finished: FinishedRun, name: str) -> Table:
    return finished.tables[name] if name in finished.tables else empty_table(name)


def _notes(finished: FinishedRun, chosen: Sample, count: int) -> list[str]:
    missing = [name for name in SHOWN if name not in finished.tables]
    notes = []
    if missing:
        notes.append(f"left out, since the directory has no such table: {', '.join(missing)}")
    if len(chosen.rows) < count:
        notes.append(
            f"{len(chosen.rows):,} of {count:,} attempts: {chosen.failed_count:,} failed, the "
            f"{chosen.slowest_count:,} slowest, and one in {chosen.one_in}"
        )
    return notes
