"""What refutes a *never* of lint: the very thing that it names, in the record of a run."""

import re
from collections.abc import Callable, Iterator

from sim.lint.finding import Finding
from sim.reasons import Reason
from sim.record import DeploymentRecord, Record, RevisionRecord
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import PublishEvent, ReplaceEvent
from sim.states import Outcome, ReplicaState
from sim.units import parse_duration
from sim.wire.models import RuntimeConfiguration
from sim.wire.normal import NormalConfiguration, differs_only_in_scaling, normalise

Refutation = str
"""What happened though it never was to."""


def refutations(scenario: Scenario, finding: Finding, record: Record) -> list[Refutation]:
    """Return what in the record contradicts a *never*; nothing where it holds."""
    return list(_REFUTED_BY[finding.rule](scenario, finding, record))


def _never_granted(scenario: Scenario, finding: Finding, record: Record) -> Iterator[Refutation]:
    deployment, asked = _configuration(scenario, finding)
    wanted = normalise(asked)
    log = _of(record, deployment.name)
    for revision in log.control.revisions:
        normal = normalise(revision.configuration)
        if finding.field.endswith("cpu"):
            is_meant = normal.cpu_millicores == wanted.cpu_millicores
        else:
            same = (normal.gpu_count, normal.gpu_type)
            is_meant = same == (wanted.gpu_count, wanted.gpu_type)
        if is_meant:
            yield from _entered(log, revision, {ReplicaState.STARTING}, Reason.GRANTED)


def _no_start(scenario: Scenario, finding: Finding, record: Record) -> Iterator[Refutation]:
    for log, revision in _meant(scenario, finding, record):
        yield from _entered(log, revision, {ReplicaState.RESPONSIVE}, Reason.PROBE_PASSED)


def _no_request(scenario: Scenario, finding: Finding, record: Record) -> Iterator[Refutation]:
    for log, revision in _meant(scenario, finding, record):
        attempts = log.attempts
        done = (attempts.revision == revision.number) & (
            attempts.outcome == Outcome.COMPLETED.value
        )
        if done.any():
            yield f"{int(done.sum())} requests completed on revision {revision.number}"


def _no_step_up(_: Scenario, finding: Finding, record: Record) -> Iterator[Refutation]:
    name = re.match(r"(.+) \(", finding.claim)
    assert name is not None
    for decision in _of(record, name[1]).control.decisions:
        if decision.reason is Reason.LOAD_HIGH and (decision.threshold or 0.0) >= 1.0:
            yield f"scaled up at {decision.at_s} s"


def _no_switch(_: Scenario, finding: Finding, record: Record) -> Iterator[Refutation]:
    found = re.match(r"The rollout of (.+) at (\S+) never switches", finding.claim)
    assert found is not None
    for rollout in _of(record, found[1]).control.rollouts:
        if rollout.put_at_s == parse_duration(found[2]) and rollout.switched_at_s is not None:
            yield f"switched at {rollout.switched_at_s} s"


_REFUTED_BY: dict[str, Callable[[Scenario, Finding, Record], Iterator[Refutation]]] = {
    "replica-never-fits": _never_granted,
    "model-never-fits": _no_start,
    "request-never-fits": _no_request,
    "start-never-in-time": _no_start,
    "gpu-missing": _no_start,
    "never-scales-up": _no_step_up,
    "rollout-never-switches": _no_switch,
}


def _of(record: Record, name: str) -> DeploymentRecord:
    return next(log for log in record.deployments if log.name == name)


def _configuration(scenario: Scenario, finding: Finding) -> tuple[Deployment, RuntimeConfiguration]:
    """Return whose configuration the field of a finding stands in, and the configuration."""
    if place := re.match(r"timeline\[(\d+)\]", finding.field):
        event = scenario.timeline[int(place[1])]
        assert isinstance(event, ReplaceEvent)
        owner = next(one for one in scenario.deployments if one.name == event.deployment)
        return owner, event.runtime_configuration
    for one in scenario.deployments:
        if finding.field.startswith((f"deployments.{one.name}.", f"deployments[{one.name}].")):
            return one, one.runtime_configuration
    raise AssertionError(finding.field)


def _meant(
    scenario: Scenario, finding: Finding, record: Record
) -> Iterator[tuple[DeploymentRecord, RevisionRecord]]:
    """Yield the revisions that the claim names: by configuration, and by model version."""
    found = re.match(r"No \w+ (?:of|to) (.+?) \((.+?)\) (?:succeeds|completes)", finding.claim)
    assert found is not None, finding.claim
    deployment = next(one for one in scenario.deployments if one.name == found[1])
    version = deployment.model_version_rid
    if published := re.search(r"version of timeline\[(\d+)\]", found[2]):
        event = scenario.timeline[int(published[1])]
        assert isinstance(event, PublishEvent)
        version = event.model_version_rid
    wanted: NormalConfiguration | None = None
    if place := re.match(r"timeline\[(\d+)\]", found[2]):
        replace = scenario.timeline[int(place[1])]
        assert isinstance(replace, ReplaceEvent)
        wanted = normalise(replace.runtime_configuration)
    elif found[2].startswith("deployments"):
        wanted = normalise(deployment.runtime_configuration)
    log = _of(record, deployment.name)
    for revision in log.control.revisions:
        normal = normalise(revision.configuration)
        is_meant = wanted is None or differs_only_in_scaling(normal, wanted)
        if is_meant and revision.model_version_rid == version:
            yield log, revision


def _entered(
    log: DeploymentRecord, revision: RevisionRecord, states: set[ReplicaState], reason: Reason
) -> Iterator[Refutation]:
    for move in log.control.transitions:
        is_meant = move.revision == revision.number and move.after in states
        if is_meant and move.reason is reason:
            yield f"replica {move.replica} is {move.after.value} at {move.at_s} s: {move.words}"
