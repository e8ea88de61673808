"""What is not installed with the package itself: the extra that brings it, and its command."""

from collections.abc import Mapping
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final

from sim import DISTRIBUTION
from sim.errors import Problem, ScenarioError

EXTRAS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "distributed": "dask",
        "fastapi": "serve",
        "fastapi_offline": "serve",
        "foundry_sdk": "foundry",
        "httptools": "serve",
        "hypothesis": "testing",
        "jinja2": "report",
        "numba": "compiled",
        "pandas": "pandas",
        "perfetto": "perfetto",
        "prometheus_client": "serve",
        "pytest": "testing",
        "scipy": "studies",
        "uvicorn": "serve",
        "youplot": "report",
    }
)
"""Each library that an extra brings, as it is imported, and the extra."""


PAGE_LIBRARIES: Final = ("jinja2", "youplot")
"""What pages are made with."""


def install_command(extra: str) -> str:
    """Return what installs an extra, ready to be pasted into a shell."""
    return f"pip install '{DISTRIBUTION}[{extra}]'"


def require(what: str, *libraries: str) -> None:
    """Return if the libraries that *what* needs are installed; they are of one extra.

    Args:
        what: A verb, an option or a function, as it stands at the beginning of the message.
        libraries: As they are imported.

    Raises:
        ScenarioError: One is not; the message has the command that installs it.
    """
    missing = [name for name in libraries if find_spec(name) is None]
    if missing:
        raise ScenarioError(_needed(missing, (what,)))


def missing_extra(error: ModuleNotFoundError) -> ScenarioError | None:
    """Return a failed import as what the user can mend; None if no extra has the module."""
    library = (error.name or "").partition(".")[0]
    return ScenarioError(_needed([library], ())) if library in EXTRAS else None


def _needed(libraries: list[str], path: tuple[str, ...]) -> Problem:
    message = f"needs {', '.join(libraries)}: {install_command(EXTRAS[libraries[0]])}"
    return Problem(message=message, rule="extra-needed", path=path)
