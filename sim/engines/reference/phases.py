"""The three phases of a request's service on one replica, on the simulated clock.

Each class runs the phases of one kind on one replica: `begin` returns a SimPy event that
succeeds when the phase is over; `freeze` and `thaw` stop and resume all of them (a replica that
hangs); `clear` forgets them (a replica that was killed), and their events then never succeed.
"""

from heapq import heappop, heappush

import simpy

from sim.clock import Alarm, Clock, Order, request_rank
from sim.engines.contract.cores import SharedCores
from sim.engines.reference.contention import Contenders, DeploymentContention


class _Phase:
    """A phase that runs at full speed: its end is known when it begins, unless it freezes."""

    __slots__ = ("alarm", "end_at_s", "over")

    def __init__(self, alarm: Alarm, over: simpy.Event, end_at_s: float) -> None:
        self.alarm = alarm
        self.over = over
        self.end_at_s = end_at_s


class TimedPhases:
    """Phases at full speed, in class `order`: waiting for something outside, or GPU work."""

    def __init__(self, clock: Clock, deployment: int, order: Order) -> None:
        """Make the set with no phase in progress."""
        self._clock = clock
        self._deployment = deployment
        self._order = order
        self._phases: dict[int, _Phase] = {}
        self._left_s: dict[int, float] | None = None

    def begin(self, number: int, length_s: float) -> simpy.Event:
        """Begin a phase of `length_s` now, for the request with start number `number`."""
        over = self._clock.event()
        alarm = Alarm(self._clock, lambda: self._end(number))
        phase = _Phase(alarm, over, self._clock.now + length_s)
        self._phases[number] = phase
        if self._left_s is None:
            alarm.set(phase.end_at_s, request_rank(self._order, self._deployment, number))
        else:
            self._left_s[number] = length_s
        return over

    def freeze(self) -> None:
        """Stop: what is left of each phase is its end minus now."""
        now_s = self._clock.now
        self._left_s = {}
        for number, phase in self._phases.items():
            phase.alarm.clear()
            self._left_s[number] = max(0.0, phase.end_at_s - now_s)

    def thaw(self) -> None:
        """Go on: each phase ends when what was left of it is over, counted from now."""
        left_s, self._left_s = self._left_s or {}, None
        for number, phase in self._phases.items():
            phase.end_at_s = self._clock.now + left_s[number]
            phase.alarm.set(phase.end_at_s, request_rank(self._order, self._deployment, number))

    def clear(self) -> None:
        """Forget every phase."""
        for phase in self._phases.values():
            phase.alarm.clear()
        self._phases.clear()

    def _end(self, number: int) -> None:
        self._phases.pop(number).over.succeed()


class CpuPhases:
    """Cpu phases, which share the replica's cores."""

    def __init__(
        self, clock: Clock, deployment: int, cores: float, contention: DeploymentContention
    ) -> None:
        """Make idle `cores`; tell `contention` when they are shared."""
        self._deployment = deployment
        self._clock = clock
        self._cores = SharedCores(cores)
        self._contenders = Contenders(clock, contention.cores)
        self._over: dict[int, simpy.Event] = {}
        self._next_number = -1
        self._alarm = Alarm(clock, self._end)

    def begin(self, number: int, work_s: float) -> simpy.Event:
        """Begin `work_s` core-seconds now, for the request with start number `number`."""
        self._over[number] = self._clock.event()
        self._cores.join(self._clock.now, number, work_s)
        self._set_alarm()
        return self._over[number]

    def freeze(self) -> None:
        """Stop all progress."""
        self._cores.freeze(self._clock.now)
        self._set_alarm()

    def thaw(self) -> None:
        """Go on."""
        self._cores.thaw(self._clock.now)
        self._set_alarm()

    def clear(self) -> None:
        """Forget every phase."""
        self._alarm.clear()
        self._over.clear()
        self._contenders.note(is_contended=False)

    def _end(self) -> None:
        number = self._next_number
        self._cores.end(self._clock.now, number)
        self._set_alarm()
        self._over.pop(number).succeed()

    def _set_alarm(self) -> None:
        self._contenders.note(is_contended=self._cores.is_contended)
        upcoming = self._cores.next_end()
        if upcoming is None:
            self._alarm.clear()
            return
        end_at_s, self._next_number = upcoming
        self._alarm.set(
            end_at_s, request_rank(Order.PHASE_END, self._deployment, self._next_number)
        )


class GpuPhases:
    """GPU phases: `slots` at a time at full speed, the others in a line by (time, number)."""

    def __init__(
        self, clock: Clock, deployment: int, slots: int, contention: DeploymentContention
    ) -> None:
        """Make `slots` free slots; tell `contention` of those who wait for one."""
        self._clock = clock
        self._free_slots = slots
        self._running = TimedPhases(clock, deployment, Order.PHASE_END)
        self._line: list[tuple[float, int, float, simpy.Event]] = []
        self._contention = contention
        self._contenders = Contenders(clock, contention.gpu)
        self._is_frozen = False

    def begin(self, number: int, length_s: float) -> simpy.Event:
        """Ask for a slot now; the event succeeds when the GPU work of `length_s` is over."""
        over = self._clock.event()
        if self._free_slots:
            self._occupy(number, length_s, over)
        else:
            heappush(self._line, (self._clock.now, number, length_s, over))
            self._note_line()
        return over

    def freeze(self) -> None:
        """Stop all progress."""
        self._running.freeze()
        self._is_frozen = True
        self._note_line()

    def thaw(self) -> None:
        """Go on."""
        self._running.thaw()
        self._is_frozen = False
        self._note_line()

    def clear(self) -> None:
        """Forget every phase and the line."""
        self._running.clear()
        for asked_at_s in self.waiting_since_s:
            self._contention.note_gpu_wait(asked_at_s, self._clock.now)
        self._line.clear()
        self._note_line()

    @property
    def waiting_since_s(self) -> list[float]:
        """Since when each of those in line has waited."""
        return [asked_at_s for asked_at_s, *_ in self._line]

    def _occupy(self, number: int, length_s: float, over: simpy.Event) -> None:
        self._free_slots -= 1
        ended = self._running.begin(number, length_s)
        ended.callbacks.append(lambda _event: self._free(over))

    def _free(self, over: simpy.Event) -> None:
        self._free_slots += 1
        over.succeed()
        if self._line:
            asked_at_s, number, length_s, next_over = heappop(self._line)
            self._contention.note_gpu_wait(asked_at_s, self._clock.now)
            self._note_line()
            self._occupy(number, length_s, next_over)

    def _note_line(self) -> None:
        self._contenders.note(is_contended=bool(self._line) and not self._is_frozen)
