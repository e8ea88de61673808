"""What control may ask of a request plane, and what a request plane tells control.

The two meet only here. A plane serves the requests of one deployment; control opens and closes
replicas to it. A plane never acts on control directly: what control must see becomes an item of
class NOTICE at the same instant, and the item calls `Notices`.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.record import AttemptColumns
from sim.scenario.models.quantities import RequestDemands
from sim.states import Outcome


@dataclass(frozen=True, slots=True)
class ServingShape:
    """What the request plane must know of a revision's replicas.

    `cores` is what requests can use (cpu, or less by `cpu_parallelism`); `gpu_slots` counts
    requests that the replica's GPUs serve at once, 0 without a GPU.
    """

    revision: int
    thread_count: int
    cores: float
    gpu_slots: int
    memory_limit_bytes: int
    model_memory_bytes: int
    warmup_factor: float
    demands: RequestDemands


@dataclass(frozen=True, slots=True)
class Observation:
    """What an evaluation of the autoscaler sees of the requests.

    `busy` counts occupied threads on replicas of the evaluated revisions that were opened before
    this instant (one that recovers at it has requests in flight, which do not count yet),
    `in_flight` those on all replicas (closed and draining ones too); `last_arrival_at_s` is None
    before the first arrival of any kind.
    """

    busy: int
    queued: int
    in_flight: int
    last_arrival_at_s: float | None


@dataclass(frozen=True, slots=True)
class Observations:
    """What evaluations one after the other see: an `Observation` each, as columns of shape `(n,)`.

    `last_arrival_at_s` is NaN before the first arrival.
    """

    busy: NDArray[np.int64]
    queued: NDArray[np.int64]
    in_flight: NDArray[np.int64]
    last_arrival_at_s: NDArray[np.float64]

    def __len__(self) -> int:
        """Return how many evaluations there are."""
        return self.busy.size

    def at(self, place: int) -> Observation:
        """Return what the one at `place` sees."""
        last_at_s = float(self.last_arrival_at_s[place])
        return Observation(
            busy=int(self.busy[place]),
            queued=int(self.queued[place]),
            in_flight=int(self.in_flight[place]),
            last_arrival_at_s=None if math.isnan(last_at_s) else last_at_s,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """How a request ended for its client, all its attempts considered."""

    outcome: Outcome
    answered_at_s: float


class Notices(Protocol):
    """What control is told, each in an item of class NOTICE."""

    def over_memory(self, replica: int) -> None:
        """The last start took `replica` above its memory limit."""

    def drained(self, replica: int) -> None:
        """The last request on the draining `replica` ended."""

    def arrival_at_zero(self) -> None:
        """An attempt arrived while the deployment had no live replica."""


class TakesAttempts(Protocol):
    """Where attempts go that are over, in a run that does not keep them."""

    def see_line(self, attempts: AttemptColumns, settled_s: float) -> None:
        """See all attempts that were not taken yet, before some of them are.

        Args:
            attempts: In order of arrival; they arrived before `settled_s`.
            settled_s: As in `take`.
        """

    def take(self, attempts: AttemptColumns, settled_s: float) -> None:
        """Take attempts, each once; the columns may be overwritten when this returns.

        Args:
            attempts: Answered, and released where they were started, all of it before `settled_s`.
            settled_s: Everything before it has happened, in control too.
        """


class RequestPlane(Protocol):
    """The requests of one deployment."""

    def catch_up(self) -> None:
        """Let everything happen that comes before the present, in the order of the model.

        Everything below does so first, and so does control's journal before it writes.
        """

    def set_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - the one thing it sets
        """Let attempts in, or answer them `disabled`; disabling fails those queued."""

    def set_live_count(self, live_count: int) -> None:
        """Tell how many replicas there are or will be: at 0 an arrival is told to control."""

    def set_evaluated_from(self, revision: int) -> None:
        """Let evaluations count busy threads of `revision` and newer ones only; at first of all."""

    def open(self, replica: int, shape: ServingShape, warm_at_s: float) -> None:
        """Give `replica` requests from now on; those started before `warm_at_s` run slower."""

    def close(self, replica: int) -> None:
        """Give `replica` no more requests; those running go on."""

    def drain(self, replica: int) -> int:
        """Close `replica`, promise the notice `drained`, and return its requests in flight.

        With none in flight the plane forgets the replica and no notice comes.
        """

    def kill(self, replica: int, outcome: Outcome) -> None:
        """Fail all requests in flight on `replica` with `outcome`, and forget the replica."""

    def freeze(self, replica: int) -> None:
        """Stop all progress of the requests on `replica`."""

    def thaw(self, replica: int) -> None:
        """Let the requests on `replica` go on."""

    def in_flight(self, replica: int) -> int:
        """Return the number of requests in flight on `replica`."""

    def observe(self) -> Observation:
        """Return what an evaluation sees now."""
