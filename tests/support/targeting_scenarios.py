"""Scenarios whose rollouts aim at a target, and have a desired count.

Those of `growing_scenarios` with another strategy, bounds in which the desired count moves, and
replaces that go back to what was there before.
"""

from typing import Any

from hypothesis import strategies as st

from growing_scenarios import growing_scenarios
from sim.scenario.models.file_form import resolved
from sim.scenario.models.scenario import Scenario
from sim.scenario.rules.check import check_scenario

Plain = dict[str, Any]


@st.composite
def targeting_scenarios(draw: st.DrawFn, *strategies: Plain) -> Scenario:
    """Draw a valid scenario of a minute and a half, with one of the strategies everywhere."""
    data = resolved(draw(growing_scenarios()))
    first = {}
    for deployment in data["deployments"]:
        deployment["rollout"] = {
            "strategy": draw(st.sampled_from(strategies)),
            "scaling_only": deployment["rollout"]["scaling_only"],
            "stall_after": draw(st.sampled_from(["5s", "60s"])),
        }
        wire = deployment["runtimeConfiguration"]
        wire["maxReplicas"] += draw(st.integers(0, 3))
        first[deployment["name"]] = wire
    for event in data["timeline"]:
        if event["event"] == "replace":
            if draw(st.booleans()):
                event["runtimeConfiguration"] = dict(first[event["deployment"]])
            fewest = draw(st.integers(0, 3))
            most = max(fewest, 1) + draw(st.integers(0, 4))
            event["runtimeConfiguration"] |= {"minReplicas": fewest, "maxReplicas": most}
    data["queues"][0]["limit"] += draw(st.sampled_from([0, 40]))
    built = Scenario.from_file_form(data)
    check_scenario(built)
    return built
