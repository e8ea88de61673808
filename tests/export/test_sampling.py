"""Which attempts a trace shows."""

import numpy as np
import pytest

from sim.export import sampling
from sim.export.sampling import sample
from sim.results.columns import COLUMNS, empty_table, kind_of
from sim.results.table import Table, Words

HORIZON_S = 1000.0


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a trace show 2 failed ones, 3 slowest and 4 of the usual."""
    monkeypatch.setattr(sampling, "FAILED_AT_MOST", 2)
    monkeypatch.setattr(sampling, "SLOWEST_AT_MOST", 3)
    monkeypatch.setattr(sampling, "USUAL_AT_MOST", 4)
    monkeypatch.setattr(sampling, "SHOWN_AT_MOST", 9)


def requests(*rows: tuple[str, float]) -> Table:
    """Return attempts by outcome and length, which arrive a second apart; NaN: not answered."""
    arrival_at_s = np.arange(len(rows), dtype=np.float64)
    return Table(
        "requests",
        {
            "arrival_at_s": arrival_at_s,
            "answered_at_s": arrival_at_s + [length_s for _, length_s in rows],
            "outcome": Words.of([outcome for outcome, _ in rows]),
        },
    )


@pytest.mark.usefixtures("few")
def test_as_many_as_may_be_shown_are_all_shown() -> None:
    """Nine are; with a tenth, one in three is left out or not by what it is."""
    found = sample(requests(*[("completed", 1.0)] * 9), HORIZON_S)
    assert found.rows.tolist() == list(range(9))
    assert found.one_in == 1
    assert len(sample(requests(*[("completed", 1.0)] * 10), HORIZON_S).rows) < 10


@pytest.mark.usefixtures("few")
def test_failed_slowest_and_one_in_n_are_shown() -> None:
    """Of 12: rows 0, 3, 6, 9; failed 4 of (4, 5, 7) and 7; slowest 11 (open), 10, 1."""
    lengths = [(("completed", 1.0))] * 12
    lengths[1] = lengths[2] = ("completed", 5.0)  # alike: the first is shown
    lengths[4] = lengths[5] = lengths[7] = ("queue_full", 100.0)
    lengths[10] = ("completed", 6.0)
    lengths[11] = ("running", np.nan)
    found = sample(requests(*lengths), HORIZON_S)
    assert found.rows.tolist() == [0, 1, 3, 4, 6, 7, 9, 10, 11]
    assert (found.one_in, found.failed_count, found.slowest_count) == (3, 2, 3)


@pytest.mark.parametrize("count", [20_000, 20_001, 99_999, 1_000_000])
@pytest.mark.parametrize("outcome", ["completed", "queue_full"])
def test_never_more_than_20_000_are_shown(count: int, outcome: str) -> None:
    """However many there are, and if all of them failed."""
    table = Table(
        "requests",
        {
            "arrival_at_s": np.arange(count, dtype=np.float64),
            "answered_at_s": np.arange(count) * 1.5,
            "outcome": Words(np.zeros(count, np.int8), (outcome,)),
        },
    )
    found = sample(table, float(count))
    assert 5_000 <= len(found.rows) <= 20_000
    assert (np.diff(found.rows) > 0).all()


@pytest.mark.parametrize("name", COLUMNS)
def test_a_table_that_is_not_there_has_columns_of_the_right_kind(name: str) -> None:
    """So that it is read like one that is."""
    kinds = {"number": "f", "integer": "i", "flag": "b"}
    table = empty_table(name)
    assert table.columns == COLUMNS[name]
    assert len(table) == 0
    for column, values in table.data.items():
        if isinstance(values, Words):
            assert kind_of(column) == "words"
        else:
            assert values.dtype.kind == kinds[kind_of(column)]
