"""Where a result comes from: all that its bytes depend on, and nothing else.

No clock, host, user or path: two people who run one scenario get one result. Values of environment
variables are masked, for they may be secrets; nothing that is simulated depends on them.
"""

import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field

import sim
from sim.record import Record
from sim.results.measure import Group, measure
from sim.scenario.models.file_form import resolved

LIBRARIES: Final = ("numpy", "simpy", "tzdata")
"""Libraries whose version can change what happens in a run."""


def scenario_of(record: Record, directory: Path | None = None) -> dict[str, Any]:
    """Return the scenario with all defaults filled in, as in `scenario.json`.

    The seed is the one that was used, be it the file's or another.

    Args:
        record: Of the run.
        directory: Where the scenario will be kept: its relative paths then start there, so that
            it can be run again. None: they stay as they are.
    """
    data = resolved(record.scenario, mask_environment=True, directory=directory)
    return {**data, "seed": record.seed}


class Provenance(Group):
    """Scenario, seed, engine and versions of a run."""

    sim: str = Field(description="The version of sim.")
    engine: str
    seed: int = measure("number")
    """The one that was used."""
    versions: dict[str, str] = Field(description="Of Python and of libraries, by name.")
    scenario: dict[str, Any] = Field(
        description="All of it, defaults filled in, as `sim schema` describes it."
    )


def provenance(record: Record) -> Provenance:
    """Return where a result comes from.

    Of a file that was named from the root of somebody's disk only the name is kept.
    """
    return Provenance(
        sim=sim.__version__,
        engine=record.engine,
        seed=record.seed,
        versions={
            "python": platform.python_version(),
            **library_versions(),
        },
        scenario=_without_disk(scenario_of(record)),
    )


@cache
def library_versions() -> Mapping[str, str]:
    """Return the versions of `LIBRARIES`; looked up once: it takes longer than a small report."""
    return MappingProxyType({library: version(library) for library in LIBRARIES})


def _without_disk(data: Any) -> Any:
    if isinstance(data, list):
        return [_without_disk(item) for item in data]
    if not isinstance(data, dict):
        return data
    kept = {key: _without_disk(value) for key, value in data.items()}
    if isinstance(kept.get("path"), str):
        kept["path"] = without_disk(kept["path"])
    if "rules" in kept:
        kept["rules"] = [without_disk(rule) for rule in kept["rules"]]
    return kept


def without_disk(path: str) -> str:
    """Return a path as it may be told: one from the root of somebody's disk by its name."""
    return Path(path).name if Path(path).is_absolute() else path
