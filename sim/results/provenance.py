"""Where a result comes from: all that its bytes depend on, and nothing else.

No clock, host, user or path: two people who run one scenario get one result. Values of environment
variables are masked, for they may be secrets; nothing that is simulated depends on them.
"""

import platform
from importlib.metadata import version
from typing import Any, Final

import sim
from sim.record import Record
from sim.scenario.loader import resolved

LIBRARIES: Final = ("numpy", "simpy")
"""Libraries whose version can change what happens in a run."""


def scenario_of(record: Record) -> dict[str, Any]:
    """Return the scenario with all defaults filled in, as in `scenario.json`.

    The seed is the one that was used, be it the file's or another.
    """
    return {**resolved(record.scenario), "seed": record.seed}


def provenance(record: Record) -> dict[str, Any]:
    """Return scenario, seed, engine and versions, in the form of `result.json`."""
    return {
        "sim": sim.__version__,
        "engine": record.engine,
        "seed": record.seed,
        "versions": {
            "python": platform.python_version(),
            **{library: version(library) for library in LIBRARIES},
        },
        "scenario": scenario_of(record),
    }
