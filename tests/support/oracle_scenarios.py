"""Scenarios as the oracle reads them: their form, and small ones to draw, full of ties.

An oracle scenario is plain data. Instants and lengths are whole seconds, cores and bytes whole
numbers, except the thresholds `up` and `down_threshold` and the rate limit's rate::

    {
        "horizon": 60,
        "queues": [
            {"name": "q", "limits": {"vcpu": 8}, "tenants": {"batch": {"vcpu": 2}}},
            {"name": "g", "limits": {"T4": 1, "V100": 2}, "tenants": {}},
        ],
        "deployments": [{"name": "a", "configuration": {"min": 1, "max": 2, "cpu": 2}, "wait": 3}],
        "timeline": [
            {"at": 5, "event": "replace", "deployment": "a", "configuration": {"min": 1, "cpu": 4}}
        ],
    }

Events have the names and fields of a scenario file's; `publish` may give any key of `VERSION`.
`complete` fills in what deployments and configurations leave out, by the tables below.
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from hypothesis import strategies as st

Plain = dict[str, Any]

SCALING: Plain = {"min": 1, "max": 1, "up": 0.75, "up_delay": 60, "down_delay": 1800}
CORE: Plain = {
    "cpu": 1, "memory": 100, "gpu": 0, "gpu_type": None, "threads": 1,
    "env": 0,  # stands for any other difference
    "sources": 0,
}  # fmt: skip
DEMANDS = ("wait", "cpu", "gpu", "memory")
VERSION: Plain = {"pull": 25, "load": 20, "model_memory": 0} | dict.fromkeys(DEMANDS, 0)
DEPLOYMENT: Plain = VERSION | {
    "configuration": {},
    "initial": "cold",  # or "disabled", or the number of replicas that are RESPONSIVE at 0
    "vcpu": None, "vgpu": None,  # names of queues; None: the first of its kind, if there is one
    "container": 5, "start_timeout": 600, "unresponsive_grace": 120, "grace": 300,
    "probe_delay": 0, "probe_period": 10, "success_threshold": 1, "failure_threshold": 3,
    "backoff_initial": 10, "backoff_max": 300, "backoff_healthy": 600, "failed_after": 3,
    "lifetime": None, "warmup": (0, 1), "gpu_slots": 1,
    "arrivals": (), "timeout": 300, "deadline": None, "queue_capacity": None,
    "dispatch": "line", "rate_limit": None,  # or (rate, burst)
    "max_attempts": 1, "retry_on": (), "retry_waits": (0,),
    "scaling_only": "in_place", "initial_replicas": "min", "switch_when": "first",
    "interval": 5, "comparison": "at_or_above", "down_threshold": None, "count_starting": False,
}  # fmt: skip
"""All keys of a deployment. A demand, and `deadline`, is one number or one for each request."""


def complete(scenario: Plain) -> Plain:
    """Return the scenario with every key, demands a list each, and configurations in two parts."""
    first: Plain = {}
    for queue in scenario.get("queues", ()):
        first.setdefault("vcpu" if "vcpu" in queue["limits"] else "vgpu", queue["name"])
    deployments = []
    counts = {}
    for given in scenario["deployments"]:
        d = DEPLOYMENT | first | given
        counts[d["name"]] = len(d["arrivals"])
        deployments.append(_completed(d, len(d["arrivals"])))
    timeline = [
        _completed(event, counts.get(event.get("deployment"), 0))
        for event in scenario.get("timeline", ())
    ]
    return {
        "horizon": scenario["horizon"],
        "queues": list(scenario.get("queues", ())),
        "deployments": deployments,
        "timeline": timeline,
    }


def _completed(given: Plain, requests: int) -> Plain:
    lists: Plain = {
        key: [given[key]] * requests if isinstance(given[key], int) else list(given[key])
        for key in (*DEMANDS, "deadline")
        if given.get(key) is not None
    }
    if given.get("event") == "publish" and lists:  # demands are published together
        lists = dict.fromkeys(DEMANDS, [0] * requests) | lists
    configuration = given.get("configuration")
    if configuration is not None and "core" not in configuration:
        core = {key: configuration.get(key, default) for key, default in CORE.items()}
        scaling = {key: configuration.get(key, default) for key, default in SCALING.items()}
        lists["configuration"] = {**scaling, "core": core}
    return {**given, **lists}


INSTANTS = (0, 1, 4, 5, 10, 12, 15, 20, 22, 25, 30, 35)
"""Few, so that events, arrivals and evaluations fall together."""
HORIZON = 44
STALL_AFTER = 10
"""A replica of a rollout that is QUEUED for longer stalls it."""
REQUESTS = range(9)
RETRIED = ("rate_limited", "queue_full", "inference_timeout", "client_timeout", "out_of_memory",
           "replica_killed", "grace_over", "disabled")  # fmt: skip

_MOST_IN_A_DRAW = 2**24
"""Hypothesis draws integers uniformly up to here, or nearly so."""
_SCATTER = 2_654_435_761
"""A prime: multiplying by it permutes the residues of any number of combinations drawn here."""


def _one_of_each(table: Mapping[str, Sequence[Any]]) -> st.SearchStrategy[Plain]:
    """Draw one value for every key, many of them at once: a draw costs more than a simulation."""
    groups: list[dict[str, Sequence[Any]]] = [{}]
    for key, values in table.items():
        if prod(map(len, groups[-1].values())) * len(values) > _MOST_IN_A_DRAW:
            groups.append({})
        groups[-1][key] = values

    sizes = [prod(map(len, group.values())) for group in groups]

    def decode(numbers: tuple[int, ...]) -> Plain:
        chosen = {}
        for number, size, group in zip(numbers, sizes, groups, strict=True):
            rest = number * _SCATTER % size  # Hypothesis likes small numbers, this test all values
            for key, values in group.items():
                rest, place = divmod(rest, len(values))
                chosen[key] = values[place]
        return chosen

    return st.tuples(*(st.integers(0, size - 1) for size in sizes)).map(decode)


_QUEUES = _one_of_each(
    {
        "vcpu": (4, 8, 12, 16, 30, 99),
        "vcpu_tenant": (0, 0, 2),
        "gpus": ({"T4": 1}, {"T4": 2, "V100": 1}, {"V100": 4, "T4": 3}),
        "gpu_tenant": (0, 0, 1),
        "has_gpus": (False, True),
        "deployments": (1, 2, 2, 3),
    }
)
_CONFIGURATIONS = _one_of_each(
    {
        "min": (1, 0, 1, 2, 3, 5), "spare": (0, 1, 2), "up": (0.75, 0.25, 0.5, 1.0),
        "up_delay": (0, 1, 2, 5), "down_after": (0, 2, 5, 9), "threads": (1, 2, 3, 4),
        "spare_cpu": (0, 0, 1), "memory": (99, 99, 4, 3), "gpu": (1, 1, 1, 2, 0),
        "gpu_type": (None, "T4"), "env": (0, 0, 1), "sources": (*[0] * 19, 1),
    }
)  # fmt: skip
_SETTINGS = _one_of_each(
    {
        "initial": ("cold", "cold", "min", "min", "one", "one", "one", "one", "disabled"),
        "pull": (0, 1, 3), "container": (0, 1, 2, 5), "load": (0, 1, 2, 4),
        "model_memory": (0, 0, 0, 0, 1, 5), "start_timeout": (30, 30, 6, 4),
        "unresponsive_grace": (20, 20, 20, 5, 2, 0), "grace": (30, 5, 2, 0),
        "probe_delay": (0, 0, 1), "probe_period": (1, 1, 2, 3),
        "success_threshold": (1, 1, 2), "failure_threshold": (1, 1, 1, 2, 3),
        "backoff_initial": (1, 2, 3), "backoff_max": (3, 5), "backoff_healthy": (5, 8, 60),
        "failed_after": (1, 2, 3), "lifetime": (None, None, None, None, 8, 15),
        "warmup": ((0, 1), (0, 1), (4, 2)), "gpu_slots": (1, 1, 1, 2),
        "timeout": (30, 12, 6, 3), "queue_capacity": (None, None, 0, 2),
        "dispatch": ("line", "line", "fewest_in_flight"),
        "rate_limit": (None, None, None, (1.0, 2.0), (0.5, 1.0)),
        "max_attempts": (1, 3, 2, 2), "retry_waits": ((0,), (1, 0), (2,), (0, 5)),
        "retry_on": (RETRIED, RETRIED, RETRIED[:2], RETRIED[2:4], RETRIED[4:]),
        "scaling_only": ("in_place", "in_place", "rollout"),
        "initial_replicas": ("min", "current"), "switch_when": ("first", "first", "all"),
        "interval": (1, 2, 5), "comparison": ("at_or_above", "above"),
        "down_threshold": (None, None, 0.0, 0.25), "count_starting": (False, False, True),
        "has_deadline": (False, False, True), "may_be_on_gpus": (False, True),
    }
)  # fmt: skip
FEATURES: Mapping[str, tuple[str, ...]] = {
    "waits": ("wait",), "work": ("cpu",), "memory": ("memory", "model_memory"),
    "short grace": ("grace",), "lifetimes": ("lifetime",), "warm-up": ("warmup",),
    "timeouts": ("timeout",), "deadlines": ("deadline",), "rate limits": ("rate_limit",),
    "queue capacity": ("queue_capacity",), "fewest in flight": ("dispatch",),
    "retries": ("max_attempts", "retry_on"), "failing early": ("failed_after", "backoff_healthy"),
}  # fmt: skip
"""What a deployment can do without, and the keys that have their values of `DEPLOYMENT` then."""
_FEATURES_ON = _one_of_each(dict.fromkeys(FEATURES, (False, True)))
_ARRIVALS = _one_of_each({str(i): (None, *INSTANTS, 22, 22, 25) for i in REQUESTS})
_DEMANDS = _one_of_each(
    {f"wait {i}": (0, 0, 2, 5, 9) for i in REQUESTS}
    | {f"cpu {i}": (0, 1, 3) for i in REQUESTS}
    | {f"gpu {i}": (3, 1, 6, 0) for i in REQUESTS}
    | {f"memory {i}": (0, 1, 2, 4) for i in REQUESTS}
    | {f"deadline {i}": (30, 0, 3, 6) for i in REQUESTS}
)
_EVENTS = _one_of_each(
    {
        "at": INSTANTS,
        "event": (*["replace"] * 8, *["hang"] * 3, "publish", "disable", "start", "start", "kill",
                  "fail_starts", "slow_starts", "queue_limit", "tenant"),
        "deployment": (0, 1, 2), "queue": (0, 1),
        "replicas": ("all", {"count": 1}, {"count": 2}, {"numbers": [0]}, {"numbers": [1, 2, 4]}),
        "for": (4, 7, 10, 2), "is_for_ever": (False, False, False, True), "factor": (2, 3),
        "amount": (5, 0, 2, 10), "gpus": (1, 0, 3),
        "changed": ((), tuple(SCALING), *[("env",)] * 3, ("threads", "cpu"), tuple(CORE)),
        "published": (("pull",), ("load", "model_memory"), (), DEMANDS),
        "pull": (0, 2), "load": (0, 3), "model_memory": (0, 2),
    }
)  # fmt: skip


@st.composite
def _configurations(draw: st.DrawFn, *, is_on_gpus: bool) -> Plain:
    c = draw(_CONFIGURATIONS)
    c["gpu"] *= is_on_gpus
    return c | {
        "max": max(c["min"], 1) + c["spare"],
        "down_delay": c["up_delay"] + c["down_after"],
        "cpu": c["threads"] + c["spare_cpu"],  # a core for every thread
        "gpu_type": c["gpu_type"] if c["gpu"] else None,
    }


@st.composite
def _demands(draw: st.DrawFn, requests: int, *, is_on_gpus: bool) -> Plain:
    drawn = draw(_DEMANDS)
    lists = {key: [drawn[f"{key} {i}"] for i in REQUESTS][:requests] for key in DEMANDS}
    deadline = [drawn[f"deadline {i}"] for i in REQUESTS][:requests]
    return lists | {"deadline": deadline} | ({} if is_on_gpus else {"gpu": 0})


@st.composite
def _deployments(draw: st.DrawFn, name: str, *, has_gpus: bool) -> Plain:
    d = {"name": name, **draw(_SETTINGS)}
    is_on_gpus = has_gpus and d.pop("may_be_on_gpus")
    c = draw(_configurations(is_on_gpus=is_on_gpus))
    arrivals = sorted(at for at in draw(_ARRIVALS).values() if at is not None)
    demands = draw(_demands(len(arrivals), is_on_gpus=is_on_gpus))
    if not d.pop("has_deadline"):
        demands["deadline"] = None
    initial = {"min": c["min"], "one": max(c["min"], 1)}.get(d["initial"], d["initial"])
    d = {**d, **demands, "configuration": c, "arrivals": arrivals, "initial": initial}
    for feature, is_on in draw(_FEATURES_ON).items():
        d |= {} if is_on else {key: DEPLOYMENT[key] for key in FEATURES[feature]}
    return d


@st.composite
def _events(draw: st.DrawFn, deployments: list[Plain], queues: list[Plain]) -> Plain:
    e = draw(_EVENTS)
    d = deployments[e["deployment"] % len(deployments)]
    queue = queues[e["queue"] % len(queues)]
    amounts = {kind: e["amount" if kind == "vcpu" else "gpus"] for kind in queue["limits"]}
    own: Plain = {}
    match e["event"]:
        case "queue_limit":
            return {"at": e["at"], "event": e["event"], "queue": queue["name"], "limits": amounts}
        case "tenant":
            own = {"queue": queue["name"], "tenant": "batch", "use": amounts}
            return {"at": e["at"], "event": e["event"], **own}
        case "kill":
            own = {"replicas": e["replicas"]}
        case "hang":
            own = {"replicas": e["replicas"], "for": None if e["is_for_ever"] else e["for"]}
        case "fail_starts":
            own = {"for": e["for"]}
        case "slow_starts":
            own = {"for": e["for"], "factor": e["factor"]}
        case "replace":
            other = draw(_configurations(is_on_gpus=bool(d["configuration"]["gpu"])))
            changes = {key: other[key] for key in e["changed"]}
            own = {"configuration": d["configuration"] | changes}
        case "publish":
            demands = draw(_demands(len(d["arrivals"]), is_on_gpus=bool(d["configuration"]["gpu"])))
            own = {key: (e | demands)[key] for key in e["published"]}
        case _:  # disable, start
            pass
    return {"at": e["at"], "event": e["event"], "deployment": d["name"], **own}


@st.composite
def scenarios(draw: st.DrawFn) -> Plain:
    """Complete oracle scenarios of one to three deployments, which share their queues."""
    drawn = draw(_QUEUES)
    queues: list[Plain] = [
        {
            "name": "q",
            "limits": {"vcpu": drawn["vcpu"]},
            "tenants": {"batch": {"vcpu": drawn["vcpu_tenant"]}},
        }
    ]
    if drawn["has_gpus"]:
        tenants = {"batch": {"T4": drawn["gpu_tenant"]}}
        queues.append({"name": "g", "limits": drawn["gpus"], "tenants": tenants})
    names = "abc"[: drawn["deployments"]]
    deployments = [draw(_deployments(name, has_gpus=drawn["has_gpus"])) for name in names]
    _make_initial_replicas_fit(deployments, queues)
    return complete(
        {
            "horizon": HORIZON,
            "queues": queues,
            "deployments": deployments,
            "timeline": draw(st.lists(_events(deployments, queues), min_size=2, max_size=9)),
        }
    )


def _make_initial_replicas_fit(deployments: list[Plain], queues: list[Plain]) -> None:
    """Let those begin cold whose replicas would not fit at 0 beside what there is."""
    free = {
        kind: limit - sum(use.get(kind, 0) for use in queue["tenants"].values())
        for queue in queues
        for kind, limit in queue["limits"].items()
    }
    for d in deployments:
        c, left = d["configuration"], dict(free)
        for _ in range(d["initial"] if isinstance(d["initial"], int) else 0):
            left["vcpu"] -= c["cpu"]
            types = [c["gpu_type"]] if c["gpu_type"] else [kind for kind in free if kind != "vcpu"]
            fitting = [kind for kind in types if c["gpu"] and left[kind] >= c["gpu"]]
            if fitting:
                left[fitting[0]] -= c["gpu"]
            elif c["gpu"]:
                left["vcpu"] = -1
        if left["vcpu"] < 0:
            d["initial"] = "cold"
        else:
            free = left
