"""A run that is given more while it goes on: events, deployments, requests from outside, time."""

import math
from collections.abc import Sequence

import numpy as np
from typing_extensions import override

from sim.engines.contract.live import LiveEngine
from sim.engines.contract.plane import Answer
from sim.record import AttemptColumns, QueueSample, Record
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import TimelineEvent
from sim.simulation.options import Engine
from sim.simulation.running import RunningDeployment
from sim.simulation.simulation import Simulation
from sim.workload.drawn_columns import Floats
from sim.workload.outside import OUTSIDE, OutsideRequests


class LiveSimulation(Simulation):
    """A run that can be given more at the instant that it has reached.

    It is, to the last bit, the run of a scenario that had all of it from the start, but for an
    event that is submitted at the very instant at which a schedule changes bounds: it comes after
    the change, and an event of a timeline before it. It keeps its
    attempts: what is folded must know all requests before the first of them arrives.
    """

    _engine: LiveEngine

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int | None = None,
        engine: Engine = "vectorised",
        most_ahead: int | None = None,
    ) -> None:
        """Bring everything into its initial condition; nothing has happened yet.

        Args:
            scenario: What is simulated.
            seed: Instead of the scenario's own seed.
            engine: The request engine.
            most_ahead: For how many requests a deployment may be simulated beyond what `advance` is
                asked for, so that it returns soon; None: what is fastest in all.

        Raises:
            ScenarioError: The scenario names a file that cannot be read or used.
        """
        super().__init__(scenario, seed=seed, engine=engine)
        self._acted_at_s = -math.inf
        self._submitted: list[TimelineEvent] = []
        self._outside: dict[str, OutsideRequests] = {}
        if most_ahead is not None:
            self._engine.look_ahead_at_most(most_ahead)

    # Time -----------------------------------------------------------------------------------

    def advance_at_most(self, until_s: float, most: int) -> None:
        """Advance as far as at most so many requests of a deployment arrive; see `advance`.

        None is simulated for more requests in advance from now on, so that this returns soon.
        """
        self._engine.look_ahead_at_most(most)
        self.advance(self._engine.before_more_arrive(self._reached_s, until_s, most))

    def extend(self, horizon_s: float) -> None:
        """Let the run end later; what has happened stays as it is."""
        self._horizon_s = horizon_s
        self._engine.extend(horizon_s)
        for running in self.deployments.values():
            self._amend(running)

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

    # Events ---------------------------------------------------------------------------------

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
        self._engine.carry_out_events(self._reached_s)

    # Deployments and requests ---------------------------------------------------------------

    def add_deployment(self, spec: Deployment) -> RunningDeployment:
        """Create one more deployment at `reached_s`, in class EVENT of that instant.

        Raises:
            ValueError: It has traffic of its own, or the name of another one.
        """
        if spec.traffic or spec.name in self.deployments:
            msg = f"deployment {spec.name} has traffic, or is there already"
            raise ValueError(msg)
        running = self._add(spec)
        self._timeline.add_deployment(running.control)

        def create() -> None:
            running.control.create()
            self._engine.begin(running.number, running.control)

        self._timeline.add_act(self._reached_s, create)
        return running

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
        running = self.deployments[name]
        new = np.asarray(arrival_at_s, dtype=np.float64)
        if new.size and new.min() < self._reached_s:
            msg = f"a request from outside at {new.min()} s, but the run has reached "
            raise ValueError(f"{msg}{self._reached_s} s")
        outside = self._outside.setdefault(name, OutsideRequests())
        numbers = outside.add(new)
        sources = [source for source in running.spec.traffic if source.name != OUTSIDE]
        running.spec = running.spec.model_copy(update={"traffic": (*sources, outside.source())})
        self._amend(running)
        return numbers

    def answer(self, name: str, number: int) -> Answer | None:
        """Return how a request from outside ended before `reached_s`, None if it has not.

        Args:
            name: The deployment.
            number: As `add_requests` returned it.
        """
        request = self._outside[name].request(number)
        answer = self._engine.answer(self.deployments[name].number, request)
        return answer if answer is not None and answer.answered_at_s < self._reached_s else None

    def _amend(self, running: RunningDeployment) -> None:
        """Give a deployment's plane all requests that are known by now, at `reached_s`."""
        workload = self._workload(running.spec)
        running.take_traces(workload)
        if running.spec.name in self._outside:
            source = len(running.spec.traffic) - 1
            numbers = np.flatnonzero(workload.source == source)
            self._outside[running.spec.name].requests = numbers
        self._timeline.add_act(
            self._reached_s, lambda: self._engine.amend(running.number, workload)
        )
        self.carry_out()

    # What can be seen on the way ------------------------------------------------------------

    def attempts(self, name: str) -> AttemptColumns:
        """Return the attempts of a deployment as far as its plane has looked ahead.

        What is before `reached_s` stays as it is; rows and values behind it may change.
        """
        return self.deployments[name].plane.attempt_columns()

    @property
    def queue_samples(self) -> Sequence[QueueSample]:
        """The newest sample of every queue and type of GPU."""
        return self._queues.newest

    @property
    def scenario_so_far(self) -> Scenario:
        """What is simulated: the scenario with the submitted events and all its deployments."""
        return self._scenario.model_copy(
            update={
                "timeline": (*self._scenario.timeline, *self._submitted),
                "deployments": tuple(running.spec for running in self.deployments.values()),
                "horizon_s": self._horizon_s,
            }
        )

    # The end --------------------------------------------------------------------------------

    @override
    def finish(self) -> Record:
        """Advance to the horizon and return what was written down.

        The record's scenario has the submitted events in its timeline and the requests from outside
        in its traffic: running it again gives the same record, if no deployment was added.
        """
        for name, outside in self._outside.items():
            running = self.deployments[name]
            traffic = (*running.spec.traffic[:-1], outside.written())
            running.spec = running.spec.model_copy(update={"traffic": traffic})
        self._scenario = self.scenario_so_far
        return super().finish()
