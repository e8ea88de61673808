"""The simulating process: its turns, from commands over time that goes by to what it tells.

A turn takes the commands that have arrived, lets a piece of simulated time go by, settles inference
calls that have ended, and tells what is new. Nothing in it takes long, so that every command comes
to its turn soon, however heavy the simulation is.
"""

from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from sim.errors import ScenarioError
from sim.serve.protocol.commands import (
    INFER,
    PAUSE,
    RESET,
    SNAPSHOT,
    SPEED,
    STEP,
    STOP,
    TRAFFIC,
    AskedLine,
    Fields,
    NoFields,
    fields_of,
)
from sim.serve.protocol.said import Done, EventsLine, Ready, ReadyLine, Reply, ViewLine
from sim.serve.protocol.views import ShownTime, ShownView, Speed
from sim.serve.simulating import shown
from sim.serve.simulating.commands import CHANGES, LOOKS
from sim.serve.simulating.entries import KNOWN, PAUSES, REACHED, fault_of
from sim.serve.simulating.inference import Calls
from sim.serve.simulating.journal import Journal
from sim.serve.simulating.lines import Lines
from sim.serve.simulating.pace import TURN_S, Pace, now_s
from sim.serve.simulating.refusals import Faulty, NoRoom, Refusal, Senseless, Unavailable
from sim.serve.simulating.snapshot import Snapshots
from sim.serve.simulating.world import World
from sim.wire.errors import Internal

VIEW_S: Final = 0.05
"""Least real seconds between two views that nobody has asked for."""
VIEW_SHARE: Final = 0.1
"""Most of the real time that views may take."""
REACHED_S: Final = 1.0
"""Real seconds between two notes in the journal of how far simulated time has gone."""
AFTER_S: Final = 3600.0
"""At speed max time goes to the scenario's horizon, and so far beyond any command."""

MOST_TURN_S: Final = 0.05
"""Real seconds of a turn that commands may take, and simulated time besides."""
LAST_TURN_S: Final = 0.5
"""Real seconds for the commands before the one that ends all; those behind are left undone."""
MAX_ATTEMPTS: Final = 50_000_000
"""Attempts that a run keeps, some 50 bytes each; there time stands still."""

_UNTOUCHED: Final = frozenset({*LOOKS, SNAPSHOT.do})
_MORE_REQUESTS: Final = frozenset({INFER.do, TRAFFIC.do})


@dataclass(slots=True)
class _Due:
    """When something is to happen next, in real time."""

    at_s: float = field(default_factory=now_s)

    def is_now(self) -> bool:
        return now_s() >= self.at_s

    def after(self, wait_s: float) -> None:
        self.at_s = now_s() + wait_s


class Worker:
    """Plays a world by commands."""

    def __init__(self, world: World, journal: Journal, pace: Pace, lines: Lines) -> None:
        """Play `world` at `pace`; nothing has been told yet."""
        self._journal = journal
        self._pace = pace
        self._lines = lines
        self._snapshots = Snapshots(journal)
        self._commands: deque[AskedLine] = deque()
        self._stepping: list[int] = []
        self._view_due, self._reached_due = _Due(), _Due()
        self._is_behind = False
        self._is_stopped = False
        self._turn_to(world)

    def _turn_to(self, world: World) -> None:
        """Play `world` from now on; nothing has been told of it yet."""
        self._world = world
        self._calls = Calls(world)
        self._views = shown.Views(world)
        self._news = shown.News(world)
        self._max_until_s = world.scenario.horizon_s
        self._step_until_s: float | None = None
        self._reached_told_s = world.at_s

    def play(self) -> None:
        """Take turns until told to stop, or until nobody is there to tell."""
        world = self._world
        models = sorted(world.models)
        limits = world.scenario.platform.limits.model_dump(mode="json", by_alias=True)
        ready = Ready(scenario=world.scenario.name, models=models, limits=limits)
        self._lines.write(ReadyLine(ready=ready), ViewLine(view=self._view()))
        while not (self._is_stopped or self._lines.is_closed):
            self._turn()
        self._note_reached(on_disk=True)
        self._snapshots.wait()
        self._journal.close()

    # A turn ---------------------------------------------------------------------------------

    def _turn(self) -> None:
        is_busy = self._is_behind or bool(self._commands)
        self._commands += self._lines.read(0.0 if is_busy else TURN_S)
        began_s = now_s()
        if self._commands:
            self._take(began_s)
        self._go_on(now_s() - began_s)
        self._settle()
        self._tell()

    def _goal_s(self) -> float:
        """Return how far simulated time should have gone by now."""
        at_s = self._world.at_s
        if self._step_until_s is not None:
            return self._step_until_s
        if self._pace.is_max and self._calls.are_waiting and not self._pace.paused:
            return at_s + AFTER_S
        return self._pace.goal_s(at_s, self._max_until_s)

    def _go_on(self, commands_took_s: float) -> None:
        """Let simulated time go by: a piece, or as long as commands took, that neither waits."""
        began_s = now_s()
        while True:
            goal_s, at_s = self._goal_s(), self._world.at_s
            self._is_behind = False
            if goal_s <= at_s:
                return
            if self._is_full:
                self._pace.set(at_s, paused=True)
                self._step_until_s = None
                return
            piece_began_s = now_s()
            self._world.advance_some(self._pace.piece_s(goal_s, at_s), self._pace.most)
            self._pace.note(self._world.at_s - at_s, now_s() - piece_began_s)
            self._is_behind = self._world.at_s < goal_s
            if not self._is_behind or now_s() - began_s >= min(commands_took_s, MOST_TURN_S):
                return

    def _settle(self) -> None:
        """Answer what has ended: calls, steps, snapshots.

        How far time has gone is written down before, so that a run which goes on later is not
        before what somebody was told of it.
        """
        answers = self._calls.settled()
        for answer in answers:
            answer["at_s"] = self._world.at_s
        if answers:
            self._note_reached(on_disk=False)
            self._lines.write(*answers)
        if self._step_until_s is not None and self._world.at_s >= self._step_until_s:
            self._step_until_s = None
            self._pace.set(self._world.at_s, paused=True)
        if self._step_until_s is None and self._stepping:
            self._note_reached(on_disk=True)
            self._show()
            self._lines.write(*(Done(id=number, ok=self._time()) for number in self._stepping))
            self._stepping.clear()
        self._lines.write(*self._snapshots.done())

    def _tell(self) -> None:
        if self._view_due.is_now():
            self._show()
        if self._reached_due.is_now():
            self._note_reached(on_disk=False)
            self._reached_due.after(REACHED_S)

    # Commands -------------------------------------------------------------------------------

    def _take(self, began_s: float) -> None:
        """Carry out commands for a while; answers go out when the journal is on disk.

        When the end is asked for, what came before it gets somewhat more time.
        """
        is_end_asked = any(command["do"] == STOP.do for command in self._commands)
        within_s = LAST_TURN_S if is_end_asked else MOST_TURN_S
        answers: list[Reply] = []
        while self._commands and not self._is_stopped and now_s() - began_s < within_s:
            answer = self._answered(self._commands.popleft())
            if answer is not None:
                answers.append(answer)
        self._is_stopped |= is_end_asked
        self._calls.enter(self._journal)
        self._journal.settle(on_disk=True)
        self._show()
        self._lines.write(*answers)

    def _answered(self, command: AskedLine) -> Reply | None:
        """Carry out a command and return what is said at once, also where it is refused."""
        number = command["id"]
        try:
            return self._carried_out(number, command["do"], fields_of(command))
        except Refusal as refusal:
            return refusal.to_line(number)
        except ScenarioError:  # a house rule's own fault
            return Faulty(Internal()).to_line(number)

    def _carried_out(self, number: int, do: str, fields: Fields) -> Reply | None:
        """Carry out a command and return what is said at once; None if that comes later."""
        if do in _UNTOUCHED:
            return self._without_change(number, do, fields)
        self._max_until_s = max(self._max_until_s, self._world.at_s + AFTER_S)
        if do in _MORE_REQUESTS and self._is_full:
            raise Unavailable(503)
        if do == STOP.do:
            self._is_stopped = True
            return Done(id=number, ok=None)
        if do == INFER.do:
            call = INFER.of(fields)
            self._calls.take(number, call["rid"], call["input"])
            return None
        if do in CHANGES:
            self._require_known(do, fields)
            self._calls.enter(self._journal)  # what came before happens before
            with self._journal.entry(self._world.at_s, do, fields):
                return Done(id=number, ok=CHANGES[do](self._world, fields))
        return self._of_time(number, do, fields)

    def _without_change(self, number: int, do: str, fields: Fields) -> Done | None:
        if do in LOOKS:
            return Done(id=number, ok=LOOKS[do](self._world, fields))
        self._snapshots.begin(number, self._world)
        return None

    def _of_time(self, number: int, do: str, fields: Fields) -> Done | None:
        at_s = self._world.at_s
        self._require_known(do, fields)
        for_s = _positive(STEP.of(fields)["for_s"]) if do == STEP.do else None
        speed = _speed(SPEED.of(fields)["speed"]) if do == SPEED.do else None
        if do in PAUSES:
            self._require_room(do)
        if do == RESET.do:
            self._begin_again()
            return Done(id=number, ok=self._time())
        self._journal.write(at_s, do, fields)
        self._pace.set(at_s, speed=speed, paused=PAUSES.get(do))
        if for_s is not None:
            self._step_until_s = at_s + for_s
            self._stepping.append(number)
            return None
        if do in PAUSES:
            self._step_until_s = None
        return Done(id=number, ok=self._time())

    def _begin_again(self) -> None:
        """Be at the scenario's beginning, at the same pace; whoever waits is told."""
        self._calls.enter(self._journal)
        with self._journal.entry(0.0, RESET.do, NoFields()):
            world = World(self._world.scenario)
        self._lines.write(*self._calls.given_up())
        self._turn_to(world)
        self._pace.set(world.at_s)

    @property
    def _is_full(self) -> bool:
        return self._views.arrived >= MAX_ATTEMPTS

    @staticmethod
    def _require_known(do: str, fields: Fields) -> None:
        if do not in KNOWN or do == REACHED.do:
            raise Senseless(f"there is no command {do[:100]!r}")
        fault = fault_of({"at_s": 0.0, "do": do, **fields}, 0.0)
        if fault is not None:
            raise Senseless(f"the command {fault}")

    def _require_room(self, do: str) -> None:
        if do != PAUSE.do and self._is_full:
            raise Senseless("the run holds as many attempts as it may: begin another one")

    # What is told ---------------------------------------------------------------------------

    def _view(self) -> ShownView:
        return {
            **self._views.view(),
            "speed": self._pace.speed,
            "paused": self._pace.paused,
            "behind_s": self._pace.behind_s(self._world.at_s),
            "trouble": self._trouble(),
        }

    def _trouble(self) -> str | None:
        """Return what is not as it should be, in words."""
        reason = self._journal.trouble
        return None if reason is None else f"the journal cannot be written: {reason}"

    def _time(self) -> ShownTime:
        return ShownTime(at_s=self._world.at_s, speed=self._pace.speed, paused=self._pace.paused)

    def _show(self) -> None:
        """Tell the newest view, and what has happened."""
        began_s = now_s()
        events = self._news.since_last()
        told = [EventsLine(events=events)] if events else []
        self._lines.write(ViewLine(view=self._view()), *told)
        self._view_due.after(max(VIEW_S, (now_s() - began_s) / VIEW_SHARE))

    def _note_reached(self, *, on_disk: bool) -> None:
        """Note how far time has gone; where there was no room, look whether there is by now."""
        if self._world.at_s > self._reached_told_s or self._journal.trouble:
            with suppress(NoRoom):
                self._journal.write(self._world.at_s, REACHED.do, NoFields())
                self._reached_told_s = self._world.at_s
        self._journal.settle(on_disk=on_disk)


def _speed(value: object) -> Speed:
    return "max" if value == "max" else _positive(value)


def _positive(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1e9:
        raise Senseless("must be a number above 0, at most 1e9, or for speed the word max")
    return float(value)
