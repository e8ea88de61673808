"""Whether what is there can serve the load, in time, and goes on to be there."""

import math
from collections.abc import Iterator

from sim.errors import DataPath
from sim.lint.course import Course, Spell
from sim.lint.facts import Facts
from sim.lint.laws import mean
from sim.lint.rule import Found, LintRule
from sim.lint.starting import ROUNDING_S, mean_start_s
from sim.lint.traffic import capacity_of, loads_of, request_load, whole_replicas
from sim.lint.words import about, count_text, span_text


def _overload(facts: Facts) -> Iterator[Found]:
    """Compare the largest mean load with maxReplicas, and with what the queues have room for."""
    for course in facts.as_configured:
        for spell in course.spells:
            loads = loads_of(facts.scenario, course, spell)
            if not loads:
                continue
            capacity = capacity_of(course.deployment, spell.generation)
            load = max(loads, key=capacity.replicas_for)
            replicas = capacity.replicas_for(load)
            most, path, limit = _most_replicas(facts, course, spell)
            if most == 0 or math.isinf(replicas) or whole_replicas(replicas) <= most:
                continue
            yield Found(
                path=path,
                claim=f"{course.deployment.name} is likely to be overloaded: at "
                f"{about(load.rate_per_s)} requests/s it needs {about(replicas)} replicas, and "
                f"{limit} allows {most}.",
                numbers={
                    "rate_per_s": load.rate_per_s,
                    "needed_replicas": replicas,
                    "largest_replicas": most,
                    "busy_threads": capacity.busy_threads(load),
                },
                remedy=f"Set {facts.address(path)} so that there can be "
                f"{count_text(whole_replicas(replicas), 'replica')}."
                if path[0] == "queues"
                else f"Set {facts.address(path)} to {whole_replicas(replicas)}.",
            )


def _most_replicas(facts: Facts, course: Course, spell: Spell) -> tuple[int, DataPath, str]:
    """Return how many replicas there can be at the most, what says so, and what it is called."""
    normal = spell.generation.normal
    path: DataPath = (*spell.generation.configuration_path, "maxReplicas")
    most, limit = normal.max_replicas, "maxReplicas"
    for queue in facts.queues_of(course):
        size, kinds = queue.need(normal), queue.wanted(normal)
        if not size:
            continue
        rooms = queue.between(spell.from_s, spell.to_s)
        fit = max(sum(max(room.free(kind), 0) // size for kind in kinds) for room in rooms)
        if fit < most:
            kind = max(kinds, key=queue.largest)
            most, path, limit = fit, queue.limit_path(kind), f"queue {queue.name}"
    return most, path, limit


def _deadlines(facts: Facts) -> Iterator[Found]:
    """Compare what a request takes on an idle replica with how long it is waited for."""
    for course in facts.courses:
        deadline = course.deployment.client.deadline_s
        waits = [(course.deployment.service.timeout_s, course.path("service", "timeout"))]
        if deadline is not None and (patience_s := mean(deadline)) is not None:
            waits.insert(0, (patience_s, course.path("client", "deadline")))
        for generation in course.generations:
            capacity = capacity_of(course.deployment, generation)
            for source in course.deployment.traffic:
                each = request_load(source.demands or generation.model.demands)
                for wait_s, path in waits:
                    takes_s = 0.0 if each is None else capacity.busy_threads(each)
                    if takes_s <= wait_s + ROUNDING_S:
                        continue
                    yield Found(
                        path=path,
                        claim=f"Requests of {course.deployment.name} from {source.name} are likely "
                        f"to be given up: one takes {span_text(takes_s)} on an idle replica, and "
                        f"is waited for {span_text(wait_s)}.",
                        numbers={"request_s": takes_s, "patience_s": wait_s},
                        remedy=f"Set {facts.address(path)} to more than {span_text(takes_s)}.",
                    )


def _lifetimes(facts: Facts) -> Iterator[Found]:
    """Look whether replicas that came together go together, with room for few successors."""
    for course in facts.as_configured:
        lifetime, initial = course.deployment.replica.lifetime, course.deployment.initial
        if lifetime is None or initial.kind == "disabled" or not course.spells:
            continue
        spell = course.spells[0]
        normal = spell.generation.normal
        count = initial.responsive_count
        if initial.kind == "cold":
            count = max(normal.min_replicas, 1)
        start_s = mean_start_s(course.deployment, spell.generation.model, pulls=True)
        spread_s = lifetime.max_s - lifetime.min_s
        if start_s is None or count < 2 or spread_s >= start_s:
            continue
        surplus, path = _surplus(facts, course, spell, count)
        if surplus >= count or spell.to_s <= lifetime.min_s:
            continue
        yield Found(
            path=path,
            claim=f"{count} replicas of {course.deployment.name} are likely to go together: their "
            f"lifetimes end within {span_text(spread_s)}, and there is room for "
            f"{count_text(surplus, 'successor')} beside them.",
            numbers={
                "replicas": count,
                "successors": surplus,
                "spread_s": spread_s,
                "start_s": start_s,
            },
            remedy=f"Set {facts.address(course.path('replica', 'lifetime', 'max'))} to at least "
            f"{span_text(lifetime.min_s + count * start_s)}, so that they go one by one.",
        )


def _surplus(facts: Facts, course: Course, spell: Spell, count: int) -> tuple[int, DataPath]:
    """Return how many successors there may be beside *count* replicas, and what bounds them."""
    normal = spell.generation.normal
    path: DataPath = (*spell.generation.configuration_path, "maxReplicas")
    surplus = max(normal.max_replicas + 1 - count, 0)
    for queue in facts.queues_of(course):
        size, kinds = queue.need(normal), queue.wanted(normal)
        if not size:
            continue
        room = queue.between(spell.from_s, spell.from_s)[0]
        fit = sum(max(room.free(kind), 0) // size for kind in kinds) - count
        if fit < surplus:
            surplus, path = max(fit, 0), queue.limit_path(max(kinds, key=queue.largest))
    return surplus, path


RISKS = (
    LintRule(
        name="overload",
        level="risk",
        claim="The load at its largest occupies more replicas than maxReplicas or the queues "
        "allow.",
        source="docs/model.md, A request's life",
        find=_overload,
    ),
    LintRule(
        name="deadline-below-demand",
        level="risk",
        claim="A request takes longer on an idle replica than it is waited for.",
        source="docs/model.md, A request's life",
        find=_deadlines,
    ),
    LintRule(
        name="lifetimes-together",
        level="risk",
        claim="Replicas that came together end together, and there is room for fewer successors.",
        source="docs/model.md, A replica's life",
        find=_lifetimes,
    ),
)
