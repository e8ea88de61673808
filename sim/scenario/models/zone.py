"""The name of a time zone."""

from typing import Annotated, TypeAlias

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from sim.zones import zone


def _known(name: str) -> str:
    try:
        zone(name)
    except ValueError as error:
        raise PydanticCustomError("zone", "{reason}", {"reason": str(error)}) from None
    return name


ZoneName: TypeAlias = Annotated[str, AfterValidator(_known)]
"""Such as Europe/Berlin, of the package `tzdata`."""
