"""Large runs, each in a process of its own on one core: a day of traffic, and a fleet."""

from collections.abc import Callable
from typing import Any

from checks import WrongAnswerError, conserved, lawful, same_records
from jobs import Found, Goal, Job
from made import day, exponential, fleet
from parts import path_of
from sim.digest import FoldedAttempts
from sim.record import DeploymentRecord, Record
from sim.scenario.models.scenario import Scenario
from sim.simulation.options import Keep
from sim.simulation.run import simulate, simulate_record
from timing import Alone, Ready, in_own_process

GIBIBYTE = 2**30

DEMANDS: dict[str, dict[str, object]] = {
    "wait": {"wait": {"kind": "lognormal", "mean": "1s", "cv": 1.0}},
    "cpu": {"cpu": exponential(0.03)},
}


def day_alone(demand: str, hours: str) -> Ready[dict[str, Any]]:
    """Prepare a day as a child process runs it, with its summary."""
    return _alone(lambda length: day(hours=length, request=DEMANDS[demand]), float(hours), 0.01)


def day_summary_alone(demand: str, hours: str) -> Ready[dict[str, Any]]:
    """Prepare a day that keeps its summary and not its attempts."""
    return _alone(
        lambda length: day(hours=length, request=DEMANDS[demand]), float(hours), 0.01, "summary"
    )


def fleet_alone(deployments: str) -> Ready[dict[str, Any]]:
    """Prepare a fleet as a child process runs it, with its summary."""
    return _alone(lambda count: fleet(deployments=int(count)), float(deployments), 1)


def _alone(
    make: Callable[[float], Scenario], size: float, warm: float, keep: Keep = "attempts"
) -> Ready[dict[str, Any]]:
    def ready() -> Callable[[], dict[str, Any]]:
        simulate(make(warm), engine="vectorised", keep=keep).summary()
        scenario = make(size)

        def run() -> dict[str, Any]:
            result = simulate(scenario, engine="vectorised", keep=keep)
            result.summary()
            return answer(result.record)

        return run

    return ready


def answer(record: Record) -> dict[str, Any]:
    """Return what the parent shows of a large run, after a check; it takes well under a second.

    Raises:
        WrongAnswerError: A request was lost, or a rollout that should have happened did not.
    """
    checked = conserved(record)
    expected = len(record.scenario.timeline)
    switched = [
        rollout.switched_at_s is not None
        for deployment in record.deployments
        for rollout in deployment.control.rollouts
    ]
    if len(switched) != expected or not all(switched):
        raise WrongAnswerError(f"{sum(switched)} of {expected} rollouts switched")
    steps = sum(
        decision.actor == "autoscaler"
        for deployment in record.deployments
        for decision in deployment.control.decisions
    )
    return {
        "requests": sum(map(_requests, record.deployments)),
        "checked": f"{checked}; {expected:,} rollouts switched, {steps:,} decisions of autoscalers",
        "path": path_of(record),
    }


def _requests(deployment: DeploymentRecord) -> int:
    if isinstance(deployment.kept, FoldedAttempts):
        return int(deployment.kept.by_outcome.sum())
    return len(deployment.kept.request)


CHILDREN: dict[str, Callable[..., Ready[dict[str, Any]]]] = {
    "day-alone": day_alone,
    "day-summary-alone": day_summary_alone,
    "fleet-alone": fleet_alone,
}
"""What a child process of the benchmarks can be asked to do."""


def measured_day(demand: str, *, full: bool, child_name: str = "day-alone") -> Found:
    """Return seconds and peak memory of a day, or of one that is over in two hours."""
    hours = 24 if full else 2
    small = day(hours=0.05, request=DEMANDS[demand])
    child, checked = _measured(small, "a day in 3 min", child_name, demand, str(hours))
    return Found(
        path=child.answer["path"],
        here=f"simulate and summary: {child.answer['requests']:,} in {child.seconds:.3g} s"
        + ("" if full else " (a day in 2 h; FULL=1 has 24 h)"),
        against="",
        values=(child.seconds, child.peak_bytes / GIBIBYTE),
        checked=checked,
        is_full_size=full,
    )


def measured_fleet(*, full: bool) -> Found:
    """Return the seconds of a fleet: a thousand deployments, or a hundred."""
    deployments = 1000 if full else 100
    small = fleet(deployments=3, horizon_s=600.0)
    child, checked = _measured(small, "3 for 10 min", "fleet-alone", str(deployments))
    return Found(
        path=child.answer["path"],
        here=f"simulate and summary, {deployments:,} deployments: "
        f"{child.answer['requests']:,} in {child.seconds:.3g} s",
        against="",
        values=(child.seconds,),
        checked=checked,
        beside=f"peak memory {child.peak_bytes / GIBIBYTE:.2f} GiB"
        + ("" if full else "; FULL=1 has 1,000 deployments"),
        is_full_size=full,
    )


def _measured(
    small: Scenario, size: str, child: str, *arguments: str
) -> tuple[Alone, tuple[str, ...]]:
    """Measure what a child process does with `arguments`, after a check of the same in small.

    Returns:
        What the child found, and what was checked: of its answer, and of the engines on `small`,
        whose size is `size` in words.
    """
    records = [simulate_record(small, engine=name) for name in ("vectorised", "reference")]
    in_small = same_records(*records), lawful(records[0])
    found = Alone(**in_own_process(child, *arguments))
    return found, (found.answer["checked"], *(f"{what} ({size})" for what in in_small))


def _day_job(demand: str, words: str, cpu: str, seconds: Goal) -> Job:
    return Job(
        name=f"day-{demand}",
        title="a day at 300 requests/s, autoscaled, three rollouts; own process, one core",
        cpu=cpu,
        threads="4 to 60 x 32",
        demand=words,
        goals=(seconds, Goal(2, 1, "GiB")),
        measure=lambda full: measured_day(demand, full=full),
    )


JOBS = (
    _day_job("wait", "wait, lognormal, mean 1 s", "1, not shared", Goal(25, 8, "s")),
    _day_job("cpu", "cpu, exponential, mean 30 ms", "1", Goal(45, 15, "s")),
    Job(
        name="day-wait-summary",
        title="the same day, its summary kept and not its attempts; own process, one core",
        cpu="1, not shared",
        threads="4 to 60 x 32",
        demand="wait, lognormal, mean 1 s",
        goals=(Goal(25, 8, "s"), Goal(2, 1, "GiB")),
        measure=lambda full: measured_day("wait", full=full, child_name="day-summary-alone"),
    ),
    Job(
        name="fleet",
        title="1,000 deployments x 20 replicas, 1 request/s each, one hour, autoscaled, rollouts",
        cpu="1",
        threads="10 to 40 x 32 in each",
        demand="cpu, exponential, mean 1 s",
        goals=(Goal(90, 20, "s"),),
        measure=lambda full: measured_fleet(full=full),
    ),
)
