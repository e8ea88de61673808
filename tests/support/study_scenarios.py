"""Small scenarios that are drawn, and take a few milliseconds a run."""

from pathlib import Path

from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import parse_scenario

DRAWN = """
name: A drawn minute
seed: 5
horizon: 1min
queues:
  - {kind: vcpu, name: cores, limit: 8}
deployments:
  - name: api
    initial: {responsive: 2}
    runtimeConfiguration: {minReplicas: 2, maxReplicas: 2, cpu: 1, threadCount: 2}
    replica: {image_cached: true, container_start: 1s, model_load: {kind: exponential, mean: 2s},
              probe: {period: 1s}}
    request: {wait: {kind: exponential, mean: 200ms}}
    traffic: [{kind: poisson, name: web, rate: 5/s}]
timeline:
  - {event: replace, at: 20s, deployment: api,
     runtimeConfiguration: {minReplicas: 2, maxReplicas: 2, cpu: 2, threadCount: 2}}
"""
"""A PUT under load that rolls out; arrivals, demands and model loads are drawn."""

GIVEN = """
name: Two calls
horizon: 100s
deployments:
  - name: api
    initial: {responsive: 1}
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, threadCount: 1}
    request: {wait: 4s}
    traffic: [{kind: instants, at: [10s, 11s]}]
"""
"""Nothing is drawn."""

SOMETIMES_STUCK = """
name: Stuck now and then
horizon: 1min
queues:
  - {kind: vcpu, name: cores, limit: 2}
deployments:
  - name: api
    initial: {responsive: 1}
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, cpu: 1, threadCount: 1}
    replica: {image_cached: true, container_start: 1s, probe: {period: 1s},
              model_load: {kind: empirical, values: [1s, 1s, 1s, 1s, 90s]}, start_timeout: 1h}
    request: {wait: 100ms}
    traffic: [{kind: poisson, rate: 1/s}]
timeline:
  - {event: replace, at: 20s, deployment: api,
     runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, cpu: 1, threadCount: 2}}
"""
"""A rollout that in one run of five is not over when the run ends: its model takes too long."""


def drawn(text: str = DRAWN) -> Scenario:
    """Return one of these as a scenario."""
    return parse_scenario(text)


def write(folder: Path, text: str = DRAWN, *, name: str = "scenario.yaml") -> Path:
    """Write one of these into a file."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file
