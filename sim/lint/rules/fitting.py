"""Whether replicas fit into their resource queues at all, and whether all may be there together."""

from collections.abc import Iterator

from sim.lint.facts import Facts
from sim.lint.room import QueueHistory
from sim.lint.rule import Found, LintRule
from sim.lint.words import amount_text, plain_amount, unit_of
from sim.scenario.models.queues import Resource


def _never_fits(facts: Facts) -> Iterator[Found]:
    """Compare what a replica asks for with the largest limit of every resource that would do."""
    for course in facts.courses:
        name = course.deployment.name
        for queue in facts.queues_of(course):
            for generation in course.generations:
                need = queue.need(generation.normal)
                best = max(queue.wanted(generation.normal), key=queue.largest)
                largest = queue.largest(best)
                if need <= largest:
                    continue
                key = ("cpu",) if best is None else ("gpu", "count")
                path = (*generation.configuration_path, *key)
                limit = facts.address(queue.limit_path(best))
                smaller = f"Set {facts.address(path)} to at most {_plain(best, largest)}, or set"
                unit = unit_of(best)
                yield Found(
                    path=path,
                    claim=f"A replica of {name} with {amount_text(best, need)} is never granted: "
                    f"queue {queue.name} never has more than {amount_text(best, largest)}.",
                    numbers={
                        f"needed_{unit}": plain_amount(best, need),
                        f"largest_limit_{unit}": plain_amount(best, largest),
                    },
                    remedy=f"{smaller if largest else 'Set'} {limit} to at least "
                    f"{_plain(best, need)}.",
                )


def _maxima_above_limit(facts: Facts) -> Iterator[Found]:
    """Add up what the deployments of a queue hold at maxReplicas, after each change of them."""
    for queue in facts.queues:
        for resource in queue.resources:
            yield from _above(facts, queue, resource)


def _above(facts: Facts, queue: QueueHistory, resource: Resource) -> Iterator[Found]:
    courses = [c for c in facts.as_configured if queue in facts.queues_of(c)]
    for at_s in sorted({spell.from_s for course in courses for spell in course.spells}):
        limit = queue.between(at_s, at_s)[0].limits.get(resource, 0)
        held = 0
        for spell in (s for course in courses for s in course.spells if s.from_s <= at_s < s.to_s):
            normal = spell.generation.normal
            if queue.wanted(normal) == (resource,) and queue.need(normal) <= limit:
                held += normal.max_replicas * queue.need(normal)
        if held <= limit:
            continue
        path, unit = queue.limit_path(resource), unit_of(resource)
        yield Found(
            path=path,
            claim=f"Queue {queue.name} has {amount_text(resource, limit)}, but all its deployments "
            f"at maxReplicas ask for {_plain(resource, held)}: replicas are likely to wait in it.",
            numbers={
                f"limit_{unit}": plain_amount(resource, limit),
                f"maxima_{unit}": plain_amount(resource, held),
                "at_s": at_s,
            },
            remedy=f"Set {facts.address(path)} to {_plain(resource, held)}, or lower maxReplicas "
            "of its deployments.",
        )
        return


def _plain(resource: Resource, amount: int) -> str:
    return f"{plain_amount(resource, amount):g}"


RULES = (
    LintRule(
        name="replica-never-fits",
        level="never",
        claim="A replica that is larger than the largest limit that its queue ever has, of every "
        "type of GPU that it would take, is never granted.",
        source="docs/model.md, Resource queues",
        find=_never_fits,
    ),
)
RISKS = (
    LintRule(
        name="maxima-above-limit",
        level="risk",
        claim="The deployments of a queue ask for more than its limit when all are at maxReplicas.",
        source="docs/model.md, Resource queues",
        find=_maxima_above_limit,
    ),
)
