"""The wall clock beside instants of a run."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from sim.text.wall_clock import Instants
from sim.zones import read_clock

MORNING = datetime(2026, 1, 5, 8, 0, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("horizon_s", "at_s", "expected"),
    [
        (3600.0, 0.0, "0 s (08:00:00)"),
        (3600.0, 272.4, "4 min 32 s (08:04:32)"),
        (3600.0, 59.96, "60.0 s (08:01:00)"),
        (57_599.0, 3600.0, "1 h (09:00:00)"),  # ends a second before midnight
        (57_600.0, 3600.0, "1 h (2026-01-05 09:00:00)"),  # ends at midnight
        (172_800.0, 93_600.0, "1 d 2 h (2026-01-06 10:00:00)"),
    ],
)
def test_the_clock_stands_beside_the_time_since_the_start(
    horizon_s: float, at_s: float, expected: str
) -> None:
    """In the offset of the start; with the date where the run goes on after midnight."""
    assert Instants(MORNING, horizon_s).say(at_s) == expected


def test_seconds_round_over_to_the_next_minute_hour_and_day() -> None:
    """Half a second before midnight is midnight on the clock."""
    evening = datetime(2026, 12, 31, 23, 59, 0, tzinfo=UTC)

    assert Instants(evening, 120.0).clock(59.7) == "2027-01-01 00:00:00"


def test_the_clock_of_a_zone_is_set() -> None:
    """Over the last night of March it is an hour ahead; and the date is that of the zone."""
    evening = read_clock("2026-03-28T20:00[Europe/Berlin]")

    assert Instants(evening, 36_000.0).clock(21_600.0) == "2026-03-29 03:00:00"
    assert Instants(evening, 14_399.0).clock(0.0) == "20:00:00"
