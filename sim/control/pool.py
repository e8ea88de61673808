"""Making a deployment's replicas, and what they need to live.

A place in the resource queues, the course of each start, a lifetime, and the hand over to the
request plane. What a replica's changes mean for rollouts and scaling is not decided here.
"""

import math

from sim.clock import Clock
from sim.control.faults import StartFaultWindows
from sim.control.journal import Journal
from sim.control.queues import ResourceQueues
from sim.control.replica import Replica
from sim.control.revision import Revision, serving_shape
from sim.control.roster import Roster
from sim.control.starts import StartPlan, plan_start
from sim.control.surroundings import Listener
from sim.engines.contract.plane import RequestPlane
from sim.random import stream
from sim.reasons import Reason
from sim.record import Decision
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.model_version import needs_gpu
from sim.states import Outcome
from sim.waiting import Cause, Wait, largest_holders, names_of_holders


class Pool:
    """All replicas of one deployment, of every revision, by number."""

    def __init__(
        self,
        clock: Clock,
        index: int,
        deployment: Deployment,
        queues: ResourceQueues,
        plane: RequestPlane,
        journal: Journal,
        listener: Listener,
        *,
        seed: int,
    ) -> None:
        """Make an empty pool; `index` is the deployment's place among all."""
        self.name = deployment.name
        strategy = deployment.rollout.strategy
        self.min_ready_s = strategy.min_ready_s if strategy.kind == "rolling" else 0.0
        self.index = index
        self.roster = Roster()
        self.start_faults = StartFaultWindows()
        self._clock = clock
        self._spec = deployment
        self._queues = queues
        self._plane = plane
        self._journal = journal
        self._listener = listener
        self._seed = seed

    # For the deployment ---------------------------------------------------------------------

    def request(self, revision: Revision, reason: Reason, *, of: int | None = None) -> None:
        """Make a QUEUED replica, whose start request stands at the tail of the queues.

        `of` is the replica whose successor it is.
        """
        replica = self._new(revision)
        replica.predecessor = of
        replica.enter_queue(reason, self._spec.rollout.stall_after_s)

    def place(self, revision: Revision) -> None:
        """Make a replica that is RESPONSIVE when the run begins."""
        replica = self._new(revision)
        if replica.start_request is not None:
            self._queues.grant_now(replica.start_request)
            self.note_grant(replica)
        replica.appear_responsive()
        self.roster.open(replica.number, -math.inf)  # it took requests before the run

    def open(self, replica: Replica) -> None:
        """Let `replica`, RESPONSIVE and of a revision that serves, take requests."""
        self.roster.open(replica.number, self._clock.now)
        shape = serving_shape(replica.revision, self._spec.replica)
        self._plane.open(replica.number, shape, replica.warm_at_s)
        if replica.is_hanging:
            self._plane.freeze(replica.number)

    # For replicas (`sim.control.replica.Workplace`) -----------------------------------------

    def plan_start(self, replica: Replica) -> StartPlan:
        """Return how the start that begins now will go."""
        revision = replica.revision
        return plan_start(
            seed=self._seed,
            deployment=self.name,
            replica=replica.number,
            start=replica.start_count,
            revision=revision,
            behaviour=self._spec.replica,
            lacks_gpu=needs_gpu(self._spec, revision.model) and not revision.normal.gpu_count,
            faults=self.start_faults.at(self._clock.now),
        )

    def draw_lifetime_s(self, replica: Replica) -> float | None:
        """Return how long `replica` may live from its first RESPONSIVE on, None for ever."""
        lifetime = self._spec.replica.lifetime
        if lifetime is None:
            return None
        rng = stream(self._seed, f"{self.name}/replica {replica.number}/lifetime")
        return lifetime.min_s + (lifetime.max_s - lifetime.min_s) * float(rng.random())

    def lose_requests(self, replica: Replica, outcome: Outcome) -> None:
        """Fail the requests in flight on `replica`."""
        self._plane.kill(replica.number, outcome)

    def drain(self, replica: Replica) -> int:
        """Give `replica` no more requests; return how many are in flight on it."""
        return self._plane.drain(replica.number)

    def freeze(self, replica: Replica) -> None:
        """Stop the requests on `replica`."""
        self._plane.freeze(replica.number)

    def thaw(self, replica: Replica) -> None:
        """Let the requests on `replica` go on."""
        self._plane.thaw(replica.number)

    def release(self, replica: Replica, why: Reason, at_last: Reason) -> None:
        """Withdraw the start request of `replica`, or give back what was granted."""
        if replica.start_request is not None:
            self._journal.not_held(("queue", replica.number), self._clock.now)
            self._journal.withdrawn(replica.number, self._clock.now)
            self._queues.give_up(replica.start_request, why, at_last)

    def note_grant(self, replica: Replica) -> None:
        """Write down which type of GPU `replica` got, and that its wait is over if it waited."""
        request = replica.start_request
        if request is None:
            return
        if request.granted_gpu_type is not None:
            self._journal.got_gpu(replica.number, request.granted_gpu_type)
        if request.is_reported:
            self._journal.not_held(("queue", replica.number), self._clock.now)
            self._journal.granted(replica.number, self._clock.now, request.freed_by)
            waited = f"replica {replica.number} has what it waited for"
            if request.freed_by is not None:
                waited += f": {request.freed_by.words}"
            since_s = replica.requested_at_s
            self._journal.decided(
                Decision(
                    self._clock.now, "queue", "granted", Reason.WAITED, waited, since_s=since_s
                )
            )

    def note_wait(self, replica: Replica, cause: Cause) -> None:
        """Write down that `replica` has to wait in a resource queue, and for whom."""
        request = replica.start_request
        if request is None:
            return
        _queue, holders = self._queues.holders(request)
        since_s = replica.requested_at_s
        words = f"replica {replica.number} waits in {cause.line}: {cause.words}"
        if holders:
            words += f"; held by {names_of_holders(holders)}"
        self._journal.held(
            ("queue", replica.number),
            Decision(self._clock.now, "queue", "held", cause.reason, words, since_s=since_s),
        )
        self._journal.waits(Wait(request.asker, since_s, cause, *largest_holders(holders)))

    def _new(self, revision: Revision) -> Replica:
        behaviour = self._spec.replica
        replica = Replica(
            self._clock, self.index, self.roster, revision, behaviour, self, self._listener
        )
        replica.start_request = self._queues.request(
            replica,
            vcpu_queue=self._spec.queues.vcpu,
            vgpu_queue=self._spec.queues.vgpu,
            millicores=revision.normal.cpu_millicores,
            gpu_count=revision.normal.gpu_count,
            gpu_type=revision.normal.gpu_type,
        )
        return replica
