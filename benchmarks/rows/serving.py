"""The endpoint under load: get and replace over HTTP while a heavy simulation goes on."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import monotonic, sleep

from checks import WrongAnswerError
from jobs import Found, Goal, Job

CONNECTIONS = 8
SPEED = 60
LEAST_SPEED = 50
RATE_PER_S = 300
TOKEN = "benchmark"
RID = "ri.foundry-ml-live.main.live-deployment.bench"
PATH = f"/api/v2/models/liveDeployments/{RID}?preview=true"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
SCENARIO = f"""
name: a load
horizon: 10h
deployments:
  - name: bench
    rid: {RID}
    initial: {{responsive: 10}}
    runtimeConfiguration: {{minReplicas: 10, maxReplicas: 12, threadCount: 60}}
    replica: {{image_cached: true, container_start: 1s, model_load: 1s, probe: {{period: 1s}}}}
    request: {{wait: {{kind: exponential, mean: 1s}}}}
    traffic: [{{kind: poisson, name: users, rate: {RATE_PER_S}/s}}]
"""

BURSTS = ((1e5, 1.0), (1e9, 1e-3))
"""Requests a second, for how long: 100,000 in a second, a million in a millisecond."""
DEPLOYMENTS = 1600

Body = Callable[[int], bytes | None]


@contextmanager
def served() -> Iterator[str]:
    """Give host and port of a server whose simulation keeps up.

    Raises:
        WrongAnswerError: The server did not begin.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / "load.yaml"
        file.write_text(SCENARIO, "utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "sim", "serve", str(file), "--port", "0", "--speed", str(SPEED)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"SIM_TOKEN": TOKEN},
        )
        try:
            said = process.stdout.readline() if process.stdout else ""
            found = re.fullmatch(r"serving http://(\S+)\n", said)
            if found is None:
                raise WrongAnswerError(f"the server said {said!r}")
            yield found[1]
        finally:
            process.terminate()
            process.communicate()


def load(host: str, method: str, body: Body, for_s: float) -> tuple[float, list[float]]:
    """Ask over several connections, each at once again; return answers a second, and how long each.

    Raises:
        WrongAnswerError: An answer was no success.
    """
    took_s: list[float] = []
    wrong: list[int] = []
    ends_at_s = monotonic() + for_s

    def ask(number: int) -> None:
        connection = HTTPConnection(host, timeout=60)
        while (began_s := monotonic()) < ends_at_s:
            connection.request(method, PATH, body=body(number), headers=HEADERS)
            response = connection.getresponse()
            response.read()
            took_s.append(monotonic() - began_s)
            if response.status != 200:
                wrong.append(response.status)
            number += CONNECTIONS
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise WrongAnswerError(f"{len(wrong)} of {len(took_s)} answers had statuses {set(wrong)}")
    return len(took_s) / for_s, took_s


def replaced(number: int) -> bytes:
    """Return the body of a replace that is another one each time."""
    configuration = {"minReplicas": 10, "maxReplicas": 12, "threadCount": 50 + number % 20}
    return json.dumps({"runtimeConfiguration": configuration}).encode()


def measured(method: str, body: Body, for_s: float) -> Found:
    """Return how many answers a second there are, and how long the slowest hundredth takes.

    Raises:
        WrongAnswerError: An answer was wrong, or simulated time did not keep up.
    """
    with served() as host:
        sleep(2.0)
        before_s, began_s = _simulated_s(host), monotonic()
        per_s, took_s = load(host, method, body, for_s)
        speed = (_simulated_s(host) - before_s) / (monotonic() - began_s)
    if speed < LEAST_SPEED:
        raise WrongAnswerError(f"simulated time went by {speed:.0f} times as fast, not {SPEED}")
    cuts = quantiles(took_s, n=100)
    return Found(
        path="",
        here=f"{len(took_s):,} answers over {CONNECTIONS} connections in {for_s:g} s; "
        f"p50 {1000 * cuts[49]:.1f} ms, p99 {1000 * cuts[98]:.1f} ms",
        against="",
        values=(per_s, 1000 * cuts[98]),
        checked=(
            "every answer is 200",
            f"simulated time went by {speed:.0f} times as fast as real time",
        ),
    )


def waited(for_s: float) -> Found:
    """Return how long a command waits at most while a burst of requests is simulated.

    Raises:
        WrongAnswerError: An answer was wrong.
    """
    longest_s = []
    for rate_per_s, burst_s in BURSTS:
        with served() as host:
            sleep(1.0)
            connection = HTTPConnection(host, timeout=60)
            wave = {"deployment": "bench", "rate_per_s": rate_per_s, "for_s": burst_s}
            took_s = [_took_s(connection, "POST", "/sim/traffic", json.dumps(wave).encode())]
            ends_at_s = monotonic() + for_s
            while monotonic() < ends_at_s:
                took_s.append(_took_s(connection, "PUT", PATH, replaced(len(took_s))))
            connection.close()
            longest_s.append(max(took_s))
    return Found(
        path="",
        here=f"PUTs for {for_s:g} s behind each burst",
        against="",
        values=tuple(1000 * wait_s for wait_s in longest_s),
        checked=("every answer is 200",),
    )


def _took_s(connection: HTTPConnection, method: str, path: str, body: bytes) -> float:
    began_s = monotonic()
    connection.request(method, path, body=body, headers=HEADERS)
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise WrongAnswerError(f"{method} {path} was answered {response.status}")
    return monotonic() - began_s


def shown() -> Found:
    """Return how long the view of many deployments takes, and of twice as many as of half."""
    from sim.scenario.reading.loader import parse_scenario  # noqa: PLC0415 - the other rows speak HTTP
    from sim.serve.simulating.shown import Views  # noqa: PLC0415 - likewise
    from sim.serve.simulating.world import World  # noqa: PLC0415 - likewise

    took_s = []
    for count in (DEPLOYMENTS // 2, DEPLOYMENTS):
        one = {"runtimeConfiguration": {"minReplicas": 1, "maxReplicas": 1, "threadCount": 1}}
        names = ({"name": f"d{number}", **one} for number in range(count))
        world = World(parse_scenario({"name": "many", "horizon": "1h", "deployments": list(names)}))
        world.advance(60.0)
        views = Views(world)
        views.view()
        began_s = monotonic()
        found = views.view()
        took_s.append(monotonic() - began_s)
        if len(found["deployments"]) != count:
            raise WrongAnswerError(f"the view shows {len(found['deployments'])} of {count}")
    return Found(
        path="",
        here=f"{1000 * took_s[1]:.0f} ms for {DEPLOYMENTS:,}, {1000 * took_s[0]:.0f} ms for half",
        against="",
        values=(1000 * took_s[1],),
        checked=("the view shows every deployment",),
    )


def _simulated_s(host: str) -> float:
    connection = HTTPConnection(host, timeout=60)
    connection.request("GET", "/sim/health")
    found: float = json.loads(connection.getresponse().read())["at_s"]
    connection.close()
    return found


def _job(name: str, method: str, body: Body, goals: tuple[Goal, Goal]) -> Job:
    return Job(
        name=name,
        title=f"`sim serve`: {method} while {RATE_PER_S} requests/s are simulated at speed "
        f"{SPEED}; answers, p99",
        cpu="not shared",
        threads="10 x 60",
        demand="wait, exponential, mean 1 s",
        goals=goals,
        measure=lambda full: measured(method, body, 20.0 if full else 5.0),
    )


JOBS = (
    _job("serve-get", "GET", lambda _number: None, (Goal(300, 1500, "/s"), Goal(100, 20, "ms"))),
    _job("serve-replace", "PUT", replaced, (Goal(50, 300, "/s"), Goal(500, 100, "ms"))),
    Job(
        name="serve-burst",
        title="`sim serve`: the longest wait of a command where 100,000 requests arrive in a "
        "second; a million in a millisecond",
        cpu="not shared",
        threads="10 x 60",
        demand="wait, exponential, mean 1 s",
        goals=(Goal(500, 100, "ms"), Goal(500, 100, "ms")),
        measure=lambda full: waited(20.0 if full else 5.0),
    ),
    Job(
        name="serve-view",
        title=f"`sim serve`: a view of {DEPLOYMENTS:,} deployments",
        cpu="not shared",
        threads="1 x 1",
        demand="none",
        goals=(Goal(100, 20, "ms"),),
        measure=lambda _full: shown(),
    ),
)
