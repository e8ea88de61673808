"""What a scaling policy is: at each evaluation a pure decision, from what it sees and remembers.

A policy is made anew from the configuration of each evaluation and holds its settings alone. What
it counts is its memory, which `sim.control.autoscaler` keeps for it. It takes no part in time,
replicas or requests: the deployment carries out what it wants.

Control looks at evaluations ahead of time, as many as follow one another while it does nothing
else. How a policy is asked about them is a `Preview`: `sim.control.policies.one_by_one` asks about
one after the other, and a policy may have a faster form of its own.
"""

import math
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.control.policies.past import Past, Total
from sim.engines.contract.plane import Observation
from sim.reasons import Reason

M = TypeVar("M")
"""What a policy remembers from one evaluation to the next: a value that is never changed."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """The active revision's replicas from one act of control to the next.

    Attributes:
        responsive: Those that are RESPONSIVE.
        starting: Those that the platform shows as Starting.
        live: Those that the bounds count.
        requested_at_s: When the newest live one was requested; None without a live one.
        just_opened: How many of the RESPONSIVE ones did not take requests before `opened_at_s`.
        opened_at_s: The instant at which they began to.
        threads: How many threads the RESPONSIVE ones have together.
        starting_threads: How many those have that are starting.
        just_opened_threads: How many those have that were just opened.
    """

    responsive: int
    starting: int
    live: int
    requested_at_s: float | None
    just_opened: int = 0
    opened_at_s: float = -math.inf
    threads: int = field(kw_only=True)
    starting_threads: int = field(kw_only=True)
    just_opened_threads: int = field(kw_only=True)

    def counted(self, at_s: float) -> int:
        """Return how many an evaluation at `at_s` counts: those that took requests before it.

        The threads of a replica that has just turned RESPONSIVE have all been idle for no time,
        while what waits for them still waits: they say nothing about the load.
        """
        return self.responsive - (self.just_opened if self._has_just_opened(at_s) else 0)

    def counted_threads(self, at_s: float) -> int:
        """Return how many threads those have that an evaluation at `at_s` counts."""
        return self.threads - (self.just_opened_threads if self._has_just_opened(at_s) else 0)

    def saw(self, at_s: float, now: Observation) -> Total:
        """Return what an evaluation at `at_s` sees, as averages add it up."""
        return Total(1, now.busy, self.counted_threads(at_s), now.queued, now.in_flight)

    def _has_just_opened(self, at_s: float) -> bool:
        return at_s <= self.opened_at_s


@dataclass(frozen=True, slots=True)
class Seen:
    """What an evaluation at `at_s` sees: the requests `now`, and those of evaluations before it."""

    at_s: float
    now: Observation
    past: Past = field(default_factory=Past)

    def over(self, window_s: float) -> Total:
        """Return what the evaluations in (at_s - window_s, at_s] saw together; see `Past.over`."""
        return self.past.over(window_s)


@dataclass(frozen=True, slots=True)
class Verdict(Generic[M]):
    """What an evaluation decides, why, and what it remembers for the next one.

    Attributes:
        desired: How many live replicas there are to be, within the bounds of the configuration; as
            many as there are: nothing is done.
        reason: Why it is another number. If it is not, what holds back a policy that wants, or is
            on its way to want, another one; None if nothing does.
        memory: What is handed to the next evaluation.
        load: The load that it looked at; None without one.
        threshold: The load that this was measured by.
        since_s: Since when there was a reason to do what it did, or is held from doing.
    """

    desired: int
    reason: Reason | None
    memory: M
    load: float | None
    threshold: float
    since_s: float | None = None


class Policy(Protocol[M]):
    """A way of scaling, with its settings for one configuration."""

    @property
    def threshold(self) -> float:
        """The load from which on it would add replicas, as pictures draw it."""

    @property
    def looks_back_s(self) -> float:
        """The longest window over which it asks what was seen.

        0 where it asks for none: then nothing of evaluations that are over is kept.
        """

    def decide(self, seen: Seen, fleet: Fleet, memory: M) -> Verdict[M]:
        """Return how many replicas there are to be after an evaluation that sees this."""


class Preview(Protocol[M]):
    """Evaluations one after the other, up to the first that decides something.

    `acts` is the place of that one among those that were asked about, None if there is none; it is
    not among those kept here. Columns have shape `(n,)`: `load` is NaN where there is none, and
    `counted` is how many replicas each evaluation counts.
    """

    acts: int | None
    at_s: NDArray[np.float64]
    load: NDArray[np.float64]
    busy: NDArray[np.int64]
    counted: NDArray[np.int64]

    def __len__(self) -> int:
        """Return how many evaluations decide nothing."""

    def verdict(self, place: int) -> Verdict[M]:
        """Return the verdict of the evaluation at `place`, one that decides nothing."""

    def memory(self, place: int) -> M:
        """Return what is remembered after the evaluation at `place`; before the first for -1."""

    def changes(self, count: int) -> list[int]:
        """Return the places among the first `count` that are not held as the one before was."""
