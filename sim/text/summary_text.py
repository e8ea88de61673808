"""What `sim run` prints, from the report of a run."""

from sim.results.report import DeploymentReport, Report
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
    traffic_words,
    wait_words,
)
from sim.text.layout import wrapped
from sim.text.wall_clock import Instants
from sim.zones import read_clock, zone_of


def summary_text(report: Report) -> str:
    """Return the report as plain text, its lines at most `layout.WIDTH` wide."""
    start = read_clock(report.start)
    named = zone_of(start)
    zone = f"{start:%Z}" if named is None else named.key
    instants = Instants(start, report.horizon_s)
    begins = f"Its clock begins at {start:%Y-%m-%d %H:%M:%S} ({zone})."
    warnings = [line for found in report.warnings for line in wrapped(f"Warning: {found.words}.")]
    blocks = [[*wrapped(_title(report)), begins, *warnings]]
    warm_up_s = report.warm_up_s
    blocks += [
        _deployment(one, instants, warm_up_s, traffic_words.lines(report, one.name))
        for one in report.deployments
    ]
    if report.queues:
        waits = wait_words.lines(report, instants)
        blocks.append([*queue_words.lines(report.queues), *([""] if waits else []), *waits])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _title(report: Report) -> str:
    provenance = report.provenance
    title = (
        f"{report.name}: {span(report.horizon_s)} simulated, seed {provenance.seed}, "
        f"engine {provenance.engine}"
    )
    if report.warm_up_s:
        title += f"; requests of the first {span(report.warm_up_s)} left out"
    if report.quantile_relative_error:
        title += f"; quantiles of requests to {report.quantile_relative_error:.1%}"
    return title


def _deployment(
    deployment: DeploymentReport, instants: Instants, warm_up_s: float, traffic: list[str]
) -> list[str]:
    """Return the paragraphs about one deployment: what happened, its requests, its replicas."""
    told = [
        *traffic,
        *event_words.lines(deployment, instants),
        *rollout_words.lines(deployment, instants),
        *status_words.lines(deployment, instants),
        *scaling_words.lines(deployment, instants),
        *start_words.lines(deployment),
        *binding_words.lines(deployment.binding, warm_up_s),
    ]
    attempts = attempt_words.lines(deployment, instants)
    return [
        f"deployment {deployment.name}",
        *told,
        *([""] if told else []),
        *request_words.lines(deployment),
        *([""] if attempts else []),
        *attempts,
        "",
        *replica_words.lines(deployment),
    ]
