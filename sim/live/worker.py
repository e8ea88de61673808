"""The simulating process: its turns, from commands over time that goes by to what it tells.

A turn takes the commands that have arrived, lets a piece of simulated time go by, settles inference
calls that have ended, and tells what is new. Nothing in it takes long, so that every command comes
to its turn soon, however heavy the simulation is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sim.errors import ScenarioError
from sim.live import shown
from sim.live.commands import CHANGES, PAUSES
from sim.live.inference import Calls
from sim.live.journal import Journal
from sim.live.lines import Lines
from sim.live.pace import TURN_S, Pace, now_s
from sim.live.refusals import Faulty, Refusal, Senseless, Unavailable
from sim.live.snapshot import Snapshots
from sim.live.world import World
from sim.wire.errors import Internal

VIEW_S: Final = 0.05
"""Least real seconds between two views that nobody has asked for."""
VIEW_SHARE: Final = 0.1
"""Most of the real time that views may take."""
REACHED_S: Final = 1.0
"""Real seconds between two notes in the journal of how far simulated time has gone."""
AFTER_S: Final = 3600.0
"""At speed max time goes to the scenario's horizon, and so far beyond any command."""

MAX_ATTEMPTS: Final = 50_000_000
"""Attempts that a run keeps, some 50 bytes each; there time stands still."""

_UNTOUCHED: Final = frozenset({"replicas", "queues", "decisions", "snapshot"})
_MORE_REQUESTS: Final = frozenset({"infer", "traffic"})


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
        self._world = world
        self._journal = journal
        self._pace = pace
        self._lines = lines
        self._calls = Calls(world)
        self._views = shown.Views(world)
        self._news = shown.News(world)
        self._snapshots = Snapshots(journal)
        self._max_until_s = world.scenario.horizon_s
        self._step_until_s: float | None = None
        self._stepping: list[int] = []
        self._view_due, self._reached_due = _Due(), _Due()
        self._reached_told_s = world.at_s
        self._is_behind = False
        self._is_stopped = False

    def play(self) -> None:
        """Take turns until told to stop, or until nobody is there to tell."""
        world = self._world
        models = sorted(world.models)
        limits = world.scenario.platform.limits.model_dump(mode="json", by_alias=True)
        ready = {"scenario": world.scenario.name, "models": models, "limits": limits}
        self._lines.write({"ready": ready}, {"view": self._view()})
        while not (self._is_stopped or self._lines.is_closed):
            self._turn()
        self._note_reached(on_disk=True)
        self._snapshots.wait()
        self._journal.close()

    # A turn ---------------------------------------------------------------------------------

    def _turn(self) -> None:
        commands = self._lines.read(0.0 if self._is_behind else TURN_S)
        if commands:
            self._take(commands)
        goal_s = self._goal_s()
        if goal_s > self._world.at_s:
            self._go_on(goal_s)
        self._is_behind = goal_s > self._world.at_s
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

    def _go_on(self, goal_s: float) -> None:
        """Let a piece of simulated time go by."""
        if self._is_full:
            self._pace.set(self._world.at_s, paused=True)
            self._step_until_s = None
            return
        began_s, at_s = now_s(), self._world.at_s
        self._world.advance(self._pace.piece_s(goal_s, at_s))
        self._pace.note(self._world.at_s - at_s, now_s() - began_s)

    def _settle(self) -> None:
        """Answer what has ended: calls, steps, snapshots."""
        self._lines.write(*self._calls.settled())
        if self._step_until_s is not None and self._world.at_s >= self._step_until_s:
            self._step_until_s = None
            self._pace.set(self._world.at_s, paused=True)
        if self._step_until_s is None and self._stepping:
            self._show()
            self._lines.write(*({"id": number, "ok": self._time()} for number in self._stepping))
            self._stepping.clear()
        for number, place, went_well in self._snapshots.done():
            said: Mapping[str, Any] = {"ok": {"directory": str(place)}}
            if not went_well:
                said = {"refused": "the snapshot could not be written; stderr says why"}
            self._lines.write({"id": number, **said})

    def _tell(self) -> None:
        if self._view_due.is_now():
            self._show()
        if self._reached_due.is_now():
            self._note_reached(on_disk=False)
            self._reached_due.after(REACHED_S)

    # Commands -------------------------------------------------------------------------------

    def _take(self, commands: list[Mapping[str, Any]]) -> None:
        """Carry out commands; what they are answered goes out when the journal is on disk."""
        answers = []
        for command in commands:
            number = command["id"]
            try:
                said = self._answer(number, command)
            except Refusal as refusal:
                said = refusal.to_line()
            except ScenarioError:  # a house rule's own fault
                said = Faulty(Internal()).to_line()
            if said is not None:
                answers.append({"id": number, **said})
        self._calls.enter(self._journal)
        self._journal.settle(on_disk=True)
        self._show()
        self._lines.write(*answers)

    def _answer(self, number: int, command: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Carry out a command and return what is said at once; None if that comes later."""
        do = command["do"]
        fields = {key: value for key, value in command.items() if key not in ("id", "do")}
        if do in _UNTOUCHED:
            return self._look(number, do, fields)
        self._max_until_s = max(self._max_until_s, self._world.at_s + AFTER_S)
        if do in _MORE_REQUESTS and self._is_full:
            raise Unavailable(503)
        if do == "infer":
            self._calls.take(number, fields["rid"], fields["input"])
            return None
        if do in CHANGES:
            self._calls.enter(self._journal)  # what came before happens before
            value = CHANGES[do](self._world, fields)
            self._journal.write(self._world.at_s, do, fields)
            return {"ok": value}
        return self._of_time(number, do, fields)

    def _look(self, number: int, do: str, fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
        world = self._world
        if do == "queues":
            return {"ok": shown.queues(world)}
        if do == "replicas":
            return {"ok": shown.replicas(world, world.named(fields["deployment"]))}
        if do == "decisions":
            name = fields.get("deployment")
            chosen = world.served.values() if name is None else [world.named(name)]
            return {"ok": [decision for one in chosen for decision in shown.decisions(one)]}
        self._snapshots.begin(number, world)
        return None

    def _of_time(self, number: int, do: str, fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
        at_s = self._world.at_s
        if do == "stop":
            self._is_stopped = True
            return {"ok": None}
        if do == "speed":
            self._pace.set(at_s, speed=_speed(fields["speed"]))
        elif do in PAUSES:
            self._require_room(do)
            self._pace.set(at_s, paused=PAUSES[do])
        else:
            raise Senseless(f"there is no command {do[:100]!r}")
        self._journal.write(at_s, do, fields)
        if do == "step":
            self._step_until_s = at_s + _positive(fields["for_s"])
            self._stepping.append(number)
            return None
        self._step_until_s = None
        return {"ok": self._time()}

    @property
    def _is_full(self) -> bool:
        return self._views.arrived >= MAX_ATTEMPTS

    def _require_room(self, do: str) -> None:
        if do != "pause" and self._is_full:
            raise Senseless("the run holds as many attempts as it may: begin another one")

    # What is told ---------------------------------------------------------------------------

    def _view(self) -> Mapping[str, Any]:
        return {**self._views.view(), "speed": self._pace.speed, "paused": self._pace.paused}

    def _time(self) -> Mapping[str, Any]:
        return {
            "at_s": self._world.at_s,
            "speed": self._pace.speed,
            "paused": self._pace.paused,
        }

    def _show(self) -> None:
        """Tell the newest view, and what has happened."""
        began_s = now_s()
        events = self._news.since_last()
        told: list[Mapping[str, Any]] = [{"view": self._view()}]
        self._lines.write(*told, *([{"events": events}] if events else []))
        self._view_due.after(max(VIEW_S, (now_s() - began_s) / VIEW_SHARE))

    def _note_reached(self, *, on_disk: bool) -> None:
        if self._world.at_s > self._reached_told_s:
            self._reached_told_s = self._world.at_s
            self._journal.write(self._world.at_s, "reached", {})
        self._journal.settle(on_disk=on_disk)


def _speed(value: Any) -> Any:
    if value == "max":
        return value
    return _positive(value)


def _positive(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1e9:
        raise Senseless("must be a number above 0, at most 1e9, or for speed the word max")
    return float(value)
