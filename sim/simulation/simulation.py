"""Joining control time and request time: from a scenario to a record, and to a result."""

import math
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.clock import Clock
from sim.control.deployment import DeploymentControl
from sim.control.queues import ResourceQueues
from sim.control.timeline import Timeline
from sim.engines.contract.engine import RequestEngine, RunningPlane
from sim.engines.contract.plane import Answer, Notices
from sim.record import AttemptColumns, DeploymentRecord, QueueSample, Record, no_attempts
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import TimelineEvent
from sim.scenario.rules.check import check_scenario
from sim.workload.drawn_columns import Floats
from sim.workload.outside import OUTSIDE, OutsideRequests
from sim.workload.workload import Workload

if TYPE_CHECKING:
    from sim.results.folding import Folding
    from sim.results.result import Result

Engine = Literal["reference", "vectorised"]
"""The request engines there are: the same results, to the last bit (docs/engine.md)."""

ENGINES: tuple[Engine, ...] = ("vectorised", "reference")

Keep = Literal["attempts", "summary"]
"""What a run keeps of its attempts: all of them, or what the summary and the picture say of them.

With "summary" memory does not grow with the attempts, but for the requests that are drawn before
the run begins; quantiles have a stated error, and there is no table of requests.
"""

KEEPS: tuple[Keep, ...] = ("attempts", "summary")

_PROGRESS_STEPS = 200


def runs_compiled(engine: Engine) -> bool:
    """Return whether `engine` runs at its full speed here: the vectorised one needs Numba."""
    return engine != "vectorised" or find_spec("numba") is not None


def simulate(
    scenario: Scenario,
    *,
    seed: int | None = None,
    engine: Engine = "vectorised",
    keep: Keep = "attempts",
    progress: Callable[[float], None] | None = None,
) -> "Result":
    """Run `scenario` and return what happened, with its tables, summary and picture.

    Args:
        scenario: As `sim.load_scenario` returns it.
        seed: Instead of the scenario's own seed.
        engine: The request engine.
        keep: "summary" drops attempts when they are over: no table of requests, and quantiles with
            the relative error that the summary states (`quantile_relative_error`).
        progress: Called with the simulated time in seconds from time to time.

    Raises:
        ScenarioError: Fields of a scenario that was built in Python contradict each other, or a
            file that it names cannot be read or used.
    """
    check_scenario(scenario)
    from sim.results.result import Result  # noqa: PLC0415 - a record alone needs no tables

    return Result(simulate_record(scenario, seed=seed, engine=engine, keep=keep, progress=progress))


def simulate_record(
    scenario: Scenario,
    *,
    seed: int | None = None,
    engine: Engine = "vectorised",
    keep: Keep = "attempts",
    progress: Callable[[float], None] | None = None,
) -> Record:
    """Run `scenario` and return the raw record; see `simulate`."""
    simulation = Simulation(scenario, seed=seed, engine=engine, keep=keep)
    steps = 1 if progress is None else _PROGRESS_STEPS
    for step in range(1, steps + 1):
        simulation.advance(scenario.horizon_s * step / steps)
        if progress is not None:
            progress(scenario.horizon_s * step / steps)
    record = simulation.finish()
    simulation.let_go()
    return record


class Simulation:
    """A run that is in progress: the clock, the queues and the deployments of a scenario."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int | None = None,
        engine: Engine = "vectorised",
        keep: Keep = "attempts",
        most_ahead: int | None = None,
    ) -> None:
        """Bring everything into its initial condition; nothing has happened yet.

        Args:
            scenario: What is simulated.
            seed: Instead of the scenario's own seed.
            engine: The request engine.
            keep: See `simulate`.
            most_ahead: For how many requests a deployment may be simulated beyond what `advance` is
                asked for, so that it returns soon; None: what is fastest in all.

        Raises:
            ScenarioError: The scenario names a file that cannot be read or used.
        """
        self._scenario = scenario
        self._deployments = list(scenario.deployments)
        self._place_of = {one.name: place for place, one in enumerate(self._deployments)}
        self._horizon_s = scenario.horizon_s
        self._seed = scenario.seed if seed is None else seed
        self._engine = engine
        self._keep = keep
        self._reached_s = 0.0
        self._acted_at_s = -math.inf
        self._submitted: list[TimelineEvent] = []
        self._clock = Clock(0.0)
        self._queues = ResourceQueues(self._clock, scenario.queues)
        self._requests = self._request_engine(engine, most_ahead)
        self._planes: list[RunningPlane] = []
        self._outside: dict[int, OutsideRequests] = {}
        self._foldings: list[Folding] = []
        self.controls = [
            self._control(index, deployment) for index, deployment in enumerate(self._deployments)
        ]
        for folding, control in zip(self._foldings, self.controls, strict=False):
            folding.follow(control.journal.log)
        self._timeline = Timeline(self._clock, scenario.timeline, self.controls, self._queues)
        for control in self.controls:
            control.create()
        for control in self.controls:
            self._requests.begin(control)

    @property
    def reached_s(self) -> float:
        """The instant up to which everything has happened; what is due at it has not."""
        return self._reached_s

    def advance(self, until_s: float) -> None:
        """Let everything happen that is due before `until_s`, and before the horizon."""
        until_s = min(until_s, self._horizon_s)
        self._requests.advance(until_s)
        self._reached_s = max(self._reached_s, until_s)

    def advance_at_most(self, until_s: float, most: int) -> None:
        """Advance as far as at most so many requests of a deployment arrive; see `advance`.

        None is simulated for more requests in advance from now on, so that this returns soon.
        """
        self.advance(self._requests.bounded(self._reached_s, until_s, most))

    def submit(self, event: TimelineEvent) -> None:
        """Add an event that is not in the scenario; at its instant it comes after those that are.

        Raises:
            ValueError: The event is before `reached_s`.
        """
        if event.at_s < self._reached_s:
            msg = f"an event at {event.at_s} s, but the run has reached {self._reached_s} s"
            raise ValueError(msg)
        self._timeline.add(event)
        self._submitted.append(event)

    def carry_out(self) -> None:
        """Let what was submitted for `reached_s` happen, of all that is due then."""
        self._acted_at_s = self._reached_s
        self._requests.carry_out_events(self._reached_s)

    # What can be seen on the way ------------------------------------------------------------------

    def attempts(self, name: str) -> AttemptColumns:
        """Return the attempts of a deployment as far as its plane has looked ahead.

        What is before `reached_s` stays as it is; rows and values behind it may change.
        """
        return self._planes[self._place_of[name]].attempt_columns()

    @property
    def queue_samples(self) -> Sequence[QueueSample]:
        """The newest sample of every queue and type of GPU."""
        return self._queues.newest

    # More than the scenario says --------------------------------------------------------------

    def add_deployment(self, deployment: Deployment) -> None:
        """Create one more deployment at `reached_s`, in class EVENT of that instant.

        Raises:
            ValueError: It has traffic of its own, or the name of another one.
        """
        if deployment.traffic or deployment.name in self._place_of:
            msg = f"deployment {deployment.name} has traffic, or is there already"
            raise ValueError(msg)
        self._place_of[deployment.name] = len(self._deployments)
        self._deployments.append(deployment)
        control = self._control(len(self.controls), deployment)
        self.controls.append(control)
        self._timeline.add_deployment(control)

        def create() -> None:
            control.create()
            self._requests.begin(control)

        self._timeline.add_act(self._reached_s, create)

    def add_requests(self, name: str, arrival_at_s: Sequence[float] | Floats) -> range:
        """Let requests from outside arrive at a deployment, at `reached_s` or later.

        They belong to its last source of traffic, `OUTSIDE`, which has all instants so added in
        ascending order, those of one instant in the order of the calls: the run is the one of a
        scenario that had it from the start.

        Returns:
            Their numbers among the requests from outside; see `answer`.

        Raises:
            ValueError: An instant is before `reached_s`.
        """
        place = self._place_of[name]
        new = np.asarray(arrival_at_s, dtype=np.float64)
        if new.size and new.min() < self._reached_s:
            msg = f"a request from outside at {new.min()} s, but the run has reached "
            raise ValueError(f"{msg}{self._reached_s} s")
        outside = self._outside.setdefault(place, OutsideRequests())
        numbers = outside.add(new)
        deployment = self._deployments[place]
        sources = [source for source in deployment.traffic if source.name != OUTSIDE]
        self._deployments[place] = deployment.model_copy(
            update={"traffic": (*sources, outside.source())}
        )
        self._amend(place)
        return numbers

    def _write_outside(self) -> None:
        """Let the deployments be what a scenario holds, with the requests from outside."""
        for place, outside in self._outside.items():
            deployment = self._deployments[place]
            traffic = (*deployment.traffic[:-1], outside.written())
            self._deployments[place] = deployment.model_copy(update={"traffic": traffic})

    def answer(self, name: str, number: int) -> Answer | None:
        """Return how a request from outside ended before `reached_s`, None if it has not.

        Args:
            name: The deployment.
            number: As `add_requests` returned it.
        """
        place = self._place_of[name]
        answer = self._planes[place].answer(self._outside[place].request(number))
        return answer if answer is not None and answer.answered_at_s < self._reached_s else None

    def extend(self, horizon_s: float) -> None:
        """Let the run end later; what has happened stays as it is."""
        self._horizon_s = horizon_s
        self._requests.extend(horizon_s)
        for place in range(len(self.controls)):
            self._amend(place)

    def _amend(self, place: int) -> None:
        """Give a deployment's plane all requests that are known by now, at `reached_s`."""
        if self._foldings:
            msg = "a run that keeps only its summary must know all its requests from the start"
            raise ValueError(msg)
        workload = self._workload(self._deployments[place])
        source = len(self._deployments[place].traffic) - 1
        if place in self._outside:
            self._outside[place].requests = np.flatnonzero(workload.source == source)
        self._timeline.add_act(self._reached_s, lambda: self._planes[place].amend(workload))
        self.carry_out()

    def end_here(self) -> None:
        """Let the run end at `reached_s`, and after it if something was carried out then.

        A run covers [0, horizon): what was carried out at `reached_s` belongs to it if it ends at
        the next instant that there is, and so does all else that is due. What the scenario says
        of later instants is left out, so that the record's scenario is one that can be run.
        `finish` follows.
        """
        end_s = self._reached_s
        if self._acted_at_s == end_s:
            end_s = math.nextafter(end_s, math.inf)
        if end_s > self._horizon_s:
            self.extend(end_s)
        self._horizon_s = end_s
        self._scenario = self._scenario.before(end_s)

    # The end ----------------------------------------------------------------------------------

    def finish(self) -> Record:
        """Advance to the horizon and return what was written down.

        The record's scenario has the submitted events in its timeline and the requests from outside
        in its traffic: running it again gives the same record, if no deployment was added.
        """
        self.advance(self._horizon_s)
        self._requests.finish(self._horizon_s)
        self._write_outside()
        records = []
        parts = zip(self._deployments, self._planes, self.controls, strict=True)
        for place, (deployment, plane, control) in enumerate(parts):
            log, ticks = control.finish()
            attempts, backing_off, folded = plane.attempt_columns(), plane.backing_off(), None
            if self._foldings:
                folded = self._foldings[place].finish(attempts, backing_off)
                attempts = no_attempts()
            records.append(
                DeploymentRecord(
                    name=deployment.name,
                    rid=deployment.rid,
                    sources=tuple(source.name or source.kind for source in deployment.traffic),
                    attempts=attempts,
                    backing_off=backing_off,
                    ticks=ticks,
                    control=log,
                    contention=plane.contention(self._horizon_s),
                    served_by=plane.served_by(),
                    folded=folded,
                )
            )
        return Record(
            scenario=self._scenario.model_copy(
                update={
                    "timeline": (*self._scenario.timeline, *self._submitted),
                    "deployments": tuple(self._deployments),
                    "horizon_s": self._horizon_s,
                }
            ),
            seed=self._seed,
            engine=self._engine,
            deployments=tuple(records),
            queue_samples=self._queues.samples,
        )

    def let_go(self) -> None:
        """Let go of the requests' demands, after the end: a record does not need them.

        Control and planes refer to each other, so that they would stay in memory for a while.
        """
        for plane in self._planes:
            plane.let_go()
        self._foldings.clear()

    def _workload(self, deployment: Deployment) -> Workload:
        return Workload(
            deployment,
            seed=self._seed,
            horizon_s=self._horizon_s,
            start=self._scenario.start,
        )

    def _control(self, index: int, deployment: Deployment) -> DeploymentControl:
        plane = self._plane(deployment)
        return DeploymentControl(self._clock, index, deployment, self._queues, plane, self._seed)

    def _folding(self, deployment: Deployment, workload: Workload) -> "Folding":
        from sim.results.folding import Folding  # noqa: PLC0415 - not where attempts are kept

        return Folding(self._scenario, deployment, workload.arrival_at_s)

    def _request_engine(self, engine: Engine, most_ahead: int | None) -> RequestEngine:
        if engine == "reference":
            from sim.engines.reference.engine import ReferenceEngine  # noqa: PLC0415 - for it alone

            return ReferenceEngine(self._clock)
        from sim.engines.vectorised.engine import VectorisedEngine  # noqa: PLC0415 - not for the reference

        return VectorisedEngine(self._clock, self._horizon_s, most_ahead)

    def _plane(self, deployment: Deployment) -> Callable[[Notices], RunningPlane]:
        def make_plane(notices: Notices) -> RunningPlane:
            workload = self._workload(deployment)
            plane = self._requests.plane(deployment, workload, notices)
            plane.measure_from(self._scenario.warm_up_s)
            self._planes.append(plane)
            if self._keep == "summary":
                folding = self._folding(deployment, workload)
                self._foldings.append(folding)
                plane.hand_over_to(folding)
            return plane

        return make_plane
