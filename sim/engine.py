"""Joining control time and request time: from a scenario to a record, and to a result."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from sim.clock import Clock
from sim.control.deployment import DeploymentControl
from sim.control.queues import ResourceQueues
from sim.control.timeline import Timeline
from sim.record import DeploymentRecord, Record, no_attempts
from sim.requests.engines import FinishedPlane, ReferenceEngine, RequestEngine
from sim.requests.plane import Notices
from sim.scenario.deployment import Deployment
from sim.scenario.loader import check_scenario
from sim.scenario.scenario import Scenario
from sim.scenario.timeline import TimelineEvent
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
    ) -> None:
        """Bring everything into its initial condition; nothing has happened yet.

        Raises:
            ScenarioError: The scenario names a file that cannot be read or used.
        """
        self._scenario = scenario
        self._seed = seed = scenario.seed if seed is None else seed
        self._engine = engine
        self._keep = keep
        self._reached_s = 0.0
        self._submitted: list[TimelineEvent] = []
        self._clock = Clock(0.0)
        self._queues = ResourceQueues(self._clock, scenario.queues)
        self._requests = self._request_engine(engine)
        self._planes: list[FinishedPlane] = []
        self._foldings: list[Folding] = []
        self.controls = [
            DeploymentControl(
                self._clock, index, deployment, self._queues, self._plane(deployment), seed
            )
            for index, deployment in enumerate(scenario.deployments)
        ]
        for folding, control in zip(self._foldings, self.controls, strict=False):
            folding.follow(control.journal.log.rollouts)
        self._timeline = Timeline(self._clock, scenario.timeline, self.controls, self._queues)
        for control in self.controls:
            control.create()
        self._requests.begin(self.controls)

    @property
    def reached_s(self) -> float:
        """The instant up to which everything has happened; what is due at it has not."""
        return self._reached_s

    def advance(self, until_s: float) -> None:
        """Let everything happen that is due before `until_s`, and before the horizon."""
        until_s = min(until_s, self._scenario.horizon_s)
        self._requests.advance(until_s)
        self._reached_s = max(self._reached_s, until_s)

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

    def finish(self) -> Record:
        """Advance to the horizon and return what was written down.

        The record's scenario has the submitted events in its timeline: running it again gives
        the same record.
        """
        self.advance(self._scenario.horizon_s)
        self._requests.finish(self._scenario.horizon_s)
        records = []
        parts = zip(self._scenario.deployments, self._planes, self.controls, strict=True)
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
                    served_by=plane.served_by(),
                    folded=folded,
                )
            )
        return Record(
            scenario=self._scenario.model_copy(
                update={"timeline": (*self._scenario.timeline, *self._submitted)}
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
            horizon_s=self._scenario.horizon_s,
            start=self._scenario.start,
        )

    def _folding(self, deployment: Deployment, workload: Workload) -> "Folding":
        from sim.results.folding import Folding  # noqa: PLC0415 - not where attempts are kept

        return Folding(self._scenario, deployment, workload.arrival_at_s)

    def _request_engine(self, engine: Engine) -> RequestEngine:
        deployments, horizon_s = self._scenario.deployments, self._scenario.horizon_s
        if engine == "reference":
            return ReferenceEngine(self._clock, deployments)
        from sim.scheduler.ahead import VectorisedEngine  # noqa: PLC0415 - not for the reference

        return VectorisedEngine(self._clock, deployments, horizon_s)

    def _plane(self, deployment: Deployment) -> Callable[[Notices], FinishedPlane]:
        def make_plane(notices: Notices) -> FinishedPlane:
            workload = self._workload(deployment)
            plane = self._requests.plane(deployment, workload, notices)
            self._planes.append(plane)
            if self._keep == "summary":
                folding = self._folding(deployment, workload)
                self._foldings.append(folding)
                plane.hand_over_to(folding)
            return plane

        return make_plane
