"""What the clock of a zone showed, to instants: across the changes of the clock."""

from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.zones import clock_changes, left_out, zone

_SECOND_NS: Final = 10**9
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)


LEAST_STEP_NS: Final = 60 * _SECOND_NS
"""By less the rows of a log may go back without a change of the clock."""


class ClockError(ValueError):
    """What a clock shows is no instant, or one of two; the message says why.

    Attributes:
        row: Which of the rows it is, from 0.
    """

    def __init__(self, message: str, row: int) -> None:
        """Say why, and of which row."""
        super().__init__(message)
        self.row = row


def zoned(shown_ns: NDArray[np.int64], name: str) -> NDArray[np.int64]:
    """Return the instants at which the clock of a zone showed what the rows of a recording have.

    An hour that is shown twice is told apart by the order of the rows: those before the one place
    where the clock goes back are in the first, the others in the second. No row is moved.

    Args:
        shown_ns: Dates and times as if they were of UTC, in nanoseconds since the epoch, in the
            order of the file, shape ``(rows,)``.
        name: Of the zone, such as Europe/Berlin.

    Returns:
        Nanoseconds since the epoch, shape ``(rows,)``.

    Raises:
        ClockError: The clock never shows one of them; or it shows some twice, and the order of the
            rows does not tell which is meant.
    """
    if not shown_ns.size:
        return shown_ns
    begin_ns, ahead_ns = _offsets(shown_ns, name)
    # Of each piece of constant offset, what its clock shows at its begin and at its end.
    shows_from_ns = np.concatenate([[np.iinfo(np.int64).min], begin_ns + ahead_ns[1:]])
    shows_to_ns = np.concatenate([begin_ns + ahead_ns[:-1], [np.iinfo(np.int64).max]])
    first = np.searchsorted(shows_to_ns, shown_ns, side="right")
    second = np.searchsorted(shows_from_ns, shown_ns, side="right") - 1
    if (second < first).any():
        row = int(np.argmax(second < first))
        raise ClockError(left_out(_clock(int(shown_ns[row])), zone(name)), row)
    for piece in np.unique(second[second > first]).tolist():
        rows = np.flatnonzero((second > first) & (second == piece))
        later = rows[_turn(shown_ns[rows], rows, name) :]
        first[later] = piece
    return shown_ns - ahead_ns[first]


def _turn(shown_ns: NDArray[np.int64], rows: NDArray[np.int64], name: str) -> int:
    """Return which of the rows of a doubled hour is the first of the second time.

    Raises:
        ClockError: The clock does not go back once in their order.
    """
    steps_ns = np.diff(shown_ns)
    turns = np.flatnonzero(steps_ns < 0) + 1
    if turns.size == 1 and steps_ns.min() <= -LEAST_STEP_NS:
        return int(turns[0])
    place = 0 if not turns.size else int(turns[min(1, turns.size - 1)])
    row, shown = int(rows[place]), _clock(int(shown_ns[place]))
    if not turns.size:
        why = "no row says which is meant, since none of that hour is earlier than the one before"
    elif turns.size == 1:
        why = "the rows of that hour go back by less than a minute, as disorder may do"
    else:
        why = "the rows of that hour are not in order of time, so that it does not tell them apart"
    raise ClockError(
        f"the clock of {name} showed {shown:%Y-%m-%d %H:%M:%S} twice, and {why}: write the "
        "offset beside the times, or leave that hour out",
        row,
    )


def _offsets(shown_ns: NDArray[np.int64], name: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return when the offset of a zone changes, and what it is before, between and after.

    Both in nanoseconds; of shapes ``(n,)`` and ``(n + 1,)``; a day more than what is shown.
    """
    earliest, latest = _clock(int(shown_ns.min())), _clock(int(shown_ns.max()))
    start = (earliest.replace(microsecond=0, tzinfo=UTC) - _DAY).astimezone(zone(name))
    until_s = (latest - earliest + 3 * _DAY).total_seconds()
    since_ns = (start - _EPOCH) // timedelta(seconds=1) * _SECOND_NS
    offset_ns = (start.utcoffset() or timedelta()) // timedelta(microseconds=1) * 1000
    changes = list(clock_changes(start, until_s))
    return (
        np.array([since_ns + round(at_s) * _SECOND_NS for at_s, _ in changes], np.int64),
        np.array(
            [offset_ns, *(offset_ns + round(ahead_s * _SECOND_NS) for _, ahead_s in changes)],
            np.int64,
        ),
    )


def _clock(shown_ns: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(microseconds=shown_ns // 1000)  # noqa: DTZ001 - its zone is not UTC
