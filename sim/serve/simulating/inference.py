"""Inference calls: from input to output, or to the failure that happened in the simulation."""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sim.scenario.models.parameter_values import Misfit
from sim.serve.protocol.commands import InferenceDone
from sim.serve.protocol.said import Done, Reply
from sim.serve.simulating.entries import CALLS, CallsFields
from sim.serve.simulating.journal import Journal
from sim.serve.simulating.model_api import make_output, read_input
from sim.serve.simulating.pace import now_s
from sim.serve.simulating.refusals import Faulty, Refusal, Unavailable
from sim.serve.simulating.served import ServedDeployment
from sim.serve.simulating.world import World
from sim.states import LOST, Outcome
from sim.wire.endpoint_errors import InferenceFailure, InferenceInvalidInput, InferenceTimeout

_EMPTY_STATUS: Final = {
    Outcome.RATE_LIMITED: 429,
    Outcome.DISABLED: 503,
    Outcome.QUEUE_FULL: 503,
}
_TIMEOUTS: Final = frozenset({Outcome.INFERENCE_TIMEOUT, Outcome.CLIENT_TIMEOUT})
_WORDS: Final = {
    Outcome.OUT_OF_MEMORY: "The replica ran out of memory.",
    Outcome.REPLICA_KILLED: "The replica was lost.",
    Outcome.GRACE_OVER: "The replica's time to finish was over.",
}

LOOK_S: Final = 0.02
"""Real seconds for which calls that wait are looked at, each time."""


@dataclass(frozen=True, slots=True)
class _Call:
    """A call that waits for its answer: `number` is the command's, `output` what it will say."""

    number: int
    output: Mapping[str, Any]


class Calls:
    """The calls of a world: those that arrive in this turn, and those that wait for an answer."""

    def __init__(self, world: World) -> None:
        """Begin without any."""
        self._world = world
        self._arriving: dict[str, list[_Call]] = defaultdict(list)
        self._waiting: dict[str, dict[int, _Call]] = defaultdict(dict)
        self._turns: deque[tuple[str, int]] = deque()
        self._refused: list[tuple[int, Refusal]] = []

    @property
    def are_waiting(self) -> bool:
        """Whether a call waits for its answer."""
        return any(self._waiting.values())

    def take(self, number: int, rid: str, given: Mapping[str, Any]) -> None:
        """Take a call; it arrives with `enter`.

        Raises:
            Faulty: There is no such deployment, or the input does not fit its model.
        """
        found = self._world.deployment(rid)
        try:
            inputs = read_input(found.spec.api, given, casts=found.is_direct)
            output = make_output(found.spec.api, inputs)
        except Misfit as misfit:
            raise Faulty(InferenceInvalidInput(rid, misfit.defect)) from None
        self._arriving[rid].append(_Call(number, output))

    def enter(self, journal: Journal) -> None:
        """Let the calls that were taken arrive now, those of a deployment at once."""
        for rid, calls in self._arriving.items():
            try:
                fields = CallsFields(rid=rid, count=len(calls))
                with journal.entry(self._world.at_s, CALLS.do, fields):
                    numbers = self._world.infer(rid, len(calls))
            except Refusal as refusal:
                self._refused += [(call.number, refusal) for call in calls]
                continue
            self._waiting[rid].update(zip(numbers, calls, strict=True))
            self._turns.extend((rid, number) for number in numbers)
        self._arriving.clear()

    def given_up(self) -> list[Reply]:
        """Return the answers to the calls that still wait when their run is given up."""
        found = self.settled()
        for rid, calls in self._waiting.items():
            refusal = Faulty(InferenceFailure(rid, "The run was begun again."))
            found += [refusal.to_line(call.number) for call in calls.values()]
        self._waiting.clear()
        self._turns.clear()
        return found

    def settled(self) -> list[Reply]:
        """Return the answers to calls that have ended since.

        To look at thousands of calls takes long where clients retry, so that each time only some of
        them are looked at, by turns.
        """
        found = [refusal.to_line(number) for number, refusal in self._refused]
        self._refused.clear()
        began_s = now_s()
        for _ in range(len(self._turns)):
            rid, number = self._turns[0]
            call = self._waiting[rid][number]
            answer = self._world.answer(rid, number)
            if answer is None:
                self._turns.rotate(-1)
            else:
                self._turns.popleft()
                del self._waiting[rid][number]
                found.append(_answered(call, self._world.deployment(rid), answer.outcome))
            if now_s() - began_s > LOOK_S:
                break
        return found


def _answered(call: _Call, found: ServedDeployment, outcome: Outcome) -> Reply:
    """Return what a call is answered that ended so.

    Source: Transform Json Live Deployment (API reference) for the errors; which failure is which of
    them is assumed, see docs/live.md.
    """
    rid = found.spec.rid
    if outcome is Outcome.COMPLETED:
        return Done(id=call.number, ok=InferenceDone(output=call.output))
    if outcome in _TIMEOUTS:
        return Faulty(InferenceTimeout(rid)).to_line(call.number)
    if outcome in LOST and found.spec.service.lost_request == "InferenceFailure":
        return Faulty(InferenceFailure(rid, _WORDS[outcome])).to_line(call.number)
    return Unavailable(_EMPTY_STATUS.get(outcome, 503)).to_line(call.number)
