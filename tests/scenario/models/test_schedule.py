"""What schedules say at an instant, against a computation that asks what the clock shows."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.models.schedule import ScheduledBounds, ScheduleEntry
from sim.testing.schedule_laws import scheduled_bounds

CHANGES = (
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),  # forward, 02:00 to 03:00
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),  # back, 03:00 to 02:00
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),  # back by half an hour
    ("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),  # forward at midnight
    ("America/Sao_Paulo", datetime(2018, 2, 18, 2, tzinfo=UTC)),  # back at midnight
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),  # a whole day is left out
)
"""Zones, and instants at which their clocks are set."""

MINUTE_S = 60.0
WEEK_MINUTES = 7 * 24 * 60


def times(shown: datetime) -> st.SearchStrategy[str]:
    """Draw times of day, most of them around the one shown."""
    near = st.integers(-150, 150).map(lambda minutes: shown + timedelta(minutes=minutes))
    anywhere = st.times().map(lambda drawn: drawn.replace(second=0))
    return st.one_of(near, near, anywhere).map(lambda clock: f"{clock:%H:%M}")


@st.composite
def schedules(draw: st.DrawFn) -> tuple[list[ScheduleEntry], datetime]:
    """Draw entries in zones whose clocks are set soon, and the start of a run."""
    name, change = draw(st.sampled_from(CHANGES))
    shown = change.astimezone(ZoneInfo(name)).replace(tzinfo=None)
    entries = []
    for number in range(draw(st.integers(1, 3))):
        days = draw(
            st.none() | st.lists(st.sampled_from(["mon", "thu", "fri", "sat", "sun"]), min_size=1)
        )
        zone = draw(st.sampled_from([name, name, None, "Etc/UTC"]))
        entries.append(
            ScheduleEntry.model_validate(
                {
                    "min_count": number,
                    "max_count": 9,
                    "from_time": draw(times(shown)),
                    "to_time": draw(times(shown)),
                    "days": None if days is None else tuple(days),
                    "zone": zone,
                }
            )
        )
    start = change - timedelta(minutes=draw(st.integers(0, 3000)))
    return entries, start.astimezone(ZoneInfo(name))


@given(drawn=schedules(), minutes=st.lists(st.integers(0, WEEK_MINUTES), max_size=20))
def test_it_says_what_the_clock_says(
    drawn: tuple[list[ScheduleEntry], datetime], minutes: list[int]
) -> None:
    """At drawn minutes; and from change to change, in the middle and just before the next."""
    entries, start = drawn
    bounds = ScheduledBounds(entries, start)

    looks = [minute * MINUTE_S for minute in minutes]
    at_s = 0.0
    while at_s < 5 * 86400:
        next_s = bounds.next_after(at_s)
        assert next_s is not None
        assert next_s > at_s
        held = bounds.at(at_s)
        for between_s in (at_s, (at_s + next_s) / 2, next_s - 1.0):
            assert scheduled_bounds(entries, start, between_s) == held
        at_s = next_s
    for look_s in looks:
        assert bounds.at(look_s) == scheduled_bounds(entries, start, look_s)


def test_the_calendar_ends() -> None:
    """In the last days of the year 9999 windows come as long as there are days."""
    entry = ScheduleEntry(min_count=1, max_count=2, from_time="08:00", to_time="09:00")
    bounds = ScheduledBounds([entry], datetime(9999, 12, 31, 7, tzinfo=UTC))

    assert bounds.next_after(0.0) == 3600.0
    assert bounds.at(3600.0) == (1, 2)
    assert bounds.next_after(7200.0) is None
    assert bounds.at(1e9) is None
