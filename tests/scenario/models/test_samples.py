"""Distributions given by numbers, inline or in files, and demands computed from columns."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from sim.errors import ScenarioError
from sim.random import stream
from sim.scenario.models.computed import Linear
from sim.scenario.models.samples import MAX_INLINE_VALUES, Empirical, InOrder
from sim.units import Bytes, Seconds, SignedBytes, SignedSeconds


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    """A CSV with a mark of its encoding, CRLF, a quoted name and an empty line at its end."""
    file = tmp_path / "numbers.csv"
    file.write_bytes('\ufeffn,"cpu, ms"\r\n1,12.5\r\n2,40\r\n3,7\r\n\r\n'.encode())
    return file


def test_a_sequence_gives_its_numbers_in_order() -> None:
    """Request k gets number k, whatever the generator."""
    law = InOrder[Seconds](values=(3.0, 1.0, 2.0))
    assert law.sample(stream(0, "x"), 2).tolist() == [3.0, 1.0]
    assert law.sample(stream(1, "y"), 3).tolist() == [3.0, 1.0, 2.0]


def test_a_sequence_that_is_too_short_is_the_users_error() -> None:
    """The message has both numbers."""
    with pytest.raises(ScenarioError, match="has 2 numbers, but 3 requests arrive"):
        InOrder[Seconds](values=(3.0, 1.0)).sample(stream(0, "x"), 3)


def test_an_empirical_draw_is_the_floor_of_a_uniform_one() -> None:
    """Draw k is the number at floor(u_k * n), so that no rejection step shifts the stream."""
    values = (5.0, 6.0, 7.0)
    uniform = stream(0, "x").random(1000)
    want = [values[int(u * 3)] for u in uniform]
    assert Empirical[Seconds](values=values).sample(stream(0, "x"), 1000).tolist() == want


def test_numbers_have_their_own_mean_and_variance() -> None:
    """The closed forms are those of the numbers themselves, not estimates for a population."""
    law = Empirical[Seconds](values=(1.0, 2.0, 6.0))
    assert law.mean == 3.0
    assert law.variance == pytest.approx(14 / 3)


def test_numbers_come_from_a_csv_column_in_the_named_unit(csv_file: Path) -> None:
    """A quoted header, CRLF and a byte-order mark are no obstacle; ms are thousandths."""
    law = InOrder[Seconds](path=str(csv_file), column="cpu, ms", unit="ms")
    assert law.sample(stream(0, "x"), 3).tolist() == [0.0125, 0.04, 0.007]


def test_numbers_without_a_unit_are_si(csv_file: Path) -> None:
    """Seconds, or bytes."""
    assert InOrder[Seconds](path=str(csv_file), column="n").mean == 2.0
    law = Empirical[Bytes](path=str(csv_file), column="n", unit="KiB")
    assert law.numbers.tolist() == [1024.0, 2048.0, 3072.0]


def test_numbers_come_from_a_parquet_column(tmp_path: Path) -> None:
    """The same numbers as from a CSV."""
    file = tmp_path / "numbers.parquet"
    pq.write_table(pa.table({"cpu": [0.5, 0.25], "other": ["a", "b"]}), file)
    law = InOrder[Seconds](path=str(file), column="cpu")
    assert law.numbers.tolist() == [0.5, 0.25]


def test_a_path_is_relative_to_the_scenario(csv_file: Path) -> None:
    """Not to the working directory."""
    data = {"path": "numbers.csv", "column": "n", "kind": "sequence"}
    law = InOrder[Seconds].from_file_form(data, base_dir=csv_file.parent)
    assert law.file == csv_file
    assert law.numbers.size == 3


@pytest.mark.parametrize(
    ("name", "content", "column", "says"),
    [
        ("a.csv", b"x,y\n1,2\n", "z", "no column 'z'; columns: x, y"),
        ("a.csv", b"x\n1\nfoo\n", "x", "no number"),
        ("a.csv", b"x\n1\n-2\n", "x", "holds -2.0 in data row 2"),
        ("a.csv", b"x\n1\nnan\n", "x", "holds nan in data row 2"),
        ("a.csv", b"x,y\n1,2\n1\n", "y", "no number"),
        ("a.csv", b"x\n", "x", "holds no number"),
        ("a.csv", b"", "x", "no column 'x'"),
        ("a.csv", b"x\n\xff\n", "x", "cannot be read"),
        ("a.txt", b"x\n1\n", "x", ".csv and .parquet"),
        ("a.parquet", b"PAR", "x", "is not a Parquet file"),
    ],
)
def test_a_file_that_holds_no_such_numbers_is_the_users_error(
    tmp_path: Path, name: str, content: bytes, column: str, says: str
) -> None:
    """The message names the file and what is wrong with it."""
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ScenarioError, match=says) as caught:
        _ = Empirical[Seconds](path=str(file), column=column).numbers
    assert name in str(caught.value)


def test_a_parquet_column_of_text_or_of_another_name_is_refused(tmp_path: Path) -> None:
    """As for CSV."""
    file = tmp_path / "numbers.parquet"
    pq.write_table(pa.table({"cpu": ["a", "b"]}), file)
    with pytest.raises(ScenarioError, match="no number"):
        _ = Empirical[Seconds](path=str(file), column="cpu").numbers
    with pytest.raises(ScenarioError, match="no column 'gpu'; columns: cpu"):
        _ = Empirical[Seconds](path=str(file), column="gpu").numbers


def test_a_missing_file_is_the_users_error(tmp_path: Path) -> None:
    """The message names it."""
    with pytest.raises(ScenarioError, match=r"none\.csv"):
        _ = Empirical[Seconds](path=str(tmp_path / "none.csv"), column="x").numbers


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"values": ()},
        {"path": "a.csv"},
        {"values": (1.0,), "path": "a.csv", "column": "x"},
        {"values": (1.0,), "unit": "ms"},
        {"path": "a.csv", "column": "x", "unit": "kB"},
        {"path": "a.csv", "column": "x", "unit": "fortnights"},
    ],
)
def test_numbers_come_from_exactly_one_place(arguments: dict[str, object]) -> None:
    """Either values, or path and column; a unit only with them, and one of the quantity."""
    with pytest.raises(ValidationError):
        Empirical[Seconds].model_validate(arguments)


def test_many_numbers_belong_in_a_file() -> None:
    """10,000 are taken, one more is refused with the advice."""
    assert Empirical[Seconds](values=(1.0,) * MAX_INLINE_VALUES).mean == 1.0
    with pytest.raises(ValidationError, match=r"10,001 numbers.*CSV or Parquet"):
        Empirical[Seconds](values=(1.0,) * (MAX_INLINE_VALUES + 1))


def test_a_linear_demand_is_base_plus_the_columns() -> None:
    """Row by row: 0.5 + 0.25 * a + 2 * b."""
    law = Linear[SignedSeconds](base=0.5, per={"a": 0.25, "b": 2.0})
    columns = {"a": np.array([0.0, 4.0]), "b": np.array([1.0, 0.0]), "c": np.array([9.0, 9.0])}
    assert law.of(columns).tolist() == [2.5, 1.5]
    assert Linear[SignedBytes](per={"b": 1024}).of(columns).tolist() == [1024.0, 0.0]


def test_a_linear_demand_needs_a_column() -> None:
    """Without one it would be a constant."""
    with pytest.raises(ValidationError):
        Linear[SignedSeconds](per={})
