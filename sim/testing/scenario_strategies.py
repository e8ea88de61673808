"""Hypothesis strategies for whole scenarios and for timeline events.

Scenarios are small (a few replicas, tens of requests, minutes) and eager for trouble: instants and
durations are whole seconds, so that ties abound; limits are tight; faults are frequent. They are
drawn in the file's form, as people write them, and built by `Scenario.from_file_form`.

Parts that are the same for every scenario are made once (`cache`): Hypothesis looks through each
new strategy before it draws from it, which took a third of the time that drawing takes.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from sim.scenario.models.scenario import Scenario
from sim.scenario.models.schedule import Bounds, ScheduledBounds, ScheduleEntry
from sim.scenario.rules.check import check_scenario
from sim.testing.features import with_half_of_its_features
from sim.zones import read_clock

Plain = dict[str, Any]

HORIZON_S = 400
_STARTS = (
    "2026-01-05T00:00:00+00:00",
    "2026-03-29T01:58[Europe/Berlin]",
    "2026-10-25T02:58+02:00[Europe/Berlin]",
)
"""Three clocks: of the last two, one is set forward two minutes later, the other one back."""
_GPU_TYPES = ("T4", "A100")


def scenarios(
    *,
    max_deployments: int = 2,
    max_events: int = 6,
    horizon_s: int = HORIZON_S,
    always: Collection[str] = (),
) -> st.SearchStrategy[Scenario]:
    """Draw valid scenarios.

    Args:
        max_deployments: Most deployments; they share the queues.
        max_events: Most events in the timeline.
        horizon_s: Length of the run in seconds.
        always: Features that no scenario switches off, by their names in `FEATURES`.
    """
    files = _files(max_deployments, max_events, horizon_s)
    return with_half_of_its_features(files, but=always).map(_built)


def _built(data: Plain) -> Scenario:
    scenario = Scenario.from_file_form(data)
    check_scenario(scenario)
    return scenario


@st.composite
def _files(draw: st.DrawFn, max_deployments: int, max_events: int, horizon_s: int) -> Plain:
    has_gpus = draw(st.booleans())
    count = draw(st.integers(1, max_deployments))
    names = [f"d{number}" for number in range(count)]
    start = draw(st.sampled_from(_STARTS))
    deployments = [draw(_deployments(name, has_gpus=has_gpus, start=start)) for name in names]
    started_with = {
        deployment["name"]: deployment["runtimeConfiguration"] for deployment in deployments
    }
    drawn_events = timeline_events(
        started_with, has_gpus=has_gpus, horizon_s=horizon_s, start=start
    )
    events = draw(st.lists(drawn_events, min_size=min(1, max_events), max_size=max_events))
    return {
        "name": "drawn",
        "seed": draw(st.integers(0, 3)),
        "start": start,
        "horizon": f"{horizon_s}s",
        "queues": _queues(draw, deployments, has_gpus=has_gpus),
        "deployments": deployments,
        "timeline": events,
    }


def _queues(draw: st.DrawFn, deployments: list[Plain], *, has_gpus: bool) -> list[Plain]:
    """Return queues in which those that are there from the start fit, and little more."""
    present = [
        (deployment["initial"]["responsive"], deployment["runtimeConfiguration"])
        for deployment in deployments
        if isinstance(deployment["initial"], dict)
    ]
    cores = sum(count * configuration["cpu"] for count, configuration in present)
    tenants = {"others": draw(st.integers(0, 2))}
    limit = cores + tenants["others"] + draw(st.integers(0, 3))
    queues: list[Plain] = [{"kind": "vcpu", "name": "cpu", "limit": limit, "tenants": tenants}]
    if has_gpus:
        gpus = sum(count * c["gpu"]["count"] for count, c in present if "gpu" in c)
        limits = {name: gpus + draw(st.integers(0, 2)) for name in _GPU_TYPES}
        queues.append({"kind": "vgpu", "name": "gpu", "limits": limits})
    return queues


@st.composite
def _deployments(draw: st.DrawFn, name: str, *, has_gpus: bool, start: str) -> Plain:
    configuration = draw(configurations(has_gpus=has_gpus))
    bounds = (configuration["minReplicas"], configuration["maxReplicas"])
    initial = st.sampled_from(["cold", "disabled"]) | st.builds(
        lambda responsive: {"responsive": responsive}, st.integers(*bounds)
    )
    there = draw(initial)
    schedule = draw(_schedules(start, fewest=1))
    if isinstance(there, dict):  # they are within the bounds of the configuration
        schedule = [entry for entry in schedule if _bounds_at_0([entry], start) is None]
    return {
        "name": name,
        "runtimeConfiguration": configuration,
        "initial": there,
        "replica": draw(_behaviours()),
        "request": draw(_demands(has_gpu="gpu" in configuration)),
        "service": draw(_services()),
        "client": draw(_clients()),
        "rollout": {
            "scaling_only": draw(st.sampled_from(["in_place", "in_place", "rollout"])),
            "initial_replicas": draw(st.sampled_from(["min", "current", 2, "50%", "150%"])),
            "switch_when": draw(st.sampled_from(["first", "all"])),
            "old_goes": draw(st.sampled_from(["at_switch", "at_full"])),
            "old_goes_after": draw(_seconds(5, 100)),
            "stall_after": draw(_seconds(10, 60)),
        },
        "autoscaler": {
            "evaluation_interval": draw(_seconds(5, 10)),
            "scale_up_comparison": draw(st.sampled_from(["at_or_above", "above"])),
            "count_starting": draw(st.booleans()),
            "schedule": schedule,
        },
        "traffic": [draw(_traffic()) for _ in range(draw(st.integers(0, 2)))],
    }


def _bounds_at_0(schedule: list[Plain], start: str) -> Bounds | None:
    entries = [ScheduleEntry.from_file_form(entry) for entry in schedule]
    return ScheduledBounds(entries, read_clock(start)).at(0.0)


@cache
def _schedules(start: str, *, fewest: int = 0) -> st.SearchStrategy[list[Plain]]:
    """Draw schedules whose entries begin and end around the first minutes of a run, or an hour off.

    An hour off is where the clock of some of `_STARTS` goes.
    """
    clock = read_clock(start)

    def shown(fives: int, hours: int) -> str:
        return (clock.replace(tzinfo=None) + timedelta(hours=hours, seconds=5 * fives)).strftime(
            "%H:%M:%S"
        )

    times = st.builds(shown, st.integers(-6, 70), st.sampled_from([0, 0, 0, 1, -1]))
    entry = st.builds(
        lambda least, more, window, rest: {
            "min": least,
            "max": max(least, 1) + more,
            "from": window[0],
            "to": window[1],
            **rest,
        },
        st.integers(0, 4),
        st.integers(0, 2),
        st.tuples(times, times),
        st.fixed_dictionaries(
            {},
            optional={
                "days": st.sampled_from([["sat", "sun", "mon"], ["tue"]]),
                "zone": st.sampled_from(["Europe/Berlin", "Etc/UTC"]),
            },
        ),
    )
    return st.lists(entry, min_size=fewest, max_size=3)


@st.composite
def configurations(draw: st.DrawFn, *, has_gpus: bool = False) -> Plain:
    """Draw small runtime configurations in the API's form."""
    lowest = draw(st.sampled_from([0, 1, 1, 2, 2, 3, 6]))
    configuration: Plain = {
        "minReplicas": lowest,
        "maxReplicas": max(lowest, 1) + draw(st.integers(0, 2)),
        "cpu": draw(st.sampled_from([0.5, 1.0, 1.5, 2.0])),
        "memory": draw(st.sampled_from(["1GiB", "2GiB"])),
        "threadCount": draw(st.integers(1, 4)),
        "scalingConfiguration": {
            "scaleUpLoadThreshold": draw(st.sampled_from([0.5, 0.75, 1.0])),
            "scaleUpDelay": {"value": draw(st.sampled_from([0, 10, 30])), "unit": "SECONDS"},
            "scaleDownDelay": {"value": draw(st.sampled_from([30, 60])), "unit": "SECONDS"},
        },
    }
    if has_gpus and draw(st.booleans()):
        configuration["gpu"] = {"count": 1}
        if draw(st.booleans()):
            configuration["gpu"]["type"] = draw(st.sampled_from(_GPU_TYPES))
    return configuration


def timeline_events(
    deployments: Mapping[str, Plain],
    *,
    has_gpus: bool = False,
    horizon_s: int = HORIZON_S,
    from_s: int = 0,
    start: str = _STARTS[0],
) -> st.SearchStrategy[Plain]:
    """Draw events in the file's form, at whole multiples of five seconds in [from_s, horizon_s).

    Args:
        deployments: By name, the configuration that the deployment starts with; a drawn replace
            is that again, that with other bounds, or something else.
        has_gpus: Whether drawn configurations may ask for GPUs (in a vGPU queue of T4 and A100).
        horizon_s: End of the run in seconds.
        from_s: First instant for an event, in seconds.
        start: The scenario's, by whose clock drawn schedules go.
    """
    names = tuple(sorted(deployments))
    drawn = _events_of(names, has_gpus=has_gpus, horizon_s=horizon_s, from_s=from_s, start=start)
    return drawn.map(lambda event: _with_known_configuration(event, deployments))


def _with_known_configuration(event: Plain, deployments: Mapping[str, Plain]) -> Plain:
    """Put in what was drawn as "that of a deployment", perhaps with other bounds."""
    wanted = event.get("runtimeConfiguration")
    match wanted:
        case (name, lowest, more):
            return event | {"runtimeConfiguration": _with_bounds(deployments[name], lowest, more)}
        case str(name):
            return event | {"runtimeConfiguration": deployments[name]}
        case _:
            return event


@cache
def _events_of(
    names: tuple[str, ...], *, has_gpus: bool, horizon_s: int, from_s: int, start: str
) -> st.SearchStrategy[Plain]:
    """Draw events; a configuration that a deployment starts with is given by its name."""
    at = st.integers(-(-from_s // 5), (horizon_s - 1) // 5).map(lambda fives: f"{5 * fives}s")
    who = {"at": at, "deployment": st.sampled_from(names)}
    span = {"for": _seconds(5, 100)}
    numbers = st.lists(st.integers(0, 6), min_size=1)
    replicas: st.SearchStrategy[Any] = st.one_of(
        st.just("all"),
        st.integers(1, 2).map(lambda count: {"count": count}),
        numbers.map(lambda chosen: {"numbers": chosen}),
    )
    cores = st.integers(0, 8)

    def event(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Plain]:
        return st.fixed_dictionaries({"event": st.just(kind), **fields})

    known = st.sampled_from(names)
    other_bounds = st.tuples(known, st.integers(0, 2), st.integers(0, 2))
    wanted = st.one_of(known, other_bounds, configurations(has_gpus=has_gpus))
    replace = event("replace", **who, runtimeConfiguration=wanted)
    memory = st.sampled_from(["0B", "512MiB", "3GiB"])
    publish = st.fixed_dictionaries(
        {"event": st.just("publish"), **who},
        optional={"image": st.sampled_from(["0B", "1GB"]), "model_memory": memory},
    )
    return _weighted(
        {
            replace: 6,
            publish: 2,
            event("disable", **who): 1,
            event("start", **who): 1,
            event("schedule", **who, schedule=_schedules(start)): 2,
            event("queue_limit", at=at, queue=st.just("cpu"), limit=cores): 1,
            event("tenant", at=at, queue=st.just("cpu"), tenant=st.just("others"), use=cores): 1,
            event("kill", **who, replicas=replicas): 1,
            event("hang", **who, replicas=replicas): 1,
            event("hang", **who, replicas=replicas, **span): 1,
            event("fail_starts", **who, **span): 1,
            event("slow_starts", **who, factor=st.sampled_from([2.0, 3.0]), **span): 1,
        }
    )


def _weighted(weights: Mapping[st.SearchStrategy[Plain], int]) -> st.SearchStrategy[Plain]:
    """Draw from one of some strategies, from each as often as it weighs.

    `one_of` would take each once, however often it is named.
    """
    each = [strategy for strategy, weight in weights.items() for _ in range(weight)]
    return st.integers(0, len(each) - 1).flatmap(each.__getitem__)


def _with_bounds(configuration: Plain, lowest: int, more: int) -> Plain:
    return {**configuration, "minReplicas": lowest, "maxReplicas": max(lowest, 1) + more}


@cache
def _behaviours() -> st.SearchStrategy[Plain]:
    return st.fixed_dictionaries(
        {
            "image": st.sampled_from(["0B", "1GB"]),
            "container_start": _seconds(0, 10),
            "model_load": _seconds(0, 20),
            "model_memory": st.sampled_from(["0B", "512MiB"]),
            "start_timeout": _seconds(40, 60),
            "unresponsive_grace": _seconds(20, 40),
            "grace": _seconds(0, 30),
            "probe": st.fixed_dictionaries(
                {"period": st.sampled_from(["5s", "10s"]), "success_threshold": st.integers(1, 2)}
            ),
        },
        optional={
            "lifetime": st.just({"min": "100s", "max": "200s"}),
            "warmup": st.just({"seconds": "20s", "factor": 2.0}),
        },
    )


@cache
def _demands(*, has_gpu: bool) -> st.SearchStrategy[Plain]:
    quantities = {
        "wait": _demand(_seconds(0, 20)),
        "cpu": _demand(st.sampled_from(["0s", "500ms", "4s", "10s"])),
        "memory": _demand(st.sampled_from(["0B", "400MiB", "800MiB"])),
    }
    if has_gpu:
        quantities["gpu"] = _demand(st.sampled_from(["0s", "3s"]))
    return st.fixed_dictionaries(quantities)


def _demand(values: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Draw what every request asks for, or a few values of which each asks for one.

    Where all ask for the same, requests end in the order in which they start, and begin to work in
    the order of the replicas; much is never met so.
    """
    several = st.lists(values, min_size=2, max_size=4)
    return values | several.map(lambda some: {"kind": "empirical", "values": some})


@cache
def _services() -> st.SearchStrategy[Plain]:
    return st.fixed_dictionaries(
        {
            "timeout": _seconds(20, 120),
            "dispatch": st.sampled_from(["line", "line", "fewest_in_flight"]),
            "lost_request": st.sampled_from(["503", "InferenceFailure"]),
        },
        optional={
            "queue_capacity": st.integers(0, 4),
            "rate_limit": st.sampled_from([1, 3]).map(lambda n: {"rate": "1/s", "burst": n}),
        },
    )


@cache
def _clients() -> st.SearchStrategy[Plain]:
    custom = {
        "policy": "custom",
        "max_attempts": 3,
        "retry_on": ["client_timeout", "queue_full", "rate_limited"],
        "backoff": ["0s", "5s"],
        "deadline": "15s",
    }
    return st.sampled_from([{"policy": "none"}, {"policy": "sdk"}, custom])


@cache
def _traffic() -> st.SearchStrategy[Plain]:
    whole = st.lists(st.integers(0, HORIZON_S - 1), min_size=1, max_size=30).map(sorted)
    instants = whole.map(lambda at_s: {"kind": "instants", "at": [f"{t}s" for t in at_s]})
    rates = st.sampled_from(["0.05/s", "0.3/s"])
    steady = rates.map(lambda rate: {"kind": "poisson", "rate": rate})
    every = _seconds(20, 60)
    within: st.SearchStrategy[Plain] = st.sampled_from(
        [{}, {"within": "evenly"}, {"within": "gamma", "cv": 2.0}]
    )
    counts = st.builds(
        lambda every, counts, how: {"kind": "counts", "every": every, "counts": counts, **how},
        every,
        st.lists(st.integers(0, 6), min_size=1, max_size=6),
        within,
    )
    laws: st.SearchStrategy[Plain] = st.sampled_from([{}, {"law": "weibull", "cv": 1.5}])
    by_rates = st.builds(
        lambda every, some, law: {"kind": "rates", "every": every, "rates": some, **law},
        every,
        st.lists(rates, min_size=1, max_size=6),
        laws,
    )
    # What is given on whole seconds meets other instants, and is as often as all that is drawn.
    return _weighted({instants: 3, steady: 1, counts: 1, by_rates: 1})


@cache
def _seconds(low: int, high: int) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(lambda seconds: f"{seconds}s")
