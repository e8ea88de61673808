"""Numbers of replicas as a scenario writes them: a count as a number, a percentage as `25%`.

A percentage is a whole number, so that what it comes to is exact.
"""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from sim.units import Count, PositiveCount

_PERCENT: Final = r"^[1-9][0-9]{0,3}%$"

Percent = Annotated[str, Field(pattern=_PERCENT, examples=["25%", "80%"])]
"""So many hundredths of some number of replicas, 1% to 9999%."""


def _known_form(value: Any) -> Any:
    """Let through what a scenario may say of the number of a revision's first replicas."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    is_text = isinstance(value, str) and (value in ("min", "current") or re.match(_PERCENT, value))
    if is_count or is_text:
        return value
    reason = "must be min, current, a number of replicas from 1 on, or a whole percentage like 25%"
    raise PydanticCustomError("replica_number", "{reason}", {"reason": reason})


InitialReplicas = Annotated[
    int | str,
    BeforeValidator(
        _known_form, json_schema_input_type=Literal["min", "current"] | PositiveCount | Percent
    ),
]
"""How many replicas a new revision asks for; a percentage is of those that the old one has."""


def _known_share(value: Any) -> Any:
    """Let through a count, from 0 on, or a whole percentage."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if is_count or (isinstance(value, str) and (value == "0%" or re.match(_PERCENT, value))):
        return value
    reason = "must be a number of replicas from 0 on, or a whole percentage like 25%"
    raise PydanticCustomError("replica_number", "{reason}", {"reason": reason})


ReplicaShare = Annotated[
    int | str,
    BeforeValidator(_known_share, json_schema_input_type=Count | Literal["0%"] | Percent),
]
"""A number of replicas, or a percentage of the desired count; may be none."""


def rounded_up(share: int | str, count: int) -> int:
    """Return a number of replicas, or a percentage of `count`, rounded up to a whole one."""
    return -(-int(share.removesuffix("%")) * count // 100) if isinstance(share, str) else share


def rounded_down(share: int | str, count: int) -> int:
    """Return a number of replicas, or a percentage of `count`, rounded down to a whole one."""
    return int(share.removesuffix("%")) * count // 100 if isinstance(share, str) else share


def first_replicas(asked: int | str, *, live: int, least: int, most: int) -> int:
    """Return how many replicas a new revision asks for: at least one, and as its bounds allow.

    Args:
        asked: What the scenario says, see `InitialReplicas`.
        live: How many live replicas the old revision has.
        least: The new revision's minReplicas.
        most: Its maxReplicas.
    """
    match asked:
        case "min":
            count = least
        case "current":
            count = live
        case str():
            count = rounded_up(asked, live)
        case _:
            count = asked
    return min(max(count, least, 1), most)
