"""What was used of the files that requests came from."""

from collections.abc import Iterator

from pydantic import Field

from sim.record import DeploymentRecord
from sim.results.measure import Group, measure
from sim.results.provenance import without_disk


class TrafficReport(Group):
    """A source of traffic that replays a file; each row is used, before, after or skipped."""

    deployment: str
    source: str = Field(description="Its name among the deployment's traffic.")
    file: str = Field(description="As the scenario names it; of an absolute path the name.")
    origin: str = Field(
        description="What the times of the file count from: first, zero, start or an instant."
    )
    rows: int = measure("rows")
    """How many the file has."""
    used: int = measure("rows")
    """Those of which there are requests."""
    before: int = measure("rows")
    """Those that lie before the run begins."""
    after: int = measure("rows")
    """Those that lie at the horizon or after it."""
    skipped: dict[str, int] = Field(
        description="How many of the others have no request, by the reason: `where` does not mean "
        "them, something is `missing` in them, or `rate_scale` is below 1 and drew none."
    )
    begins_at_s: float = measure("s")
    """Where in the run the earliest row of the file lies; negative if that is before it."""
    first_at_s: float | None = measure("s")
    """When the first of its requests arrives; null where there is none."""
    last_at_s: float | None = measure("s")
    """When the last of its requests arrives."""


def traffic(deployment: DeploymentRecord) -> Iterator[TrafficReport]:
    """Yield what was used of each trace of a deployment, in the order of its traffic."""
    for use in deployment.traces:
        yield TrafficReport(
            deployment=deployment.name,
            source=use.source,
            file=without_disk(use.file),
            origin=use.origin,
            rows=use.rows,
            used=use.used,
            before=use.before,
            after=use.after,
            skipped=dict(use.skipped),
            begins_at_s=use.begins_at_s,
            first_at_s=use.first_at_s,
            last_at_s=use.last_at_s,
        )
