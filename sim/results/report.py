"""The whole report of a run: what `result.json` holds, as models.

Keys are always there: what never happened is null, and what never occurred is counted 0. Numbers
are in the unit that their field states. The form has a number, which a key that moves raises; a key
that is added does not, so that it takes a default, for the files that were written before it.
"""

from typing import Final, Literal

from pydantic import ConfigDict, Field

from sim.results.attempts import Attempts
from sim.results.binding import Binding
from sim.results.cost import BookedSeconds
from sim.results.events import EventReport
from sim.results.measure import Group, measure
from sim.results.provenance import Provenance
from sim.results.queues import QueueReport
from sim.results.replica_waits import ReplicaWaits
from sim.results.requests import Figures, RequestCounts
from sim.results.revisions import RevisionReport
from sim.results.rollouts import RolloutReport
from sim.results.scaling import Scaling
from sim.results.starts import Starts
from sim.results.status import Status
from sim.results.traffic import TrafficReport
from sim.results.warnings import Warned

SCHEMA: Final = "sim-result/2"
"""Name and version of the form of `result.json`; the version changes when a key does."""


class DeploymentReport(Group):
    """One deployment.

    Requests are counted and measured by the instant of their first arrival, those of the warm-up
    left out; replicas, status and cost over the whole run.
    """

    name: str
    rid: str = Field(description="Its resource identifier in the API.")
    requests: RequestCounts
    wait_s: Figures = Field(description="The waits of completed requests.")
    response_s: Figures = Field(description="The response times of completed requests.")
    throughput_per_s: float | None = measure("1/s", better="more")
    """Attempts that threads served to their end, abandoned ones included, over the measured time.

    That is the time from the end of the warm-up to the horizon; null where there is none.
    """
    goodput_per_s: float | None = measure("1/s", better="more")
    """Requests that were completed, each within its client's deadline, over the measured time."""
    attempts: Attempts
    status: Status
    scaling: Scaling
    starts: Starts
    events: tuple[EventReport, ...]
    rollouts: tuple[RolloutReport, ...]
    binding: Binding
    replica_seconds: float = measure("replica-seconds", better="less")
    """Replicas times the seconds from STARTING to DELETED, restarts included."""
    compute_seconds: BookedSeconds
    queue_waits: ReplicaWaits
    revisions: tuple[RevisionReport, ...]


class Report(Group):
    """A run: deployments and resource queues in the order of its scenario."""

    model_config = ConfigDict(
        serialize_by_alias=True, json_schema_serialization_defaults_required=True
    )

    form: Literal["sim-result/2"] = Field(SCHEMA, alias="schema", description="Form of the file.")
    provenance: Provenance
    name: str = Field(description="The scenario's.")
    start: str = Field(
        description="The wall clock at instant 0, with its offset and, if given, its zone's name."
    )
    horizon_s: float = measure("s")
    """Where the run ends; it begins at 0."""
    warm_up_s: float = measure("s")
    """Requests that arrived before are not measured."""
    warnings: tuple[Warned, ...]
    quantile_relative_error: float = measure("ratio", better="less")
    """How far off quantiles of requests may be: 0 where attempts were kept."""
    traffic: tuple[TrafficReport, ...] = Field(
        (), description="What was used of the traces that requests came from."
    )
    deployments: tuple[DeploymentReport, ...]
    queues: tuple[QueueReport, ...]
