"""Step series from intervals: how many of something there are at each instant.

Everything here is vectorised over the rows. A value at t is what holds after all that happened
at t, so an interval that begins and ends at one instant leaves no trace.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.results.timeline import Floats, StateCounts, Steps, Window
from sim.states import ReplicaState

BLOCK_ROWS: Final = 2**17
"""Starts and ends that are counted at a time; changes the memory and nothing else."""


def last_of_each_instant(at_s: Floats) -> NDArray[np.bool_]:
    """Return which rows of the ascending `at_s`, shape `(n,)`, are the last of their instant."""
    return np.append(at_s[1:] != at_s[:-1], np.full(min(len(at_s), 1), fill_value=True))


def changes_only(series: Steps) -> Steps:
    """Return `series` without the instants at which its value stays what it was."""
    old, new = series.value[:-1], series.value[1:]
    changed = (old != new) & ~(np.isnan(old) & np.isnan(new))
    keep = np.append(np.ones(min(len(series.at_s), 1), np.bool_), changed)
    return Steps(series.at_s[keep], series.value[keep])


def steps(at_s: Floats, value: Floats) -> Steps:
    """Return the series that takes `value[i]` at `at_s[i]`, the last one of each instant.

    Args:
        at_s: Ascending, shape `(n,)`.
        value: Shape `(n,)`.
    """
    keep = last_of_each_instant(at_s)
    return Steps(at_s[keep], value[keep])


def count_over_time(start_at_s: Floats, end_at_s: Floats) -> Steps:
    """Return how many of the intervals `[start_at_s[i], end_at_s[i])` hold each instant.

    Besides the columns and what the result has if every instant changes it, a block of instants at
    a time is in memory.

    Args:
        start_at_s: Shape `(n,)`, in any order, none below 0.
        end_at_s: Shape `(n,)`; infinity or NaN, or anything at or after the horizon, for one that
            does not end.

    Returns:
        Steps from instant 0 on.
    """
    starts, ends = _ascending(start_at_s), _ascending(end_at_s[np.isfinite(end_at_s)])
    started, ended = (int(np.searchsorted(column, 0.0, side="right")) for column in (starts, ends))
    most = 1 + len(starts) - started + len(ends) - ended
    at_s, value = np.zeros(most), np.empty(most)
    value[0] = count = started - ended
    size = 1
    edges = np.unique(np.concatenate((starts[::BLOCK_ROWS], ends[::BLOCK_ROWS])))
    for edge_at_s in (*edges[edges > 0].tolist(), math.inf):
        of_starts = slice(started, int(np.searchsorted(starts, edge_at_s)))
        of_ends = slice(ended, int(np.searchsorted(ends, edge_at_s)))
        started, ended = of_starts.stop, of_ends.stop
        inside = np.concatenate((starts[of_starts], ends[of_ends]))
        order = np.argsort(inside, kind="stable")  # two ascending stretches: a merge
        change = np.where(order < of_starts.stop - of_starts.start, 1.0, -1.0)
        found = steps(inside[order], count + np.cumsum(change))
        changed = np.flatnonzero(found.value != np.append(count, found.value[:-1]))
        if changed.size:
            block = slice(size, size + changed.size)
            at_s[block], value[block] = found.at_s[changed], found.value[changed]
            size, count = block.stop, value[block.stop - 1]
    return Steps(at_s[:size], value[:size])


def count_at(at_s: Floats, start_at_s: Floats, end_at_s: Floats) -> Steps:
    """Return how many of the intervals `[start_at_s[i], end_at_s[i])` hold the instants `at_s`.

    What comes and goes between two of them leaves no trace.

    Args:
        at_s: Ascending strictly, shape `(m,)`.
        start_at_s: Shape `(n,)`, in any order.
        end_at_s: Shape `(n,)`; infinity or NaN for one that does not end.

    Returns:
        A step at the first instant, and at each where the count is another than before.
    """
    # To look few instants up in many is cheap, even if the many have to be sorted for it: they
    # nearly are, since attempts are in order of arrival.
    started, ended = (
        np.searchsorted(_ascending(column), at_s, side="right") for column in (start_at_s, end_at_s)
    )
    return changes_only(Steps(at_s, (started - ended).astype(np.float64)))


def _ascending(at_s: Floats) -> Floats:
    return at_s if np.all(at_s[1:] >= at_s[:-1]) else np.sort(at_s, kind="stable")


def only_while(series: Steps, gate: Steps) -> Steps:
    """Return `series` without a value where `gate` is 0, and from there to its own next instant.

    Args:
        series: What is observed from time to time, such as the load at evaluations.
        gate: How many there are of what it is observed of; nothing counts as 0.
    """
    if not len(series.at_s):
        return series
    shut_at_s = gate.at_s[(gate.value == 0) & (gate.at_s > series.at_s[0])]
    at_s = np.union1d(series.at_s, shut_at_s)
    return Steps(at_s, np.where(align(gate, at_s) > 0, align(series, at_s), np.nan))


def within(series: Steps, window: Window) -> Steps:
    """Return `series` from the beginning of `window` to its end, not a step outside."""
    first = int(np.searchsorted(series.at_s, window.start_at_s, side="right"))
    last = int(np.searchsorted(series.at_s, window.end_at_s))
    inside = Steps(series.at_s[first:last], series.value[first:last])
    if first == 0:
        return inside
    if series.at_s[first - 1] == window.start_at_s:  # as in the whole run: nothing is copied
        return Steps(series.at_s[first - 1 : last], series.value[first - 1 : last])
    return Steps(
        np.append(window.start_at_s, inside.at_s),
        np.append(series.value[first - 1], inside.value),
    )


def count_states(
    at_s: Sequence[float],
    before: Sequence[ReplicaState | None],
    after: Sequence[ReplicaState],
) -> StateCounts:
    """Return how many replicas are in each state after each instant of `at_s`, and at 0.

    Args:
        at_s: Instants of transitions, ascending, shape `(n,)`.
        before: The states left; None where a replica was created.
        after: The states entered.
    """
    states = [state for state in ReplicaState if state is not ReplicaState.DELETED]
    times = np.array([0.0, *at_s])
    keep = last_of_each_instant(times)
    left = np.array([None, *before], np.object_)
    entered = np.array([None, *after], np.object_)
    return StateCounts(
        times[keep],
        {
            state: np.cumsum((entered == state).astype(np.int64) - (left == state))[keep]
            for state in states
        },
    )


def states_within(states: StateCounts, window: Window) -> StateCounts:
    """Return `states` from the beginning of `window` to its end, not a step outside."""
    found = {
        state: within(Steps(states.at_s, count.astype(np.float64)), window)
        for state, count in states.counts.items()
    }
    at_s = next((series.at_s for series in found.values()), states.at_s)
    return StateCounts(at_s, {s: series.value.astype(np.int64) for s, series in found.items()})


def align(series: Steps, at_s: Floats) -> Floats:
    """Return the values that `series` has at the instants `at_s`, NaN before its first."""
    place = np.searchsorted(series.at_s, at_s, side="right") - 1
    found = np.where(place >= 0, place, 0)
    if len(series.at_s) == 0:
        return np.full(len(at_s), np.nan)
    return np.where(place >= 0, series.value[found], np.nan)


def time_mean(series: Steps, start_at_s: float, end_at_s: float) -> float | None:
    """Return the mean of `series` over `[start_at_s, end_at_s)`; None for an empty window."""
    if not start_at_s < end_at_s:
        return None
    inside = (series.at_s > start_at_s) & (series.at_s < end_at_s)
    edges = np.concatenate(([start_at_s], series.at_s[inside], [end_at_s]))
    values = align(series, edges[:-1])
    return math.fsum(values * np.diff(edges)) / (end_at_s - start_at_s)
