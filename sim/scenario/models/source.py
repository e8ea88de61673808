"""What every source of traffic has, and every one that is read from a file."""

from pathlib import Path
from typing import Any

from pydantic import PrivateAttr
from typing_extensions import override

from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.spec import Name, Sha256, Spec, base_dir_of


class Source(Spec):
    """What every source of requests has."""

    name: Name = ""
    """Names the source's random streams; absent: its kind and its place in the list."""
    demands: RequestDemands | None = None
    """What its requests ask for; absent: what the deployment's `request` says."""


class FileSource(Source):
    """What every source read from a file has."""

    sha256: Sha256 | None = None
    """SHA-256 of the file; another file is refused."""
    source: str | None = None
    """Where the file can be fetched; shown when it is missing."""
    licence: str | None = None
    """Licence of the file; shown when it is missing."""

    _base_dir: Path | None = PrivateAttr(None)

    @override
    def model_post_init(self, context: Any, /) -> None:
        """Remember where relative paths start."""
        self._base_dir = base_dir_of(context)
