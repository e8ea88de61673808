"""Whether starts succeed: in the time that they have, and with the GPU that requests need."""

from collections.abc import Iterator

from sim.lint.course import Course, Generation
from sim.lint.facts import Facts
from sim.lint.rule import Found, LintRule
from sim.lint.starting import ROUNDING_S, lacks_gpu, mean_start_s, pull_s, shortest_start_s
from sim.lint.words import span_text
from sim.scenario.models.quantities import RandomDuration


def _never_in_time(facts: Facts) -> Iterator[Found]:
    """Compare the shortest possible start, without the pull, with `start_timeout`."""
    for course in facts.courses:
        for generation in _versions(course):
            start_s = shortest_start_s(facts.scenario, course.deployment, generation.model)
            timeout_s = course.deployment.replica.start_timeout_s
            if start_s <= timeout_s + ROUNDING_S:
                continue
            timeout = course.path("replica", "start_timeout")
            yield Found(
                path=generation.model_field("model_load", ("replica", "start_timeout")),
                claim=f"No start of {_version(facts, course, generation)} succeeds: without the "
                f"pull it takes {span_text(start_s)} to the probe that makes it responsive, and "
                f"it has {span_text(timeout_s)}.",
                numbers={"shortest_start_s": start_s, "start_timeout_s": timeout_s},
                remedy=f"Set {facts.address(timeout)} to at least {span_text(start_s)}.",
            )


def _first_too_slow(facts: Facts) -> Iterator[Found]:
    """Compare an average first start, with the pull, and a restart with `start_timeout`."""
    for course in facts.courses:
        for generation in _versions(course):
            if not pull_s(course.deployment, generation.model):
                continue
            again_s = mean_start_s(course.deployment, generation.model, pulls=False)
            first_s = mean_start_s(course.deployment, generation.model, pulls=True)
            timeout_s = course.deployment.replica.start_timeout_s
            if again_s is None or first_s is None or again_s > timeout_s + ROUNDING_S:
                continue
            if first_s <= timeout_s + ROUNDING_S:
                continue
            timeout = course.path("replica", "start_timeout")
            yield Found(
                path=generation.model_field("image", ("replica", "start_timeout")),
                claim=f"A replica of {_version(facts, course, generation)} is likely to come up at "
                f"the second try: its first start takes {span_text(first_s)} with the pull, it has "
                f"{span_text(timeout_s)}, and a restart skips the pull.",
                numbers={
                    "first_start_s": first_s,
                    "restart_s": again_s,
                    "start_timeout_s": timeout_s,
                },
                remedy=f"Set {facts.address(timeout)} to at least {span_text(first_s)}.",
            )


def _versions(course: Course) -> Iterator[Generation]:
    """Yield a revision of each model version whose starts take another time."""
    seen: list[tuple[int, RandomDuration]] = []
    for generation in course.generations:
        times = generation.model.image_bytes, generation.model.load_s
        if times not in seen:
            seen.append(times)
            yield generation


def _version(facts: Facts, course: Course, generation: Generation) -> str:
    """Return which model version of a deployment is meant, in words."""
    if generation.model_path[0] == "timeline":
        return f"{course.deployment.name} (version of {facts.address(generation.model_path)})"
    return f"{course.deployment.name} (its first version)"


def _gpu_missing(facts: Facts) -> Iterator[Found]:
    """Look whether requests need a GPU that replicas do not ask for."""
    for course in facts.courses:
        for generation in course.generations:
            if not lacks_gpu(course.deployment, generation):
                continue
            path = (*generation.configuration_path, "gpu")
            yield Found(
                path=path,
                claim=f"No start of {facts.revision(course, generation)} succeeds: its requests "
                "need a GPU, and its replicas have none.",
                numbers={"gpu_count": 0},
                remedy=f"Set {facts.address((*path, 'count'))} to 1.",
            )


RULES = (
    LintRule(
        name="start-never-in-time",
        level="never",
        claim="Where container start, model load and the probes up to the one that makes a replica "
        "responsive take longer than start_timeout, no start succeeds.",
        source="docs/model.md, A replica's life",
        find=_never_in_time,
    ),
    LintRule(
        name="gpu-missing",
        level="never",
        claim="Where requests need a GPU and replicas have none, no start succeeds.",
        source="docs/model.md, A replica's life",
        find=_gpu_missing,
    ),
)
RISKS = (
    LintRule(
        name="first-start-too-slow",
        level="risk",
        claim="A first start takes longer than start_timeout because of the pull, which a restart "
        "skips: a replica comes up at the second try.",
        source="docs/model.md, A replica's life",
        find=_first_too_slow,
    ),
)
