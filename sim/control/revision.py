"""A revision: one generation of a configuration, and which of its replicas go first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sim.control.roster import Roster, Tally
from sim.engines.contract.cores import effective_cores
from sim.engines.contract.plane import ServingShape
from sim.record import RevisionRecord
from sim.scenario.models.model_version import Model
from sim.scenario.models.replica import ReplicaBehaviour
from sim.scenario.models.schedule import Bounds
from sim.states import LIVE, ReplicaState
from sim.wire.models import RuntimeConfiguration
from sim.wire.normal import NormalConfiguration, normalise

if TYPE_CHECKING:
    from sim.control.replica import Replica


@dataclass(slots=True, eq=False)
class Revision:
    """A configuration, the model version it runs, and its replicas in the deployment's `roster`.

    `normal` is what the configuration means, and what PUTs are compared with; `in_force` has the
    bounds that a schedule gives instead, if it gives any. `wanted_count` is how many replicas a
    rollout asked for.
    """

    number: int
    configuration: RuntimeConfiguration
    model: Model
    record: RevisionRecord
    roster: Roster
    override: Bounds | None = None
    normal: NormalConfiguration = field(init=False)
    in_force: NormalConfiguration = field(init=False)
    tally: Tally = field(init=False)
    wanted_count: int = 0

    def __post_init__(self) -> None:
        """Bring the configuration into the form that comparisons and control use."""
        self._make_normal()
        self.tally = self.roster.tally(self.number)

    def reconfigure(self, configuration: RuntimeConfiguration) -> None:
        """Change the configuration in place (bounds and scaling only)."""
        self.configuration = configuration
        self.record.configuration = configuration
        self._make_normal()

    def constrain(self, override: Bounds | None) -> None:
        """Let a schedule give its bounds; None: its configuration does."""
        self.override = override
        self._make_normal()

    @property
    def bounds(self) -> Bounds:
        """The bounds in force."""
        return self.bounds_under(self.override)

    def bounds_under(self, override: Bounds | None) -> Bounds:
        """Return the bounds that it has where a schedule gives these, or none."""
        return override or Bounds(self.normal.min_replicas, self.normal.max_replicas)

    def _make_normal(self) -> None:
        self.normal = self.in_force = normalise(self.configuration)
        if self.override is not None:
            self.in_force = replace(self.normal, **self.override._asdict())

    @property
    def live(self) -> list["Replica"]:
        """Its live replicas, by number."""
        return self.roster.find(self.number, LIVE)

    @property
    def responsive(self) -> list["Replica"]:
        """Its RESPONSIVE replicas, by number."""
        return self.roster.find(self.number, {ReplicaState.RESPONSIVE})

    @property
    def queued(self) -> list["Replica"]:
        """Its QUEUED replicas, by number."""
        return self.roster.find(self.number, {ReplicaState.QUEUED})

    @property
    def starting(self) -> list["Replica"]:
        """Those that were granted and are STARTING or STARTED, by number."""
        return self.roster.find(self.number, {ReplicaState.STARTING, ReplicaState.STARTED})

    @property
    def responsive_threads(self) -> int:
        """How many threads its RESPONSIVE replicas have."""
        return self.tally.responsive * self.normal.thread_count

    @property
    def responsive_millicores(self) -> int:
        """How many thousandths of a core its RESPONSIVE replicas have."""
        return self.tally.responsive * self.normal.cpu_millicores


_FIRST_TO_GO = (
    ReplicaState.STARTING_ERROR,
    ReplicaState.UNRESPONSIVE,
    ReplicaState.QUEUED,
    ReplicaState.STARTING,
    ReplicaState.STARTED,
)


def first_to_go(live: Sequence["Replica"], in_flight: Callable[[int], int]) -> "Replica":
    """Return which of the `live` replicas a scale-down takes.

    One that is not RESPONSIVE if there is one (STARTING_ERROR, UNRESPONSIVE, QUEUED, STARTING,
    STARTED, in this order; the highest number first), else the RESPONSIVE one with the fewest
    requests in flight, ties to the highest number.
    """
    for state in _FIRST_TO_GO:
        candidates = [replica for replica in live if replica.state is state]
        if candidates:
            return max(candidates, key=lambda replica: replica.number)
    return min(live, key=lambda replica: (in_flight(replica.number), -replica.number))


def serving_shape(revision: Revision, behaviour: ReplicaBehaviour) -> ServingShape:
    """Return what the request plane must know of the replicas of `revision`."""
    normal = revision.normal
    return ServingShape(
        revision=revision.number,
        thread_count=normal.thread_count,
        cores=effective_cores(normal.cpu_millicores / 1000, behaviour.cpu_parallelism),
        gpu_slots=normal.gpu_count * behaviour.gpu_slots,
        memory_limit_bytes=normal.memory_bytes,
        model_memory_bytes=revision.model.memory_bytes,
        warmup_factor=behaviour.warmup.factor,
        demands=revision.model.demands,
    )
