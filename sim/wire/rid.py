"""Resource identifiers: ``ri.<service>.<instance>.<type>.<locator>``.

Source: the pattern of Palantir's public resource-identifier library.
"""

import re
from typing import Final

PATTERN: Final = re.compile(
    r"ri"
    r"\.[a-z][a-z0-9-]*"  # service
    r"\.(?:[a-z0-9][a-z0-9-]*)?"  # instance, may be empty
    r"\.[a-z][a-z0-9-]*"  # type
    r"\.[A-Za-z0-9._-]+",  # locator
    re.ASCII,
)

SCHEMA: Final = {"type": "string", "pattern": f"^{PATTERN.pattern}$"}
"""The JSON Schema of one."""


def is_rid(text: str) -> bool:
    """Return whether the whole of *text* is a resource identifier."""
    return PATTERN.fullmatch(text) is not None
