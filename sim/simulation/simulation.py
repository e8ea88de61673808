"""A run in progress: joining control time and request time, from a scenario to its record.

Owns the clock, the queues and the deployments. What a run can be given while it goes on is in
`sim.simulation.live`.
"""

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.control.queues import ResourceQueues
from sim.control.timeline import Timeline
from sim.engines.contract.engine import RequestEngine
from sim.engines.contract.live import LiveEngine
from sim.record import Record
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.scenario import Scenario
from sim.simulation.options import Engine, Keep
from sim.simulation.running import RunningDeployment
from sim.workload.workload import Workload

Floats = NDArray[np.float64]


class Simulation:
    """A run that is in progress: the clock, the queues and the deployments of a scenario.

    Attributes:
        deployments: The deployments by name, in the scenario's order.
    """

    _engine: RequestEngine

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int | None = None,
        engine: Engine = "vectorised",
        keep: Keep = "attempts",
    ) -> None:
        """Bring everything into its initial condition; nothing has happened yet.

        Args:
            scenario: What is simulated.
            seed: Instead of the scenario's own seed.
            engine: The request engine.
            keep: See `sim.simulation.run.simulate`.

        Raises:
            ScenarioError: The scenario names a file that cannot be read or used.
        """
        self.deployments: dict[str, RunningDeployment] = {}
        self._scenario = scenario
        self._horizon_s = scenario.horizon_s
        self._seed = scenario.seed if seed is None else seed
        self._engine_name = engine
        self._reached_s = 0.0
        self._arrivals: list[Floats] = []
        self._clock = Clock(0.0)
        self._queues = ResourceQueues(self._clock, scenario.queues)
        self._engine = _engine(engine, self._clock, scenario.horizon_s)
        for spec in scenario.deployments:
            self._add(spec, keep)
        controls = [running.control for running in self.deployments.values()]
        self._timeline = Timeline(self._clock, scenario.timeline, controls, self._queues)
        for control in controls:
            control.create()
        for running in self.deployments.values():
            self._engine.begin(running.number, running.control)

    def require_rows(self) -> None:
        """Return if there are rows of every trace between 0 and the horizon.

        Raises:
            ScenarioError: There are none of one of them.
        """
        for running in self.deployments.values():
            for trace in running.traces:
                trace.require_rows(self._horizon_s, self._scenario.start)

    @property
    def reached_s(self) -> float:
        """The instant up to which everything has happened; what is due at it has not."""
        return self._reached_s

    @property
    def done_ratio(self) -> float:
        """Which part of the work up to the horizon is done, from 0 to 1.

        Work is requests that arrive and evaluations of autoscalers: of a day with quiet nights a
        third of the time may be a tenth of the work.
        """
        reached_s, horizon_s = self._reached_s, self._horizon_s
        intervals_s = [spec.autoscaler.evaluation_interval_s for spec in self._scenario.deployments]
        a_second = sum(1 / interval_s for interval_s in intervals_s)
        done = sum(int(np.searchsorted(at_s, reached_s)) for at_s in self._arrivals)
        whole = sum(len(at_s) for at_s in self._arrivals)
        return (done + reached_s * a_second) / (whole + horizon_s * a_second)

    def advance(self, until_s: float) -> None:
        """Let everything happen that is due before `until_s`, and before the horizon."""
        until_s = min(until_s, self._horizon_s)
        self._engine.advance(until_s)
        self._reached_s = max(self._reached_s, until_s)

    def finish(self) -> Record:
        """Advance to the horizon and return what was written down."""
        self.advance(self._horizon_s)
        self._engine.finish(self._horizon_s)
        records = [running.record(self._horizon_s) for running in self.deployments.values()]
        return Record(
            scenario=self._scenario,
            seed=self._seed,
            engine=self._engine_name,
            deployments=tuple(records),
            queue_samples=self._queues.samples,
        )

    def let_go(self) -> None:
        """Let go of the requests' demands, after the end: a record does not need them.

        Control and planes refer to each other, so that they would stay in memory for a while.
        """
        for running in self.deployments.values():
            running.let_go()

    def _add(self, spec: Deployment, keep: Keep = "attempts") -> RunningDeployment:
        """Add a deployment that is not there yet: it is to be created, and then to begin."""
        workload = self._workload(spec)
        self._arrivals.append(workload.arrival_at_s)
        running = RunningDeployment(
            len(self.deployments),
            spec,
            workload,
            clock=self._clock,
            queues=self._queues,
            engine=self._engine,
            seed=self._seed,
            start=self._scenario.start,
        )
        running.plane.measure_from(self._scenario.warm_up_s)
        if keep == "summary":
            running.fold(self._scenario, workload)
        self.deployments[spec.name] = running
        return running

    def _workload(self, spec: Deployment) -> Workload:
        return Workload(
            spec, seed=self._seed, horizon_s=self._horizon_s, start=self._scenario.start
        )


def _engine(engine: Engine, clock: Clock, horizon_s: float) -> LiveEngine:
    """Return a new engine of that name; each can serve live runs too."""
    if engine == "reference":
        from sim.engines.reference.engine import ReferenceEngine  # noqa: PLC0415 - for it alone

        return ReferenceEngine(clock)
    from sim.engines.vectorised.engine import VectorisedEngine  # noqa: PLC0415 - not for the reference

    return VectorisedEngine(clock, horizon_s)
