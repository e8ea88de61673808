"""uPlot, which draws the lines of a page: its released files, from a Python package that has them.

They are read as data: the package itself is not imported, and nothing of it runs. They are put into
pages, so that only those that are known by their digest are taken.

Source: uPlot 1.6.31 (MIT licence), dist/uPlot.iife.min.js and dist/uPlot.min.css of its release.
"""

from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from sim.errors import SimError
from sim.extras import require

PACKAGE: Final = "youplot"
VERSION: Final = "1.6.31"

_DIGESTS: Final = {
    "uplot.iife.min.js": "2d27e8ad3d228164525ce213f9dc716f39b4e3aee0cc773fb3491c96cf4921a2",
    "uplot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
}


class UnknownFileError(SimError):
    """A file of uPlot is not the one that was released."""


@dataclass(frozen=True, slots=True)
class Uplot:
    """The library: `script` defines `uPlot`, `style` is what its elements look like."""

    script: str
    style: str


def uplot() -> Uplot:
    """Return the library.

    Raises:
        ScenarioError: The extra that brings it is not installed.
        UnknownFileError: What is installed is not the release that is known.
    """
    require("sim report", PACKAGE)
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise UnknownFileError(f"{PACKAGE} is no package")
    folder = Path(spec.submodule_search_locations[0]) / "vendor"
    script, style = (_checked(folder / name) for name in _DIGESTS)
    return Uplot(script, style)


def _checked(path: Path) -> str:
    content = path.read_bytes()
    if sha256(content).hexdigest() != _DIGESTS[path.name]:
        raise UnknownFileError(f"{path} is not the file of uPlot {VERSION}")
    return content.decode("utf-8")
