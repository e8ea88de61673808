"""The report of a deployment with some of its figures changed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from build_record import deployment, scenario
from sim.record import Record
from sim.results.report import DeploymentReport
from sim.results.summary import summary
from sim.text.wall_clock import Instants

MIDNIGHT = Instants(datetime(2026, 1, 5, tzinfo=UTC), 7200.0)


def quiet(**groups: Any) -> DeploymentReport:
    """Return a deployment to which nothing happened, but for these figures.

    Args:
        groups: By key of the deployment: a figure, or figures of a group by key, and so on.
    """
    (found,) = summary(Record(scenario(), 0, "reference", (deployment(),), ()))["deployments"]
    return DeploymentReport.model_validate(_changed(found, groups))


def _changed(data: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(changes) - set(data)
    if unknown:
        raise KeyError(f"no figures {unknown}")
    return {
        key: _changed(value, changes[key])
        if isinstance(value, Mapping) and isinstance(changes.get(key), Mapping)
        else changes.get(key, value)
        for key, value in data.items()
    }


def joined(lines: list[str]) -> str:
    """Return lines as one, with single blanks."""
    return " ".join(" ".join(lines).split())
