"""The fields whose change may mend an event, each as a ladder of values from less to more.

Which ladders there are for what went wrong is a table, `LADDERS`. A ladder is left out where its
field cannot matter: more replicas need more room and mend no stall, maxReplicas binds nobody who
never reached it, memory is no matter where no replica ran out of it.
"""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from sim.errors import DataPath, ScenarioError
from sim.lint.course import Generation
from sim.lint.facts import Facts
from sim.scenario.models.file_form import resolved
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import parse_scenario
from sim.scenario.rules.located import value_at
from sim.studies.plans.arithmetic import Effect, new_generation
from sim.studies.plans.planned import Planned

GIB: Final = 2**30

MOST_TIMES: Final = 4
"""Up to how many times maxReplicas and memory are tried."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """A field with the values that are tried.

    Attributes:
        path: Where it is, in the file form of the scenario with the event.
        values: From less to more; the value that the field has now stands before the first.
    """

    path: DataPath
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Symptoms:
    """What went wrong, as far as it tells which fields may matter.

    Attributes:
        waits: Replicas wait for resources, or a rollout does not end.
        lacks: Requests fail or wait.
        at_max: The deployment had as many replicas as it may.
        out_of_memory: Replicas ran out of memory, or their model never fits.
    """

    waits: bool = False
    lacks: bool = False
    at_max: bool = False
    out_of_memory: bool = False


@dataclass(frozen=True)
class Ground:
    """What ladders stand on: the scenario with the event, as plain data.

    Attributes:
        planned: The event.
        effect: What it comes to.
    """

    planned: Planned
    effect: Effect

    @cached_property
    def data(self) -> dict[str, Any]:
        """The scenario with the event in the form of a file."""
        return resolved(self.planned.then)

    @cached_property
    def facts(self) -> Facts:
        """The same as lint sees it."""
        return Facts(self.planned.then)

    @cached_property
    def place(self) -> int:
        """The deployment's place among the deployments."""
        return self.planned.then.deployments.index(self.planned.deployment)

    @cached_property
    def new(self) -> Generation:
        """The revision that the event makes, or the one whose bounds it changes."""
        return new_generation(self.planned)

    def value(self, path: DataPath) -> Any:
        """Return what stands at a path, None where nothing does."""
        return value_at(self.data, path)

    def with_value(self, path: DataPath, value: Any) -> Scenario | None:
        """Return the scenario with another value at a path; None if that breaks a rule."""
        data = deepcopy(self.data)
        at: Any = data
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
        try:
            return parse_scenario(data, base_dir=self.planned.then.base_dir)
        except ScenarioError:
            return None

    def words(self, path: DataPath, value: Any) -> tuple[str, bool]:
        """Return the words that set a value, and whether they are of the body of the PUT."""
        is_of_put = self.planned.is_put and path[:2] == ("timeline", self.planned.place)
        address = self.facts.address(path[2:] if is_of_put else path)
        return f"{address}={value}", is_of_put


def ladders(ground: Ground, symptoms: Symptoms) -> tuple[Ladder, ...]:
    """Return the ladders that may mend what went wrong, in the order of the table."""
    return tuple(ladder for find in LADDERS for ladder in find(ground, symptoms) if ladder.values)


def _initial_replicas(ground: Ground, symptoms: Symptoms) -> Iterator[Ladder]:
    """A new revision that begins with as many replicas as the old one has."""
    policy = ground.planned.deployment.rollout
    begins_small = policy.strategy.kind == "blue_green" and policy.initial_replicas == "min"
    if symptoms.lacks and ground.effect == "rollout" and begins_small:
        yield Ladder(("deployments", ground.place, "rollout", "initial_replicas"), ["current"])


def _min_replicas(ground: Ground, symptoms: Symptoms) -> Iterator[Ladder]:
    """More replicas to begin with, up to what maxReplicas allows."""
    normal = ground.new.normal
    if symptoms.lacks:
        values = range(normal.min_replicas + 1, normal.max_replicas + 1)
        yield Ladder((*ground.new.configuration_path, "minReplicas"), values)


def _queue_limits(ground: Ground, symptoms: Symptoms) -> Iterator[Ladder]:
    """A spare core or GPU: up to room for all new replicas beside all old ones."""
    if not symptoms.waits:
        return
    course, normal = ground.facts.courses[ground.place], ground.new.normal
    for queue in ground.facts.queues_of(course):
        size = queue.need(normal)
        for resource in queue.wanted(normal) if size else ():
            path = queue.limit_path(resource)
            limit = ground.value(path)
            if isinstance(limit, int | float):
                unit = 1000 if resource is None else 1
                room = -(-2 * size * normal.max_replicas // unit)
                yield Ladder(path, [limit + more for more in range(1, room + 1)])


def _max_replicas(ground: Ground, symptoms: Symptoms) -> Iterator[Ladder]:
    """More replicas at the most, where there were as many as there may be."""
    most = ground.new.normal.max_replicas
    if symptoms.lacks and symptoms.at_max:
        values = range(most + 1, MOST_TIMES * most + 1)
        yield Ladder((*ground.new.configuration_path, "maxReplicas"), values)


def _memory(ground: Ground, symptoms: Symptoms) -> Iterator[Ladder]:
    """More memory, in whole GiB."""
    if symptoms.out_of_memory:
        has = ground.new.normal.memory_bytes // GIB
        values = [f"{size}GiB" for size in range(has + 1, MOST_TIMES * max(has, 1) + 1)]
        yield Ladder((*ground.new.configuration_path, "memory"), values)


def _threads(ground: Ground, symptoms: Symptoms) -> Iterator[Ladder]:
    """More requests at a time in each replica, up to what the platform allows."""
    has, most = ground.new.normal.thread_count, ground.planned.then.platform.limits.max_thread_count
    if symptoms.lacks:
        yield Ladder((*ground.new.configuration_path, "threadCount"), range(has + 1, most + 1))


LADDERS: Final[Sequence[Callable[[Ground, Symptoms], Iterator[Ladder]]]] = (
    _initial_replicas,
    _min_replicas,
    _queue_limits,
    _max_replicas,
    _memory,
    _threads,
)
"""To add one: a function that yields the ladders of a field, and its row here."""


def smallest(count: int, mends: Callable[[int], bool]) -> int | None:
    """Return the least rung of a ladder, from 0, that mends; None if the last does not.

    By doubling and halving: about 2 log2(rung) questions. It supposes that more mends what less
    does, so that what it finds is tried anew together with the rung below.
    """
    below, at = -1, 0
    while not mends(at):
        if at == count - 1:
            return None
        below, at = at, min(2 * at + 1, count - 1)
    while at - below > 1:
        middle = (below + at) // 2
        below, at = (below, middle) if mends(middle) else (middle, at)
    return at
