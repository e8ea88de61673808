"""The simulated platform of a live run: what the API and the simulator's own commands do to it.

Every change comes at the instant that the run has reached, so that the same commands at the same
instants give the same run again. Semantics are checked here, by the rules of `sim.wire`; a command
that is refused has changed nothing. Nothing here knows of real time, processes or files.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from sim.engines.contract.plane import Answer
from sim.errors import ScenarioError
from sim.random import stream
from sim.record import QueueSample, Record
from sim.scenario.models.deployment import Deployment, Initial
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.spec import derived_rid
from sim.scenario.models.timeline import (
    DisableEvent,
    ReplaceEvent,
    ScheduleEvent,
    StartEvent,
    TimelineEvent,
)
from sim.scenario.reading.live_event import read_event
from sim.serve.simulating.refusals import Faulty, Senseless, Unavailable
from sim.serve.simulating.served import ServedDeployment, context_of
from sim.simulation.live import LiveSimulation
from sim.simulation.options import Engine
from sim.wire.endpoint_errors import (
    LiveDeploymentNotFound,
    ModelNotFound,
    UnsupportedLiveDeployment,
)
from sim.wire.errors import Conflict
from sim.wire.models import DirectDeployment, ObjectiveDeployment, RuntimeConfiguration
from sim.wire.rule import DeploymentContext
from sim.wire.rules import first_error
from sim.wire.user_rules import load_rules

FIRST_S: Final = 600.0
"""Simulated seconds for which requests are drawn at first."""
FURTHER_RATIO: Final = 0.25
"""How much further they are drawn whenever the run gets there, of the time that has passed."""
MOST_AHEAD: Final = 50_000
"""Requests that are simulated at once, some hundredths of a second of work."""
MAX_INJECTED: Final = 1_000_000
"""Requests that one command may add."""
MAX_REPLICAS: Final = 2_000
"""Replicas that one command may ask for at once: a live run has no room for more."""


class World:
    """A scenario that is being played."""

    def __init__(self, scenario: Scenario, *, engine: Engine = "vectorised") -> None:
        """Bring everything into its initial condition; nothing has happened yet.

        Args:
            scenario: What is played.
            engine: The request engine; what happens does not depend on it.

        Raises:
            ScenarioError: The scenario names a file that cannot be read or used.
        """
        self.scenario = scenario
        self._drawn_s = min(FIRST_S, scenario.horizon_s)
        self._run = LiveSimulation(
            scenario.model_copy(update={"horizon_s": self._drawn_s}),
            engine=engine,
            most_ahead=MOST_AHEAD,
        )
        self._rules = load_rules(scenario.rules, base_dir=scenario.base_dir)
        self._created = 0
        self._injected = 0
        self.served: dict[str, ServedDeployment] = {}
        for running in self._run.deployments.values():
            self.served[running.spec.rid] = ServedDeployment(running.spec, running.control)

    # Time -----------------------------------------------------------------------------------

    @property
    def at_s(self) -> float:
        """The instant that the run has reached."""
        return self._run.reached_s

    def advance(self, until_s: float) -> None:
        """Let everything happen that is due before `until_s`."""
        while until_s > self._drawn_s:
            self._run.advance(self._drawn_s)
            self._draw_further()
        self._run.advance(until_s)

    def advance_some(self, until_s: float, most: int) -> None:
        """Let some of what is due before `until_s` happen: at most so many arrivals a deployment.

        So that this returns soon; or draw further requests, which takes as long as all known ones
        do to be drawn.
        """
        if until_s > self._drawn_s and self.at_s >= self._drawn_s:
            self._draw_further()
        else:
            self._run.advance_at_most(min(until_s, self._drawn_s), most)

    def _draw_further(self) -> None:
        self._drawn_s += max(FIRST_S, FURTHER_RATIO * self._drawn_s)
        self._run.extend(self._drawn_s)

    # What the API does ----------------------------------------------------------------------

    def create(
        self, kind: DirectDeployment | ObjectiveDeployment, configuration: RuntimeConfiguration
    ) -> ServedDeployment:
        """Make a deployment, which begins to start; it behaves as `new_deployments` says.

        Raises:
            Faulty: The model is unknown, its branch has a deployment, or a rule is broken.
            Unavailable: It would have too many replicas.
        """
        siblings = [one for one in self.served.values() if one.spec.model_rid == kind.model_rid]
        if not siblings:
            raise Faulty(ModelNotFound(kind.model_rid))
        branch = kind.branch if isinstance(kind, DirectDeployment) else None
        if branch is not None and any(one.branch == branch for one in siblings):
            raise Faulty(Conflict())
        spec = self._new_spec(siblings, branch, configuration)
        self._require_valid(configuration, context_of(spec, self.scenario.queues))
        self._created += 1
        running = self._run.add_deployment(spec)
        self._run.carry_out()
        made = self.served[spec.rid] = ServedDeployment(spec, running.control)
        return made

    def _new_spec(
        self,
        siblings: Sequence[ServedDeployment],
        branch: str | None,
        configuration: RuntimeConfiguration,
    ) -> Deployment:
        """Return what a deployment is like that is created now, of the model of `siblings`."""
        taken = {one.spec.name for one in self.served.values()}
        number = self._created + 1
        while (name := f"created-{number}") in taken:
            number += 1
        new, first = self.scenario.new_deployments, siblings[0]
        behaviour = {field: getattr(new, field) for field in type(new).model_fields}
        behaviour["api"] = new.api or first.spec.api
        if branch is not None:
            behaviour["branch"] = branch
        return Deployment(
            name=name,
            rid=derived_rid("ri.foundry-ml-live.main.live-deployment", name),
            kind="objective" if branch is None else "direct",
            model_rid=first.spec.model_rid,
            model_version_rid=first.model_version_rid,
            runtime_configuration=configuration,
            initial=Initial(kind="cold"),
            **behaviour,
        )

    def replace(self, rid: str, configuration: RuntimeConfiguration) -> ServedDeployment:
        """Carry out a PUT: its rollout begins now.

        Raises:
            Faulty: There is no such deployment, it is not direct, or a rule is broken.
            Unavailable: It would have too many replicas.
        """
        found = self.deployment(rid)
        if not found.is_direct:
            raise Faulty(UnsupportedLiveDeployment())
        self._require_valid(configuration, found.context(self.scenario.queues))
        self._carry_out(
            ReplaceEvent(
                at_s=self.at_s,
                deployment=found.spec.name,
                runtime_configuration=configuration,
            )
        )
        return found

    def start(self, rid: str) -> None:
        """Switch a deployment on; nothing if it is.

        Raises:
            Faulty: There is no such deployment.
        """
        self._carry_out(StartEvent(at_s=self.at_s, deployment=self.deployment(rid).spec.name))

    def disable(self, rid: str) -> None:
        """Switch a deployment off; nothing if it is.

        Raises:
            Faulty: There is no such deployment.
        """
        self._carry_out(DisableEvent(at_s=self.at_s, deployment=self.deployment(rid).spec.name))

    def infer(self, rid: str, count: int) -> range:
        """Let so many requests arrive now; return their numbers, see `answer`.

        Raises:
            Faulty: There is no such deployment.
        """
        found = self.deployment(rid)
        return self._run.add_requests(found.spec.name, [self.at_s] * count)

    def answer(self, rid: str, number: int) -> Answer | None:
        """Return how a request ended that `infer` has made, None if it has not."""
        return self._run.answer(self.served[rid].spec.name, number)

    # What the simulator's own commands do ---------------------------------------------------

    def event(self, data: Mapping[str, Any]) -> TimelineEvent:
        """Let an event of a timeline happen now.

        Raises:
            Senseless: It is none, or concerns what is not there.
            Unavailable: It would make too many replicas.
        """
        specs = [one.spec for one in self.served.values()]
        standing = {one.spec.name: one.control.configuration for one in self.served.values()}
        try:
            event = read_event(
                data,
                at_s=self.at_s,
                scenario=self.scenario,
                deployments=specs,
                standing=standing,
            )
        except ScenarioError as error:
            raise Senseless(str(error)) from None
        if isinstance(event, ReplaceEvent):
            self._require_room(event.runtime_configuration.min_replicas)
        if isinstance(event, ScheduleEvent):
            self._require_room(max((entry.min_count for entry in event.schedule), default=0))
        self._carry_out(event)
        return event

    def traffic(self, name: str, rate_per_s: float, for_s: float) -> int:
        """Add requests, a Poisson process from now on; return how many.

        Raises:
            Senseless: There is no such deployment, or the numbers make no sense.
        """
        self.named(name)
        expected = rate_per_s * for_s
        if not (rate_per_s > 0 and for_s > 0 and expected <= MAX_INJECTED):
            most = f"rate_per_s and for_s must be above 0, with at most {MAX_INJECTED} requests"
            raise Senseless(most)
        self._injected += 1
        draws = stream(self.scenario.seed, f"{name}/injected-{self._injected}/arrival")
        count = int(draws.poisson(expected))
        at_s = self.at_s + np.sort(draws.random(count)) * for_s
        if count:
            self._run.add_requests(name, at_s)
        return count

    # What can be seen -----------------------------------------------------------------------

    def deployment(self, rid: str) -> ServedDeployment:
        """Return the deployment with an identifier.

        Raises:
            Faulty: There is none.
        """
        if rid not in self.served:
            raise Faulty(LiveDeploymentNotFound(rid))
        return self.served[rid]

    def named(self, name: str) -> ServedDeployment:
        """Return the deployment of a name.

        Raises:
            Senseless: There is none.
        """
        for one in self.served.values():
            if one.spec.name == name:
                return one
        raise Senseless(f"there is no deployment {name[:100]!r}")

    @property
    def models(self) -> frozenset[str]:
        """The models that there are."""
        return frozenset(one.spec.model_rid for one in self.served.values())

    @property
    def run(self) -> LiveSimulation:
        """The run itself, to look at."""
        return self._run

    @property
    def scenario_now(self) -> Scenario:
        """The scenario with all that has been commanded: events, deployments, requests."""
        horizon_s = max(self.scenario.horizon_s, self._drawn_s)
        return self._run.scenario_so_far.model_copy(update={"horizon_s": horizon_s})

    @property
    def queue_samples(self) -> Sequence[QueueSample]:
        """What holds for every resource queue, and type of GPU."""
        return self._run.queue_samples

    def finish_here(self) -> Record:
        """End the run at the instant it has reached, and return its record."""
        self._run.end_here()
        return self._run.finish()

    # Steps ----------------------------------------------------------------------------------

    def _require_valid(
        self, configuration: RuntimeConfiguration, context: DeploymentContext
    ) -> None:
        limits = self.scenario.platform.limits
        fault = first_error(configuration, limits, context, extra_rules=self._rules)
        if fault is not None:
            raise Faulty(fault)
        self._require_room(configuration.min_replicas)

    @staticmethod
    def _require_room(min_replicas: int) -> None:
        if min_replicas > MAX_REPLICAS:
            raise Unavailable(503)

    def _carry_out(self, event: TimelineEvent) -> None:
        self._run.submit(event)
        self._run.carry_out()
