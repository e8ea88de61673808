"""Whether the autoscaler can act, and whether it acts too much.

Source: "Autoscaler" in docs/model.md.
"""

from collections.abc import Iterator, Sequence

from sim.lint.course import Course, Spell
from sim.lint.facts import Facts
from sim.lint.rule import Found, LintRule
from sim.lint.starting import mean_start_s
from sim.lint.traffic import Capacity, Load, capacity_of, loads_of
from sim.lint.words import about, count_text, span_text

OVERSHOOT_RATIO = 2.0
"""Starts that take so many scale-up delays let the autoscaler ask for as many replicas too many."""

_FULL = 1.0


def _never_scales_up(facts: Facts) -> Iterator[Found]:
    """Look for a load that must be above 1, which it never is."""
    for course in facts.courses:
        if course.deployment.autoscaler.scale_up_comparison != "above":
            continue
        for generation in course.generations:
            normal = generation.normal
            up = normal.scale_up_load_threshold
            if up < _FULL or not _may_grow(normal.min_replicas, normal.max_replicas):
                continue
            path = (*generation.configuration_path, "scalingConfiguration", "scaleUpLoadThreshold")
            comparison = facts.address(course.path("autoscaler", "scale_up_comparison"))
            yield Found(
                path=path,
                claim=f"{facts.revision(course, generation)} never scales up by load: the load "
                f"must be above {up:g}, and is never above 1.",
                numbers={"scale_up_load_threshold": up, "largest_load": _FULL},
                remedy=f"Set {facts.address(path)} to 0.75, or {comparison} to at_or_above.",
            )


def _swings(facts: Facts) -> Iterator[Found]:
    """Look for a steady load between n + 1 replicas, which it is low for, and n, high for."""
    for course, spell, loads in _known(facts):
        normal, settings = spell.generation.normal, course.deployment.autoscaler
        up = normal.scale_up_load_threshold
        if settings.scale_down_load(up) < up or up <= 0 or len(set(loads)) != 1:
            continue
        capacity = capacity_of(course.deployment, spell.generation)
        busy = capacity.busy_threads(loads[0])
        few = int(busy / (capacity.threads * up))
        lasts_s = spell.to_s - spell.from_s
        if not max(normal.min_replicas, 1) <= few < normal.max_replicas:
            continue
        if capacity.replicas_for(loads[0]) > few or lasts_s <= normal.scale_down_delay_s:
            continue
        path = course.path("autoscaler", "scale_down_load_threshold")
        yield Found(
            path=path,
            claim=f"{course.deployment.name} is likely to swing between {few} and {few + 1} "
            f"replicas under a steady load: it counts as high with {few} and as low with "
            f"{few + 1}.",
            numbers={
                "busy_threads": busy,
                "scale_up_load_threshold": up,
                "scale_down_load_threshold": settings.scale_down_load(up),
            },
            remedy=f"Set {facts.address(path)} to {about(up * few / (few + 1) * 0.9)}.",
        )


def _overshoots(facts: Facts) -> Iterator[Found]:
    """Compare an average first start with the delay after which one more replica is asked for."""
    for course in facts.as_configured:
        if course.deployment.autoscaler.count_starting or not course.deployment.traffic:
            continue
        for spell in course.spells:
            generation, normal = spell.generation, spell.generation.normal
            start_s = mean_start_s(course.deployment, generation.model, pulls=True)
            delay_s = max(
                normal.scale_up_delay_s, course.deployment.autoscaler.evaluation_interval_s
            )
            spare = normal.max_replicas - max(normal.min_replicas, 1)
            if start_s is None or spare < 2 or start_s <= OVERSHOOT_RATIO * delay_s:
                continue
            path = (*generation.configuration_path, "scalingConfiguration", "scaleUpDelay")
            yield Found(
                path=path,
                claim=f"{course.deployment.name} is likely to ask for too many replicas: a start "
                f"takes {span_text(start_s)}, and while the load is high one more is asked for "
                f"every {span_text(delay_s)}.",
                numbers={
                    "start_s": start_s,
                    "scale_up_delay_s": delay_s,
                    "replicas_asked_for": min(int(start_s / delay_s), spare),
                },
                remedy=f"Set {facts.address(path)} to {span_text(start_s)}, or "
                f"{facts.address(course.path('autoscaler', 'count_starting'))} to true.",
            )


def _out_of_reach(facts: Facts) -> Iterator[Found]:
    """Look for cores or GPUs that are busy above the threshold while threads stay below it."""
    for course, spell, loads in _known(facts):
        normal = spell.generation.normal
        count, up = max(normal.min_replicas, 1), normal.scale_up_load_threshold
        if not _may_grow(normal.min_replicas, normal.max_replicas) or not loads:
            continue
        capacity = capacity_of(course.deployment, spell.generation)
        load = max(loads, key=capacity.replicas_for)
        used = capacity.replicas_for(load) / count
        occupied = _occupied(capacity, load, count)
        if used < up or occupied is None or occupied >= up:
            continue
        path = (*spell.generation.configuration_path, "threadCount")
        fewer = max(int(capacity.threads * occupied / up), 1)
        yield Found(
            path=path,
            claim=f"{course.deployment.name} is likely not to scale up: with "
            f"{count_text(count, 'replica')} its cores or GPUs are busy to {about(100 * used)} %, "
            f"but its load, in threads, is {about(occupied)} on average, below the threshold of "
            f"{up:g}.",
            numbers={
                "mean_load": occupied,
                "scale_up_load_threshold": up,
                "busy_ratio": used,
                "thread_count": capacity.threads,
            },
            remedy=f"Set {facts.address(path)} to {fewer}.",
        )


def _occupied(capacity: Capacity, load: Load, count: int) -> float | None:
    """Return a bound of the load that *count* replicas see; None where they are overloaded.

    With work that comes at random, and a share u of the cores or GPUs busy, 1 / (1 - u) times as
    many requests are there as would be without waiting, or fewer.

    Source: Kleinrock, Queueing Systems, vol. 1 (1975), section 3.2 (M/M/1), an upper bound for
    several servers.
    """
    cpu_share = load.cpu_s / (capacity.cores * count)
    gpu_share = load.gpu_s / (capacity.gpu_slots * count) if load.gpu_s > 0 else 0.0
    if max(cpu_share, gpu_share) >= 1:
        return None
    busy = load.wait_s + load.cpu_s / min(capacity.cores, 1.0) / (1 - cpu_share)
    return (busy + load.gpu_s / (1 - gpu_share)) / (capacity.threads * count)


def _known(facts: Facts) -> Iterator[tuple[Course, Spell, Sequence[Load]]]:
    """Yield each spell of which the load is known, with its loads; nothing without traffic."""
    for course in facts.as_configured:
        for spell in course.spells:
            loads = loads_of(facts.scenario, course, spell)
            if loads:
                yield course, spell, loads


def _may_grow(min_replicas: int, max_replicas: int) -> bool:
    return max_replicas > max(min_replicas, 1)


RULES = (
    LintRule(
        name="never-scales-up",
        level="never",
        claim="Where load must be above a threshold of 1, no replica is ever added because of "
        "load; the deployment still serves.",
        source="docs/model.md, Autoscaler",
        find=_never_scales_up,
    ),
)
RISKS = (
    LintRule(
        name="swinging-replicas",
        level="risk",
        claim="Where both load thresholds are equal, the number of replicas swings under a steady "
        "load.",
        source="docs/model.md, Autoscaler",
        find=_swings,
    ),
    LintRule(
        name="overshoot",
        level="risk",
        claim="Where starts take more than twice the scale-up delay, the autoscaler asks for too "
        "many replicas while they start.",
        source="docs/model.md, Autoscaler",
        find=_overshoots,
    ),
    LintRule(
        name="threshold-out-of-reach",
        level="risk",
        claim="Where cores or GPUs are the limit and threads are many, the mean load stays below "
        "the threshold, so that no replica is added.",
        source="docs/model.md, Autoscaler",
        find=_out_of_reach,
    ),
)
