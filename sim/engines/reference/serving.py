"""What the reference engine holds of one attempt, and of one replica that serves."""

from dataclasses import dataclass, field

import simpy

from sim.clock import Alarm, Clock, Order
from sim.engines.contract.plane import ServingShape
from sim.engines.reference.contention import DeploymentContention
from sim.engines.reference.phases import CpuPhases, GpuPhases, TimedPhases
from sim.record import NEVER
from sim.states import Outcome


@dataclass(slots=True, eq=False)
class Attempt:
    """One try of a request. Instants are NaN and places -1 until they are known.

    `number` is the arrival number, `start_number` the place in the order of starts. `answered`
    succeeds with the outcome.
    """

    request: int
    attempt: int
    number: int
    arrival_at_s: float
    answered: simpy.Event
    deadline: Alarm | None = None
    start_number: int = -1
    start_at_s: float = NEVER
    answered_at_s: float = NEVER
    released_at_s: float = NEVER
    revision: int = -1
    replica: int = -1
    thread: int = -1
    memory_bytes: int = 0
    outcome: Outcome | None = None

    @property
    def is_waited_for(self) -> bool:
        """Whether the client still waits for the answer."""
        return self.outcome is None

    @property
    def outcome_at_horizon(self) -> Outcome:
        """The outcome, or where the attempt is if it has none yet."""
        if self.outcome is not None:
            return self.outcome
        return Outcome.QUEUED if self.start_number < 0 else Outcome.RUNNING


@dataclass(slots=True, eq=False)
class ServingReplica:
    """The threads, cores, GPUs and memory of one replica since it last became responsive.

    `idle` holds the threads that stand in the line, `running` the requests in flight by start
    number (abandoned ones too); `opened_at_s` is since when it has been given requests, if it is.
    """

    clock: Clock
    deployment: int
    replica: int
    shape: ServingShape
    warm_at_s: float
    contention: DeploymentContention
    waits: TimedPhases = field(init=False)
    cpu: CpuPhases = field(init=False)
    gpu: GpuPhases = field(init=False)
    idle: set[int] = field(default_factory=set)
    running: dict[int, Attempt] = field(default_factory=dict)
    used_bytes: int = field(init=False)
    is_open: bool = False
    opened_at_s: float = NEVER
    is_draining: bool = False

    def __post_init__(self) -> None:
        """Make the phases that the shape allows."""
        self.waits = TimedPhases(self.clock, self.deployment, Order.WAIT_END)
        shape, contention = self.shape, self.contention
        self.cpu = CpuPhases(self.clock, self.deployment, shape.cores, contention)
        self.gpu = GpuPhases(self.clock, self.deployment, shape.gpu_slots, contention)
        self.used_bytes = self.shape.model_memory_bytes

    def is_counted(self, at_s: float, evaluated_from: int) -> bool:
        """Return whether an evaluation at `at_s` counts what runs here.

        That is, if it was given requests before, and is of revision `evaluated_from` or newer.
        """
        is_evaluated = self.shape.revision >= evaluated_from
        return is_evaluated and self.is_open and self.opened_at_s < at_s

    def threads_out_of_line(self) -> list[int]:
        """Return the free threads that do not stand in the line, ascending."""
        taken = self.idle | {attempt.thread for attempt in self.running.values()}
        return [thread for thread in range(self.shape.thread_count) if thread not in taken]

    def admit(self, attempt: Attempt, memory_bytes: int) -> bool:
        """Take `attempt` in flight; return whether memory is still within the limit."""
        self.idle.discard(attempt.thread)
        self.running[attempt.start_number] = attempt
        attempt.memory_bytes = memory_bytes
        self.used_bytes += memory_bytes
        return self.used_bytes <= self.shape.memory_limit_bytes

    def release(self, attempt: Attempt) -> None:
        """Give back the thread and the memory of `attempt`."""
        del self.running[attempt.start_number]
        self.used_bytes -= attempt.memory_bytes

    def factor_at(self, at_s: float) -> float:
        """Return what the demands of a request started at `at_s` are multiplied by."""
        return self.shape.warmup_factor if at_s < self.warm_at_s else 1.0

    def freeze(self) -> None:
        """Stop all progress."""
        for phases in (self.waits, self.cpu, self.gpu):
            phases.freeze()

    def thaw(self) -> None:
        """Go on."""
        for phases in (self.waits, self.cpu, self.gpu):
            phases.thaw()

    def stop(self) -> None:
        """End all progress for good."""
        for phases in (self.waits, self.cpu, self.gpu):
            phases.clear()
