"""Where attempts are, from when to when: in line, on a thread, or abandoned on one.

Owns how instants of attempts become intervals, and when control looks at them. Counting
them is in `sim.results.steps`.
"""

from typing import NamedTuple

import numpy as np

from sim.results.timeline import Floats


def evaluations_s(interval_s: float, horizon_s: float) -> Floats:
    """Return the instants of all evaluations before the horizon, ascending, shape `(n,)`.

    Those too at which nothing is evaluated, since the deployment is disabled.
    """
    at_s: Floats = np.arange(int(horizon_s / interval_s) + 2, dtype=np.float64) * interval_s
    return at_s[at_s < horizon_s]


class Stays(NamedTuple):
    """Intervals `[start_at_s[i], end_at_s[i])`, shape `(n,)`; NaN ends one at the horizon."""

    start_at_s: Floats
    end_at_s: Floats


def stays_of(
    *, arrival_at_s: Floats, start_at_s: Floats, answered_at_s: Floats, released_at_s: Floats
) -> dict[str, Stays]:
    """Return the stays of attempts by what they are meanwhile.

    `queued` from arrival to a start, or else to the answer; `running` from the start to the answer:
    they hold a thread and are waited for; `abandoned` from the answer to the release: they hold a
    thread that nobody waits for any more.

    Args:
        arrival_at_s: When each attempt arrived, shape `(n,)`, as of all columns.
        start_at_s: When it got a thread; NaN for one that never held any.
        answered_at_s: When its client was answered; NaN if that was not before the horizon.
        released_at_s: When it was over, at the answer or later; NaN as for answers.
    """
    is_started = ~np.isnan(start_at_s)
    left_at_s = np.where(is_started, start_at_s, answered_at_s)
    # Most start as they arrive: what is empty leaves no trace, and need not be sorted.
    has_waited = ~(left_at_s <= arrival_at_s)
    is_late = ~(released_at_s <= answered_at_s)  # NaN: still running at the horizon
    is_late &= is_started
    is_late &= ~np.isnan(answered_at_s)
    running = Stays(start_at_s, answered_at_s)
    return {
        "queued": Stays(arrival_at_s[has_waited], left_at_s[has_waited]),
        "running": running if is_started.all() else Stays(*(c[is_started] for c in running)),
        "abandoned": Stays(answered_at_s[is_late], released_at_s[is_late]),
    }
