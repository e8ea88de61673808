"""Whole runs of M/M/320 at 0.8, from nothing to the summary, against other people's simulators.

Each side draws its own requests and computes the figures named in `peers.figures.WHAT`; those that
would take minutes for a million requests serve fewer and are compared per request.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from checks import conserved, erlang_c_wait_s, near
from jobs import Found, Goal, Job, absent, compared
from made import exponential, steady
from parts import path_of
from peers.figures import WHAT, Figures
from sim.results.result import Result
from sim.scenario.models.scenario import Scenario
from sim.simulation.run import simulate
from timing import alternate, at_once

THREADS, RATE_PER_S, SERVICE_S = 320, 256.0, 1.0

Peer = Callable[[float], Figures]
"""Runs M/M/320 over so many seconds."""

MakePeer = Callable[[], Peer]


class Whole(NamedTuple):
    """What a run of `simulate` is for here: the result and its summary."""

    result: Result
    summary: dict[str, Any]


def mmc(count: int, *, replicas: int, threads: int, rate_per_s: float) -> Scenario:
    """Return M/M/c with about `count` requests."""
    return steady(
        replicas=replicas,
        threads=threads,
        rate_per_s=rate_per_s,
        horizon_s=count / rate_per_s,
        request={"wait": exponential(SERVICE_S)},
    )


def whole(scenario: Scenario) -> Whole:
    """Run `scenario` with the vectorised engine and compute its summary."""
    result = simulate(scenario, engine="vectorised")
    return Whole(result, result.summary())


def agrees_with_theory() -> str:
    """Check the mean wait where there is one to speak of: M/M/32 at 0.9; say what was checked."""
    rate_per_s = 32 * 0.9 / SERVICE_S
    result = whole(mmc(1_000_000, replicas=1, threads=32, rate_per_s=rate_per_s)).result
    attempts = result.record.deployments[0].attempts
    wait_s = (attempts.start_at_s - attempts.arrival_at_s)[:-1000]
    expected_s = erlang_c_wait_s(rate_per_s, SERVICE_S, 32)
    return near(wait_s[len(wait_s) // 20 :], expected_s, "mean wait at M/M/32, 0.9,")


def against(peer_name: str, make_peer: MakePeer, *, few: int, full: bool) -> Found:
    """Return how many times the speed of a peer `simulate` has, per request.

    Args:
        peer_name: As the table has it.
        make_peer: Imports the peer and makes it warm.
        few: Requests that the peer serves.
        full: Whether the peer may take five times as many, up to a million.
    """
    try:
        peer = make_peer()
    except ImportError as reason:
        return absent(1, f"{peer_name} cannot be used here: {reason}")
    count = 1_000_000
    few = min(count, few * 5) if full else few
    scenario = mmc(count, replicas=10, threads=32, rate_per_s=RATE_PER_S)
    whole(scenario)
    comparison, mine, theirs = alternate(
        at_once(lambda: whole(scenario)),
        at_once(lambda: peer(few / RATE_PER_S)),
        rounds=3,
        request_counts=(count, few),
    )
    attempts = mine.result.record.deployments[0].attempts
    response_s = (attempts.answered_at_s - attempts.arrival_at_s)[: -20 * int(RATE_PER_S)]
    expected_s = SERVICE_S + erlang_c_wait_s(RATE_PER_S, SERVICE_S, THREADS)
    near(theirs.response_s_each[int(RATE_PER_S) :], expected_s, f"mean response of {peer_name}")
    return compared(
        comparison,
        path=path_of(mine.result.record),
        here="simulate and summary",
        against=peer_name,
        checked=(
            near(response_s, expected_s, "mean response"),
            agrees_with_theory(),
            conserved(mine.result.record),
        ),
        beside=f"both: {WHAT}",
    )


def _simpy() -> Peer:
    from peers.simpy_by_hand import simulate_mmc  # noqa: PLC0415 - a peer loads when it is measured

    return lambda horizon_s: simulate_mmc(
        rate_per_s=RATE_PER_S, service_s=SERVICE_S, servers=THREADS, horizon_s=horizon_s
    )


def _ciw() -> Peer:
    from peers.ciw_mmc import simulate_mmc  # noqa: PLC0415 - may be missing

    return lambda horizon_s: simulate_mmc(
        rate_per_s=RATE_PER_S, service_s=SERVICE_S, servers=THREADS, horizon_s=horizon_s
    )


def _cimba() -> Peer:
    from peers.cimba_mmc import CimbaMmc  # noqa: PLC0415 - may be missing

    model = CimbaMmc(rate_per_s=RATE_PER_S, service_s=SERVICE_S, servers=THREADS)
    return lambda horizon_s: model.simulate(horizon_s=horizon_s)


def _job(name: str, peer: str, make_peer: MakePeer, goal: Goal, *, few: int) -> Job:
    return Job(
        name=f"whole-{name}",
        title=f"whole simulate, M/M/320 at 0.8, all metrics, against {peer}",
        cpu="not shared",
        threads="10 x 32",
        demand="wait, exponential, mean 1 s",
        goals=(goal,),
        measure=lambda full: against(peer, make_peer, few=few, full=full),
    )


JOBS = (
    _job("simpy", "SimPy by hand", _simpy, Goal(40, 100), few=200_000),
    _job("cimba", "cimba", _cimba, Goal(2, 4), few=1_000_000),
    _job("ciw", "Ciw", _ciw, Goal(150, 400), few=50_000),
)
