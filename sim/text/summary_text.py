"""What `sim run` prints, from the contents of `result.json`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sim.spans import span
from sim.text import (
    attempt_words,
    binding_words,
    event_words,
    queue_words,
    replica_words,
    request_words,
    rollout_words,
    scaling_words,
    start_words,
    status_words,
    wait_words,
)
from sim.text.layout import wrapped
from sim.text.wall_clock import Instants


def summary_text(summary: Mapping[str, Any]) -> str:
    """Return the summary as plain text, its lines at most `layout.WIDTH` wide.

    Args:
        summary: The contents of `result.json`.
    """
    start = datetime.fromisoformat(summary["start"])
    instants = Instants(start, summary["horizon_s"])
    begins = f"Its clock begins at {start:%Y-%m-%d %H:%M:%S} ({start:%Z})."
    warnings = [
        line for found in summary["warnings"] for line in wrapped(f"Warning: {found['words']}.")
    ]
    blocks = [[*wrapped(_title(summary)), begins, *warnings]]
    warm_up_s = summary["warm_up_s"]
    blocks += [_deployment(one, instants, warm_up_s) for one in summary["deployments"]]
    if summary["queues"]:
        waits = wait_words.lines(summary, instants)
        blocks.append([*queue_words.lines(summary["queues"]), *([""] if waits else []), *waits])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _title(summary: Mapping[str, Any]) -> str:
    provenance = summary["provenance"]
    title = (
        f"{summary['name']}: {span(summary['horizon_s'])} simulated, seed {provenance['seed']}, "
        f"engine {provenance['engine']}"
    )
    if summary["warm_up_s"]:
        title += f"; requests of the first {span(summary['warm_up_s'])} left out"
    if summary["quantile_relative_error"]:
        title += f"; quantiles of requests to {summary['quantile_relative_error']:.1%}"
    return title


def _deployment(deployment: Mapping[str, Any], instants: Instants, warm_up_s: float) -> list[str]:
    """Return the paragraphs about one deployment: what happened, its requests, its replicas."""
    told = [
        *event_words.lines(deployment, instants),
        *rollout_words.lines(deployment, instants),
        *status_words.lines(deployment, instants),
        *scaling_words.lines(deployment, instants),
        *start_words.lines(deployment),
        *binding_words.lines(deployment, warm_up_s),
    ]
    attempts = attempt_words.lines(deployment, instants)
    return [
        f"deployment {deployment['name']}",
        *told,
        *([""] if told else []),
        *request_words.lines(deployment),
        *([""] if attempts else []),
        *attempts,
        "",
        *replica_words.lines(deployment),
    ]
