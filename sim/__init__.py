"""Simulate live deployments of models before you change them.

The names below are the whole public surface of the package's root; the folders are public by their
own names (`sim.wire`, `sim.scenario`, `sim.results`, `sim.testing`). A name is imported when it is
first used, so that `import sim` costs nothing and a command loads only the libraries it needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.results.result import Result
    from sim.scenario.models.scenario import Scenario
    from sim.scenario.reading.loader import load_scenario, parse_scenario
    from sim.scenario.reading.validation import validate
    from sim.simulation.run import simulate

    __version__: str

__all__ = [
    "Result",
    "Scenario",
    "__version__",
    "load_scenario",
    "parse_scenario",
    "simulate",
    "validate",
]

DISTRIBUTION = "sim-live-deployments"

_HOMES = {
    "Result": "sim.results.result",
    "Scenario": "sim.scenario.models.scenario",
    "load_scenario": "sim.scenario.reading.loader",
    "parse_scenario": "sim.scenario.reading.loader",
    "simulate": "sim.simulation.run",
    "validate": "sim.scenario.reading.validation",
}


def __getattr__(name: str) -> object:
    """Import the public name *name* from its home.

    Raises:
        AttributeError: The package has no such public name.
    """
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - loads the email package

        found = version(DISTRIBUTION)
        globals()[name] = found  # it reads a file, which takes longer than a small run's report
        return found
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
