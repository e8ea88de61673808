"""Paths in words: keys joined by dots, ``deployments[eu.ranker v2].replica``.

A name that has a dot or a blank in it stands in brackets; any other may.
"""

import re
from collections.abc import Iterable
from typing import Final

_STEP: Final = re.compile(r"\.?([^.\[\]=]+)|\[([^\]=]+)\]")
_PLAIN: Final = re.compile(r"[^.\[\]=\s]+")


def steps_of(path: str) -> list[str] | None:
    """Return the keys and names of a path in their order, None if *path* is none."""
    steps, position = [], 0
    while match := _STEP.match(path, position):
        steps.append(match[1] or match[2])
        position = match.end()
    return steps if steps and position == len(path) else None


def path_of(steps: Iterable[str | int]) -> str:
    """Return a path, names that need it in brackets, and so are places in lists, from 0.

    Examples:
        >>> path_of(["deployments", "eu.ranker v2", "response_s", "p99"])
        'deployments[eu.ranker v2].response_s.p99'
        >>> path_of(["timeline", 0, "at"])
        'timeline[0].at'
    """
    return "".join(map(_written, steps)).removeprefix(".")


def _written(step: str | int) -> str:
    return f".{step}" if isinstance(step, str) and _PLAIN.fullmatch(step) else f"[{step}]"
