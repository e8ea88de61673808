"""Endings of the names of numbers, which say their units; the keys of files go without them."""

from typing import Final

SUFFIXES: Final = (
    "_bytes_per_s",
    "_per_s",
    "_at_s",
    "_s",
    "_bytes",
    "_millicores",
    "_cores",
    "_ratio",
    "_count",
)
"""Endings of a number's name, each a unit; the longest that fits comes first."""


def alias_of(name: str) -> str:
    """Return the file's key for the field *name*: the name without its unit."""
    for suffix in SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix):
            stem = name.removesuffix(suffix)
            return f"{stem}_at" if suffix == "_at_s" else stem
    return name
