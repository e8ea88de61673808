"""Whether a rollout can switch beside the old revision, and what is left of the capacity then.

A new revision starts beside the old one, which goes when the new one answers. What the old one
holds at the least until then is what its minReplicas say: start requests are granted in the order
in which they were made, so that all that it had asked for before has been granted, or is gone.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.lint.course import Course, Generation, Rollout
from sim.lint.facts import Facts
from sim.lint.room import QueueHistory, Room
from sim.lint.rule import Found, LintRule
from sim.lint.starting import may_fail
from sim.lint.traffic import capacity_of, load_at, whole_replicas
from sim.lint.words import about, amount_text, count_text, plain_amount, span_text, unit_of
from sim.scenario.models.queues import Resource
from sim.scenario.models.replica_number import first_replicas
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import DisableEvent, PublishEvent, StartEvent
from sim.wire.normal import normalise
from sim.wire.replacing import Put, decide_put


@dataclass(frozen=True, slots=True)
class _Beside:
    """A rollout from one old revision, in one queue, and what may free more while it is pending.

    Attributes:
        queue: The queue.
        old: The revision that goes when the new one answers.
        new: The one that is on its way.
        needed_count: How many new replicas must be granted together for the switch.
        from_s: When the rollout begins.
        to_s: When it is given up, if it has not switched: the horizon, or an event.
        in_place_at_s: The first event after which the bounds are others; None without one.
    """

    queue: QueueHistory
    old: Generation
    new: Generation
    needed_count: int
    from_s: float
    to_s: float
    in_place_at_s: float | None

    @property
    def size(self) -> int:
        """What a new replica takes."""
        return self.queue.need(self.new.normal)

    def rooms(self) -> Sequence[Room]:
        """Return what holds in the queue while it is pending."""
        return self.queue.between(self.from_s, self.to_s)

    def held(self, resource: Resource, old_count: int) -> int:
        """Return what so many granted old replicas hold of a resource at the least.

        Those that take any type of GPU may have got another one, as far as its largest limit goes.
        """
        size, kinds = self.queue.need(self.old.normal), self.queue.wanted(self.old.normal)
        if not size or resource not in kinds:
            return 0
        elsewhere = sum(self.queue.largest(kind) // size for kind in kinds if kind != resource)
        return size * max(old_count - elsewhere, 0)

    def fit(self, room: Room, old_count: int) -> int:
        """Return how many new replicas fit at the most beside so many old ones."""
        kinds = self.queue.wanted(self.new.normal)
        free = (room.free(kind) - self.held(kind, old_count) for kind in kinds)
        return sum(max(left, 0) // self.size for left in free)

    def is_enough(self, room: Room, old_count: int) -> bool:
        """Return whether enough new replicas for a switch may fit beside so many old ones."""
        return self.fit(room, old_count) >= self.needed_count


def _standing_count(scenario: Scenario, course: Course, old: Generation) -> int:
    """Return how many granted replicas an old revision has at every instant, at the least.

    Its minReplicas, unless a scale-down may take a replica that has failed and holds a grant, and
    leave one that still waits in line behind the new revision.
    """
    normal = old.normal
    if normal.max_replicas > normal.min_replicas and may_fail(scenario, course.deployment, old):
        return 0
    return normal.min_replicas


def _count_now(course: Course, rollout: Rollout, old: Generation) -> int:
    """Return about how many replicas the old revision has when the rollout begins."""
    initial = course.deployment.initial
    if rollout.is_first and initial.kind == "responsive":
        return initial.responsive_count
    return old.normal.min_replicas


def _besides(facts: Facts, course: Course, rollout: Rollout) -> Iterator[list[_Beside]]:
    """Yield for each old revision the queues in which the new one has to stand."""
    for old in rollout.olds:
        to_s, in_place_at_s = _pending_until(facts.scenario, course, rollout, old)
        needed = 1
        if course.deployment.rollout.switch_when == "all":
            needed = max(rollout.new.normal.min_replicas, 1)
        yield [
            _Beside(queue, old, rollout.new, needed, rollout.at_s, to_s, in_place_at_s)
            for queue in facts.queues_of(course)
            if queue.need(rollout.new.normal)
        ]


def _pending_until(
    scenario: Scenario, course: Course, rollout: Rollout, old: Generation
) -> tuple[float, float | None]:
    """Return when a rollout that does not switch is given up, and when bounds change before."""
    new, in_place_at_s = rollout.new, None
    for _, event in course.after(rollout):
        match event:
            case DisableEvent() | PublishEvent():
                return event.at_s, in_place_at_s
            case StartEvent():
                continue
            case _:
                put = decide_put(
                    normalise(event.runtime_configuration),
                    active=old.normal,
                    pending=new.normal,
                    scaling_only=course.deployment.rollout.scaling_only,
                )
        if put in (Put.ROLL_OUT, Put.REVERT):
            return event.at_s, in_place_at_s
        if put in (Put.SCALE_ACTIVE, Put.SCALE_PENDING) and in_place_at_s is None:
            in_place_at_s = event.at_s
    return scenario.horizon_s, in_place_at_s


def _blue_green(facts: Facts) -> Iterator[Course]:
    """Yield the deployments whose rollouts keep the old replicas until they switch."""
    for course in facts.courses:
        if course.deployment.rollout.strategy.kind == "blue_green":
            yield course


def _never_switches(facts: Facts) -> Iterator[Found]:
    """Compare what a switch needs with what the old revision and the tenants ever leave."""
    for course in _blue_green(facts):
        for rollout in course.rollouts:
            short = _stuck(facts, course, rollout)
            if short is not None and _is_ever_granted(short):
                count = _standing_count(facts.scenario, course, short.old)
                yield _never(facts, course, rollout, short, count)


def _stuck(facts: Facts, course: Course, rollout: Rollout) -> _Beside | None:
    """Return a queue that never has enough for a switch, whichever revision is the old one."""
    shorts = [
        _short_for_ever(facts.scenario, course, besides)
        for besides in _besides(facts, course, rollout)
    ]
    return None if None in shorts else next(filter(None, shorts), None)


def _is_ever_granted(short: _Beside) -> bool:
    """Return whether a new replica fits alone: if not, the rule of its size says so."""
    kinds = short.queue.wanted(short.new.normal)
    return any(short.size <= short.queue.largest(kind) for kind in kinds)


def _short_for_ever(
    scenario: Scenario, course: Course, besides: Sequence[_Beside]
) -> _Beside | None:
    """Return the queue that never has enough beside what the old revision holds."""
    lifetime = course.deployment.replica.lifetime
    for beside in besides:
        if beside.in_place_at_s is not None:
            continue
        if lifetime is not None and lifetime.min_s < beside.to_s:
            continue
        count = _standing_count(scenario, course, beside.old)
        if not any(beside.is_enough(room, count) for room in beside.rooms()):
            return beside
    return None


def _never(facts: Facts, course: Course, rollout: Rollout, short: _Beside, count: int) -> Found:
    kinds = short.queue.wanted(rollout.new.normal)
    room, kind = max(
        ((room, kind) for room in short.rooms() for kind in kinds),
        key=lambda pair: pair[0].free(pair[1]) - short.held(pair[1], count),
    )
    free, held = room.free(kind), short.held(kind, count)
    needed = short.needed_count * short.size
    limit = facts.address(short.queue.limit_path(kind))
    enough = room.limits.get(kind, 0) + needed - (free - held)
    unit = unit_of(kind)
    return Found(
        path=_field(rollout, short.queue),
        claim=f"The rollout of {course.deployment.name} at {span_text(rollout.at_s)} never "
        f"switches: it needs {amount_text(kind, needed)} in queue {short.queue.name}, which has "
        f"{plain_amount(kind, free):g} beside its tenants at the most, and the old revision keeps "
        f"{plain_amount(kind, held):g} of them with {count_text(count, 'replica')}.",
        numbers={
            f"needed_{unit}": plain_amount(kind, needed),
            f"largest_free_{unit}": plain_amount(kind, free),
            f"held_by_old_{unit}": plain_amount(kind, held),
            "old_replicas": count,
            "new_replicas": short.needed_count,
        },
        remedy=f"Set {limit} to at least {plain_amount(kind, enough):g}.",
    )


def _field(rollout: Rollout, queue: QueueHistory) -> tuple[str | int, ...]:
    """Return what asks for too much: a size in a PUT; of a publish the event itself."""
    key = ("cpu",) if queue.kind == "vcpu" else ("gpu", "count")
    if rollout.new.model_path == ("timeline", rollout.number):
        return rollout.new.model_path
    return (*rollout.new.configuration_path, *key)


def _waits(facts: Facts) -> Iterator[Found]:
    """Compare what a switch needs with what is free at the PUT, if later there may be more."""
    for course in _blue_green(facts):
        for rollout in course.rollouts:
            if _stuck(facts, course, rollout) is not None:
                continue
            for besides in _besides(facts, course, rollout):
                for beside in besides:
                    found = _waiting(facts, course, rollout, beside)
                    if found is not None:
                        yield found


def _waiting(facts: Facts, course: Course, rollout: Rollout, beside: _Beside) -> Found | None:
    now = _count_now(course, rollout, beside.old)
    room = beside.rooms()[0]
    if beside.is_enough(room, now):
        return None
    count = min(now, _standing_count(facts.scenario, course, beside.old))
    kinds = beside.queue.wanted(rollout.new.normal)
    kind = max(kinds, key=lambda kind: room.free(kind) - beside.held(kind, now))
    unit, needed = unit_of(kind), beside.needed_count * beside.size
    frees_at_s, words = _freed(course, beside, count)
    numbers = {
        f"needed_{unit}": plain_amount(kind, needed),
        f"free_{unit}": plain_amount(kind, room.free(kind)),
        f"held_by_old_{unit}": plain_amount(kind, beside.held(kind, now)),
    }
    limit = facts.address(beside.queue.limit_path(kind))
    enough = room.limits.get(kind, 0) + needed - room.free(kind) + beside.held(kind, now)
    return Found(
        path=_field(rollout, beside.queue),
        claim=f"The rollout of {course.deployment.name} at {span_text(rollout.at_s)} is likely to "
        f"wait: it needs {amount_text(kind, needed)} in queue {beside.queue.name}, which has "
        f"{plain_amount(kind, room.free(kind)):g} beside its tenants, of which "
        f"{count_text(now, 'old replica')} hold {plain_amount(kind, beside.held(kind, now)):g}; "
        f"{words}.",
        numbers=numbers if frees_at_s is None else {**numbers, "frees_at_s": frees_at_s},
        remedy=f"Set {limit} to at least {plain_amount(kind, enough):g}.",
    )


def _freed(course: Course, beside: _Beside, count: int) -> tuple[float | None, str]:
    """Return when something frees enough, and what, as far as the scenario tells."""
    lifetime = course.deployment.replica.lifetime
    for later in beside.rooms()[1:]:
        if beside.is_enough(later, count):
            return later.at_s, f"queue {beside.queue.name} changes at {span_text(later.at_s)}"
    if beside.in_place_at_s is not None:
        at_s = beside.in_place_at_s
        return at_s, f"its bounds change at {span_text(at_s)}"
    if lifetime is not None and lifetime.min_s < beside.to_s:
        return None, f"old replicas live for {span_text(lifetime.min_s)} or longer"
    return None, "the old revision may have fewer replicas later"


def _cliff(facts: Facts) -> Iterator[Found]:
    """Compare the replicas that a new revision starts with and those that the load occupies."""
    for course in _blue_green(facts):
        policy = course.deployment.rollout
        first = policy.initial_replicas
        if policy.old_goes == "at_full" or (isinstance(first, str) and first != "min"):
            continue  # then it depends on how many old ones there are
        for rollout in course.rollouts:
            load = load_at(facts.scenario, course, rollout.new, rollout.at_s)
            if load is None:
                continue
            capacity = capacity_of(course.deployment, rollout.new)
            replicas = capacity.replicas_for(load)
            normal = rollout.new.normal
            asked = first_replicas(
                first, live=0, least=normal.min_replicas, most=normal.max_replicas
            )
            if math.isinf(replicas) or whole_replicas(replicas) <= asked:
                continue
            path = (*rollout.new.configuration_path, "minReplicas")
            wanted = whole_replicas(replicas / max(normal.scale_up_load_threshold, _LEAST_LOAD))
            enough = max(min(wanted, normal.max_replicas), asked)
            yield Found(
                path=path,
                claim=f"The rollout of {course.deployment.name} at {span_text(rollout.at_s)} is "
                f"likely to cut its capacity below the load: it hands over to "
                f"{count_text(asked, 'replica')}, and {about(load.rate_per_s)} requests/s occupy "
                f"{about(replicas)}.",
                numbers={
                    "min_replicas": normal.min_replicas,
                    "needed_replicas": whole_replicas(replicas),
                    "rate_per_s": load.rate_per_s,
                    "busy_threads": capacity.busy_threads(load),
                },
                remedy=f"Set {facts.address(path)} to {enough}"
                + (
                    f", or {facts.address(course.path('rollout', 'initial_replicas'))} to current."
                    if enough > asked
                    else f", and {facts.address((*path[:-1], 'maxReplicas'))} to {wanted}."
                ),
            )


_LEAST_LOAD = 0.01
"""A threshold below it would ask for more than a hundred times what the load occupies."""

RULES = (
    LintRule(
        name="rollout-never-switches",
        level="never",
        claim="A rollout whose switch needs more than its queue ever has beside the tenants and "
        "beside the least that the old revision holds never switches.",
        source="docs/model.md, Replace, publish, start, disable",
        find=_never_switches,
    ),
)
RISKS = (
    LintRule(
        name="rollout-waits",
        level="risk",
        claim="A rollout whose switch needs more than is free when it begins waits until something "
        "frees it.",
        source="docs/model.md, Waiting in resource queues",
        find=_waits,
    ),
    LintRule(
        name="capacity-cliff",
        level="risk",
        claim="A rollout hands over to fewer replicas than the load of that instant occupies.",
        source="docs/model.md, Replace, publish, start, disable",
        find=_cliff,
    ),
)
