"""A scenario file that the tests of the loader break in one place at a time."""

from pathlib import Path

from sim.errors import Problem, ScenarioError
from sim.scenario.reading.loader import load_scenario

SCENARIO = """\
# yaml-language-server: $schema=scenario.schema.json
name: A small scenario
seed: 1
horizon: 2h
queues:
  - {kind: vcpu, name: cores, limit: 8, tenants: {batch: 1}}
  - {kind: vgpu, name: gpus, limits: {T4: 4, A100: 2}, tenants: {training: {T4: 1}}}
deployments:
  - name: ranker
    runtimeConfiguration:
      minReplicas: 1
      maxReplicas: 3
      cpu: 2
      threadCount: 32
    initial: {responsive: 2}
    request:
      cpu: 20ms
    service: {timeout: 1min}
    client: {policy: sdk}
    traffic:
      - {kind: poisson, name: web, rate: 20/s}
      - {kind: poisson, rate: 1/s}
  - name: embedder
    runtimeConfiguration:
      minReplicas: 0
      maxReplicas: 2
      gpu: {count: 1}
timeline:
  - event: replace
    at: 1h
    deployment: ranker
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 5}
  - event: tenant
    at: 30min
    queue: cores
    tenant: batch
    use: 1.5
  - {event: queue_limit, at: 40min, queue: gpus, limits: {T4: 2}}
  - {event: kill, at: 50min, deployment: ranker, replicas: all}
"""


def write(folder: Path, old: str = "", new: str = "", *, name: str = "scenario.yaml") -> Path:
    """Write the scenario with *new* for *old* into *folder*; *old* must be in it."""
    assert old in SCENARIO
    file = folder / name
    file.write_text(SCENARIO.replace(old, new, 1) if old else SCENARIO, encoding="utf-8")
    return file


def problems_of(file: Path, *overrides: str) -> tuple[Problem, ...]:
    """Return the problems for which *file* is refused; none if it is not."""
    try:
        load_scenario(file, overrides)
    except ScenarioError as error:
        return error.problems
    return ()
