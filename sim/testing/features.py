"""Features of drawn scenarios, each of which can be switched off by itself.

A scenario with every feature on never reaches some states: what makes runs rich also cuts them
short. A crowd hides what happens to one request, a small queue keeps a deployment from growing, and
a kill ends what would have gone wrong later. So in each drawn scenario another random half of the
features is switched off.

Source: swarm testing; Groce, Zhang, Eide, Chen and Regehr (ISSTA 2012) find that tests of which
each may use a random part of the features meet more faults than tests that may use all of them.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

Plain = dict[str, Any]

FEW_REQUESTS = 6
"""So many of each source are left where there is no crowd."""
_PLENTY = 1000


def with_half_of_its_features(
    files: st.SearchStrategy[Plain], *, but: Collection[str] = ()
) -> st.SearchStrategy[Plain]:
    """Draw scenarios and switch off, in each, every feature with a chance of a half.

    Args:
        files: Scenarios in the file's form, as `sim.testing.scenarios` draws them; each deployment
            has a `client`, sources of `instants`, `poisson`, `counts` or `rates`,
            and `initial` in its bounds.
        but: Names of features that stay on.
    """
    # One draw each: of a number with as many bits, Hypothesis would leave the high ones at 0. And
    # what it makes smaller has fewer features.
    optional = [name for name in FEATURES if name not in but]

    def switched(data: Plain, stays: Sequence[bool]) -> Plain:
        for name, stays_on in zip(optional, stays, strict=True):
            if not stays_on:
                FEATURES[name](data)
        return data

    return st.builds(switched, files, st.tuples(*(st.booleans() for _ in optional)))


def _configurations(data: Plain) -> Iterator[Plain]:
    """Yield every runtime configuration, those of replaces too."""
    for one in (*data["deployments"], *data["timeline"]):
        if "runtimeConfiguration" in one:
            yield one["runtimeConfiguration"]


def _demands(data: Plain) -> Iterator[Plain]:
    """Yield the demands of every deployment and of every published version."""
    for one in (*data["deployments"], *data["timeline"]):
        if "request" in one:
            yield one["request"]


def _fixed(section: str, **neutral: Any) -> Callable[[Plain], None]:
    """Return what gives fields of a section of every deployment these values; None: no field."""

    def switch_off(data: Plain) -> None:
        for deployment in data["deployments"]:
            kept = {**deployment.get(section, {}), **neutral}
            deployment[section] = {k: value for k, value in kept.items() if value is not None}

    return switch_off


def _asking_for_no(quantity: str, nothing: str) -> Callable[[Plain], None]:
    def switch_off(data: Plain) -> None:
        for demands in _demands(data):
            demands[quantity] = nothing

    return switch_off


def _without(*kinds: str) -> Callable[[Plain], None]:
    """Return what takes events of these kinds out of the timeline."""

    def switch_off(data: Plain) -> None:
        data["timeline"] = [event for event in data["timeline"] if event["event"] not in kinds]

    return switch_off


def _without_schedules(data: Plain) -> None:
    for deployment in data["deployments"]:
        deployment["autoscaler"].pop("schedule", None)
    _without("schedule")(data)


def _without_gpus(data: Plain) -> None:
    for configuration in _configurations(data):
        configuration.pop("gpu", None)
    for demands in _demands(data):
        demands.pop("gpu", None)


def _without_memory(data: Plain) -> None:
    _asking_for_no("memory", "0B")(data)
    for one in (*(deployment["replica"] for deployment in data["deployments"]), *data["timeline"]):
        one.pop("model_memory", None)


def _without_scaling(data: Plain) -> None:
    """Leave one number of replicas to each configuration."""
    for configuration in _configurations(data):
        configuration["maxReplicas"] = max(configuration["minReplicas"], 1)
    for deployment in data["deployments"]:
        initial, wire = deployment["initial"], deployment["runtimeConfiguration"]
        if isinstance(initial, dict):
            initial["responsive"] = min(initial["responsive"], wire["maxReplicas"])


def _without_tight_queues(data: Plain) -> None:
    for queue in data["queues"]:
        if queue["kind"] == "vcpu":
            queue["limit"] = _PLENTY
        else:
            queue["limits"] = dict.fromkeys(queue["limits"], _PLENTY)
    _without("queue_limit", "tenant")(data)


def _without_crowds(data: Plain) -> None:
    """Leave the first requests of each source, or one in 50 s."""
    for source in (
        source for deployment in data["deployments"] for source in deployment["traffic"]
    ):
        match source["kind"]:
            case "instants":
                source["at"] = source["at"][:FEW_REQUESTS]
            case "counts":
                source["counts"] = [min(count, 1) for count in source["counts"][:FEW_REQUESTS]]
            case "rates":
                source["rates"] = ["0.02/s" for _ in source["rates"]]
            case _:
                source["rate"] = "0.02/s"


def _without_clients(data: Plain) -> None:
    for deployment in data["deployments"]:
        deployment["client"] = {"policy": "none"}


FEATURES: dict[str, Callable[[Plain], None]] = {
    "waits": _asking_for_no("wait", "0s"),
    "work": _asking_for_no("cpu", "0s"),
    "gpus": _without_gpus,
    "memory": _without_memory,
    "warm-up": _fixed("replica", warmup=None),
    "a first number of replicas": _fixed("rollout", initial_replicas="min"),
    "old replicas that stay": _fixed("rollout", old_goes="at_switch"),
    "lifetimes": _fixed("replica", lifetime=None),
    "starts that take time": _fixed(
        "replica", image="0B", container_start="1s", model_load="1s", probe={"period": "1s"}
    ),
    "short grace": _fixed("replica", grace="300s"),
    "timeouts": _fixed("service", timeout="300s"),
    "rate limits": _fixed("service", rate_limit=None),
    "queue capacity": _fixed("service", queue_capacity=None),
    "fewest in flight": _fixed("service", dispatch="line"),
    "deadlines and retries": _without_clients,
    "scaling": _without_scaling,
    "schedules": _without_schedules,
    "tight queues": _without_tight_queues,
    "crowds": _without_crowds,
    "kills": _without("kill"),
    "hangs": _without("hang"),
    "troubled starts": _without("fail_starts", "slow_starts"),
    "disabling": _without("disable", "start"),
    "publishing": _without("publish"),
    "replacing": _without("replace"),
}
"""By name, what switches a feature off: it changes a scenario in the file's form."""
