"""From the record of a run to its report; the *summary* is the report as plain data.

Definitions: `sim.results.metrics` (requests), and the modules of the groups of figures.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sim.record import DeploymentRecord, Record
from sim.results.attempts import attempts, per_s, sums_of
from sim.results.binding import binding
from sim.results.cost import Allocation, ComputeSeconds, compute_seconds
from sim.results.events import events
from sim.results.folded import requests_of
from sim.results.metrics import Spell, billed_spells, replica_seconds
from sim.results.provenance import provenance
from sim.results.queues import QueueReport, queue_report
from sim.results.replica_waits import replica_waits
from sim.results.report import DeploymentReport, Report
from sim.results.revisions import revision_report
from sim.results.rollouts import rollouts
from sim.results.scaling import scaling
from sim.results.sketch import QUANTILE_RELATIVE_ERROR
from sim.results.starts import starts
from sim.results.status import status
from sim.results.traffic import traffic
from sim.results.waits import queue_waits_by_name
from sim.results.warnings import warnings
from sim.scenario.models.deployment import Deployment
from sim.wire.normal import normalise
from sim.zones import written_clock


def summary(record: Record) -> dict[str, Any]:
    """Return what `result.json` holds: plain dictionaries, lists, numbers and words.

    Raises:
        ScenarioError: A GPU type has no usage rate.
    """
    return plain(report(record))


def plain(found: Report) -> dict[str, Any]:
    """Return a report as plain dictionaries, lists, numbers and words, keys in their order."""
    return found.model_dump(mode="json")


def report(record: Record) -> Report:
    """Return all figures of a run.

    A quantile of requests is at most `quantile_relative_error` of its value off: 0 where attempts
    were kept. All else is exact.

    Raises:
        ScenarioError: A GPU type has no usage rate.
    """
    found = measured_parts(record)
    return Report(
        provenance=provenance(record),
        name=record.scenario.name,
        start=written_clock(record.scenario.start),
        horizon_s=found.horizon_s,
        warm_up_s=record.scenario.warm_up_s,
        warnings=tuple(warnings(record)),
        quantile_relative_error=0.0 if record.keeps_attempts else QUANTILE_RELATIVE_ERROR,
        traffic=tuple(used for one in record.deployments for used in traffic(one)),
        deployments=found.deployments,
        queues=found.queues,
    )


@dataclass(frozen=True, slots=True)
class MeasuredParts:
    """The parts of a report that have measures: all but where it comes from.

    Attributes:
        horizon_s: Where the run ends.
        deployments: In the order of the scenario.
        queues: Likewise.
    """

    horizon_s: float
    deployments: tuple[DeploymentReport, ...]
    queues: tuple[QueueReport, ...]


def measured_parts(record: Record) -> MeasuredParts:
    """Return the parts of a run's report that have measures.

    A study asks for no more: to write the scenario down takes a quarter of a small run's report.

    Raises:
        ScenarioError: A GPU type has no usage rate.
    """
    waits, horizon_s = queue_waits_by_name(record), record.horizon_s
    return MeasuredParts(
        horizon_s=horizon_s,
        deployments=tuple(
            _deployment(record, *pair)
            for pair in zip(record.deployments, record.scenario.deployments, strict=True)
        ),
        queues=tuple(
            queue_report(
                spec,
                [sample for sample in record.queue_samples if sample.queue == number],
                waits.get(spec.name, ()),
                horizon_s,
            )
            for number, spec in enumerate(record.scenario.queues)
        ),
    )


def _deployment(record: Record, deployment: DeploymentRecord, spec: Deployment) -> DeploymentReport:
    horizon_s, warm_up_s, log = record.horizon_s, record.scenario.warm_up_s, deployment.control
    measured = requests_of(deployment).arrived_in(warm_up_s, horizon_s)
    requests = measured.counts()
    sums = sums_of(
        deployment,
        warmup_s=spec.replica.warmup.duration_s,
        warm_up_s=warm_up_s,
        horizon_s=horizon_s,
    )
    billed = list(billed_spells(log.transitions, horizon_s))
    usage_rates: dict[str, float] = dict(record.scenario.platform.usage_rates.items())
    return DeploymentReport(
        name=deployment.name,
        rid=deployment.rid,
        requests=requests,
        wait_s=measured.wait_figures(),
        response_s=measured.response_figures(),
        throughput_per_s=per_s(sums.served, horizon_s - warm_up_s),
        goodput_per_s=per_s(requests.completed, horizon_s - warm_up_s),
        attempts=attempts(sums, requests, horizon_s),
        status=status(log.statuses, horizon_s),
        scaling=scaling(deployment, spec.autoscaler, horizon_s),
        starts=starts(log.transitions, horizon_s),
        events=tuple(events(log)),
        rollouts=tuple(
            rollouts(
                deployment,
                measured,
                horizon_s=horizon_s,
                warm_up_s=warm_up_s,
                queue_kinds={queue.name: queue.kind for queue in record.scenario.queues},
            )
        ),
        binding=binding(deployment, warm_up_s=warm_up_s, horizon_s=horizon_s),
        replica_seconds=float(replica_seconds(billed)),
        compute_seconds=_cost(deployment, billed, usage_rates).rounded(),
        queue_waits=replica_waits(log.transitions, horizon_s),
        revisions=tuple(revision_report(revision) for revision in log.revisions),
    )


def _cost(
    deployment: DeploymentRecord, billed: list[Spell], usage_rates: Mapping[str, float]
) -> ComputeSeconds:
    configured = {r.number: normalise(r.configuration) for r in deployment.control.revisions}
    held_s: dict[Allocation, Fraction] = defaultdict(Fraction)
    for spell in billed:
        normal = configured[spell.revision]
        asked = None if normal.gpu_type is None else normal.gpu_type.value
        allocation = Allocation(
            normal.cpu_millicores,
            normal.memory_bytes,
            normal.gpu_count,
            deployment.control.gpu_types.get(spell.replica, asked),
        )
        held_s[allocation] += replica_seconds([spell])
    booked = (compute_seconds(s, allocation, usage_rates) for allocation, s in held_s.items())
    return sum(booked, ComputeSeconds())
