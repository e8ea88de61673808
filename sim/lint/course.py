"""What the timeline may make of a deployment: which revisions, and which rollouts between them.

Whether a rollout has switched when the next event comes is not known before the run. So a course
follows every possibility: a pending revision may have become the active one, or not. Each event is
given its meaning by the very rule that control uses (`sim.wire.replacing`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from sim.errors import DataPath
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.model_version import Model, first_model
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import DisableEvent, PublishEvent, ReplaceEvent, StartEvent
from sim.wire.normal import NormalConfiguration, normalise
from sim.wire.replacing import Put, decide_put


@dataclass(frozen=True, slots=True)
class Generation:
    """A revision that there may be, with the bounds that it has from an event on.

    Where two are written in the same places they are the same.

    Attributes:
        normal: What its configuration means.
        model: The model version that it runs.
        configuration_path: Where the configuration is written.
        model_path: Where the model version is: the deployment, or the event that publishes it.
    """

    normal: NormalConfiguration
    model: Model = field(compare=False)
    configuration_path: DataPath
    model_path: DataPath

    def model_field(self, published: str, first: DataPath) -> DataPath:
        """Return where a property of the model is written: *published* in an event, else *first*.

        `first` starts from the deployment. What an event leaves out is found from there, too.
        """
        if self.model_path[0] == "timeline":
            return (*self.model_path, published)
        return (*self.model_path, *first)


@dataclass(frozen=True, slots=True)
class Rollout:
    """A rollout that an event begins in every possible case.

    Attributes:
        number: The event's place in the timeline.
        at_s: When.
        new: The revision that it makes.
        olds: The revisions that may be the active one at that instant.
        is_first: Whether nothing else has been asked of the deployment since the run began.
    """

    number: int
    at_s: float
    new: Generation
    olds: tuple[Generation, ...]
    is_first: bool


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of time in which the deployment is enabled, and one configuration is wanted."""

    from_s: float
    to_s: float
    generation: Generation


OwnEvent = ReplaceEvent | PublishEvent | DisableEvent | StartEvent
_State = tuple[Generation, Generation | None]
"""The active and the pending revision of an enabled deployment."""


@dataclass(slots=True)
class Course:
    """A deployment over the whole run.

    Attributes:
        place: Its place among the scenario's deployments.
        deployment: What the scenario says of it.
        events: What is asked of it, by time, with the places in the timeline.
        generations: Every revision that there may be, in the order of the events.
        rollouts: Those that begin whatever has happened before.
        spells: When which configuration is wanted, by time.
    """

    place: int
    deployment: Deployment
    events: Sequence[tuple[int, OwnEvent]]
    generations: list[Generation] = field(default_factory=list)
    rollouts: list[Rollout] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)

    def path(self, *steps: str | int) -> DataPath:
        """Return where something of the deployment is written."""
        return ("deployments", self.place, *steps)

    def after(self, rollout: Rollout) -> Iterator[tuple[int, OwnEvent]]:
        """Yield what is asked of the deployment after the event that began a rollout."""
        numbers = [number for number, _ in self.events]
        yield from self.events[numbers.index(rollout.number) + 1 :]


def course_of(scenario: Scenario, place: int) -> Course:
    """Return the course of the deployment at *place*."""
    deployment = scenario.deployments[place]
    events: list[tuple[int, OwnEvent]] = [
        (number, event)
        for number, event in enumerate(scenario.timeline)
        if isinstance(event, OwnEvent) and event.deployment == deployment.name
    ]
    events.sort(key=lambda pair: pair[1].at_s)
    course = Course(place, deployment, events)
    _Walk(course).through(scenario.horizon_s)
    return course


class _Walk:
    """Goes through the events of a deployment, and fills in its course."""

    def __init__(self, course: Course) -> None:
        deployment = course.deployment
        self._course = course
        self._policy = deployment.rollout
        self._wanted = self._made(
            normalise(deployment.runtime_configuration),
            first_model(deployment),
            course.path("runtimeConfiguration"),
            course.path(),
        )
        self._states: list[_State] = []
        if deployment.initial.kind != "disabled":
            self._states = [(self._wanted, None)]

    def through(self, horizon_s: float) -> None:
        """Go through all events."""
        course = self._course
        from_s = 0.0
        for place, (number, event) in enumerate(course.events):
            self._note_spell(from_s, event.at_s)
            from_s = event.at_s
            match event:
                case ReplaceEvent():
                    self._replace(number, event, is_first=place == 0)
                case PublishEvent():
                    self._publish(number, event, is_first=place == 0)
                case StartEvent():
                    self._states = self._states or [(self._wanted, None)]
                case DisableEvent():
                    self._states = []
        self._note_spell(from_s, horizon_s)

    def _note_spell(self, from_s: float, to_s: float) -> None:
        if self._states and from_s < to_s:
            self._course.spells.append(Spell(from_s, to_s, self._wanted))

    def _made(
        self,
        normal: NormalConfiguration,
        model: Model,
        configuration_path: DataPath,
        model_path: DataPath,
    ) -> Generation:
        generation = Generation(normal, model, configuration_path, model_path)
        self._course.generations.append(generation)
        return generation

    def _replace(self, number: int, event: ReplaceEvent, *, is_first: bool) -> None:
        normal = normalise(event.runtime_configuration)
        puts = [self._meaning(normal, state) for state in self._states] or [Put.STORE]
        if puts[0] in (Put.KEEP, Put.REFUSE_SOURCES) and len(set(puts)) == 1:
            return
        path = ("timeline", number, "runtimeConfiguration")
        new = self._made(normal, self._wanted.model, path, self._wanted.model_path)
        self._wanted = new
        if set(puts) == {Put.ROLL_OUT}:
            self._note_rollout(number, event.at_s, new, is_first=is_first)
        self._states = self._closed(
            [self._follow(put, *state, new) for put, state in zip(puts, self._states, strict=False)]
        )

    def _meaning(self, normal: NormalConfiguration, state: _State) -> Put:
        active, pending = state
        return decide_put(
            normal,
            active=active.normal,
            pending=None if pending is None else pending.normal,
            scaling_only=self._policy.scaling_only,
        )

    @staticmethod
    def _follow(
        put: Put, active: Generation, pending: Generation | None, new: Generation
    ) -> _State:
        """Return what a PUT of the configuration of *new* makes of a state."""
        match put:
            case Put.ROLL_OUT:
                return active, new
            case Put.REVERT:
                return active, None
            case Put.SCALE_PENDING if pending is not None:
                return active, _rescaled(pending, new)
            case Put.SCALE_ACTIVE if pending is not None and pending.normal == active.normal:
                return _rescaled(active, new), _rescaled(pending, new)
            case Put.SCALE_ACTIVE:
                return _rescaled(active, new), None
            case _:
                return active, pending

    def _publish(self, number: int, event: PublishEvent, *, is_first: bool) -> None:
        model = self._wanted.model.published(event)
        path = ("timeline", number)
        new = self._made(self._wanted.normal, model, self._wanted.configuration_path, path)
        self._wanted = new
        if not self._states:
            return
        # Of a pending revision it keeps the configuration, which is the one that is wanted.
        self._note_rollout(number, event.at_s, new, is_first=is_first)
        self._states = self._closed([(active, new) for active, _ in self._states])

    def _note_rollout(self, number: int, at_s: float, new: Generation, *, is_first: bool) -> None:
        olds = tuple(dict.fromkeys(active for active, _ in self._states))
        self._course.rollouts.append(Rollout(number, at_s, new, olds, is_first))

    @staticmethod
    def _closed(states: Sequence[_State]) -> list[_State]:
        """Return *states* and those into which a switch turns them, each once."""
        switched: list[_State] = [(new, None) for _, new in states if new is not None]
        return list(dict.fromkeys([*states, *switched]))


def _rescaled(generation: Generation, wanted: Generation) -> Generation:
    """Return *generation* with the bounds and the scaling of another one."""
    return replace(generation, normal=wanted.normal, configuration_path=wanted.configuration_path)
