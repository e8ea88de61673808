"""Scenario files of a few hundred requests: thirty runs take a fraction of a second."""

from pathlib import Path

TINY = """\
name: tiny
seed: 3
horizon: 100s
deployments:
  - name: a
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, cpu: 4, threadCount: 2}
    initial: {responsive: 1}
    request: {wait: {kind: exponential, mean: 500ms}}
    traffic:
      - {kind: poisson, name: users, rate: 3/s}
"""
"""Two threads, three quarters of which are busy."""

ROLLING = """\
name: rolling
seed: 5
horizon: 200s
queues: [{kind: vcpu, name: q, limit: 16}]
deployments:
  - name: a
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 2, cpu: 4, threadCount: 2}
    initial: {responsive: 1}
    replica:
      image_cached: true
      container_start: {kind: exponential, mean: 20s}
      model_load: 1s
      probe: {period: 1s}
    request: {wait: {kind: exponential, mean: 500ms}}
    traffic:
      - {kind: poisson, name: users, rate: 3/s}
timeline:
  - event: replace
    at: 50s
    deployment: a
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 2, cpu: 8, threadCount: 4}
"""
"""A PUT whose container starts in 20 s on average, in a run that goes on for 150 s."""

FIXED = """\
name: fixed
horizon: 100s
deployments:
  - name: a
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1, cpu: 4, threadCount: 1}
    initial: {responsive: 1}
    request: {wait: 500ms}
    traffic:
      - {kind: instants, name: users, at: [1s, 3s, 5s]}
"""
"""Nothing is drawn: every request takes half a second."""


def write_case(folder: Path, name: str, text: str, *changes: tuple[str, str]) -> Path:
    """Write a scenario into *folder*, each old text replaced by a new one; each must be in it."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = folder / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    return file
