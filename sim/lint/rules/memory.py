"""Whether a replica has the memory that its model and its requests take."""

import math
from collections.abc import Iterator

from sim.lint.course import Course, Generation
from sim.lint.facts import Facts
from sim.lint.laws import least, mean
from sim.lint.rule import Found, LintRule
from sim.scenario.models.quantities import RequestDemands
from sim.units import format_bytes


def _model_never_fits(facts: Facts) -> Iterator[Found]:
    """Compare the model's memory with the replica's."""
    for course in facts.courses:
        for generation in course.generations:
            limit, model = generation.normal.memory_bytes, generation.model.memory_bytes
            if model <= limit:
                continue
            memory = (*generation.configuration_path, "memory")
            yield Found(
                path=memory,
                claim=f"No start of {facts.revision(course, generation)} succeeds: the model takes "
                f"{format_bytes(model)}, and a replica has {format_bytes(limit)}.",
                numbers={"model_bytes": model, "memory_bytes": limit},
                remedy=f"Set {facts.address(memory)} to at least {_as_memory(model)}, or "
                f"{_model_field(facts, generation)} to at most {format_bytes(limit)}.",
            )


def _request_never_fits(facts: Facts) -> Iterator[Found]:
    """Compare the model and the least request that there can be with the replica's memory."""
    for course in facts.courses:
        for generation in course.generations:
            limit, model = generation.normal.memory_bytes, generation.model.memory_bytes
            demands = _demands(course, generation)
            request = math.ceil(min(least(one.memory_bytes) for one in demands))
            if model > limit or model + request <= limit:
                continue
            memory = (*generation.configuration_path, "memory")
            which = facts.revision(course, generation)
            yield Found(
                path=memory,
                claim=f"No request to {which} completes: model and request take at least "
                f"{format_bytes(model + request)}, and a replica has "
                f"{format_bytes(limit)}, so that each request ends its replica.",
                numbers={
                    "model_bytes": model,
                    "least_request_bytes": request,
                    "memory_bytes": limit,
                },
                remedy=f"Set {facts.address(memory)} to at least {_as_memory(model + request)}.",
            )


def _busy_threads(facts: Facts) -> Iterator[Found]:
    """Compare the model and a request in every thread with the replica's memory."""
    for course in facts.courses:
        for generation in course.generations:
            normal, model = generation.normal, generation.model.memory_bytes
            means = [mean(one.memory_bytes) for one in _demands(course, generation)]
            request = max((each for each in means if each is not None), default=0.0)
            needed = math.ceil(model + normal.thread_count * request)
            if needed <= normal.memory_bytes or model + request > normal.memory_bytes:
                continue
            threads = (*generation.configuration_path, "threadCount")
            memory = (*generation.configuration_path, "memory")
            which = facts.revision(course, generation)
            most = math.floor((normal.memory_bytes - model) / request)
            yield Found(
                path=threads,
                claim=f"A replica of {which} is likely to run out of memory when its "
                f"{normal.thread_count} threads are busy: that takes "
                f"{format_bytes(needed)} on average, and it has "
                f"{format_bytes(normal.memory_bytes)}.",
                numbers={
                    "thread_count": normal.thread_count,
                    "mean_request_bytes": request,
                    "model_bytes": model,
                    "memory_bytes": normal.memory_bytes,
                },
                remedy=f"Set {facts.address(threads)} to at most {most}, or "
                f"{facts.address(memory)} to at least {_as_memory(needed)}.",
            )


def _demands(course: Course, generation: Generation) -> list[RequestDemands]:
    """Return what the requests of each source ask for; of a deployment without, its own."""
    own = generation.model.demands
    return [source.demands or own for source in course.deployment.traffic] or [own]


def _model_field(facts: Facts, generation: Generation) -> str:
    return facts.address(generation.model_field("model_memory", ("replica", "model_memory")))


def _as_memory(size_bytes: int) -> str:
    """Return a memory text of the API that is at least so many bytes, in whole MiB."""
    return f"{math.ceil(size_bytes / 2**20)}MiB"


RULES = (
    LintRule(
        name="model-never-fits",
        level="never",
        claim="Where the loaded model takes more memory than a replica has, no start of that "
        "version succeeds.",
        source="docs/model.md, A replica's life",
        find=_model_never_fits,
    ),
    LintRule(
        name="request-never-fits",
        level="never",
        claim="Where the loaded model and the least possible request take more memory than a "
        "replica has, no request completes on it.",
        source="docs/model.md, A request's life",
        find=_request_never_fits,
    ),
)
RISKS = (
    LintRule(
        name="memory-of-busy-threads",
        level="risk",
        claim="A replica whose threads are all busy with average requests runs out of memory.",
        source="docs/model.md, A request's life",
        find=_busy_threads,
    ),
)
