"""Instants of the timeline that are given as a clock shows them."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sim.errors import ScenarioError
from sim.scenario.models.file_form import resolved
from sim.scenario.models.scenario import START_FORM, Scenario
from sim.scenario.models.wall_clock import DAYS, INSTANT_FORM, on_the_clock
from sim.scenario.reading.loader import parse_scenario
from sim.zones import zone

TEXT = """
name: By the clock
start: 2026-11-30T08:00:00+01:00
horizon: 3d
deployments:
  - name: api
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1}
timeline:
  - {event: disable, at: "AT", deployment: api}
"""
"""From a Monday on."""

STARTS = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 - the zone is drawn
    datetime(2030, 1, 1),  # noqa: DTZ001 - the zone is drawn
    timezones=st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)


def at_s(text: str) -> float:
    """Return when the only event happens."""
    return parse_scenario(TEXT.replace("AT", text)).timeline[0].at_s


@pytest.mark.parametrize(
    ("text", "after_s"),
    [
        ("11:00", 3 * 3600),
        ("08:00", 0),
        ("07:59:59", 86_400 - 1),
        ("Mon 08:00", 0),
        ("Tue 12:05", 86_400 + 4 * 3600 + 300),
        ("2h", 7200),
    ],
)
def test_an_event_happens_when_the_clock_shows_it(text: str, after_s: float) -> None:
    """The first time from time 0 on, by the zone of start; a duration means what it meant."""
    assert at_s(text) == after_s


@given(STARTS, st.sampled_from([None, *DAYS]), st.times())
def test_it_is_the_first_instant_at_which_the_clock_shows_it(
    start: datetime, day: str | None, time: datetime
) -> None:
    """To the second, no earlier than the start and less than a day, or a week, behind it."""
    shown = f"{time:%H:%M:%S}"
    found = on_the_clock(shown if day is None else f"{day} {shown}", start)

    assert found is not None
    clock = start + timedelta(seconds=found)
    assert f"{clock:%H:%M:%S}" == shown
    assert day is None or f"{clock:%a}" == day
    assert 0 <= found < (86_400 if day is None else 604_800)


@pytest.mark.parametrize("text", ["24:00", "8:00", "Teu 12:05", "12:60", "tue 12:05"])
def test_what_no_clock_shows_is_told(text: str) -> None:
    """With what can be written."""
    with pytest.raises(ScenarioError, match="is no time of day: write 11:00 or Tue 12:05") as error:
        at_s(text)
    (problem,) = error.value.problems

    assert (problem.rule, problem.field) == ("instant", "timeline[0].at")


def test_it_is_held_against_the_horizon() -> None:
    """As every instant."""
    with pytest.raises(ScenarioError, match="must be before the horizon") as error:
        at_s("Thu 08:00")
    assert [problem.value for problem in error.value.problems] == ['"Thu 08:00"']


def test_a_scenario_that_is_written_has_the_duration() -> None:
    """Which means the same from then on, whatever the start is."""
    scenario = parse_scenario(TEXT.replace("AT", "11:00"))

    assert resolved(scenario)["timeline"][0]["at"] == "3h"
    assert parse_scenario(resolved(scenario)) == scenario


def test_the_schema_takes_both_forms() -> None:
    """So that editors do."""
    schema = Draft202012Validator(INSTANT_FORM.schema)

    assert all(schema.is_valid(text) for text in ("11:00", "Tue 12:05:30", "90s", "1h30min"))
    assert not any(schema.is_valid(text) for text in ("24:00", "Teu 12:05", 90))


IN_BERLIN = TEXT.replace("2026-11-30T08:00:00+01:00", "START[Europe/Berlin]").replace("3d", "30d")


@pytest.mark.parametrize(
    ("start", "text", "after_h"),
    [
        ("2026-03-28T09:00", "08:00", 22),  # the night has an hour less
        ("2026-03-28T09:00", "Mon 08:00", 46),
        ("2026-10-24T09:00", "08:00", 24),  # the night has an hour more
        ("2026-10-24T09:00", "Sat 09:00", 0),
        ("2026-10-24T12:00", "Sat 09:00", 24 * 7 - 2),
        ("2026-10-24T20:30", "02:30", 6),  # the first of two
        ("2026-10-25T02:40", "02:30", 0.5 + 1 / 3),  # the second of two
        ("2026-10-25T02:40+01:00", "02:30", 23 + 5 / 6),
        ("2026-03-29T09:00", "02:30", 17.5),  # the one that was left out is past
        ("2026-03-29T09:00", "Sun 02:30", 7 * 24 - 6.5),
    ],
)
def test_an_event_follows_the_clock_of_a_zone(start: str, text: str, after_h: float) -> None:
    """Over the last Sundays of March and October, when it is set forward and back."""
    scenario = parse_scenario(IN_BERLIN.replace("START", start).replace("AT", text))

    assert scenario.timeline[0].at_s == pytest.approx(after_h * 3600, abs=1e-6)


@pytest.mark.parametrize(
    ("start", "text"),
    [
        ("2026-03-28T20:00", "02:30"),
        ("2026-03-23T20:00", "Sun 02:30"),
        ("2026-03-29T01:00", "02:00"),
    ],
)
def test_an_event_at_a_time_that_the_clock_leaves_out_is_refused(start: str, text: str) -> None:
    """Where it stands, with what is wrong."""
    with pytest.raises(ScenarioError) as error:
        parse_scenario(IN_BERLIN.replace("START", start).replace("AT", text))
    (problem,) = error.value.problems

    assert (problem.rule, problem.field, problem.value) == (
        "instant",
        "timeline[0].at",
        f'"{text}"',
    )
    assert "the clock of Europe/Berlin is set forward over 2026-03-29" in problem.message


@pytest.mark.parametrize(
    ("start", "says"),
    [
        ("2026-03-29T02:30", "is set forward over 2026-03-29 02:30:00"),
        ("2026-03-28T02:30+05:00", "has an offset that Europe/Berlin has not then"),
        ("2026-03-28T99:00", "must be a date and time with a zone"),
    ],
)
def test_a_start_that_there_is_not_is_refused(start: str, says: str) -> None:
    """Once, whatever else follows from it."""
    text = IN_BERLIN.replace("START", start).replace("AT", "11:00")
    with pytest.raises(ScenarioError) as error:
        parse_scenario(text)
    (problem,) = error.value.problems

    assert (problem.rule, problem.field) == ("start", "start")
    assert says in problem.message


def test_a_scenario_that_is_written_has_the_zone() -> None:
    """With the offset, which says which of two instants; and it is the same when it is read."""
    scenario = parse_scenario(
        IN_BERLIN.replace("START", "2026-10-25T02:40+01:00").replace("AT", "02:30")
    )
    written = resolved(scenario)

    assert written["start"] == "2026-10-25T02:40:00+01:00[Europe/Berlin]"
    assert resolved(parse_scenario(written)) == written


def test_a_zone_of_python_is_that_of_the_package() -> None:
    """Whatever the system has, the same versions have the same clock."""
    data = resolved(parse_scenario(TEXT.replace("AT", "11:00")))
    start = datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Europe/Berlin"))

    scenario = Scenario.from_file_form(data | {"start": start})
    assert scenario.start.tzinfo is zone("Europe/Berlin")


@pytest.mark.parametrize(
    ("start", "is_one"),
    [
        ("2026-03-02T09:00[Europe/Berlin]", True),
        ("2026-03-02T09:00:00.5+01:00[Etc/GMT-1]", True),
        ("2026-03-02T09:00:00Z", True),
        ("2026-03-02T09:00", True),
        ("2026-03-02", False),
        ("2026-03-02T09:00[]", False),
    ],
)
def test_the_schema_takes_zones(start: str, is_one: bool) -> None:  # noqa: FBT001 - pytest passes it by name
    """By name, by offset, or both; none where the scenario has a zone."""
    assert Draft202012Validator(dict(START_FORM.schema)).is_valid(start) == is_one


def test_start_without_a_fault_of_its_own_is_not_needed_for_durations() -> None:
    """A start that is refused is told once; the event is not told to be wrong."""
    text = TEXT.replace("AT", "2h").replace("+01:00", "")
    with pytest.raises(ScenarioError) as error:
        parse_scenario(text)

    assert [problem.field for problem in error.value.problems] == ["start"]


def test_utc_is_the_clock_where_no_start_is_given() -> None:
    """The default start has a zone too."""
    scenario = parse_scenario(
        TEXT.replace("start: 2026-11-30T08:00:00+01:00\n", "").replace("AT", "11:00")
    )

    clock = scenario.start + timedelta(seconds=scenario.timeline[0].at_s)
    assert f"{clock:%H:%M}" == "11:00"
    assert scenario.start.tzinfo == UTC
