"""What the engine is given and never changes: the requests, and the settings around them.

Owns how a workload's columns are laid out for the event loop: each distinct one once, and those of
one value as that value.
"""

from dataclasses import dataclass, field

import numpy as np

from sim.engines.contract.client import retry_policy
from sim.engines.vectorised import eventloop as loop
from sim.engines.vectorised.eventloop import Floats, Given, Ints
from sim.scenario.models.deployment import Deployment
from sim.scenario.models.quantities import RequestDemands
from sim.workload.workload import Workload

Rows = slice | Ints
"""Numbers of requests or attempts; those that are consecutive as a slice, which copies nothing."""


@dataclass(slots=True)
class _Columns:
    """Columns of one type behind one another."""

    values: list[np.ndarray] = field(default_factory=list)
    size: int = 0

    def add(self, column: np.ndarray) -> tuple[int, int]:
        """Add a column; return where it begins and by how much it goes on per request."""
        begin = self.size
        step = int(column.strides[0] != 0 and column.size > 0)
        self.values.append(column if step else column[:1])
        self.size += self.values[-1].size
        return begin, step

    def joined(self, dtype: type) -> np.ndarray:
        """Return all columns as one array, which from now on is the only one kept."""
        if len(self.values) != 1:
            self.values = [np.concatenate([np.empty(0, dtype=dtype), *self.values])]
        return _plain(self.values[0])


class GivenRequests:
    """The requests of one deployment, with one set of demands for each that revisions asked for."""

    def __init__(self, deployment: Deployment, workload: Workload) -> None:
        """Make it without any set of demands."""
        self.workload = workload
        self._service = deployment.service
        self._retry = retry_policy(deployment.client, deployment.service.lost_request)
        self._interval_s = deployment.autoscaler.evaluation_interval_s
        self._rows: list[RequestDemands] = []
        self._works = _Columns()
        self._memory = _Columns()
        self._places: list[tuple[tuple[int, int], ...]] = []

    @property
    def count(self) -> int:
        """The number of requests."""
        return self.workload.arrival_at_s.size

    def row(self, demands: RequestDemands) -> tuple[int, bool]:
        """Return the number of the set that `demands` are, and whether it is new."""
        if demands in self._rows:
            return self._rows.index(demands), False
        self._rows.append(demands)
        drawn = self.workload.demands(demands)
        works = (drawn.wait_s, drawn.cpu_s, drawn.gpu_s)
        places = [self._works.add(column) for column in works]
        self._places.append((*places, self._memory.add(drawn.memory_bytes)))
        return len(self._rows) - 1, True

    def amend(self, workload: Workload) -> None:
        """Take another workload, with the same sets of demands under the same numbers."""
        rows, self._rows = self._rows, []
        self._works, self._memory = _Columns(), _Columns()
        self._places = []
        self.workload = workload
        for demands in rows:
            self.row(demands)

    def for_loop(self, width: int) -> Given:
        """Return what the event loop reads; `width` is the room for threads of a replica."""
        workload, service = self.workload, self._service
        places = np.array(self._places, dtype=np.int64).reshape(len(self._places), 4, 2)
        waits = [workload.retry_waits_s(k) for k in range(1, self._retry.max_attempts)]
        retried = np.zeros(16, dtype=np.int64)
        retried[[int(outcome) for outcome in self._retry.retried]] = 1
        limit = service.rate_limit
        return Given(
            arrival=_plain(workload.arrival_at_s),
            demand=self._works.joined(np.float64),
            memory=self._memory.joined(np.int64),
            begin=np.ascontiguousarray(places[:, :, 0].T),
            step=np.ascontiguousarray(places[:, :, 1].T),
            deadline=np.empty(0) if workload.deadline_s is None else _plain(workload.deadline_s),
            retry_wait=np.stack(waits) if waits else np.empty((0, self.count)),
            retried=retried,
            width=width,
            max_attempts=self._retry.max_attempts,
            queue_capacity=-1 if service.queue_capacity is None else service.queue_capacity,
            is_fewest=service.dispatch == "fewest_in_flight",
            is_limited=limit is not None,
            limit_interval=1 / limit.rate_per_s if limit else 0.0,
            limit_tolerance=(limit.burst - 1) / limit.rate_per_s if limit else 0.0,
            timeout=service.timeout_s,
            tick_interval=self._interval_s,
        )


def _plain(column: np.ndarray) -> np.ndarray:
    """Return a column as the event loop is compiled for: contiguous, and not read-only.

    A read-only array is of another type to the compiler, which would compile everything again.
    """
    return np.require(column, requirements=("C", "W"))


def demanded(g: Given, quantity: int, row: int, request: Rows) -> np.ndarray:
    """Return what requests ask for of a quantity: of each of them, or one number for all."""
    column = g.memory if quantity == loop.D_MEMORY else g.demand
    begin, step = g.begin[quantity, row], g.step[quantity, row]
    if not step:
        return column[begin : begin + 1]
    if isinstance(request, slice):
        return column[begin + request.start : begin + request.stop]
    return np.asarray(column[begin + request])


def limits(g: Given, request: Rows) -> Floats | float:
    """Return how long attempts of requests may take."""
    return np.minimum(g.deadline[request], g.timeout) if g.deadline.size else g.timeout


def consecutive(numbers: Ints) -> Rows:
    """Return ascending numbers, as a slice if none is left out between them."""
    if numbers.size and numbers[-1] - numbers[0] == numbers.size - 1:
        return slice(int(numbers[0]), int(numbers[-1]) + 1)
    return numbers
