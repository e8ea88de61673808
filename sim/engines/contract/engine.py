"""What a run asks of a request engine, and what an engine asks of control.

Two keep to it, with the same results to the last bit: with `ReferenceEngine` requests are SimPy
processes on the clock of control, with `VectorisedEngine` each deployment's plane has a clock of
its own.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.engines.contract.plane import Notices, Observations, RequestPlane, TakesAttempts
from sim.record import AttemptColumns, Contention
from sim.scenario.models.deployment import Deployment
from sim.workload.workload import Workload


class Evaluated(Protocol):
    """A deployment's control, as an engine needs it."""

    def evaluate(self) -> None:
        """Carry out the evaluation of this instant."""

    def first_to_act(self, first: int, seen: Observations) -> int | None:
        """Return which of the next evaluations, numbered from `first`, would decide something."""

    def let_pass(self, count: int) -> None:
        """Note that the first `count` of the evaluations looked at have passed."""


class RunningPlane(RequestPlane, Protocol):
    """A plane as a run has it: it can be asked for what happened."""

    def measure_from(self, at_s: float) -> None:
        """Count contention from `at_s` on only; nothing has happened yet."""

    def hand_over_to(self, taker: TakesAttempts) -> None:
        """Hand over attempts when they are over, from time to time; nothing has happened yet.

        `attempt_columns` then returns the others.
        """

    def attempt_columns(self) -> AttemptColumns:
        """Return every attempt that arrived and was not handed over, in order of arrival."""

    def backing_off(self) -> NDArray[np.int64]:
        """Return the numbers of the requests whose next attempt is still to come, ascending."""

    def contention(self, horizon_s: float) -> Contention:
        """Return what requests contended for on their replicas; nothing more will happen."""

    def let_go(self) -> None:
        """Let go of what the requests ask for; nothing more will happen."""

    def served_by(self) -> dict[str, int]:
        """Return how many attempts each path of the engine started."""


class RequestEngine(Protocol):
    """What a run needs of its requests."""

    def plane(
        self, number: int, deployment: Deployment, workload: Workload, notices: Notices
    ) -> RunningPlane:
        """Make the plane of a deployment; `number` is its place among all of the run."""

    def begin(self, number: int, control: Evaluated) -> None:
        """Let a deployment be evaluated from now on; it is in its initial condition."""

    def advance(self, until_s: float) -> None:
        """Let everything happen that is due before `until_s`."""

    def finish(self, horizon_s: float) -> None:
        """Note that nothing more will happen; the run has advanced to the horizon."""
