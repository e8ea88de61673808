"""A scenario as the plain data of a file, with every default written out."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from sim.scenario.models.scenario import Scenario

MASK: Final = "***"


def resolved(
    scenario: Scenario, *, mask_environment: bool = False, directory: Path | None = None
) -> dict[str, Any]:
    """Return *scenario* as a file's plain data, with every default written out.

    Loaded again it is an equal scenario, unless one of the arguments changes it.

    Args:
        scenario: The scenario.
        mask_environment: Whether values of environment variables are hidden; equal values stay
            equal and different ones different, so that a PUT that changes one still does.
        directory: Where the data will be kept; relative paths are rewritten to start there.
            None: they stay as they are.
    """
    data: dict[str, Any] = scenario.model_dump(mode="json", by_alias=True)
    if mask_environment:
        masks: dict[str, str] = {}
        for item in (*data["deployments"], *data["timeline"]):
            variables = item.get("runtimeConfiguration", {}).get("environmentVariables", {})
            for name, value in variables.items():
                variables[name] = masks.setdefault(value, f"{MASK}{len(masks) + 1}")
    if directory is not None:
        start = scenario.base_dir or Path()
        change_paths(data, lambda path: _moved(path, start, directory))
    return data


def change_paths(data: dict[str, Any], change: Callable[[str], str]) -> None:
    """Put something else for every path of a file in a scenario's plain data, in place."""
    for holder in _holders(data):
        holder["path"] = change(holder["path"])
    data["rules"] = [
        f"{change(file)}:{name}" if file.endswith(".py") else rule
        for rule in data["rules"]
        for file, _, name in [rule.rpartition(":")]
    ]


def _holders(data: Any) -> Iterator[dict[str, Any]]:
    """Yield everything in *data* that names a file."""
    for item in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _holders(item)
    if isinstance(data, dict) and isinstance(data.get("path"), str) and "kind" in data:
        yield data


def _moved(path: str, start: Path, directory: Path) -> str:
    if Path(path).is_absolute():
        return path
    return Path(os.path.relpath(start / path, directory)).as_posix()
