"""Which idle thread takes the next request.

Threads of RESPONSIVE replicas of the active revision pull work. Two ways, chosen by the scenario
(`service.dispatch`); both hold only idle threads that may take a request.
"""

from collections import deque
from collections.abc import Iterable
from heapq import heappop, heappush
from typing import NamedTuple, Protocol


class Thread(NamedTuple):
    """One thread of one replica; threads compare by thread number, then replica number."""

    number: int
    replica: int


class Dispatch(Protocol):
    """The idle threads, and the order in which they are served."""

    @property
    def idle_count(self) -> int:
        """How many threads could take a request now."""

    def add_together(self, threads: Iterable[Thread]) -> None:
        """Let threads in that became available at one instant."""

    def add(self, thread: Thread) -> None:
        """Let in a thread whose request ended."""

    def remove_replica(self, replica: int) -> None:
        """Take out all threads of `replica`."""

    def take(self) -> Thread:
        """Take out the thread that serves the next request; there must be one."""


class ThreadLine:
    """`dispatch: line`: idle threads stand in one line; its head takes the next request."""

    def __init__(self) -> None:
        """Make an empty line."""
        self._line: deque[Thread] = deque()

    @property
    def idle_count(self) -> int:
        """How many threads stand in the line."""
        return len(self._line)

    def add_together(self, threads: Iterable[Thread]) -> None:
        """Spread newcomers over the line as if their polls came evenly between those in it.

        With m threads in the line and k newcomers y_1..y_k, in the order in which they are
        given, y_x comes right behind the ceil(x m / k)-th of the m; into an empty line they go
        in that order. Joining as one block would send the next requests in a row to one replica.
        """
        newcomers = list(threads)
        present = list(self._line)
        if not present:
            self._line.extend(newcomers)
            return
        self._line.clear()
        merged = 0
        for place, thread in enumerate(present, start=1):
            self._line.append(thread)
            while merged < len(newcomers) and _place(merged, present, newcomers) == place:
                self._line.append(newcomers[merged])
                merged += 1

    def add(self, thread: Thread) -> None:
        """Let `thread` in at the tail."""
        self._line.append(thread)

    def remove_replica(self, replica: int) -> None:
        """Take out all threads of `replica`; the others keep their order."""
        self._line = deque(thread for thread in self._line if thread.replica != replica)

    def take(self) -> Thread:
        """Take the head of the line."""
        return self._line.popleft()


def _place(x: int, present: list[Thread], newcomers: list[Thread]) -> int:
    """Return ceil((x + 1) m / k): behind which of those present newcomer x (from 0) comes."""
    return -(-(x + 1) * len(present) // len(newcomers))


class FewestInFlight:
    """`dispatch: fewest_in_flight`: the replica with the fewest requests that has a free thread.

    Ties go to the lowest replica number; of its threads the lowest free number serves.
    """

    def __init__(self, thread_counts: dict[int, int]) -> None:
        """Make it empty; `thread_counts` is the live mapping from replica to threadCount."""
        self._thread_counts = thread_counts
        self._idle: dict[int, list[int]] = {}

    @property
    def idle_count(self) -> int:
        """How many threads could take a request now."""
        return sum(map(len, self._idle.values()))

    def add_together(self, threads: Iterable[Thread]) -> None:
        """Let threads in that became available at one instant."""
        for thread in threads:
            self.add(thread)

    def add(self, thread: Thread) -> None:
        """Let in a thread whose request ended."""
        heappush(self._idle.setdefault(thread.replica, []), thread.number)

    def remove_replica(self, replica: int) -> None:
        """Take out all threads of `replica`."""
        self._idle.pop(replica, None)

    def take(self) -> Thread:
        """Take the lowest free thread of the least occupied replica."""
        replica = min(
            (replica for replica, idle in self._idle.items() if idle),
            key=lambda replica: (self._thread_counts[replica] - len(self._idle[replica]), replica),
        )
        return Thread(heappop(self._idle[replica]), replica)
