"""Runs that pages are made of: one with a rollout that ends and one that never does."""

from typing import Final

from sim.pages.run_page import run_page
from sim.pages.shown_run import ShownRun
from sim.results.result import Result
from sim.scenario.reading.loader import parse_scenario
from sim.simulation.run import simulate

HOSTILE: Final = "</script><script>alert(1)</script>\"'&<img src=x onerror=alert(2)>\u202etxet"
"""A name that would run, or turn the text around, if it stood in a page as it is."""

TWO: Final = """
name: {title}
question: {title}
answer: {title}
seed: 7
start: 2026-03-02T09:00:00+01:00
horizon: {horizon}
queues:
  - {{kind: vcpu, name: cores, limit: 64}}
  - {{kind: vgpu, name: h100, limits: {{H100: 2}}}}
deployments:
  - name: ranker
    runtimeConfiguration:
      {{minReplicas: 2, maxReplicas: 6, cpu: 1.0, memory: 2GiB, threadCount: 2}}
    initial: {{responsive: 3}}
    request:
      wait: {{kind: lognormal, mean: 300ms, cv: 0.8}}
      cpu: 20ms
    traffic:
      - {{kind: poisson, name: users, rate: 12/s}}
  - name: {name}
    runtimeConfiguration:
      minReplicas: 2
      maxReplicas: 2
      cpu: 2.0
      memory: 8GiB
      gpu: {{count: 1, type: H100}}
      threadCount: 1
    initial: {{responsive: 2}}
    request: {{gpu: 200ms}}
    traffic:
      - {{kind: poisson, name: users, rate: 2/s}}
timeline:
  - at: 2min
    event: replace
    deployment: ranker
    runtimeConfiguration:
      {{minReplicas: 2, maxReplicas: 6, cpu: 2.0, memory: 2GiB, threadCount: 2}}
  - at: 3min
    event: replace
    deployment: {name}
    runtimeConfiguration:
      minReplicas: 2
      maxReplicas: 2
      cpu: 2.0
      memory: 8GiB
      gpu: {{count: 1, type: H100}}
      threadCount: 2
"""


def two_deployments(
    name: str = "generator", *, title: str = "Two at once", horizon: str = "10min"
) -> Result:
    """Return a run in which the rollout of `ranker` ends, and that of the other waits for ever.

    Args:
        name: Of the other deployment.
        title: The scenario's name, question and answer.
        horizon: How long the run is.
    """
    quoted = "'" + title.replace("'", "''") + "'"
    return simulate(parse_scenario(TWO.format(name=name, title=quoted, horizon=horizon)))


def page_of(result: Result) -> bytes:
    """Return the page of a fresh run."""
    return run_page(ShownRun.of(result))
