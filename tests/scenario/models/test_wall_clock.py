"""Instants of the timeline that are given as a clock shows them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sim.errors import ScenarioError
from sim.scenario.models.file_form import resolved
from sim.scenario.models.wall_clock import DAYS, INSTANT_FORM, on_the_clock
from sim.scenario.reading.loader import parse_scenario

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
