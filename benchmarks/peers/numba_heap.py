"""The limit that the window kernel is held against: a binary heap of threads, compiled by Numba.

Serves requests in order of arrival, one after the other, with the line of the model
(docs/model.md): the thread that has been free for the longest takes the next request, ties by
start number. It knows nothing else: no cores, deadlines, replicas that come and go, or control.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
F = TypeVar("F", bound=Callable[..., object])


class Served(NamedTuple):
    """Start and end of each request and the thread that served it, by arrival; shapes `(n,)`."""

    start_at_s: Floats
    end_at_s: Floats
    thread: Ints


def _compiled(function: F) -> F:
    options: dict[str, Any] = {"cache": True, "error_model": "numpy"}
    return cast("F", numba.njit(**options)(function))


def serve(arrival_at_s: Floats, service_s: Floats, free_at_s: Floats) -> Served:
    """Return who is served when and by whom.

    Args:
        arrival_at_s: Ascending, shape `(n,)`.
        service_s: In the same order, shape `(n,)`.
        free_at_s: When each thread is free, ascending: the line at the beginning; shape `(c,)`
            with c above 0.
    """
    served = Served(
        np.empty_like(arrival_at_s),
        np.empty_like(arrival_at_s),
        np.empty(len(arrival_at_s), np.int64),
    )
    _serve(arrival_at_s, service_s, free_at_s.copy(), np.arange(len(free_at_s)), *served)
    return served


@_compiled
def _serve(
    arrival_at_s: Floats,
    service_s: Floats,
    free_at_s: Floats,
    rank: Ints,
    start_at_s: Floats,
    end_at_s: Floats,
    thread: Ints,
) -> None:
    """Fill the last three arrays.

    The heap is `free_at_s` with `rank`, the smallest pair at 0; a sorted array is a heap already. A
    rank is a place in the first line, or the number of threads plus that of a request, and so tells
    which thread it is: to look that up is cheaper than to move it about (10 to 20 per cent).
    """
    count = len(free_at_s)
    for request in range(len(arrival_at_s)):
        first = rank[0]
        start = max(arrival_at_s[request], free_at_s[0])
        end = start + service_s[request]
        start_at_s[request] = start
        end_at_s[request] = end
        thread[request] = first if first < count else thread[first - count]
        # The new entry sinks from the root; no rank is higher, so it stands behind its equals.
        place = 0
        child = 1
        while child < count:
            other = child + 1
            if other < count:
                gap = free_at_s[other] - free_at_s[child]
                if gap < 0 or (gap == 0 and rank[other] < rank[child]):
                    child = other
            if free_at_s[child] > end:
                break
            free_at_s[place] = free_at_s[child]
            rank[place] = rank[child]
            place = child
            child = 2 * place + 1
        free_at_s[place] = end
        rank[place] = count + request
