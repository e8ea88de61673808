"""Lanes: so few tracks that no two stretches of time on one overlap, as slices of a track must not.

Perfetto shows tracks of one name as one, with a line a lane.
"""

from collections.abc import Sequence
from heapq import heappop, heappush


def lanes(stretches: Sequence[tuple[float, float]]) -> list[list[int]]:
    """Return the places of the stretches on each lane, ascending.

    Each takes the first lane that is free when it begins; it may begin on a lane where another ends
    at that instant.

    Args:
        stretches: Beginning and end of each, in order of their beginnings.
    """
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    found: list[list[int]] = []
    for place, (start_at_s, end_at_s) in enumerate(stretches):
        while busy and busy[0][0] <= start_at_s:
            heappush(free, heappop(busy)[1])
        if free:
            lane = heappop(free)
        else:
            lane = len(found)
            found.append([])
        found[lane].append(place)
        heappush(busy, (end_at_s, lane))
    return found
