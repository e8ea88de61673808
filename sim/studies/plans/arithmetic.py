"""What arithmetic decides of an event: whether it rolls anything out, and what never happens.

Nothing is run. What a PUT comes to is decided by the rule that control uses
(`sim.wire.replacing`), and what never happens by `sim.lint`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

from sim.addresses import path_of
from sim.lint.course import Course, Generation, course_of
from sim.lint.facts import Facts
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

    What condemns the revision that there is condemns the new one too, if that has the same model,
    or the same configuration: such a finding is of both scenarios.

    Args:
        planned: The event and both scenarios.
        line_of: Where a value is written; of a PUT from outside nothing is.
    """
    known = {(found.rule, found.claim) for found in lint(planned.now)}
    then = lint(planned.then) if line_of is None else lint(planned.then, line_of=line_of)
    facts, new = Facts(planned.then), new_generation(planned)
    event = f"timeline[{planned.place}]"
    own = path_of(["deployments", planned.deployment.name])
    shared = {
        "start-never-in-time": facts.address(_like(planned, new).model_path),
        "replica-never-fits": facts.address(new.configuration_path),
    }
    return tuple(
        found
        for found in then
        if _is_below(found.field, event)
        or ((found.rule, found.claim) not in known and _is_below(found.field, own))
        or (found.rule in shared and _is_below(found.field, shared[found.rule]))
    )


def new_generation(planned: Planned) -> Generation:
    """Return the revision that the event makes, or the one whose bounds it changes."""
    course = _course(planned)
    event = ("timeline", planned.place)
    for one in course.generations:
        if event in (one.configuration_path[:2], one.model_path[:2]):
            return one
    return course.generations[0]


def _course(planned: Planned) -> Course:
    names = [one.name for one in planned.then.deployments]
    return course_of(planned.then, names.index(planned.deployment.name))


def _like(planned: Planned, new: Generation) -> Generation:
    """Return the first revision that starts as *new* does: lint speaks of that one alone."""
    course = _course(planned)
    times = new.model.image_bytes, new.model.load_s
    alike = (
        one for one in course.generations if (one.model.image_bytes, one.model.load_s) == times
    )
    return next(alike, new)


def deciding(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings by which a rollout never does what it is for."""
    return tuple(one for one in findings if one.level == "never" and one.rule not in HARMLESS)


def is_hopeless(planned: Planned, then: Scenario) -> bool:
    """Return whether arithmetic condemns the event in another scenario that has it."""
    return bool(deciding(findings_of(replace(planned, then=then))))


def _is_below(field: str, path: str) -> bool:
    return field == path or field.startswith((f"{path}.", f"{path}["))
