"""Making the engine ready before anybody waits for it: compiling, where that will pay.

To compile the event loop takes tens of seconds the first time on a machine; a run would do it at
the first request that it cannot serve in a stretch.
"""

import sys

from sim.engines.vectorised.compilation import FEWEST_TO_COMPILE, can_compile, load, telling
from sim.scenario.models.deployment import Deployment, Initial
from sim.scenario.models.distributions import Constant, Exponential
from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import DisableEvent, HangEvent, KillEvent
from sim.scenario.models.traffic import InstantsTraffic, PoissonTraffic
from sim.serve.simulating.world import FIRST_S
from sim.simulation.run import simulate_record
from sim.wire.models import RuntimeConfiguration
from sim.workload.workload import Workload


def warm_up(scenario: Scenario) -> None:
    """Compile what a live run of `scenario` will need, if it will be compiled.

    So that nobody waits for it later: what a run expects never grows beyond what is asked here.
    """
    if not can_compile() or _expected(scenario) < FEWEST_TO_COMPILE:
        return
    with telling(_tell):
        load()
        simulate_record(everything())


def _tell() -> None:
    sys.stderr.write("compiling the engine, half a minute the first time on a machine\n")
    sys.stderr.flush()


def _expected(scenario: Scenario) -> float:
    """Return about how many requests and evaluations there are up to the scenario's horizon."""
    drawn_s = min(FIRST_S, scenario.horizon_s)
    counts = [
        Workload(
            deployment, seed=scenario.seed, horizon_s=drawn_s, start=scenario.start
        ).arrival_at_s.size
        + drawn_s / deployment.autoscaler.evaluation_interval_s
        for deployment in scenario.deployments
    ]
    return sum(counts) * scenario.horizon_s / drawn_s


def everything() -> Scenario:
    """Return a scenario that goes through each function that is compiled."""
    deployment = Deployment(
        name="warm-up",
        runtime_configuration=RuntimeConfiguration(min_replicas=1, max_replicas=1, thread_count=1),
        initial=Initial(kind="responsive", responsive_count=1),
        request=RequestDemands(wait_s=Constant(value=0.1), cpu_s=Constant(value=0.3)),
        traffic=(InstantsTraffic(name="few", at_s=(0.0, 0.0, 0.0, 1.0, 2.0, 2.0)),),
    )
    crowded = Deployment(
        name="crowded",
        runtime_configuration=RuntimeConfiguration(min_replicas=1, max_replicas=1, thread_count=4),
        initial=Initial(kind="responsive", responsive_count=1),
        request=RequestDemands(wait_s=Exponential(mean_value=0.1)),
        traffic=(PoissonTraffic(name="many", rate_per_s=1000.0),),
    )
    return Scenario(
        name="warm-up",
        horizon_s=10.0,
        deployments=(deployment, crowded),
        timeline=(
            HangEvent(at_s=0.05, deployment="warm-up", replicas="all", for_s=0.1),
            KillEvent(at_s=0.2, deployment="warm-up", replicas="all"),
            DisableEvent(at_s=1.5, deployment="warm-up"),
        ),
    )
