"""What arithmetic decides of an event: whether it rolls anything out, and what never happens.

Nothing is run. What a PUT comes to is decided by the rule that control uses
(`sim.wire.replacing`), and what never happens by `sim.lint`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from sim.addresses import path_of
from sim.lint.finding import Finding
from sim.lint.linting import LineOf, lint
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import PublishEvent
from sim.studies.plans.changes import standing
from sim.studies.plans.planned import Planned
from sim.wire.normal import normalise
from sim.wire.replacing import Put, decide_put

Effect = Literal["none", "in_place", "rollout"]
"""What an event comes to: nothing, other bounds for the replicas that there are, or new ones."""

HARMLESS: Final = frozenset({"never-scales-up"})
"""Rules of lint whose *never* leaves a rollout able to end and requests able to be answered."""

_EFFECTS: Final[dict[Put, Effect]] = {
    Put.REFUSE_SOURCES: "none",
    Put.STORE: "none",
    Put.KEEP: "none",
    Put.REVERT: "none",
    Put.SCALE_ACTIVE: "in_place",
    Put.SCALE_PENDING: "in_place",
    Put.ROLL_OUT: "rollout",
}


def put_of(planned: Planned) -> Put:
    """Return what the event comes to if every earlier rollout is done when it comes."""
    event = planned.event
    there = standing(planned.then, planned.deployment, event.at_s, planned.place)
    if isinstance(event, PublishEvent):
        return Put.ROLL_OUT if there.is_enabled else Put.STORE
    return decide_put(
        normalise(event.runtime_configuration),
        active=normalise(there.configuration) if there.is_enabled else None,
        pending=None,
        scaling_only=planned.deployment.rollout.scaling_only,
    )


def effect_of(planned: Planned) -> Effect:
    """Return the same as a plan tells it."""
    return _EFFECTS[put_of(planned)]


def findings_of(planned: Planned, line_of: LineOf | None = None) -> tuple[Finding, ...]:
    """Return what lint says of the scenario with the event and does not say without it.

    Args:
        planned: The event and both scenarios.
        line_of: Where a value is written; of a PUT from outside nothing is.
    """
    known = {(found.rule, found.claim) for found in lint(planned.now)}
    then = lint(planned.then) if line_of is None else lint(planned.then, line_of=line_of)
    event = f"timeline[{planned.place}]"
    own = path_of(["deployments", planned.deployment.name])
    return tuple(
        found
        for found in then
        if found.field.startswith(event)
        or ((found.rule, found.claim) not in known and _is_below(found.field, own))
    )


def deciding(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings by which a rollout never does what it is for."""
    return tuple(one for one in findings if one.level == "never" and one.rule not in HARMLESS)


def is_hopeless(planned: Planned, then: Scenario) -> bool:
    """Return whether arithmetic condemns the event in another scenario that has it."""
    return bool(deciding(findings_of(replace(planned, then=then))))


def _is_below(field: str, path: str) -> bool:
    return field == path or field.startswith((f"{path}.", f"{path}["))
