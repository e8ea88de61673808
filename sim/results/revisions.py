"""When each revision of a deployment was what."""

from pydantic import Field

from sim.record import RevisionRecord
from sim.results.measure import Group, measure


class RevisionReport(Group):
    """One revision; null is what did not happen in the run."""

    number: int = measure("number")
    why: str = Field(description="Why it was made.")
    model_version_rid: str = Field(description="The model version that it serves.")
    created_at_s: float = measure("s")
    """When it was made."""
    active_at_s: float | None = measure("s", undefined="beyond")
    """When its bounds came into force."""
    retired_at_s: float | None = measure("s", undefined="beyond")
    """When another took its place, or the deployment was disabled."""
    gone_at_s: float | None = measure("s", undefined="beyond")
    """When the last of its replicas was DELETED."""


def revision_report(revision: RevisionRecord) -> RevisionReport:
    """Return what a record says of a revision, without its configuration."""
    return RevisionReport(
        number=revision.number,
        why=revision.why,
        model_version_rid=revision.model_version_rid,
        created_at_s=revision.created_at_s,
        active_at_s=revision.active_at_s,
        retired_at_s=revision.retired_at_s,
        gone_at_s=revision.gone_at_s,
    )
