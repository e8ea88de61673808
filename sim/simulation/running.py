"""One deployment of a run in progress: what it is, who controls it, and who serves its requests."""

from datetime import datetime
from typing import TYPE_CHECKING

from sim.clock import Clock
from sim.control.deployment import DeploymentControl
from sim.control.queues import ResourceQueues
from sim.digest import FoldedAttempts
from sim.engines.contract.engine import RequestEngine, RunningPlane
from sim.engines.contract.plane import Notices
from sim.record import AttemptColumns, DeploymentRecord
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.scenario import Scenario
from sim.workload.workload import Workload

if TYPE_CHECKING:
    from sim.results.folding import Folding


class RunningDeployment:
    """What a run has of one of its deployments.

    Attributes:
        number: Its place among the deployments of the run, which orders ties.
        spec: What it is. A live run gives it traffic that the scenario does not have.
        control: Its control plane.
        plane: Its request plane.
        traces: What the run makes of the rows of its traces.
    """

    plane: RunningPlane

    def __init__(
        self,
        number: int,
        spec: Deployment,
        workload: Workload,
        *,
        clock: Clock,
        queues: ResourceQueues,
        engine: RequestEngine,
        seed: int,
        start: datetime,
    ) -> None:
        """Make control and plane; nothing has happened yet."""
        self.number = number
        self.spec = spec
        self._folding: Folding | None = None
        self.take_traces(workload)

        def make_plane(notices: Notices) -> RunningPlane:
            self.plane = engine.plane(number, spec, workload, notices)
            return self.plane

        self.control = DeploymentControl(clock, number, spec, queues, make_plane, seed, start)

    def take_traces(self, workload: Workload) -> None:
        """Keep what a record tells of the traces that requests come from."""
        self.traces = workload.traces
        self._rows = workload.rows()

    def fold(self, scenario: Scenario, workload: Workload) -> None:
        """Add up attempts from now on when they are over, and keep none; nothing has happened."""
        from sim.results.folding import Folding  # noqa: PLC0415 - not where attempts are kept

        self._folding = Folding(scenario, self.spec, workload.arrival_at_s)
        self._rows = None
        self._folding.follow(self.control.journal.log)
        self.plane.hand_over_to(self._folding)

    def record(self, horizon_s: float) -> DeploymentRecord:
        """Return what was written down; the run has come to its horizon."""
        log, ticks = self.control.finish()
        backing_off = self.plane.backing_off()
        attempts = self.plane.attempt_columns()
        kept: AttemptColumns | FoldedAttempts = attempts
        if self._folding is not None:
            kept = self._folding.finish(attempts, backing_off)
        return DeploymentRecord(
            name=self.spec.name,
            rid=self.spec.rid,
            sources=tuple(source.name or source.kind for source in self.spec.traffic),
            kept=kept,
            backing_off=backing_off,
            ticks=ticks,
            control=log,
            contention=self.plane.contention(horizon_s),
            served_by=self.plane.served_by(),
            traces=self.traces,
            rows=self._rows,
        )

    def let_go(self) -> None:
        """Let go of what the requests ask for, which a record does not need."""
        self.plane.let_go()
        self._folding = None
