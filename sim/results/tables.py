"""A run's tables, made from its raw record.

Every instant is in seconds since the scenario began, and rows of a deployment stand together, in
file order. Nothing here is summed up; see `sim.results.summary` for figures of merit.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, ScenarioError
from sim.record import AttemptColumns, DeploymentRecord, Record
from sim.results.holders import held_in_queues
from sim.results.series import MILLICORES_PER_CORE, exact_series, thinned_series
from sim.results.table import Table, Words
from sim.results.timeline import Floats, Steps
from sim.scenario.models.queues import VcpuQueue
from sim.states import Outcome


def requests(record: Record) -> Table:
    """Return every attempt, in order of arrival.

    Columns: deployment, request (its number in the deployment), attempt (from 1), arrival_at_s,
    start_at_s, answered_at_s, released_at_s, revision, replica, thread, outcome, source (the name
    of the source of traffic), row (the data row of its trace, from 0; nothing where the request was
    drawn). `start_at_s` is nothing for an attempt that never held a thread, `answered_at_s` and
    `released_at_s` for what had not happened by the horizon; an abandoned attempt is released after
    it was answered.

    Raises:
        ScenarioError: The run kept its summary and not its attempts.
    """
    if not record.keeps_attempts:
        raise no_requests()
    per = _Rows(record)
    return Table(
        "requests",
        {
            "deployment": per.name(lambda d: len(d.attempts.request)),
            "request": per.column("request", np.int64),
            "attempt": per.column("attempt", np.int16),
            "arrival_at_s": per.column("arrival_at_s", np.float64),
            "start_at_s": per.column("start_at_s", np.float64),
            "answered_at_s": per.column("answered_at_s", np.float64),
            "released_at_s": per.column("released_at_s", np.float64),
            "revision": per.column("revision", np.int32),
            "replica": per.column("replica", np.int32),
            "thread": per.column("thread", np.int32),
            "outcome": Words(per.column("outcome", np.int8), tuple(o.kind for o in Outcome)),
            "source": per.source(),
            "row": per.row(),
        },
    )


def no_requests() -> ScenarioError:
    """Return what there is to say where a run kept no attempts and a table of them is wanted."""
    message = (
        "there is no table of requests: this run kept its summary and not its attempts; run it "
        'with keep="attempts", or write it with tables=None'
    )
    return ScenarioError(Problem(message=message, rule="attempts-not-kept"))


class _Rows:
    """The attempts of all deployments, one under the other.

    A single deployment's columns are not copied: the table shows the record's, read-only.
    """

    def __init__(self, record: Record) -> None:
        self._deployments = record.deployments

    def name(self, rows: Callable[[DeploymentRecord], int]) -> Words:
        return _names(self._deployments, rows)

    def source(self) -> Words:
        """Return the name of each attempt's source; no two of one deployment have one name."""
        names = tuple(dict.fromkeys(name for d in self._deployments for name in d.sources))
        if len(self._deployments) == 1:
            return Words(self.column("source", np.int32), names)
        codes = [
            np.array([names.index(name) for name in d.sources], np.int32)[d.attempts.source]
            for d in self._deployments
        ]
        return Words(np.concatenate(codes), names)

    def row(self) -> NDArray[np.int64]:
        """Return the row of its trace that each attempt is of; one value where all are drawn."""
        parts = [
            np.broadcast_to(np.int64(-1), d.attempts.request.shape)
            if d.rows is None
            else d.rows[d.attempts.request]
            for d in self._deployments
        ]
        if all(d.rows is None for d in self._deployments):
            return np.broadcast_to(np.int64(-1), (sum(map(len, parts)),))
        return np.concatenate(parts) if len(parts) > 1 else parts[0]

    def column(self, name: str, dtype: type[np.generic]) -> NDArray[Any]:
        read: Callable[[AttemptColumns], NDArray[Any]] = attrgetter(name)
        parts = [read(d.attempts) for d in self._deployments]
        if len(parts) > 1:
            return np.concatenate(parts, dtype=dtype)
        shown = parts[0].astype(dtype, copy=False).view()
        shown.flags.writeable = False
        return shown


def replicas(record: Record) -> Table:
    """Return every transition of every replica.

    Columns: deployment, replica, revision, at_s, before (nothing where the replica was created),
    after, reason in words, and its code.
    """
    rows = [(d.name, t) for d in record.deployments for t in d.control.transitions]
    return Table(
        "replicas",
        {
            "deployment": Words.of([name for name, _ in rows]),
            "replica": _integers(t.replica for _, t in rows),
            "revision": _integers(t.revision for _, t in rows),
            "at_s": _floats(t.at_s for _, t in rows),
            "before": Words.of([t.before.value if t.before else None for _, t in rows]),
            "after": Words.of([t.after.value for _, t in rows]),
            "reason": Words.of([t.words for _, t in rows]),
            "code": Words.of([t.reason.code for _, t in rows]),
        },
    )


def decisions(record: Record) -> Table:
    """Return every step that control took or held back, with the numbers that it saw.

    Columns: deployment, at_s, actor, action, reason in words and its code, load_ratio (busy threads
    over responsive threads), busy_threads, responsive_replicas (of an evaluation: those that took
    requests before it; busy threads are theirs), live_replicas, threshold_ratio, since_at_s (when
    the timer or the wait began), until_at_s (when a spell of being held back ended). A number that
    was not looked at is nothing, and so is what did not end in the run.
    """
    rows = [(d.name, t) for d in record.deployments for t in d.control.decisions]
    return Table(
        "decisions",
        {
            "deployment": Words.of([name for name, _ in rows]),
            "at_s": _floats(t.at_s for _, t in rows),
            "actor": Words.of([t.actor for _, t in rows]),
            "action": Words.of([t.action for _, t in rows]),
            "reason": Words.of([t.words for _, t in rows]),
            "code": Words.of([t.reason.code for _, t in rows]),
            "load_ratio": _floats(t.load for _, t in rows),
            "busy_threads": _integers(t.busy for _, t in rows),
            "responsive_replicas": _integers(t.responsive for _, t in rows),
            "live_replicas": _integers(t.live for _, t in rows),
            "threshold_ratio": _floats(t.threshold for _, t in rows),
            "since_at_s": _floats(t.since_s for _, t in rows),
            "until_at_s": _floats(t.until_s for _, t in rows),
        },
    )


def statuses(record: Record) -> Table:
    """Return what each deployment reported, from when on: deployment, at_s, state, is_ready."""
    rows = [(d.name, s) for d in record.deployments for s in d.control.statuses]
    return Table(
        "statuses",
        {
            "deployment": Words.of([name for name, _ in rows]),
            "at_s": _floats(s.at_s for _, s in rows),
            "state": Words.of([s.state.value for _, s in rows]),
            "is_ready": np.array([s.is_ready for _, s in rows], np.bool_),
        },
    )


def queues(record: Record) -> Table:
    """Return every change of every resource queue, a row for each resource that it limits.

    Columns: queue, at_s, unit ("cores" or "GPUs"), gpu_type (nothing for cores), used and limit
    in that unit, waiting (replicas in line), head_since_at_s (since when the first of them has
    waited), cause (why it is not served).
    """
    specs = record.scenario.queues
    scale = [MILLICORES_PER_CORE if isinstance(spec, VcpuQueue) else 1 for spec in specs]
    rows = record.queue_samples
    return Table(
        "queues",
        {
            "queue": Words(
                np.array([s.queue for s in rows], np.int32), tuple(spec.name for spec in specs)
            ),
            "at_s": _floats(s.at_s for s in rows),
            "unit": Words.of(["GPUs" if scale[s.queue] == 1 else "cores" for s in rows]),
            "gpu_type": Words.of([s.gpu_type for s in rows]),
            "used": _floats(s.used / scale[s.queue] for s in rows),
            "limit": _floats(s.limit / scale[s.queue] for s in rows),
            "waiting": _integers(s.waiting for s in rows),
            "head_since_at_s": _floats(s.head_since_s for s in rows),
            "cause": Words.of([s.cause for s in rows]),
        },
    )


def holders(record: Record) -> Table:
    """Return every change of what a holder has of a resource queue.

    Columns: queue, at_s, unit ("cores" or "GPUs"), gpu_type (nothing for cores), holder (a
    deployment or a tenant), revision (nothing for a tenant), used (in that unit, from at_s on).
    What all holders have adds up to `used` in the table of queues.
    """
    specs = record.scenario.queues
    scale = [MILLICORES_PER_CORE if isinstance(spec, VcpuQueue) else 1 for spec in specs]
    rows = [
        (held, at_s, amount)
        for held in held_in_queues(record)
        for at_s, amount in zip(held.amount.at_s, held.amount.value, strict=True)
    ]
    return Table(
        "holders",
        {
            "queue": Words(
                np.array([held.queue for held, _, _ in rows], np.int32),
                tuple(spec.name for spec in specs),
            ),
            "at_s": _floats(at_s for _, at_s, _ in rows),
            "unit": Words.of(["GPUs" if scale[h.queue] == 1 else "cores" for h, _, _ in rows]),
            "gpu_type": Words.of([held.gpu_type for held, _, _ in rows]),
            "holder": Words.of([held.holder for held, _, _ in rows]),
            "revision": _integers(held.revision for held, _, _ in rows),
            "used": _floats(amount / scale[held.queue] for held, _, amount in rows),
        },
    )


def series(record: Record) -> Table:
    """Return step series in long form: deployment, series, at_s, value.

    A value holds from its instant to the series' next, the last one to the horizon. Series:
    `load_ratio`, one value an evaluation, and nothing from where on none is responsive;
    `threshold_ratio`; `queued`, `running` and `abandoned` requests, where attempts were not kept
    as they are at the evaluations; `responsive_threads` and `responsive_cores` of the active
    revision; `replicas_STATE` for every state but DELETED.
    """
    return _long(record, map(exact_series, record.deployments))


def series_in_files(record: Record) -> Table:
    """Return the table of series as it is written: of a day a hundredth of what `series` has.

    The same rows, but that `queued`, `running` and `abandoned` are as they are at the evaluations
    and at every change of replicas, resource queues and decisions; see `sim.results.series`. All
    changes can be counted again from the table of requests.
    """
    return _long(record, thinned_series(record))


def _long(record: Record, by_deployment: Iterable[Mapping[str, Steps]]) -> Table:
    found = [
        (place, name, line)
        for place, lines in enumerate(by_deployment)
        for name, line in lines.items()
    ]
    names = tuple(dict.fromkeys(name for _, name, _ in found))
    lengths = [len(line.at_s) for _, _, line in found]
    which = [place for place, _, _ in found]
    return Table(
        "series",
        {
            "deployment": Words(
                np.repeat(np.array(which, np.int32), lengths),
                tuple(d.name for d in record.deployments),
            ),
            "series": Words(
                np.repeat(np.array([names.index(n) for _, n, _ in found], np.int32), lengths),
                names,
            ),
            "at_s": np.concatenate([line.at_s for _, _, line in found]),
            "value": np.concatenate([line.value for _, _, line in found]),
        },
    )


MAKERS: Final[Mapping[str, Callable[[Record], Table]]] = MappingProxyType(
    {
        "requests": requests,
        "replicas": replicas,
        "decisions": decisions,
        "queues": queues,
        "holders": holders,
        "series": series,
        "statuses": statuses,
    }
)
"""Every table of a run by its name."""


def _names(
    deployments: Sequence[DeploymentRecord], rows: Callable[[DeploymentRecord], int]
) -> Words:
    names = tuple(d.name for d in deployments)
    counts = [rows(d) for d in deployments]
    if len(counts) == 1:
        return Words(np.broadcast_to(np.int32(0), (counts[0],)), names)
    return Words(np.repeat(np.arange(len(counts), dtype=np.int32), counts), names)


def _floats(values: Iterable[float | None]) -> Floats:
    return np.array([np.nan if v is None else v for v in values], np.float64)


def _integers(values: Iterable[int | None]) -> NDArray[np.int32]:
    return np.array([-1 if v is None else v for v in values], np.int32)
