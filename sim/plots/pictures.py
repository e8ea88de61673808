"""The pictures of a run as files: of one deployment, or of each."""

from pathlib import Path
from typing import Final

from sim.plots.files import check_suffix, save
from sim.plots.timeline import plot_timeline
from sim.results.timeline import TimelineData

ALL: Final = "all"
"""Stands for every deployment."""


def draw(data: TimelineData, picture: Path, deployment: str | None = None) -> list[Path]:
    """Draw the timeline of a deployment to *picture*, and return the path of what was written.

    Of `ALL` deployments each is drawn to a path of its own beside it: *picture* with "-NAME" behind
    its stem.

    Args:
        data: What to draw.
        picture: Where, in the format of its suffix.
        deployment: Its name, `ALL`, or None for the one that `plot_timeline` chooses.

    Raises:
        UnknownFormatError: The suffix of *picture* is none that can be written.
        UnknownDeploymentError: *data* has no deployment of that name.
        OSError: The folder is not there or cannot be written to.
    """
    check_suffix(picture)
    if deployment != ALL:
        save(plot_timeline(data, deployment), picture)
        return [picture]
    paths = []
    for timeline in data.deployments:
        path = picture.with_name(f"{picture.stem}-{timeline.name}{picture.suffix}")
        save(plot_timeline(data, timeline.name), path)
        paths.append(path)
    return paths
