"""The text of a JSON body: read strictly, as the service reads it.

Owns which texts are JSON at all. Which JSON is an object of the API is `sim.wire.models`.
"""

import json
import math
import re
from typing import Any, Final, NoReturn

from typing_extensions import override

MAX_DEPTH: Final = 64
"""Levels of nesting that a body may have. Assumed; the same as in scenario files."""

_HALF_PAIR: Final = re.compile(r"\\u[dD][89abAB]|\\u[dD][c-fC-F]")


class JsonTextError(ValueError):
    """A text that is not one JSON document; the message follows "The body"."""

    @override
    def __str__(self) -> str:
        return str(self.args[0])


def parse_json(content: bytes) -> Any:
    """Return the data that the JSON text *content* stands for.

    A key that an object has twice, a number that is not finite or has thousands of digits, half of
    a surrogate pair and nesting below `MAX_DEPTH` are refused. No message holds a value.

    Raises:
        JsonTextError: The content is not UTF-8, or not one JSON document within the limits.
    """
    try:
        text = content.decode()
        data = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_finite
        )
    except JsonTextError:
        raise
    except UnicodeDecodeError:
        raise JsonTextError("is not UTF-8 text.") from None
    except json.JSONDecodeError as error:
        what = f"{error.msg[:1].lower()}{error.msg[1:]}"
        message = f"is not JSON: {what}, line {error.lineno}, column {error.colno}."
        raise JsonTextError(message) from None
    except RecursionError:
        raise JsonTextError(_TOO_DEEP) from None
    except ValueError:  # Python's limit of digits
        raise JsonTextError("holds a number of too many digits.") from None
    if _is_too_deep(data):
        raise JsonTextError(_TOO_DEEP)
    if _HALF_PAIR.search(text) is not None:
        _require_unicode(data)
    return data


_TOO_DEEP: Final = f"nests deeper than {MAX_DEPTH}."


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise JsonTextError("has a key twice in one object.")
    return found


def _constant(word: str) -> NoReturn:
    raise JsonTextError(f"holds {word}: a number must be finite.")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise JsonTextError("holds a number that is too large.")
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
    try:
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise JsonTextError("holds half of a surrogate pair in a text.") from None
