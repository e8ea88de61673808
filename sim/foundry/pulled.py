"""The scenario that a real deployment becomes: what was read, and what must be filled in."""

import json
from typing import Final

from sim.scenario.models.file_form import MASK
from sim.states import DeploymentState
from sim.wire.models import LiveDeployment

_KEYS_IN_ORDER: Final = (
    "minReplicas",
    "maxReplicas",
    "cpu",
    "memory",
    "gpu",
    "threadCount",
    "scalingConfiguration",
    "environmentVariables",
    "sources",
)


def scenario_text(deployment: LiveDeployment, *, hostname: str, with_values: bool) -> str:
    """Return a scenario file in YAML with the configuration of *deployment*.

    Args:
        deployment: As the platform shows it.
        hostname: Where it was read, for the file's first lines.
        with_values: Whether values of environment variables are written; else they are masked,
            equal ones equally, so that a PUT that changes one still does.
    """
    configuration = deployment.runtime_configuration.to_wire()
    if not with_values:
        configuration["environmentVariables"] = _masked(configuration["environmentVariables"])
    lines = [
        f"{key}: {json.dumps(configuration[key], ensure_ascii=False)}"
        for key in _KEYS_IN_ORDER
        if key in configuration
    ]
    branch = "" if deployment.branch is None else f"    branch: {json.dumps(deployment.branch)}\n"
    indented = "\n      ".join(lines)
    return (
        f"# Read from {hostname}: identifiers, configuration and status are the platform's.\n"
        "# What is marked ASSUMED the platform does not tell: put your own figures there.\n"
        f"name: {json.dumps(f'pulled from {hostname}')}\n"
        "horizon: 1h\n"
        "\n"
        "# ASSUMED: no resource queue limits the replicas. For a limit of 16 cores:\n"
        "# queues:\n"
        "#   - {kind: vcpu, name: cores, limit: 16}\n"
        "\n"
        "deployments:\n"
        "  - name: pulled\n"
        f"    rid: {deployment.rid}\n"
        f"    model_rid: {deployment.model_version.model_rid}\n"
        f"    model_version_rid: {deployment.model_version.model_version_rid}\n"
        f"{branch}"
        "    runtimeConfiguration:\n"
        f"      {indented}\n"
        f"    initial: {_initial(deployment)} # from status {deployment.status.state.value}\n"
        "    # ASSUMED: how long replicas take to start.\n"
        "    replica: {image: 2GB, model_load: 20s}\n"
        "    # ASSUMED: what a request asks for.\n"
        "    request:\n"
        "      wait: {kind: gamma, mean: 100ms, cv: 0.5}\n"
        "      cpu: {kind: gamma, mean: 20ms, cv: 0.5}\n"
        "    # ASSUMED: when requests come.\n"
        "    traffic:\n"
        "      - {kind: poisson, name: users, rate: 1/s}\n"
        "\n"
        "# The PUT that you are about to send, for instance:\n"
        "# timeline:\n"
        "#   - at: 10min\n"
        "#     event: replace\n"
        "#     deployment: pulled\n"
        "#     runtimeConfiguration: {minReplicas: 1, maxReplicas: 3}\n"
    )


def _masked(variables: dict[str, str]) -> dict[str, str]:
    masks: dict[str, str] = {}
    for value in variables.values():
        masks.setdefault(value, f"{MASK}{len(masks) + 1}")
    return {name: masks[value] for name, value in variables.items()}


def _initial(deployment: LiveDeployment) -> str:
    """Return what there is at the beginning, as far as the status tells."""
    if deployment.status.state is DeploymentState.DISABLED:
        return "disabled"
    if not deployment.status.is_ready:
        return "cold"
    return f"{{responsive: {max(deployment.runtime_configuration.min_replicas, 1)}}}"
