"""An event as far as it is known before anything is run: its fields, its rules, its arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from sim.lint.finding import Finding
from sim.lint.linting import LineOf
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import ReplaceEvent
from sim.scenario.reading.differences import Change
from sim.scenario.reading.put_body import read_put
from sim.scenario.reading.validation import Validation
from sim.studies.estimates.number import Number
from sim.studies.plans.arithmetic import Effect, deciding, effect_of, findings_of, put_of
from sim.studies.plans.changes import changes, configuration_changes, standing
from sim.studies.plans.helps import helps_by_arithmetic
from sim.studies.plans.ladders import Ground, Symptoms, ladders
from sim.studies.plans.plan_report import (
    BrokenRule,
    ChangedField,
    Help,
    PlannedEvent,
    PlanReport,
    Side,
    StalledOn,
    Verdict,
)
from sim.studies.plans.planned import (
    Planned,
    default_at_s,
    planned_event,
    planned_put,
    put_target,
)
from sim.wire.replacing import Put

OF_ROOM: Final = frozenset({"rollout-never-switches", "replica-never-fits"})
"""Rules of lint by which a queue is too small."""

OF_MEMORY: Final = frozenset({"model-never-fits", "request-never-fits"})
"""Rules of lint by which a replica is too small."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A verdict for which nothing was run."""

    verdict: Verdict
    why: str
    by: Literal["rules", "arithmetic"]


@dataclass(frozen=True)
class Prepared:
    """What is known of an event before anything is run.

    Attributes:
        scenario: As it was given.
        deployment: Whose event it is.
        at_s: When it comes.
        planned: The event with both scenarios; None where a rule refuses it.
        changes: The fields that it changes.
        effect: What it comes to.
        violations: The rules that it breaks, as `sim validate` tells them.
        findings: What lint says of it.
        remarks: What was chosen or left out.
    """

    scenario: Scenario
    deployment: Deployment
    at_s: float
    planned: Planned | None
    changes: tuple[Change, ...]
    effect: Effect
    violations: Validation | None
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...]

    @property
    def decided(self) -> Decided | None:
        """The verdict, where it takes no run."""
        if self.planned is None:
            first = "" if self.violations is None else self.violations.to_text()[0]
            return Decided("REFUSED", first, "rules")
        if self.effect == "none":
            stored = put_of(self.planned) is Put.STORE
            why = (
                "the deployment is disabled, so that it is only stored"
                if stored
                else ("it changes nothing: every field means what it meant before")
            )
            return Decided("WORKS", why, "arithmetic")
        never = deciding(self.findings) if self.effect == "rollout" else ()
        return Decided("NEVER", never[0].claim, "arithmetic") if never else None

    def needs_runs(self, runs: int | None) -> bool:
        """Return whether anything is to be run: nothing has decided, or runs are asked for."""
        return self.planned is not None and (self.decided is None or runs is not None)

    def report(self, seed: int | None = None, *, with_helps: bool = True) -> PlanReport:
        """Return all that is known without a run; it has a verdict only where `decided` is one."""
        decided = self.decided or Decided("RISKY", "nothing was run", "arithmetic")
        event = None if self.planned is None else self.planned.event
        no_runs = "no run was made"
        helps = self.helps if decided.verdict == "NEVER" else ()
        return PlanReport(
            name=self.scenario.name,
            seed=self.scenario.seed if seed is None else seed,
            verdict=decided.verdict,
            why=decided.why,
            decided_by=decided.by,
            planned=PlannedEvent(
                event="replace" if event is None else event.event,
                deployment=self.deployment.name,
                at_s=self.at_s,
                number=None if self.planned is None else self.planned.number,
            ),
            remarks=list(self.remarks),
            changes=[ChangedField(field=one.field, old=one.a, new=one.b) for one in self.changes],
            effect=self.effect,
            violations=self._broken_rules(),
            findings=list(self.findings),
            now=Side(runs=0, measures={}, worst={}, at_end_s=None),
            then=Side(runs=0, measures={}, worst={}, at_end_s=None),
            difference={},
            stall_probability=Number(
                value=None, runs=0, defined=0, kind="none", unit="ratio", refused=no_runs
            ),
            stalled_on=self._stalled_on(helps),
            helps=list(helps) if with_helps else [],
            cautions=[],
            interrupted=False,
        )

    @property
    def symptoms(self) -> Symptoms:
        """What arithmetic says is wrong."""
        rules = {one.rule for one in deciding(self.findings)}
        return Symptoms(waits=bool(rules & OF_ROOM), out_of_memory=bool(rules & OF_MEMORY))

    @property
    def helps(self) -> tuple[Help, ...]:
        """What mends the event by arithmetic, which condemns it."""
        decided = self.decided
        if self.planned is None or decided is None:
            return ()
        ground = Ground(self.planned, self.effect)
        return helps_by_arithmetic(ground, ladders(ground, self.symptoms), decided.why)

    def _stalled_on(self, helps: Sequence[Help]) -> list[StalledOn]:
        """Return the queues that are too small for ever: those whose limits are helps."""
        if self.planned is None or not self.symptoms.waits:
            return []
        mended = {one.set.partition("=")[0] for one in helps}
        facts = Ground(self.planned, self.effect).facts
        return [
            StalledOn(
                queue=queue.name,
                short="cores" if resource is None else resource.value,
                holders="",
                is_deadlocked="rollout-never-switches" in {one.rule for one in self.findings},
                seed=None,
            )
            for queue in facts.queues
            for resource in queue.resources
            if facts.address(queue.limit_path(resource)) in mended
        ]

    def _broken_rules(self) -> list[BrokenRule]:
        if self.violations is None:
            return []
        return [BrokenRule.model_validate(one) for one in self.violations.to_json()]


def prepared(
    scenario: Scenario,
    put: str | Path | Mapping[str, Any] | None = None,
    *,
    deployment: str | None = None,
    event: int | None = None,
    at_s: float | None = None,
    line_of: LineOf | None = None,
) -> Prepared:
    """Return what is known of an event before anything is run.

    Args:
        scenario: Of the timeline that has the event, or into which the PUT is put.
        put: The file of a PUT's body, ``-`` for standard input, or its plain data; None: the event
            is one of the timeline.
        deployment: The name of the deployment; needed for a PUT where there are several.
        event: Which of the replace and publish events, from 1; needed where there are several.
        at_s: When the PUT comes.
        line_of: Where a value of the scenario is written.

    Raises:
        ScenarioError: The file cannot be read; there is no such event, deployment or instant; or
            there are several and none is named.
    """
    if put is None:
        planned = planned_event(scenario, deployment=deployment, number=event)
        change = planned.event
        if not isinstance(change, ReplaceEvent):
            return _prepared(scenario, planned, line_of)
        data = {"runtimeConfiguration": change.runtime_configuration.to_wire()}
        return _checked(scenario, data, planned.deployment, change.at_s, planned, line_of)
    whose = put_target(scenario, deployment)
    when_s = default_at_s(scenario, whose)[0] if at_s is None else at_s
    planned_put(scenario, whose.runtime_configuration, whose, when_s)  # refuses the instant
    return _checked(scenario, put, whose, at_s, None, line_of)


def _checked(
    scenario: Scenario,
    put: str | Path | Mapping[str, Any],
    deployment: Deployment,
    at_s: float | None,
    planned: Planned | None,
    line_of: LineOf | None,
) -> Prepared:
    """Return a PUT that a rule may refuse."""
    when_s = default_at_s(scenario, deployment)[0] if at_s is None else at_s
    there = standing(scenario, deployment, when_s, None if planned is None else planned.place)
    running = frozenset(there.configuration.sources) if there.is_enabled else None
    body = read_put(put, scenario, deployment, running_sources=running)
    if body.configuration is None or body.validation.problems:
        new = body.configuration
        return Prepared(
            scenario=scenario,
            deployment=deployment,
            at_s=when_s,
            planned=None,
            changes=() if new is None else configuration_changes(there.configuration, new),
            effect="none",
            violations=body.validation,
            findings=(),
            remarks=(),
        )
    if planned is None:
        planned = planned_put(scenario, body.configuration, deployment, at_s)
    return _prepared(scenario, planned, line_of)


def _prepared(scenario: Scenario, planned: Planned, line_of: LineOf | None) -> Prepared:
    return Prepared(
        scenario=scenario,
        deployment=planned.deployment,
        at_s=planned.event.at_s,
        planned=planned,
        changes=changes(planned),
        effect=effect_of(planned),
        violations=None,
        findings=findings_of(planned, None if planned.is_put else line_of),
        remarks=planned.remarks,
    )
