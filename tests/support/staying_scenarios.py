"""A strategy for scenarios in which old replicas stay beside fewer new ones, which become more.

Those of `growing_scenarios` the other way round: up to seven replicas to begin with, and other
configurations whose revisions begin with few replicas and may have more; old ones stay for some
seconds, or for longer than the run.
"""

from typing import Any

from hypothesis import strategies as st

from growing_scenarios import growing_scenarios
from sim.scenario.models.file_form import resolved
from sim.scenario.models.scenario import Scenario
from sim.scenario.rules.check import check_scenario

Plain = dict[str, Any]

_MORE_CORES = 40


@st.composite
def staying_scenarios(draw: st.DrawFn) -> Scenario:
    """Draw a valid scenario of a minute and a half, of one or two deployments."""
    data = resolved(draw(growing_scenarios()))
    for deployment in data["deployments"]:
        wire = deployment["runtimeConfiguration"]
        wire["maxReplicas"] += draw(st.integers(1, 4))
        if isinstance(deployment["initial"], dict):
            deployment["initial"] = {"responsive": wire["maxReplicas"]}
        deployment["rollout"] |= {
            "initial_replicas": draw(st.sampled_from(["min", "min", 1, 2, "30%"])),
            "switch_when": draw(st.sampled_from(["first", "first", "all"])),
            "old_goes": "at_full",
            "old_goes_after": draw(st.sampled_from(["3s", "10s", "40s", "10min"])),
        }
    for event in data["timeline"]:
        if event["event"] == "replace":
            fewest = draw(st.integers(0, 2))
            most = max(fewest, 1) + draw(st.integers(0, 6))
            event["runtimeConfiguration"] |= {"minReplicas": fewest, "maxReplicas": most}
    data["queues"][0]["limit"] += _MORE_CORES
    built = Scenario.from_file_form(data)
    check_scenario(built)
    return built
