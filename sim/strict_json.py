"""JSON text that comes from outside, read strictly: which texts are JSON at all.

Bodies of `sim serve`, the `result.json` of a directory, and scenario files, whose reader
(`sim.scenario.reading.json_tree`) also knows where each value stands. Which JSON is an object of
the API is `sim.wire.models`.
"""

import json
import math
import re
from typing import Any, Final, NoReturn

from typing_extensions import override

MAX_DEPTH: Final = 64
"""Levels of nesting that a document may have, JSON or YAML. Assumed."""

TOO_DEEP: Final = f"nests deeper than {MAX_DEPTH}"

_HALF_PAIR: Final = re.compile(r"\\u[dD][89abAB]|\\u[dD][c-fC-F]")


class JsonTextError(ValueError):
    """A text that is not one JSON document within the limits.

    Attributes:
        reason: What is wrong, to follow what the text is, such as "The body".
        line: 1-based line; None where unknown.
        column: 1-based column; None where unknown.
    """

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        """Keep what is wrong, and where."""
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column

    @override
    def __str__(self) -> str:
        """Return the reason and the place as the end of a sentence."""
        place = "" if self.line is None else f", line {self.line}, column {self.column}"
        return f"{self.reason}{place}."


def require_json(text: str) -> None:
    """Let pass what is JSON, whatever its numbers and keys are.

    Raises:
        JsonTextError: It is not JSON, and where; or it nests too deep for that to be told.
    """
    _parsed(text, parse_int=float)


def _parsed(text: str, **hooks: Any) -> Any:
    try:
        return json.loads(text, **hooks)
    except json.JSONDecodeError as error:
        what = f"{error.msg[:1].lower()}{error.msg[1:]}"
        raise JsonTextError(f"is not JSON: {what}", error.lineno, error.colno) from None
    except RecursionError:
        raise JsonTextError(TOO_DEEP) from None


def parse_json(content: bytes) -> Any:
    """Return the data that the JSON text *content* stands for.

    A key that an object has twice, a number that is not finite or has thousands of digits, half of
    a surrogate pair and nesting below `MAX_DEPTH` are refused. No message holds a value.

    Raises:
        JsonTextError: The content is not UTF-8, or not one JSON document within the limits.
    """
    try:
        text = content.decode()
        data = _parsed(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_finite
        )
    except JsonTextError:
        raise
    except UnicodeDecodeError:
        raise JsonTextError("is not UTF-8 text") from None
    except ValueError:  # Python's limit of digits
        raise JsonTextError("holds a number of too many digits") from None
    if _is_too_deep(data):
        raise JsonTextError(TOO_DEEP)
    if _HALF_PAIR.search(text) is not None:
        _require_unicode(data)
    return data


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise JsonTextError("has a key twice in one object")
    return found


def _constant(word: str) -> NoReturn:
    raise JsonTextError(f"holds {word}: a number must be finite")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise JsonTextError("holds a number that is too large")
    return number


def _is_too_deep(data: Any) -> bool:
    """Walk down level by level, through what has children only."""
    level = [data] if isinstance(data, dict | list) else []
    for _ in range(MAX_DEPTH):
        if not level:
            return False
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
    return bool(level)


def _require_unicode(data: Any) -> None:
    if not is_unicode(json.dumps(data, ensure_ascii=False)):
        raise JsonTextError("holds half of a surrogate pair in a text")


def is_unicode(text: str) -> bool:
    """Return whether *text* can be written in UTF-8: no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
