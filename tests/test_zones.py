"""Time zones by name: what their clocks show, and which instants a text means."""

import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.zones import clock_at, clock_changes, read_clock, written_clock, zone

BERLIN = "Europe/Berlin"
SPRING = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
"""When the clocks of the European Union are set: at 01:00 UTC on the last Sunday of March and of
October. Source: Directive 2000/84/EC, articles 2 and 3."""
ZONES = (
    BERLIN,
    "UTC",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Africa/Casablanca",
)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-02T09:00[Europe/Berlin]", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-07-02T09:00:30[Europe/Berlin]", datetime(2026, 7, 2, 7, 0, 30, tzinfo=UTC)),
        ("2026-03-02T09:00+01:00[Europe/Berlin]", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02T09:00Z[Europe/Berlin]", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-10-25T02:30[Europe/Berlin]", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T02:30+02:00[Europe/Berlin]", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T02:30+01:00[Europe/Berlin]", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2026-03-02T09:00+05:30", datetime(2026, 3, 2, 3, 30, tzinfo=UTC)),
    ],
)
def test_a_text_means_an_instant(text: str, instant: datetime) -> None:
    """Of two with one clock time the first, unless the offset says the second."""
    found = read_clock(text)

    assert found.astimezone(UTC) == instant
    again = read_clock(written_clock(found))
    assert (again.astimezone(UTC), again.tzinfo) == (instant, found.tzinfo)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-03-29T02:30[Europe/Berlin]", "03:30:00 is as long after midnight"),
        ("2026-03-29T02:30+01:00[Europe/Berlin]", "there is not: the clock of Europe/Berlin"),
        ("2026-03-02T09:00+02:00[Europe/Berlin]", "write 2026-03-02T09:00:00"),
        ("2026-03-02T09:00[Europe/Belrin]", "did you mean Europe/Berlin"),
        ("2026-03-02T09:00[../../etc/passwd]", "names no time zone"),
        ("2026-03-02[x", "must be a date and time with a zone"),
    ],
)
def test_what_means_no_instant_is_refused(text: str, says: str) -> None:
    """With what is wrong."""
    with pytest.raises(ValueError, match=says):
        read_clock(text)


def test_a_zone_goes_to_another_process() -> None:
    """As the same one."""
    assert pickle.loads(pickle.dumps(zone(BERLIN))) is zone(BERLIN)


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - of UTC
    st.sampled_from(ZONES),
    st.integers(0, 400 * 86_400),
)
def test_the_changes_of_a_clock_are_all_that_there_is(
    utc: datetime, name: str, after_s: int
) -> None:
    """The last before an instant says how far the clock is ahead then."""
    start = utc.replace(tzinfo=UTC).astimezone(zone(name))
    ahead_s = [ahead_s for at_s, ahead_s in clock_changes(start, after_s + 1) if at_s <= after_s]
    then = (utc.replace(tzinfo=UTC) + timedelta(seconds=after_s)).astimezone(zone(name))
    shift = (then.utcoffset() or timedelta()) - (start.utcoffset() or timedelta())

    assert (ahead_s or [0.0])[-1] == shift.total_seconds()
    assert clock_at(start, after_s).replace(tzinfo=None) == then.replace(tzinfo=None)


def test_a_clock_is_set_at_the_second_of_the_law() -> None:
    """Forward in spring and back in autumn, each counted from the start."""
    start = datetime(2026, 3, 28, 23, 0, 0, 250_000, tzinfo=UTC).astimezone(zone(BERLIN))

    found = list(clock_changes(start, 300 * 86_400.0))

    spring_s, autumn_s = ((at - start).total_seconds() for at in (SPRING, AUTUMN))
    assert found == [(spring_s, 3600.0), (autumn_s, 0.0)]
    assert list(clock_changes(start, spring_s)) == []


def test_an_offset_alone_never_changes() -> None:
    """It has no summer."""
    start = datetime(2026, 3, 28, tzinfo=timezone(timedelta(hours=1)))

    assert list(clock_changes(start, 300 * 86_400.0)) == []
    assert f"{clock_at(start, 200 * 86_400.0):%H:%M %z}" == "00:00 +0100"
