"""Fewer samples of a series, where it has more than a viewer can open, without losing extremes."""

from typing import Final

import numpy as np

from sim.results.timeline import Floats, Steps

SAMPLES_AT_MOST: Final = 200_000
"""Of one series: 8 MB of a trace. A day of 3 million requests has 5 million, which are 200 MB."""

_OF_A_BIN: Final = 4


def thinned(series: Steps) -> Steps:
    """Return a series as it is, or if it is too long the first, least, most and last of each bin.

    Bins are of equal length in time. What is left are samples of the series, each at its instant,
    so that each extreme of the whole, and of a stretch as long as a bin or longer, is among them.
    """
    count = len(series.at_s)
    if count <= SAMPLES_AT_MOST:
        return series
    bins = SAMPLES_AT_MOST // _OF_A_BIN
    first_at_s = series.at_s[0]
    width_s = (series.at_s[-1] - first_at_s) / bins
    of_bin = np.minimum(((series.at_s - first_at_s) / width_s).astype(np.int64), bins - 1)
    starts = np.flatnonzero(np.append(True, of_bin[1:] != of_bin[:-1]))
    ends = np.append(starts[1:], count) - 1
    by_value = np.lexsort((_without_nothing(series.value), of_bin))  # bins stay where they are
    kept = np.unique(np.concatenate((starts, ends, by_value[starts], by_value[ends])))
    return Steps(series.at_s[kept], series.value[kept])


def _without_nothing(value: Floats) -> Floats:
    """Return the values with nothing as 0, as counters show it."""
    return np.nan_to_num(value, nan=0.0)
