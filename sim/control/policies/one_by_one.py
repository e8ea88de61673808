"""Many evaluations of any policy, one after the other: the form that a policy need not write."""

from collections.abc import Iterator
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from sim.control.policies.past import Past
from sim.control.policies.policy import Fleet, M, Policy, Seen, Verdict
from sim.engines.contract.plane import Observations
from sim.record import NEVER


class OneByOne(Generic[M]):
    """Evaluations up to the first that decides something; see `sim.control.policies.policy`."""

    def __init__(
        self,
        policy: Policy[M],
        at_s: NDArray[np.float64],
        fleet: Fleet,
        seen: Observations,
        memory: M,
        past: Past,
    ) -> None:
        """Evaluate at the instants `at_s`, which see `seen`; `memory` and `past` are of before."""
        self._before = memory
        self._verdicts: list[Verdict[M]] = []
        self.acts: int | None = None
        for verdict in _verdicts(policy, at_s, fleet, seen, memory, past):
            if verdict.desired != fleet.live:
                self.acts = len(self._verdicts)
                break
            self._verdicts.append(verdict)
        loads = [NEVER if v.load is None else v.load for v in self._verdicts]
        self.at_s = at_s[: self.acts]
        self.load = np.array(loads, dtype=np.float64)
        self.busy = seen.busy[: self.acts]
        self.counted = np.array([fleet.counted(t) for t in self.at_s.tolist()], dtype=np.int64)

    def __len__(self) -> int:
        """Return how many evaluations decide nothing."""
        return len(self._verdicts)

    def verdict(self, place: int) -> Verdict[M]:
        """Return the verdict of the evaluation at `place`, one that decides nothing."""
        return self._verdicts[place]

    def memory(self, place: int) -> M:
        """Return what is remembered after the evaluation at `place`; before the first for -1."""
        return self._before if place < 0 else self._verdicts[place].memory

    def changes(self, count: int) -> list[int]:
        """Return the places among the first `count` that are not held as the one before was."""
        held = [verdict.reason for verdict in self._verdicts[:count]]
        return [p for p in range(len(held)) if p == 0 or held[p] is not held[p - 1]]


def _verdicts(
    policy: Policy[M],
    at_s: NDArray[np.float64],
    fleet: Fleet,
    seen: Observations,
    memory: M,
    past: Past,
) -> Iterator[Verdict[M]]:
    """Yield what each evaluation decides, as if those before it had decided nothing."""
    for place, instant_s in enumerate(at_s.tolist()):
        now = seen.at(place)
        past = past.and_then([fleet.saw(instant_s, now)])
        verdict = policy.decide(Seen(instant_s, now, past), fleet, memory)
        memory = verdict.memory
        yield verdict
