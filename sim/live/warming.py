"""Making the engine ready before anybody waits for it: compiling, where that will pay.

To compile the event loop takes tens of seconds the first time on a machine; a run would do it at
the first request that it cannot serve in a stretch.
"""

import sys

from sim.engine import simulate_record
from sim.live.world import FIRST_S
from sim.scenario.deployment import Deployment
from sim.scenario.scenario import Scenario
from sim.scenario.timeline import DisableEvent, KillEvent
from sim.scenario.traffic import InstantsTraffic
from sim.scheduler.compilation import FEWEST_TO_COMPILE, can_compile, load
from sim.wire.models import RuntimeConfiguration
from sim.workload.workload import Workload


def warm_up(scenario: Scenario) -> None:
    """Compile what a live run of `scenario` will need, if it will serve enough requests."""
    if not can_compile() or _expected(scenario) < FEWEST_TO_COMPILE:
        return
    sys.stderr.write("compiling the engine, half a minute the first time on a machine\n")
    load()
    simulate_record(_everything())


def _expected(scenario: Scenario) -> float:
    """Return about how many requests arrive up to the scenario's horizon."""
    drawn_s = min(FIRST_S, scenario.horizon_s)
    counts = [
        Workload(
            deployment, seed=scenario.seed, horizon_s=drawn_s, start=scenario.start
        ).arrival_at_s.size
        for deployment in scenario.deployments
    ]
    return sum(counts) * scenario.horizon_s / drawn_s


def _everything() -> Scenario:
    """Return a scenario that goes through what is compiled."""
    deployment = Deployment(
        name="warm-up",
        runtime_configuration=RuntimeConfiguration(min_replicas=1, max_replicas=1, thread_count=1),
        traffic=(InstantsTraffic(name="few", at_s=(0.0, 0.0, 1.0, 2.0)),),
    )
    return Scenario(
        name="warm-up",
        horizon_s=10.0,
        deployments=(deployment,),
        timeline=(
            KillEvent(at_s=0.05, deployment="warm-up", replicas="all"),
            DisableEvent(at_s=5.0, deployment="warm-up"),
        ),
    )
