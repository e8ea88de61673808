"""Tables from a record, and from tables to pandas and Arrow."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from build_record import Attempt, deployment, replace_story, scenario, tick_columns
from sim.record import CapacityChange, QueueSample, Record
from sim.results import tables
from sim.results.arrow import TYPES, from_arrow
from sim.results.columns import COLUMNS, kind_of
from sim.results.result import Result
from sim.results.table import Table, Words
from sim.states import Outcome

STORY = {name: make(replace_story()) for name, make in tables.MAKERS.items()}


def series_of(table: Table, name: str) -> list[tuple[float, float]]:
    """Return one series of the table of series as (instant, value)."""
    rows = table.where("series", name)
    return list(zip(rows["at_s"].tolist(), rows["value"].tolist(), strict=True))


def test_a_row_of_requests_is_an_attempt() -> None:
    """Columns as documented, words for outcomes, nothing where it did not happen."""
    table = STORY["requests"]
    frame = table.to_pandas()

    assert table.columns == (
        *("deployment", "request", "attempt", "arrival_at_s", "start_at_s", "answered_at_s"),
        *("released_at_s", "revision", "replica", "thread", "outcome", "source", "row"),
    )
    assert len(table) == 10
    assert table["outcome"].tolist()[3:6] == ["queue_full", "completed", "completed"]
    assert frame[["start_at_s", "replica"]].isna().iloc[3].tolist() == [True, True]
    assert [frame[c].iloc[4] for c in ("request", "attempt", "replica")] == [3, 2, 0]
    assert frame["deployment"].unique().tolist() == ["api"]


def test_a_request_is_told_by_the_name_of_its_source() -> None:
    """Sources are numbered in their deployment; a name that two of these have is one word."""
    rows = [Attempt(k, k, Outcome.QUEUED) for k in range(3)]
    one, other = deployment(rows), deployment(rows[:2], name="b")
    one = replace(
        one,
        sources=("day", "night"),
        kept=replace(one.attempts, source=np.array([1, 0, 1], np.int8)),
    )
    other = replace(
        other,
        sources=("probe", "night"),
        kept=replace(other.attempts, source=np.array([1, 0], np.int32)),
    )
    spec = replace_story()

    alone = tables.requests(replace(spec, deployments=(one,)))
    together = tables.requests(replace(spec, deployments=(one, other)))
    assert alone["source"].tolist() == ["night", "day", "night"]
    assert together["source"].tolist() == ["night", "day", "night", "night", "probe"]
    assert together.where("source", "night")["deployment"].tolist() == ["api", "api", "b"]
    assert set(STORY["requests"]["source"]) == {"poisson0"}


def test_an_attempt_is_told_by_its_row_of_a_trace() -> None:
    """By the number of its request, so that a retry has the row of the first attempt."""
    rows = [Attempt(k, k, Outcome.QUEUED) for k in range(3)]
    drawn, read = deployment(rows, name="drawn"), deployment(rows, name="read")
    of_requests = np.array([0, 2, 1], np.int64)
    read = replace(
        read,
        kept=replace(read.attempts, request=np.array([0, 1, 1], np.int32)),
        rows=of_requests,
    )
    spec = replace_story()

    alone = tables.requests(replace(spec, deployments=(drawn,)))["row"]
    together = tables.requests(replace(spec, deployments=(drawn, read)))
    assert (alone.tolist(), alone.strides) == ([-1, -1, -1], (0,))  # it takes no memory
    assert together["row"].tolist() == [-1, -1, -1, 0, 2, 2]
    assert together.to_arrow()["row"].null_count == 3


def test_nothing_is_null_in_arrow_and_missing_in_pandas() -> None:
    """A column of integers stays one of integers, with nulls for -1."""
    arrow, frame = STORY["requests"].to_arrow(), STORY["requests"].to_pandas()

    assert arrow.column("replica").to_pylist() == [0, 0, 0, None, 0, 1, 2, 2, None, None]
    assert arrow.column("start_at_s").null_count == 3
    assert frame["replica"].dtype == pd.Int32Dtype()
    assert frame["replica"].isna().sum() == arrow.column("replica").null_count == 3


def test_a_row_of_replicas_is_a_transition() -> None:
    """Every transition with its instant, in order of time; nothing comes before creation."""
    table = STORY["replicas"].where("deployment", "api")

    assert table["at_s"].tolist() == [0, 0, 100, 110, 130, 140, 140, 140, 140, 160]
    assert table["before"].tolist()[:4] == [None, None, None, "QUEUED"]
    assert (table["reason"].tolist()[3], table["code"].tolist()[3]) == ("granted", "granted")


def test_a_row_of_queues_is_in_cores() -> None:
    """Millicores inside, cores in tables; who heads the line since when."""
    table = STORY["queues"]

    assert table["used"].tolist() == [3, 3, 3, 2, 1]
    assert table["limit"].tolist() == [3] * 5
    assert table["waiting"].tolist() == [0, 1, 0, 0, 0]
    assert set(table["unit"]) == {"cores"}
    assert table["head_since_at_s"].tolist()[1] == 100
    assert table["cause"].tolist()[:2] == [None, "0 vCPU free, 1 needed"]


def test_a_gpu_queue_is_in_gpus_by_type() -> None:
    """Whole GPUs as they are, with their type."""
    story = replace_story(queues=[{"kind": "vgpu", "name": "gpu", "limits": {"T4": 8}}])
    samples = (QueueSample(0, 0, "T4", 3, 8, 0, None, None),)
    table = tables.queues(replace(story, queue_samples=samples))

    assert (table["queue"].tolist(), table["gpu_type"].tolist()) == (["gpu"], ["T4"])
    assert (table["used"].tolist(), table["limit"].tolist()) == ([3], [8])
    assert table["unit"].tolist() == ["GPUs"]


def test_requests_over_time_are_counted_from_the_attempts() -> None:
    """Queued until start or answer, running until answer, abandoned until release."""
    table = STORY["series"]

    assert series_of(table, "queued") == [
        *[(0, 0), (70, 1), (71, 0), (105, 1), (106, 0), (121, 1), (125, 0), (138, 1), (139, 0)],
        *[(185, 1), (186, 0), (190, 1)],
    ]
    assert series_of(table, "running") == [
        *[(0, 0), (10, 1), (12, 0), (71, 1), (75, 0), (106, 1), (116, 0), (125, 1), (130, 0)],
        *[(139, 1), (150, 2), (160, 1), (170, 0), (186, 1)],
    ]
    assert series_of(table, "abandoned") == [(0, 0), (170, 1), (180, 0)]


def test_what_runs_on_unheard_is_abandoned_until_its_release_or_the_horizon() -> None:
    """One is released at 90, one never; one that is still waited for at the end is neither."""
    rows = [
        Attempt(0, 10, Outcome.INFERENCE_TIMEOUT, 10, 70, 90),
        Attempt(1, 20, Outcome.CLIENT_TIMEOUT, 20, 80),
        Attempt(2, 30, Outcome.RUNNING, 30),
        Attempt(3, 40, Outcome.CLIENT_TIMEOUT, answered_at_s=60, released_at_s=60),
    ]
    found = tables.series(replace(replace_story(), deployments=(deployment(rows),)))

    assert series_of(found, "abandoned") == [(0, 0), (70, 1), (80, 2), (90, 1)]
    assert series_of(found, "running")[-2:] == [(70, 2), (80, 1)]


def test_capacity_and_states_over_time() -> None:
    """Threads of the active revision and replicas by state, one row a change."""
    table = STORY["series"]

    assert series_of(table, "responsive_threads") == [(0, 4), (140, 2)]
    assert series_of(table, "responsive_cores") == [(0, 2), (140, 1)]
    assert series_of(table, "replicas_RESPONSIVE") == [(0, 2), (140, 1)]
    assert series_of(table, "replicas_DECOMMISSIONED") == [(0, 0), (140, 1), (160, 0)]
    assert series_of(table, "replicas_QUEUED") == [(0, 0), (100, 1), (110, 0)]


def test_the_load_has_a_row_an_evaluation() -> None:
    """Nothing where nothing was responsive; the threshold only where it changes."""
    rows = STORY["series"].where("series", "load_ratio")

    np.testing.assert_array_equal(rows["value"], [0, 0.75, np.nan])
    assert rows.to_arrow().column("value").to_pylist() == [0, 0.75, None]
    assert series_of(STORY["series"], "threshold_ratio") == [(0, 0.75)]


def test_the_load_ends_where_nothing_is_responsive_any_more() -> None:
    """Nothing was evaluated after 5 s, and none was responsive from 7 s on: the load ends there."""
    story = replace_story()
    (api,) = story.deployments
    api.control.capacity[1:] = [CapacityChange(7, 0, 0)]
    quiet = replace(api, ticks=tick_columns([(0, 0.0), (5, 0.75)]))
    rows = tables.series(replace(story, deployments=(quiet,))).where("series", "load_ratio")

    assert rows["at_s"].tolist() == [0, 5, 7]
    np.testing.assert_array_equal(rows["value"], [0, 0.75, np.nan])


def test_every_instant_has_its_parts_in_the_series() -> None:
    """Attempts: arrived = answered + queued + running; threads: occupied = running + abandoned."""
    requests, table = STORY["requests"], STORY["series"]
    for at_s in np.arange(0, 200, 0.5):
        arrived = np.sum(requests["arrival_at_s"] <= at_s)
        answered = np.sum(requests["answered_at_s"] <= at_s)
        occupied = np.sum((requests["start_at_s"] <= at_s) & ~(requests["released_at_s"] <= at_s))
        now = {
            name: [value for start, value in series_of(table, name) if start <= at_s][-1]
            for name in ("queued", "running", "abandoned")
        }
        assert arrived == answered + now["queued"] + now["running"]
        assert occupied == now["running"] + now["abandoned"]


def test_deployments_keep_their_rows_apart() -> None:
    """Two deployments, of which the second has no attempt: its series say 0."""
    spec = scenario()
    record = Record(spec, 0, "reference", (deployment(), deployment(name="quiet")), ())
    series = tables.series(record).where("deployment", "quiet")

    assert len(tables.requests(record)) == 0
    assert series_of(series, "queued") == [(0, 0)]
    assert len(tables.requests(replace_story()).where("deployment", "quiet")) == 0


@pytest.mark.parametrize("table", STORY.values(), ids=list(STORY))
def test_a_column_holds_what_its_name_says(table: Table) -> None:
    """The kind of a column is told by its name alone, so that files need no schema beside them."""
    kinds = {"number": "f", "integer": "i", "flag": "b"}
    for name, values in table.data.items():
        kind = kind_of(name)
        assert isinstance(values, Words) == (kind == "words"), name
        if not isinstance(values, Words):
            assert values.dtype.kind == kinds[kind], name
    assert set(TYPES) == {"words", *kinds}


@pytest.mark.parametrize("table", STORY.values(), ids=list(STORY))
def test_a_reader_knows_the_columns_of_every_table(table: Table) -> None:
    """What a file is checked against has the same names in the same order."""
    assert table.columns == COLUMNS[table.name]
    assert list(STORY) == list(COLUMNS)


@pytest.mark.parametrize("table", STORY.values(), ids=list(STORY))
def test_arrow_and_back_is_the_same_table(table: Table) -> None:
    """Nothing included."""
    back = from_arrow(table.name, table.to_arrow())

    assert back.columns == table.columns
    for column in table.columns:
        np.testing.assert_array_equal(back[column], table[column])


def test_only_words_can_be_chosen_by_word() -> None:
    """A mistake in a name does not give an empty table."""
    with pytest.raises(TypeError, match="column at_s of table replicas holds no words"):
        STORY["replicas"].where("at_s", "0")
    with pytest.raises(KeyError, match="repplica"):
        STORY["replicas"]["repplica"]


def test_a_table_is_shown_by_its_name_size_and_columns() -> None:
    """Not by its numbers: at a prompt a table of a million rows is one line."""
    assert repr(STORY["statuses"]) == (
        "<Table statuses: 1 rows of deployment, at_s, state, is_ready>"
    )


def test_every_outcome_has_its_word() -> None:
    """The codes in the record are places in the table's list of words."""
    column = STORY["requests"].data["outcome"]

    assert isinstance(column, Words)
    assert column.words == tuple(outcome.kind for outcome in sorted(Outcome))


def test_a_single_deployments_columns_are_shown_and_not_copied() -> None:
    """And cannot be changed through the table; those of several stand under each other."""
    record = replace_story()
    shown = tables.requests(record)
    attempts = record.deployments[0].attempts

    assert np.shares_memory(shown["arrival_at_s"], attempts.arrival_at_s)
    with pytest.raises(ValueError, match="read-only"):
        shown["arrival_at_s"][0] = 1.0
    frame = shown.to_pandas()
    frame.loc[0, "arrival_at_s"] = -5.0
    assert attempts.arrival_at_s[0] == 10


def test_a_table_has_the_same_columns_whatever_types_the_record_has() -> None:
    """Small integers and values held once are a matter of the record alone."""
    record = replace_story()
    attempts = record.deployments[0].attempts
    small = replace(
        attempts,
        request=attempts.request.astype(np.int32),
        attempt=attempts.attempt.astype(np.int8),
        source=np.broadcast_to(np.int8(0), attempts.source.shape),
        revision=attempts.revision.astype(np.int8),
        replica=attempts.replica.astype(np.int16),
        thread=attempts.thread.astype(np.int64),
    )
    one = tables.requests(record)
    other = tables.requests(
        replace(record, deployments=(replace(record.deployments[0], kept=small),))
    )

    assert other.to_arrow().equals(one.to_arrow())
    assert other.to_arrow().schema == one.to_arrow().schema


def test_tables_are_made_when_they_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The series of a day of requests are not counted for who asks for the decisions."""
    monkeypatch.setattr(
        tables, "MAKERS", {**tables.MAKERS, "series": lambda _record: pytest.fail("was made")}
    )
    result = Result(replace_story())

    assert len(result.decisions) == len(STORY["decisions"])
    assert result.decisions is result.tables["decisions"]
    assert list(result.tables) == list(tables.MAKERS)
