"""Joining control time and request time: from a scenario to a record, and to a result."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from sim.clock import Alarm, Clock, Order, rank
from sim.control.deployment import DeploymentControl
from sim.control.queues import ResourceQueues
from sim.control.timeline import Timeline
from sim.record import DeploymentRecord, Record
from sim.requests.plane import Notices
from sim.requests.reference import ReferencePlane
from sim.scenario.deployment import Deployment
from sim.scenario.scenario import Scenario
from sim.workload.workload import Workload

if TYPE_CHECKING:
    from sim.results.result import Result

Engine = Literal["reference"]
"""The request engines there are."""

ENGINES: tuple[Engine, ...] = ("reference",)

_PROGRESS_STEPS = 200


def simulate(
    scenario: Scenario,
    *,
    seed: int | None = None,
    engine: Engine = "reference",
    progress: Callable[[float], None] | None = None,
) -> "Result":
    """Run `scenario` and return what happened, with its tables, summary and picture.

    Args:
        scenario: As `sim.load_scenario` returns it.
        seed: Instead of the scenario's own seed.
        engine: The request engine.
        progress: Called with the simulated time in seconds from time to time.

    Raises:
        ScenarioError: The scenario names a file that cannot be read or used.
    """
    from sim.results.result import Result  # noqa: PLC0415 - a record alone needs no tables

    return Result(simulate_record(scenario, seed=seed, engine=engine, progress=progress))


def simulate_record(
    scenario: Scenario,
    *,
    seed: int | None = None,
    engine: Engine = "reference",
    progress: Callable[[float], None] | None = None,
) -> Record:
    """Run `scenario` and return the raw record; see `simulate`."""
    run = _Run(scenario, scenario.seed if seed is None else seed)
    run.go(progress)
    return run.record(engine)


class _Run:
    """The clock, the queues and the deployments of one run."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._scenario = scenario
        self._seed = seed
        self._clock = Clock(0.0)
        self._queues = ResourceQueues(self._clock, scenario.queues)
        self._workloads = [self._workload(deployment) for deployment in scenario.deployments]
        self._planes: list[ReferencePlane] = []
        self._controls = [
            DeploymentControl(
                self._clock, index, deployment, self._queues, self._plane_maker(index), seed
            )
            for index, deployment in enumerate(scenario.deployments)
        ]
        Timeline(self._clock, scenario.timeline, self._controls, self._queues)
        for index, control in enumerate(self._controls):
            control.create()
            _Evaluations(
                self._clock,
                index,
                scenario.deployments[index].autoscaler.evaluation_interval_s,
                control.evaluate,
            )

    def go(self, progress: Callable[[float], None] | None) -> None:
        """Run to the horizon: nothing at or after it happens."""
        horizon_s = self._scenario.horizon_s
        report_at_s = 0.0
        while self._clock.peek() < horizon_s:
            self._clock.step()
            if progress is not None and self._clock.now >= report_at_s:
                progress(self._clock.now)
                report_at_s = self._clock.now + horizon_s / _PROGRESS_STEPS

    def record(self, engine: str) -> Record:
        """Return what was written down."""
        records = []
        parts = zip(self._scenario.deployments, self._planes, self._controls, strict=True)
        for deployment, plane, control in parts:
            log, ticks = control.finish()
            records.append(
                DeploymentRecord(
                    name=deployment.name,
                    rid=deployment.rid,
                    sources=tuple(source.name or source.kind for source in deployment.traffic),
                    attempts=plane.attempt_columns(),
                    backing_off=plane.backing_off(),
                    ticks=ticks,
                    control=log,
                )
            )
        return Record(
            scenario=self._scenario,
            seed=self._seed,
            engine=engine,
            deployments=tuple(records),
            queue_samples=self._queues.samples,
        )

    def _workload(self, deployment: Deployment) -> Workload:
        return Workload(
            deployment,
            seed=self._seed,
            horizon_s=self._scenario.horizon_s,
            start=self._scenario.start,
        )

    def _plane_maker(self, index: int) -> Callable[[Notices], ReferencePlane]:
        def make_plane(notices: Notices) -> ReferencePlane:
            deployment = self._scenario.deployments[index]
            plane = ReferencePlane(self._clock, index, deployment, self._workloads[index], notices)
            self._planes.append(plane)
            return plane

        return make_plane


class _Evaluations:
    """Rings evaluation k of one deployment at k x interval, from k = 0 on."""

    def __init__(
        self, clock: Clock, deployment: int, interval_s: float, evaluate: Callable[[], None]
    ) -> None:
        self._interval_s = interval_s
        self._evaluate = evaluate
        self._rank = rank(Order.EVALUATION, deployment)
        self._count = 0
        self._alarm = Alarm(clock, self._ring)
        self._alarm.set(0.0, self._rank)

    def _ring(self) -> None:
        self._count += 1
        self._alarm.set(self._count * self._interval_s, self._rank)
        self._evaluate()
