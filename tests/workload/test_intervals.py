"""Counts and rates of intervals: exactly so many, the asked rate, each from streams of its own."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from arrival_laws import assert_mean
from sim.errors import ScenarioError
from sim.scenario.models.intervals import CountsTraffic, RatesTraffic
from sim.scenario.models.traffic import TraceTraffic
from sim.workload.sources import SourceArrivals, SourceStreams
from sim.workload.traces import read_trace

Floats = NDArray[np.float64]
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)

WITHIN: list[dict[str, Any]] = [
    {"within": "uniform"},
    {"within": "evenly"},
    {"within": "gamma", "cv": 0.3},
    {"within": "gamma", "cv": 30.0},
    {"within": "weibull", "cv": 2.0},
]


def arrivals(
    traffic: CountsTraffic | RatesTraffic, *, seed: int = 1, horizon_s: float = 1e9
) -> Floats:
    """Return the arrivals of a source."""
    streams = SourceStreams(seed=seed, deployment="d", source="s")
    return SourceArrivals(traffic, streams=streams, horizon_s=horizon_s, start=MONDAY).at_s


def counts(folder: Path | None = None, /, **fields: Any) -> CountsTraffic:
    """Return counts in the file's form."""
    return CountsTraffic.from_file_form({"kind": "counts", **fields}, base_dir=folder)


# Counts -------------------------------------------------------------------------------------


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=12),
    st.integers(0, 2**32),
    st.sampled_from(WITHIN),
    st.sampled_from([1e-3, 0.1, 1.0, 60.0, 86_400.0]),
    st.sampled_from([0.0, 0.7, 1e8]),
)
def test_each_interval_has_exactly_its_count(
    given_counts: list[int], seed: int, within: dict[str, Any], every_s: float, at_s: float
) -> None:
    """For any counts, seeds, laws, lengths and starts; ascending."""
    traffic = CountsTraffic(counts=tuple(given_counts), every_s=every_s, at_s=at_s, **within)

    found = arrivals(traffic, seed=seed, horizon_s=1e12)

    edges_s = np.arange(len(given_counts) + 1) * every_s + at_s
    seen = np.diff(np.searchsorted(found, edges_s, side="left"))
    assert seen.tolist() == given_counts
    assert np.all(np.diff(found) >= 0)
    assert found.tolist() == arrivals(traffic, seed=seed, horizon_s=1e12).tolist()


def test_no_request_is_at_the_end_of_its_interval() -> None:
    """Even where one draw in 130 is nearer to the end than to any other instant.

    At 1e8 s instants are 1.5e-8 s apart, so the end of an interval of 1e-6 s is nearest to
    0.75e-8 s of it: of 2,000 draws 15 would be there.
    """
    found = arrivals(CountsTraffic(counts=(2000,), every_s=1e-6, at_s=1e8), horizon_s=1e9)

    assert found.size == 2000
    assert 1e8 <= found.min() <= found.max() < 1e8 + 1e-6


@pytest.mark.parametrize("within", WITHIN)
def test_other_intervals_stay_where_they_are_when_one_changes(within: dict[str, Any]) -> None:
    """Each has a stream of its own: more in the first moves nobody of the second."""
    few = arrivals(CountsTraffic(counts=(1, 40), every_s=60.0, **within))
    many = arrivals(CountsTraffic(counts=(9, 40), every_s=60.0, **within))

    assert few[few >= 60].tolist() == many[many >= 60].tolist()


def test_evenly_is_the_middles_of_equal_parts() -> None:
    """4 in 8 s: a request every 2 s, the first after 1 s."""
    found = arrivals(CountsTraffic(counts=(4, 1), every_s=8.0, within="evenly"))

    assert found.tolist() == [1.0, 3.0, 5.0, 7.0, 12.0]


@pytest.mark.parametrize("within", [w for w in WITHIN if w["within"] != "evenly"])
def test_no_part_of_an_interval_is_fuller_than_another(within: dict[str, Any]) -> None:
    """A tenth of the requests lies in each of the first and last tenths, over 4,000 intervals."""
    traffic = CountsTraffic(counts=(10,) * 4000, every_s=1.0, **within)
    place = (arrivals(traffic) % 1.0).reshape(4000, 10)

    for tenth in (place < 0.1, place >= 0.9):
        assert_mean(np.count_nonzero(tenth, axis=1).astype(float), 1.0, resolution=0.25)


def test_gaps_have_the_asked_variation() -> None:
    """Of n gaps that fill a ring, each is a beta: cv**2 = (1 - 1/n) cv**2 / (1 + cv**2 / n).

    Gamma gaps of shape k over their sum are Dirichlet: variance over squared mean of one is
    (n - 1) / (n k + 1), with k = 1 / cv**2.
    """
    n, cv = 50, 0.5
    traffic = CountsTraffic(counts=(n,) * 400, every_s=1.0, within="gamma", cv=cv)
    place = (arrivals(traffic) % 1.0).reshape(400, n)
    gap = np.diff(place, axis=1, append=place[:, :1] + 1.0) * n

    assert_mean(((gap - 1) ** 2).mean(axis=1), (n - 1) / (n / cv**2 + 1), resolution=0.06)


def test_offset_horizon_and_at_cut_and_move() -> None:
    """The run begins in the middle of an interval and ends in another."""
    two_each: dict[str, Any] = {"every": "10s", "counts": [2, 2, 2], "within": "evenly"}

    assert arrivals(counts(**two_each)).tolist() == [2.5, 7.5, 12.5, 17.5, 22.5, 27.5]
    assert arrivals(counts(**two_each, offset="5s"), horizon_s=15.0).tolist() == [
        2.5,
        7.5,
        12.5,
    ]
    assert arrivals(counts(**two_each, at="1s"), horizon_s=9.0).tolist() == [3.5, 8.5]


# Files --------------------------------------------------------------------------------------


def test_counts_come_from_columns_by_time(tmp_path: Path) -> None:
    """Rows in any order; the even step is the length; a row that is left out with `every` is 0."""
    (tmp_path / "c.csv").write_text(
        "Timestamp,SampleCount\n2026-01-05T00:02:00Z,3\n2026-01-05T00:00:00Z,1\n"
        "2026-01-05T00:01:00Z,2\n"
    )
    by_time = {
        "path": "c.csv",
        "column": "SampleCount",
        "time_column": "Timestamp",
        "time_unit": "iso8601",
        "within": "evenly",
    }

    assert arrivals(counts(tmp_path, **by_time)).tolist() == [
        30.0,
        75.0,
        105.0,
        130.0,
        150.0,
        170.0,
    ]
    assert arrivals(counts(tmp_path, **by_time, every="10s")).tolist() == pytest.approx(
        [5.0, 62.5, 67.5, 120 + 10 / 6, 125.0, 130 - 10 / 6]
    )
    with pytest.raises(ScenarioError, match=r"begins 60 s after the one before it, .* overlap"):
        arrivals(counts(tmp_path, **by_time, every="2min"))


def test_counts_come_from_a_column_in_order(tmp_path: Path) -> None:
    """Without times intervals follow each other."""
    (tmp_path / "c.csv").write_text("n,x\n1,a\n0,b\n2,c\n")

    found = arrivals(counts(tmp_path, path="c.csv", column="n", every="1min", within="evenly"))

    assert found.tolist() == [30.0, 135.0, 165.0]


@pytest.mark.parametrize(
    "row",
    [{"row": 1}, {"where": {"HashFunction": "f2"}}, {"where": {"App": "a", "HashFunction": "f2"}}],
)
def test_counts_come_from_one_row_of_1440_columns(tmp_path: Path, row: dict[str, Any]) -> None:
    """Columns 1 to 1440 are the minutes of a day; the row is found by place or by what it holds."""
    minutes = np.arange(1440)
    lines = [["App", "HashFunction", *map(str, minutes + 1)]]
    lines += [["a", "f1", *map(str, minutes % 2)], ["a", "f2", *map(str, minutes % 3)]]
    (tmp_path / "day.csv").write_text("\n".join(map(",".join, lines)) + "\n")

    found = arrivals(counts(tmp_path, path="day.csv", every="1min", **row))

    assert np.bincount((found // 60).astype(int), minlength=1440).tolist() == (minutes % 3).tolist()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"where": {"f": "no"}}, "no row of the file is the one meant"),
        ({"where": {"a": "x"}}, r"t\.csv:3: `where` finds this row and that of line 2"),
        ({"row": 2}, r"t\.csv:4: must be a number, 0 or more \(got -1"),
        ({"row": 1}, "interval 1 has 0.5: it must be a whole number of requests"),
        ({"row": 0, "first_column": "1", "last_column": "9"}, "there is no column '9'"),
        ({"column": "2", "time_column": "1"}, "no even step"),
        ({"column": "1", "time_column": "2"}, r"t\.csv:4: must be a number, 0 or more"),
    ],
)
def test_a_file_that_says_no_counts_is_refused(
    tmp_path: Path, fields: dict[str, Any], says: str
) -> None:
    """With the file, the line where there is one, and the rule."""
    (tmp_path / "t.csv").write_text("a,f,1,2\nx,g,1,2\nx,h,1,0.5\nz,i,-1,7\n")
    every = {} if "column" in fields else {"every": "1min"}

    with pytest.raises(ScenarioError, match=says):
        arrivals(counts(tmp_path, path="t.csv", **every, **fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"every": "1s"},
        {"every": "1s", "counts": [1], "path": "t.csv"},
        {"every": "1s", "counts": [1], "column": "n"},
        {"counts": [1]},
        {"every": "1s", "path": "t.csv", "row": 1, "where": {"a": "x"}},
        {"every": "1s", "counts": [1], "within": "gamma"},
        {"every": "1s", "counts": [1], "cv": 2.0},
        {"every": "1s", "counts": [-1]},
    ],
)
def test_one_form_is_named_whole(fields: dict[str, Any]) -> None:
    """Neither two places for the numbers nor half of one."""
    with pytest.raises(ValidationError):
        counts(**fields)


# Rates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "law", [{}, {"law": "gamma", "cv": 0.5}, {"law": "weibull", "cv": 2.0}], ids=str
)
def test_the_rate_of_each_interval_is_the_asked_one(law: dict[str, Any]) -> None:
    """Over 300 seeds the mean counts are rate times length, to 1 %; 2 % off would show."""
    traffic = RatesTraffic(rates=(20.0, 0.0, 40.0), every_s=30.0, **law)
    found = [arrivals(traffic, seed=seed) for seed in range(300)]

    seen = np.array([np.histogram(at_s, [0, 30, 60, 90])[0] for at_s in found], dtype=float)
    assert not seen[:, 1].any()
    assert_mean(seen[:, 0], 600.0, resolution=0.03)
    assert_mean(seen[:, 2], 1200.0, resolution=0.03)


def test_rates_of_a_file_have_a_unit(tmp_path: Path) -> None:
    """60/min is the same as 1/s, draw for draw."""
    (tmp_path / "r.csv").write_text("t,rpm\n0,60\n600,120\n")
    fields = {"kind": "rates", "path": "r.csv", "column": "rpm", "time_column": "t", "unit": "/min"}
    from_file = RatesTraffic.from_file_form(fields, base_dir=tmp_path)
    inline = RatesTraffic(rates=(1.0, 2.0), every_s=600.0)

    # Not as lists: of thousands that differ pytest makes a comparison for a quarter of an hour.
    assert np.array_equal(arrivals(from_file), arrivals(inline))
    with pytest.raises(ValidationError, match="unit goes with path"):
        RatesTraffic.from_file_form(fields | {"unit": None}, base_dir=tmp_path)


WRITTEN: dict[str, tuple[bytes, dict[str, Any]]] = {
    "semicolons and decimal commas": (b"t;n\n0;1,5\n60;3\n", {"delimiter": ";", "decimal": ","}),
    "a line for Excel": (b'sep=;\n"t";"n"\n0;1.5\n60;3\n', {"delimiter": ";"}),
    "no header": (b"0,1.5\n60,3\n", {"columns": ["t", "n"]}),
    "gzip": (gzip.compress(b"t,n\n0,1.5\n60,3\n"), {}),
    "UTF-16": ("t,n\n0,1.5\n60,3\n".encode("utf-16"), {}),
    "objects": (b'{"t": 60, "n": "3"}\n{"t": 0, "n": 1.5}\n', {"format": "jsonl"}),
    "a document of objects": (
        b'{"a": {"b": [{"t": 60, "n": 3}, {"t": 0, "n": 1.5}]}}',
        {"format": "json", "records": "a.b"},
    ),
    "several series": (
        b"s,t,n\na,0,1.5\nb,0,7\na,60,3\nb,60,7\n",
        {"where": {"s": "a"}},
    ),
}
"""One table of rates, 1.5 and 3 a second for a minute each, as tools write it."""


@pytest.mark.parametrize("name", WRITTEN)
def test_a_table_is_the_same_however_it_is_written(tmp_path: Path, name: str) -> None:
    """Draw for draw what the rates give inline; by time and, sorted, in the order of the file."""
    content, written = WRITTEN[name]
    (tmp_path / "r").write_bytes(content)
    fields = {"kind": "rates", "path": "r", "column": "n", "unit": "/s", **written}
    by_time = RatesTraffic.from_file_form({**fields, "time_column": "t"}, base_dir=tmp_path)

    expected = arrivals(RatesTraffic(rates=(1.5, 3.0), every_s=60.0)).tolist()

    assert arrivals(by_time).tolist() == expected
    if b"60" in content[-10:]:
        in_order = RatesTraffic.from_file_form({**fields, "every": "1min"}, base_dir=tmp_path)
        assert arrivals(in_order).tolist() == expected


def test_a_table_in_parquet_is_the_same(tmp_path: Path) -> None:
    """With instants as they are kept there, and a null for an empty cell."""
    starts = pa.array([60_000, 0, 120_000], pa.timestamp("ms"))
    pq.write_table(pa.table({"t": starts, "n": [3.0, 1.5, None]}), tmp_path / "r")
    fields = {"kind": "rates", "path": "r", "column": "n", "time_column": "t", "unit": "/s"}
    written = {"format": "parquet", "time_unit": "iso8601", "missing": "skip"}
    found = RatesTraffic.from_file_form(fields | written, base_dir=tmp_path)

    expected = arrivals(RatesTraffic(rates=(1.5, 3.0), every_s=60.0))

    assert arrivals(found).tolist() == expected.tolist()


@pytest.mark.parametrize("cell", ["", " ", "NaN", "null"])
@pytest.mark.parametrize("missing", ["skip", 0])
def test_an_empty_cell_is_what_it_is_said_to_be(
    tmp_path: Path, cell: str, missing: str | int
) -> None:
    """Refused with its line and the key that takes it; else nothing comes, and places stay."""
    (tmp_path / "c.csv").write_text(f"t,n\n0,2\n10,{cell}\n20,1\n")
    fields = {"path": "c.csv", "column": "n", "time_column": "t", "within": "evenly"}

    with pytest.raises(
        ScenarioError, match=r"c\.csv:3: there is no number: `missing: skip` leaves"
    ):
        arrivals(counts(tmp_path, **fields))

    assert arrivals(counts(tmp_path, **fields, missing=missing)).tolist() == [2.5, 7.5, 25.0]


def test_some_starts_with_an_offset_and_some_without_are_refused(tmp_path: Path) -> None:
    """As in a trace: which clock the others show is not known."""
    (tmp_path / "c.csv").write_text("t,n\n2024-05-01T12:00:00Z,1\n2024-05-01T12:01:00,2\n")
    fields = {"path": "c.csv", "column": "n", "time_column": "t", "time_unit": "iso8601"}
    with pytest.raises(ScenarioError, match=r"c\.csv:3: some times say their offset"):
        arrivals(counts(tmp_path, **fields))


def test_a_wrong_delimiter_for_excel_is_told(tmp_path: Path) -> None:
    """Instead of a column that is not there."""
    (tmp_path / "c.csv").write_text("sep=;\nt;n\n0;1\n")
    with pytest.raises(ScenarioError, match=r"c\.csv:1: .* write delimiter: ';'"):
        arrivals(counts(tmp_path, path="c.csv", column="n", every="1s"))


def test_other_rates_stay_where_they_are_when_one_changes() -> None:
    """As for counts: a stream an interval."""
    few, many = (arrivals(RatesTraffic(rates=(r, 5.0), every_s=60.0)) for r in (0.1, 9.0))

    assert few[few >= 60].tolist() == many[many >= 60].tolist()


# Traces that are none -----------------------------------------------------------------------


def even_trace(folder: Path, content: str, **fields: Any) -> TraceTraffic:
    """Return a trace of *content* whose times are in the column ``at``."""
    (folder / "t.csv").write_text(content)
    form = {"kind": "trace", "path": "t.csv", "format": "csv", "time_column": "at", **fields}
    return TraceTraffic.from_file_form(form, base_dir=folder)


def test_a_trace_that_is_evenly_spaced_throughout_is_refused(tmp_path: Path) -> None:
    """Its rows are intervals; said otherwise, they are requests."""
    even = "at\n30\n0\n15\n45\n"

    with pytest.raises(
        ScenarioError, match=r"all 4 rows come every 15 s exactly, .* counts or rates"
    ):
        read_trace(even_trace(tmp_path, even))
    assert read_trace(even_trace(tmp_path, even, evenly_spaced=True)).at_s.size == 4


@pytest.mark.parametrize("content", ["at\n0\n15\n30\n", "at\n0\n15\n30\n46\n", "at\n7\n7\n7\n7\n"])
def test_other_traces_are_requests(tmp_path: Path, content: str) -> None:
    """Three rows are too few to tell, one odd gap is enough, and a crowd comes at one instant."""
    assert read_trace(even_trace(tmp_path, content)).at_s.size == content.count("\n") - 1
