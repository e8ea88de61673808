"""Dates of a zone's clock to instants, across both changes of the clock."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.errors import ScenarioError
from sim.recordings.layout import Layout
from sim.recordings.reading import read_rows
from sim.recordings.zoned import ClockError, zoned

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHANGES = {
    "Europe/Berlin": ("2024-03-31T01:00", "2024-10-27T01:00"),
    "America/New_York": ("2024-03-10T07:00", "2024-11-03T06:00"),
    "Australia/Lord_Howe": ("2024-10-05T15:30", "2024-04-06T15:00"),  # by half an hour
    "Asia/Kolkata": ("2024-03-31T01:00", "2024-10-27T01:00"),  # none
}
"""Zones, with instants of UTC at which their clocks are set forward, and back.

Source: the IANA time zone database.
"""


def text_at(after_ns: int, zone: str) -> str:
    """What the clock of a zone shows so long after the epoch, to the nanosecond."""
    second, rest_ns = divmod(after_ns, 10**9)
    clock = (EPOCH + timedelta(seconds=second)).astimezone(ZoneInfo(zone))
    return f"{clock.replace(tzinfo=None).isoformat()}.{rest_ns:09d}"


def doubled(after_ns: int, zone: str) -> bool:
    """Whether the clock shows the time of an instant twice, by PEP 495."""
    clock = (EPOCH + timedelta(seconds=after_ns // 10**9)).astimezone(ZoneInfo(zone))
    return clock.replace(fold=0).utcoffset() != clock.replace(fold=1).utcoffset()


INSTANTS = st.sampled_from(sorted(CHANGES)).flatmap(
    lambda zone: st.tuples(
        st.just(zone),
        st.sampled_from(CHANGES[zone]),
        st.lists(st.integers(-3 * 3600 * 10**9, 3 * 3600 * 10**9), min_size=1, max_size=12),
    )
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(INSTANTS, st.sampled_from(["csv", "slow", "parquet"]))
def test_what_a_clock_showed_is_the_instant_that_zoneinfo_says(
    tmp_path: Path, drawn: tuple[str, str, list[int]], form: str
) -> None:
    """In exact fractions; what is not told apart by the order of rows is refused."""
    zone, change, around_ns = drawn
    at = datetime.fromisoformat(change).replace(tzinfo=UTC)
    at_ns = [(at - EPOCH) // timedelta(seconds=1) * 10**9 + ns for ns in sorted(around_ns)]
    texts = [text_at(one, zone) for one in at_ns]
    twice = [text for text, one in zip(texts, at_ns, strict=True) if doubled(one, zone)]
    file, layout = written(tmp_path, texts, form)

    back_ns = [
        (datetime.fromisoformat(one[:26]) - datetime.fromisoformat(other[:26])).total_seconds()
        for one, other in pairwise(twice)
    ]
    if twice and (twice == sorted(twice) or max(back_ns) < 60):
        with pytest.raises(ScenarioError, match=f"the clock of {zone} showed .* twice"):
            read_rows(file, layout, "at", "iso8601", zone=zone)
        return
    found = read_rows(file, layout, "at", "iso8601", zone=zone)
    assert [Fraction(one, 10**9) for one in found.at_ns.tolist()] == [
        Fraction(one, 10**9) for one in at_ns
    ]


def written(folder: Path, texts: Sequence[str], form: str) -> tuple[Path, Layout]:
    """A file with those dates."""
    file = folder / f"recording.{form}"
    if form == "parquet":
        pq.write_table(pa.table({"at": pa.array(texts).cast(pa.timestamp("ns"))}), file)
        return file, Layout("parquet")
    # A comma before the fraction is written so that Arrow does not read it.
    end = [text.replace(".", ",") if form == "slow" else text for text in texts]
    file.write_text("at\n" + "".join(f'"{text}"\n' for text in end))
    return file, Layout("csv")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            ["01:59:59", "02:00:00"],
            "3: is an instant that there is not: the clock of Europe/B.*02:0",
        ),
        (["03:00:00", "01:59:59", "02:59:59.9"], "4: is an instant that there is not"),
    ],
)
def test_what_a_clock_never_showed_is_refused(tmp_path: Path, rows: list[str], said: str) -> None:
    """With its line and the text."""
    file = tmp_path / "t.csv"
    file.write_text("at\n" + "".join(f"2024-03-31T{row}\n" for row in rows))
    with pytest.raises(ScenarioError, match=said):
        read_rows(file, Layout("csv"), "at", "iso8601", zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["02:10", "02:50", "03:10"], "2: .* showed 2024-10-27 02:10:00 twice, and no row says"),
        (
            ["02:10:05", "02:10:04", "02:20:00"],
            "3: .* twice, and the rows .* by less than a minute",
        ),
        (["02:50", "02:10", "02:40", "02:05"], "5: .* twice, and the rows of that hour are not in"),
    ],
)
def test_a_doubled_hour_that_nothing_tells_apart_is_refused(
    tmp_path: Path, rows: list[str], said: str
) -> None:
    """Never taken as one or the other."""
    file = tmp_path / "t.csv"
    file.write_text("at\n" + "".join(f"2024-10-27 {row}\n" for row in rows))
    with pytest.raises(ScenarioError, match=said):
        read_rows(file, Layout("csv"), "at", "iso8601", zone="Europe/Berlin")


def test_no_row_is_moved() -> None:
    """Other hours may be in any order; each year's doubled hour is told apart on its own."""
    shown = ["2024-12-01T00:00", "2024-10-27T02:30", "2024-10-27T02:20", "2024-07-01T12:00"]
    shown += ["2023-10-29T02:05", "2023-10-29T02:05", "2023-10-29T02:00"]
    wanted = ["2024-11-30T23:00", "2024-10-27T00:30", "2024-10-27T01:20", "2024-07-01T10:00"]
    wanted += ["2023-10-29T00:05", "2023-10-29T00:05", "2023-10-29T01:00"]
    as_utc = np.array(shown, "datetime64[ns]").astype(np.int64)
    found = zoned(as_utc, "Europe/Berlin").astype("datetime64[ns]")
    assert found.tolist() == np.array(wanted, "datetime64[ns]").tolist()


def test_a_file_of_no_rows_has_none() -> None:
    """Nor has it a first one to ask for its offset."""
    assert zoned(np.empty(0, np.int64), "Europe/Berlin").size == 0
    with pytest.raises(ClockError):
        zoned(np.array(["2024-10-27T02:30"], "datetime64[ns]").astype(np.int64), "Europe/Berlin")


def test_an_offset_that_is_written_needs_no_zone(tmp_path: Path) -> None:
    """It says the instant itself."""
    file = tmp_path / "t.csv"
    file.write_text("at\n2024-10-27T02:30:00+01:00\n2024-10-27T02:30:00+02:00\n")
    found = read_rows(file, Layout("csv"), "at", "iso8601", zone="Europe/Berlin")
    assert np.diff(found.at_ns).tolist() == [-3600 * 10**9]
