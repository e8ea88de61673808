"""Quantities: what people may write, the exact number it means, and how it is written back."""

import math
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from sim import units
from sim.suffixes import alias_of
from sim.units import Bytes, Millicores, PositiveSeconds, Seconds

FILE = {"file_form": True}


class Box(BaseModel):
    """One field of each sort that behaves differently."""

    wait_s: Seconds = 0.0
    period_s: PositiveSeconds = 1.0
    size_bytes: Bytes = 0
    limit_millicores: Millicores = 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30.0),
        ("30 s", 30.0),
        ("250ms", 0.25),
        ("1h30min", 5400.0),
        ("1w1d1h1min1s1ms", 694861.001),
        ("0.1s", 0.1),
        ("2.5min", 150.0),
        ("1e-3s", 0.001),
        ("0s", 0.0),
        ("-5s", -5.0),
    ],
)
def test_a_duration_means_its_seconds(text: str, seconds: float) -> None:
    """Every unit and sums of them are read exactly."""
    assert units.parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1B", 1),
        ("5GB", 5_000_000_000),
        ("1kB", 1000),
        ("1TB", 10**12),
        ("256MiB", 268_435_456),
        ("4GiB", 4_294_967_296),
        ("1.5KiB", 1536),
        ("1TiB", 2**40),
    ],
)
def test_bytes_count_by_1000_or_by_1024(text: str, size: int) -> None:
    """The letter i makes the difference."""
    assert units.parse_bytes(text) == size


@pytest.mark.parametrize(
    ("text", "rate"),
    [("20/s", 20.0), ("90/min", 1.5), ("5/h", 5 / 3600), ("1/d", 1 / 86400), ("0/s", 0.0)],
)
def test_a_rate_means_events_per_second(text: str, rate: float) -> None:
    """The nearest float to the exact quotient."""
    assert units.parse_rate(text) == rate


def test_a_byte_rate_means_bytes_per_second() -> None:
    """200MB/s is 200 million bytes each second."""
    assert units.parse_byte_rate("200MB/s") == 2e8
    assert units.parse_byte_rate("1KiB/s") == 1024.0


@pytest.mark.parametrize(
    ("cores", "millicores"), [(4, 4000), (0.5, 500), (0.125, 125), (2.3, 2300), ("1.001", 1001)]
)
def test_cores_are_whole_thousandths(cores: float | str, millicores: int) -> None:
    """What people write is taken literally: 2.3 is 2300, whatever the float's last bits."""
    assert units.parse_cores(cores) == millicores


@pytest.mark.parametrize("cores", [0.0005, 1.0001, "1.23456", "four", "1e-9", "4 cores", math.nan])
def test_finer_or_other_cores_are_refused(cores: float | str) -> None:
    """A ten-thousandth of a core does not exist, nor does a word."""
    with pytest.raises(ValueError, match="core"):
        units.parse_cores(cores)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("30", "has no unit: write 30s"),
        ("30 sec", "has the unknown unit 'sec': write 30s"),
        ("30 S", "has the unknown unit 'S': write 30s"),
        ("1H", "has the unknown unit 'H': write 1h"),
        ("", "is not a duration: write 30s or 1h30min"),
        ("soon", "is not a duration"),
        ("30s5", "is not a duration"),
        ("s", "is not a duration"),
        ("٣s", "is not a duration"),
        ("1e999s", "is not a duration: too large"),
        ("9" * 101 + "s", "is not a duration: longer than 100"),
    ],
)
def test_what_is_no_duration_is_told_the_right_spelling(text: str, says: str) -> None:
    """The message holds the number as it should have been written."""
    with pytest.raises(ValueError, match="^" + re.escape(says)):
        units.parse_duration(text)


@pytest.mark.parametrize("text", ["1.5B", "0.1KiB"])
def test_a_part_of_a_byte_is_refused(text: str) -> None:
    """Memory is counted in whole bytes."""
    with pytest.raises(ValueError, match="whole number of bytes"):
        units.parse_bytes(text)


def test_rates_and_bytes_are_no_sums() -> None:
    """Only durations add up: 1/s2/s and 1MB2kB have no meaning."""
    with pytest.raises(ValueError, match="is not a rate"):
        units.parse_rate("1/s2/s")
    with pytest.raises(ValueError, match="is not a number of bytes"):
        units.parse_bytes("1MB2kB")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (7200.0, "2h"),
        (90.0, "90s"),
        (1800.0, "30min"),
        (86400.0, "1d"),
        (0.25, "250ms"),
        (0.0, "0s"),
        (1 / 3, "0.3333333333333333s"),
        (1e-12, "1e-12s"),
    ],
)
def test_durations_are_written_short(seconds: float, text: str) -> None:
    """Whole numbers of the largest unit where there is one."""
    assert units.format_duration(seconds) == text


FINITE = st.floats(min_value=0, allow_infinity=False, allow_nan=False)


@given(FINITE)
def test_a_duration_survives_writing_and_reading(seconds: float) -> None:
    """Every float comes back to the last bit."""
    assert units.parse_duration(units.format_duration(seconds)) == seconds


@given(FINITE)
def test_a_rate_survives_writing_and_reading(rate: float) -> None:
    """Every float comes back to the last bit, for events and for bytes."""
    assert units.parse_rate(units.format_rate(rate)) == rate
    assert units.parse_byte_rate(units.format_byte_rate(rate)) == rate


@given(st.integers(min_value=0, max_value=10**30))
def test_sizes_and_cores_survive_writing_and_reading(number: int) -> None:
    """Integers come back exactly."""
    assert units.parse_bytes(units.format_bytes(number)) == number
    millicores = number % 10**9
    assert units.parse_cores(units.format_cores(millicores)) == millicores


@given(
    st.lists(
        st.tuples(st.integers(0, 99), st.sampled_from(list(units.DURATION_UNITS))),
        min_size=1,
        max_size=15,
    )
)
def test_a_sum_is_the_sum(parts: list[tuple[int, str]]) -> None:
    """A sum of durations is rounded once, at its end."""
    text = "".join(f"{number}{unit}" for number, unit in parts)
    exact = sum((n * units.DURATION_UNITS[unit] for n, unit in parts), Fraction(0))
    assert units.parse_duration(text) == float(exact)


def test_python_gives_si_numbers_and_files_give_units() -> None:
    """The same field takes 30 from Python and refuses it in a file, where it says 30s."""
    assert Box(wait_s=30).wait_s == 30.0
    assert Box.model_validate({"wait_s": "30s"}, context=FILE).wait_s == 30.0
    with pytest.raises(ValidationError, match="has no unit: write 30s"):
        Box.model_validate({"wait_s": 30}, context=FILE)
    with pytest.raises(ValidationError, match=r"has no unit: write 1\.5s"):
        Box.model_validate({"wait_s": 1.5}, context=FILE)


def test_cores_in_a_file_and_millicores_in_python() -> None:
    """The file counts cores, Python thousandths; a float of millicores is refused."""
    assert Box(limit_millicores=4000).limit_millicores == 4000
    assert Box.model_validate({"limit_millicores": 4}, context=FILE).limit_millicores == 4000
    with pytest.raises(ValidationError, match="valid integer"):
        Box(limit_millicores=0.5)  # type: ignore[arg-type]  # that is what is refused
    with pytest.raises(ValidationError, match="without a unit"):
        Box.model_validate({"limit_millicores": "4 cores"}, context=FILE)


@pytest.mark.parametrize("value", [True, None, [1], {"s": 1}, math.inf, math.nan, -1.0])
def test_nothing_else_is_a_duration(value: object) -> None:
    """Truth values, lists, infinities and negative numbers are refused in both forms."""
    for context in (None, FILE):
        with pytest.raises(ValidationError):
            Box.model_validate({"wait_s": value}, context=context)


def test_zero_is_no_period() -> None:
    """A positive duration excludes 0, with or without a unit."""
    with pytest.raises(ValidationError, match="greater than 0"):
        Box(period_s=0)
    with pytest.raises(ValidationError, match="greater than 0"):
        Box.model_validate({"period_s": "0s"}, context=FILE)


def test_json_holds_units_and_python_holds_numbers() -> None:
    """A dump for a file writes units; a dump for Python keeps SI."""
    box = Box(wait_s=90, size_bytes=2**20, limit_millicores=1500)
    assert box.model_dump(mode="json") == {
        "wait_s": "90s",
        "period_s": "1s",
        "size_bytes": "1MiB",
        "limit_millicores": 1.5,
    }
    assert box.model_dump()["wait_s"] == 90.0


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("horizon_s", "horizon"),
        ("at_s", "at"),
        ("ready_at_s", "ready_at"),
        ("rate_per_s", "rate"),
        ("pull_bytes_per_s", "pull"),
        ("limit_millicores", "limit"),
        ("responsive_count", "responsive"),
        ("failed_after", "failed_after"),
        ("kind", "kind"),
    ],
)
def test_a_key_is_the_name_without_its_unit(name: str, key: str) -> None:
    """The longest unit is taken off, and nothing but a unit."""
    assert alias_of(name) == key
