"""The autoscaler's evaluations as columns."""

from array import array

import numpy as np
from numpy.typing import NDArray

from sim.control.policies.policy import Fleet
from sim.record import NEVER, TickColumns


class Ticks:
    """Collects one row an evaluation."""

    def __init__(self) -> None:
        """Make it empty."""
        self._at_s = array("d")
        self._load = array("d")
        self._busy = array("i")
        self._responsive = array("i")
        self._live = array("i")
        self._threshold = array("d")

    def append(
        self, at_s: float, load: float | None, busy: int, fleet: Fleet, threshold: float
    ) -> None:
        """Add the evaluation at `at_s`, which saw `fleet`."""
        self._at_s.append(at_s)
        self._load.append(NEVER if load is None else load)
        self._busy.append(busy)
        self._responsive.append(fleet.counted(at_s))
        self._live.append(fleet.live)
        self._threshold.append(threshold)

    def extend(
        self,
        at_s: NDArray[np.float64],
        load: NDArray[np.float64],
        busy: NDArray[np.int64],
        counted: NDArray[np.int64],
        live: int,
        threshold: float,
    ) -> None:
        """Add evaluations one after the other, between which control did nothing.

        `counted` is how many replicas each of them counts.
        """
        self._at_s.frombytes(at_s.tobytes())
        self._load.frombytes(load.tobytes())
        self._busy.frombytes(busy.astype(np.intc).tobytes())
        self._responsive.frombytes(counted.astype(np.intc).tobytes())
        self._live.extend(array("i", [live]) * at_s.size)
        self._threshold.extend(array("d", [threshold]) * at_s.size)

    def columns(self) -> TickColumns:
        """Return all evaluations, in order of time."""
        return TickColumns(
            at_s=np.array(self._at_s, dtype=np.float64),
            load=np.array(self._load, dtype=np.float64),
            busy=np.array(self._busy, dtype=np.int32),
            responsive=np.array(self._responsive, dtype=np.int32),
            live=np.array(self._live, dtype=np.int32),
            threshold=np.array(self._threshold, dtype=np.float64),
        )
