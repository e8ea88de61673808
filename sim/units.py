"""Quantities as people write them (``30s``, ``256MiB``, ``20/s``) and as SI numbers inside.

Owns the grammar of quantities, their shortest exact spelling, and the pydantic types that
scenario models use. Does not own the API's memory texts and durations: ``sim.wire`` does.

A model field holds an SI number and says so in its name (``horizon_s``). In the *file form*
(validation context ``{"file_form": True}``) a quantity must carry its unit and a bare number is
refused; from Python, where the name carries the unit, a bare number is taken as SI.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    Strict,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

MAX_TEXT_LENGTH: Final = 100
LEAST_PLAIN: Final = 1e-9
LARGEST_PLAIN: Final = 1e20
"""Sizes beyond which a number is written with an exponent."""

DURATION_UNITS: Final[Mapping[str, Fraction]] = MappingProxyType(
    {
        "s": Fraction(1),
        "ms": Fraction(1, 1000),
        "min": Fraction(60),
        "h": Fraction(3600),
        "d": Fraction(86400),
        "w": Fraction(604800),
    }
)
"""Seconds in one unit of a duration."""

BYTE_UNITS: Final[Mapping[str, Fraction]] = MappingProxyType(
    {
        "B": Fraction(1),
        "kB": Fraction(1000),
        "MB": Fraction(1000**2),
        "GB": Fraction(1000**3),
        "TB": Fraction(1000**4),
        "KiB": Fraction(1024),
        "MiB": Fraction(1024**2),
        "GiB": Fraction(1024**3),
        "TiB": Fraction(1024**4),
    }
)
"""Bytes in one unit of memory or storage."""

RATE_UNITS: Final[Mapping[str, Fraction]] = MappingProxyType(
    {"/s": Fraction(1), "/min": Fraction(1, 60), "/h": Fraction(1, 3600), "/d": Fraction(1, 86400)}
)
"""Events per second in one unit of a rate."""

BYTE_RATE_UNITS: Final[Mapping[str, Fraction]] = MappingProxyType(
    {f"{unit}/s": size for unit, size in BYTE_UNITS.items()}
)
"""Bytes per second in one unit of a byte rate."""

NUMBER: Final = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?"
"""Pattern of a plain number."""
_ONE: Final = re.compile(rf"({NUMBER}) ?([A-Za-z/]+)", re.ASCII)
_BARE: Final = re.compile(NUMBER, re.ASCII)


class _Grammar:
    """One kind of quantity: its units, and the words for its error messages."""

    def __init__(
        self, noun: str, units: Mapping[str, Fraction], *, default: str, example: str
    ) -> None:
        self.noun = noun
        self.units = units
        self.default = default
        self.example = example

    def parse(self, text: str, *, sums: bool = False) -> Fraction:
        """Return the exact SI value of *text*.

        Raises:
            ValueError: The text is not a quantity of this kind.
        """
        stripped = text.strip()
        if len(stripped) > MAX_TEXT_LENGTH:
            msg = f"is not a {self.noun}: longer than {MAX_TEXT_LENGTH} characters"
            raise ValueError(msg)
        if _BARE.fullmatch(stripped):
            raise ValueError(self.lacks_unit(stripped))
        total, position = Fraction(0), 0
        while match := _ONE.match(stripped, position):
            number, unit = match.groups()
            if unit not in self.units:
                raise ValueError(self._unknown_unit(number, unit))
            whole = -1 if position and stripped.startswith("-") else 1  # -1h30min is 90 min below 0
            total += whole * Fraction(number) * self.units[unit]
            position = match.end()
            if position == len(stripped):
                return total
            if not sums:
                break
        msg = f"is not a {self.noun}: write {self.example}"
        raise ValueError(msg)

    def lacks_unit(self, number: str) -> str:
        """Return what to say about a bare *number*."""
        return f"has no unit: write {number}{self.default} (or another of {self._choices()})"

    def _unknown_unit(self, number: str, unit: str) -> str:
        folded = {name.casefold(): name for name in self.units}
        near = folded.get(unit.casefold())
        write = f"{number}{near or self.default}"
        return f"has the unknown unit {unit!r}: write {write} (units: {self._choices()})"

    def _choices(self) -> str:
        return ", ".join(self.units)

    def shortest(self, value: float) -> str:
        """Return the shortest text that parses to exactly *value*, whole numbers preferred."""
        number = _plain(value)
        best, best_rank = number + self.default, ("." in number or "e" in number, len(number))
        units = {} if value > LARGEST_PLAIN else self.units
        for unit, size in units.items():
            number = _plain(float(f"{float(Fraction(value) / size):.12g}"))
            rank = ("." in number or "e" in number, len(number))
            if rank < best_rank and float(Fraction(number) * size) == value:
                best, best_rank = number + unit, rank
        return best


def _plain(value: float) -> str:
    """Return *value* as digits: no trailing ``.0``; an exponent only for extreme sizes."""
    if value == 0 or LEAST_PLAIN < abs(value) <= LARGEST_PLAIN:
        text = format(Decimal(repr(float(value))), "f")
        return text.removesuffix(".0")
    return repr(float(value))


_DURATION: Final = _Grammar("duration", DURATION_UNITS, default="s", example="30s or 1h30min")
_BYTES: Final = _Grammar("number of bytes", BYTE_UNITS, default="B", example="256MiB or 5GB")
_RATE: Final = _Grammar("rate", RATE_UNITS, default="/s", example="20/s or 90/min")
_BYTE_RATE: Final = _Grammar("byte rate", BYTE_RATE_UNITS, default="B/s", example="200MB/s")


def _finite(value: Fraction, noun: str) -> float:
    try:
        return float(value)
    except OverflowError:
        msg = f"is not a {noun}: too large"
        raise ValueError(msg) from None


def parse_duration(text: str) -> float:
    """Return the seconds in *text*: ``250ms``, ``30s``, ``1h30min``, ``-5s``.

    Raises:
        ValueError: Not a duration; the message says what to write.
    """
    return _finite(_DURATION.parse(text, sums=True), "duration")


def parse_bytes(text: str) -> int:
    """Return the bytes in *text*: ``5GB`` is 5 * 1000**3, ``4GiB`` is 4 * 1024**3.

    Raises:
        ValueError: Not a size, or not a whole number of bytes.
    """
    value = _BYTES.parse(text)
    if value.denominator != 1:
        msg = "is not a whole number of bytes"
        raise ValueError(msg)
    return int(value)


def parse_rate(text: str) -> float:
    """Return the events per second in *text*: ``20/s``, ``90/min``, ``5/h``, ``1/d``.

    Raises:
        ValueError: Not a rate; the message says what to write.
    """
    return _finite(_RATE.parse(text), "rate")


def parse_byte_rate(text: str) -> float:
    """Return the bytes per second in *text*: ``200MB/s``, ``1GiB/s``.

    Raises:
        ValueError: Not a byte rate; the message says what to write.
    """
    return _finite(_BYTE_RATE.parse(text), "byte rate")


def parse_cores(value: float | str) -> int:
    """Return the thousandths of a core in *value*, a number of cores such as 0.5 or ``"2"``.

    Raises:
        ValueError: Not a number, or finer than a thousandth of a core.
    """
    text = value if isinstance(value, str) else repr(value)
    if len(text) > MAX_TEXT_LENGTH or not _BARE.fullmatch(text.strip()):
        msg = "is not a number of cores: write 4 or 0.5"
        raise ValueError(msg)
    thousandths = Fraction(text.strip()) * 1000
    if thousandths.denominator != 1:
        msg = "is finer than a thousandth of a core: write at most three decimals, as in 0.125"
        raise ValueError(msg)
    return int(thousandths)


def format_duration(duration_s: float) -> str:
    """Return the shortest text that `parse_duration` reads back exactly: 7200 is ``2h``."""
    return _DURATION.shortest(duration_s)


def format_bytes(size_bytes: int) -> str:
    """Return the shortest text that `parse_bytes` reads back exactly: 2**30 is ``1GiB``."""
    texts = [
        f"{size_bytes // int(size)}{unit}"
        for unit, size in BYTE_UNITS.items()
        if size_bytes % int(size) == 0
    ]
    return min(texts, key=len) if size_bytes else "0B"


def format_rate(rate_per_s: float) -> str:
    """Return the shortest text that `parse_rate` reads back exactly: 0.5 is ``30/min``."""
    return _RATE.shortest(rate_per_s)


def format_byte_rate(rate_bytes_per_s: float) -> str:
    """Return the shortest text that `parse_byte_rate` reads back exactly."""
    return _BYTE_RATE.shortest(rate_bytes_per_s)


def format_cores(millicores: int) -> int | float:
    """Return the number of cores that a file shows: 4000 is 4, 1500 is 1.5."""
    whole, rest = divmod(millicores, 1000)
    return millicores / 1000 if rest else whole


def in_file_form(info: ValidationInfo) -> bool:
    """Return whether validation reads a file's data rather than Python arguments."""
    return isinstance(info.context, Mapping) and bool(info.context.get("file_form"))


def _refuse(message: str) -> PydanticCustomError:
    return PydanticCustomError("quantity", "{reason}", {"reason": message})


def _quantity(
    grammar: _Grammar, parse: Callable[[str], float]
) -> Callable[[Any, ValidationInfo], Any]:
    def validate(value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, str):
            try:
                return parse(value)
            except ValueError as error:
                raise _refuse(str(error)) from None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _refuse(f"is not a {grammar.noun}: write {grammar.example}")
        if in_file_form(info):
            raise _refuse(grammar.lacks_unit(_plain(value) if math.isfinite(value) else "1"))
        return value

    return validate


def _cores(value: Any, info: ValidationInfo) -> Any:
    if not in_file_form(info):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        reason = "is not a number of cores: write 4 or 0.5, without a unit"
        raise _refuse(reason)
    try:
        return parse_cores(value)
    except ValueError as error:
        raise _refuse(str(error)) from None


@dataclass(frozen=True, slots=True, eq=False)
class FileForm:
    """How a quantity looks in a file, for the JSON Schema that editors use.

    Attributes:
        name: The quantity in one word; names the distributions of it.
        schema: The JSON Schema of its file form.
    """

    name: str
    schema: Mapping[str, Any]

    def __get_pydantic_json_schema__(
        self, _core: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Answer pydantic: the file form instead of the SI number."""
        return dict(self.schema)


def _text_form(name: str, grammar: _Grammar, *examples: str, sign: str = "") -> FileForm:
    one = f"{NUMBER.removeprefix('-?')} ?(?:{'|'.join(sorted(grammar.units))})"
    pattern = f"^{sign}(?:{one})+$" if grammar is _DURATION else f"^{sign}{one}$"
    return FileForm(name, {"type": "string", "pattern": pattern, "examples": list(examples)})


SECONDS_FORM: Final = _text_form("Seconds", _DURATION, "30s", "250ms", "1h30min")
RATE_FORM: Final = _text_form("Rate", _RATE, "20/s", "90/min")
BYTES_FORM: Final = _text_form("Bytes", _BYTES, "256MiB", "5GB")
BYTE_RATE_FORM: Final = _text_form("ByteRate", _BYTE_RATE, "200MB/s")
SIGNED_SECONDS_FORM: Final = _text_form("Seconds", _DURATION, "-2ms", "30s", sign="-?")
SIGNED_BYTES_FORM: Final = _text_form("Bytes", _BYTES, "-1kB", "256MiB", sign="-?")
CORES_FORM: Final = FileForm("Cores", {"type": "number", "minimum": 0, "examples": [4, 0.5]})


Seconds = Annotated[
    float,
    Strict(),
    Field(ge=0, allow_inf_nan=False),
    BeforeValidator(_quantity(_DURATION, parse_duration)),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    SECONDS_FORM,
]
PositiveSeconds = Annotated[Seconds, Field(gt=0), SECONDS_FORM]

SignedSeconds = Annotated[
    float,
    Strict(),
    Field(allow_inf_nan=False),
    BeforeValidator(_quantity(_DURATION, parse_duration)),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    SIGNED_SECONDS_FORM,
]
"""Seconds, which may be below 0."""

PerSecond = Annotated[
    float,
    Strict(),
    Field(ge=0, allow_inf_nan=False),
    BeforeValidator(_quantity(_RATE, parse_rate)),
    PlainSerializer(format_rate, return_type=str, when_used="json"),
    RATE_FORM,
]
PositivePerSecond = Annotated[PerSecond, Field(gt=0), RATE_FORM]

Bytes = Annotated[
    int,
    Strict(),
    Field(ge=0),
    BeforeValidator(_quantity(_BYTES, parse_bytes)),
    PlainSerializer(format_bytes, return_type=str, when_used="json"),
    BYTES_FORM,
]
SignedBytes = Annotated[
    int,
    Strict(),
    BeforeValidator(_quantity(_BYTES, parse_bytes)),
    PlainSerializer(format_bytes, return_type=str, when_used="json"),
    SIGNED_BYTES_FORM,
]
"""Bytes, which may be below 0."""

BytesPerSecond = Annotated[
    float,
    Strict(),
    Field(gt=0, allow_inf_nan=False),
    BeforeValidator(_quantity(_BYTE_RATE, parse_byte_rate)),
    PlainSerializer(format_byte_rate, return_type=str, when_used="json"),
    BYTE_RATE_FORM,
]
Millicores = Annotated[
    int,
    Strict(),
    Field(ge=0),
    BeforeValidator(_cores),
    PlainSerializer(format_cores, return_type=int | float, when_used="json"),
    CORES_FORM,
]
"""Thousandths of a core; the file shows cores: ``limit: 2.5`` is 2500."""

Count = Annotated[int, Strict(), Field(ge=0)]
PositiveCount = Annotated[int, Strict(), Field(ge=1)]
Ratio = Annotated[float, Strict(), Field(ge=0, le=1)]
Factor = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False)]
Flag = Annotated[bool, Strict()]
