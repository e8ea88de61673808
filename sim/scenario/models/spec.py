"""The base of every scenario model, and the small types that several of them share."""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import override

from sim.suffixes import alias_of

_NAMESPACE: Final = uuid.UUID("6f1d8a0e-3b5c-5e0a-9c57-0d6a1c3f2b48")


class Spec(BaseModel):
    """Immutable; a typo is an error; two are equal when their fields are.

    The file's key of a field is its name without the unit: ``horizon_s`` is written ``horizon``.
    Python code uses the names (``Platform(...)``, SI numbers), `from_file_form` the file's keys.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=alias_of,
        validate_by_name=True,
        validate_by_alias=False,
    )

    @classmethod
    def from_file_form(cls, data: object, *, base_dir: Path | None = None) -> Self:
        """Build from plain data spelt as in a scenario file.

        Args:
            data: Mappings, lists and scalars with the file's keys and quantities with units.
            base_dir: Directory that relative paths start from; None: the working directory.

        Raises:
            pydantic.ValidationError: The data is not a file form of this model.
        """
        context = {"file_form": True, "base_dir": base_dir}
        return cls.model_validate(data, by_alias=True, by_name=False, context=context)

    @override
    def __eq__(self, other: object) -> bool:
        """Compare fields only: where a scenario was read from does not matter."""
        return type(self) is type(other) and self.__dict__ == other.__dict__

    @override
    def __hash__(self) -> int:
        """Hash the values of the fields."""
        return hash((type(self), *self.__dict__.values()))


def base_dir_of(context: object) -> Path | None:
    """Return the directory that relative paths start from, as the loader stated it."""
    found: Any = context.get("base_dir") if isinstance(context, Mapping) else None
    return found if isinstance(found, Path) else None


def derived_rid(prefix: str, name: str) -> str:
    """Return the resource identifier that *name* always gets: ``{prefix}.{uuid5}``."""
    return f"{prefix}.{uuid.uuid5(_NAMESPACE, f'{prefix}/{name}')}"


NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$"

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
"""Letters, digits, blanks, dots, dashes and underscores, at most 64; no slash (stream names)."""

SHA256_PATTERN: Final = r"^[0-9a-f]{64}$"

Sha256 = Annotated[str, Field(pattern=SHA256_PATTERN)]
