"""The oracle's lower half: what becomes of a replica, and of the requests on it.

A cpu phase takes its length: there must be a core for every thread.
"""

from functools import partial
from math import inf, prod
from types import SimpleNamespace
from typing import Any

from typing_extensions import override

Plain = dict[str, Any]
STARTING_UP = ("QUEUED", "STARTING", "STARTED")
LIVE = ("STARTING_ERROR", "UNRESPONSIVE", *STARTING_UP, "RESPONSIVE")  # the first to go first
TIMERS = (
    *("container", "load", "probe", "back_off", "start_timeout", "unresponsive_grace", "grace"),
    *("successor", "lifetime"),
)
OUTLIVE = {"STARTED": ("start_timeout",), "RESPONSIVE": ("probe",), "UNRESPONSIVE": ("probe",)}


class Thing(SimpleNamespace):
    """Named values; two things are the same if they are one thing."""

    __hash__ = object.__hash__  # type: ignore[assignment] # a namespace has none

    @override
    def __eq__(self, other: object) -> bool:
        return self is other


def live(d: Thing, revision: Thing | None, states: tuple[str, ...] = LIVE) -> list[Any]:
    """The live replicas of a revision, or those in some states."""
    return [r for r in d.replicas if r.revision is revision and r.state in states]


def fit(q: Thing, core: Plain) -> tuple[str, int] | None:
    """The first type, in file order, of which the queue has enough for a replica."""
    kinds = [core["gpu_type"]] if core["gpu_type"] and "vcpu" not in q.limits else q.limits
    amount = core["cpu" if "vcpu" in q.limits else "gpu"]
    for kind in kinds:
        used = q.used[kind] + sum(use.get(kind, 0) for use in q.tenants.values())
        if used + amount <= q.limits.get(kind, 0):
            return kind, amount
    return None


class Replicas:
    """What happens to replicas and requests at second `t`."""

    t: int
    timeline: list[Plain]
    queues: dict[str | None, Thing]
    notices: list[Any]  # class 2: (method, what it is about)

    def request(self, d: Thing, revision: Thing, count: int, action: str | None = None) -> None:
        """Replicas ask for what they need, at the tails of their queues."""
        names = [d.s["vcpu"], d.s["vgpu"] if revision.core["gpu"] else None]
        for _ in range(count):
            r = Thing(
                d=d, revision=revision, number=len(d.replicas), requested_at=self.t, state=None,
                queues=[self.queues[n] for n in names if n] or [self.queues[None]], grants=[],
                timers={}, starts=0, loaded=False, fails=False, hangs=set(), passes=0, misses=0,
                failures=0, failed_starts=0, responsive_at=None, taking_since=None, warm_until=0,
                running=[], lacks_memory=False,
            )  # fmt: skip
            d.replicas.append(r)
            d.actions += [(self.t, action, r.number)] if action else []
            self.move(r, "QUEUED")
            for q in r.queues:
                q.waiting.append(r)

    def move(self, r: Thing, state: str, **timers: int) -> None:
        """Another state; of the timers stay those that outlive it."""
        if r.state == "RESPONSIVE":
            r.d.line = [idle for idle in r.d.line if idle[0] is not r]
            if self.t - r.responsive_at >= r.d.s["backoff_healthy"]:
                r.failures = 0
        r.d.transitions.append((self.t, r.number, r.revision.number, r.state, state))
        kept = OUTLIVE.get(state, ()) + (("successor", "lifetime") if state in LIVE else ())
        r.timers = {name: at for name, at in r.timers.items() if name in kept} | timers
        r.state, r.passes, r.misses = state, 0, 0
        r.lacks_memory = r.lacks_memory and state not in ("RESPONSIVE", "DELETED")

    def start(self, r: Thing) -> None:
        """A start begins: it has been granted, or its back-off is over."""
        t, s = self.t, r.d.s
        faults = [
            e for e in self.timeline
            if e["event"] in ("fail_starts", "slow_starts") and e["deployment"] == s["name"]
            and e["at"] <= t < e["at"] + e["for"]
        ]  # fmt: skip
        r.fails = any(e["event"] == "fail_starts" for e in faults)
        r.slow = prod(e["factor"] for e in faults if e["event"] == "slow_starts")
        pull = 0 if r.starts else r.revision.version["pull"]
        up_at = t + r.slow * (pull + s["container"])
        self.move(r, "STARTING", container=up_at, start_timeout=t + s["start_timeout"])
        r.starts, r.loaded, r.hangs = r.starts + 1, False, set()

    def ring(self, r: Thing) -> None:
        """The first of its timers that rings now."""
        timer = next(name for name in TIMERS if r.timers.get(name) == self.t)
        del r.timers[timer]
        s, core, version, t = r.d.s, r.revision.core, r.revision.version, self.t
        lacks_gpu = any(version["gpu"]) and not core["gpu"]
        can_load = version["model_memory"] <= core["memory"] and not lacks_gpu
        if timer == "container" and not r.fails:
            self.move(r, "STARTED", load=t + r.slow * version["load"], probe=t + s["probe_delay"])
        elif timer == "load" and can_load:
            r.loaded = True
        elif timer == "probe":
            self.probe(r)
        elif timer == "back_off":
            self.start(r)
        elif timer == "grace":
            self.die(r, "DELETED", "grace_over")
        elif timer in ("successor", "lifetime"):
            self.age(r, timer)
        else:  # a start that fails or takes too long; unresponsive for too long
            is_too_large = timer == "load" and version["model_memory"] > core["memory"]
            r.lacks_memory = r.lacks_memory or is_too_large
            self.die(r, "STARTING_ERROR")

    def age(self, r: Thing, timer: str) -> None:
        """It needs a successor, which may exceed the maximum by one, or is itself too old."""
        if timer == "lifetime":
            self.drop(r)
        if r.revision in (r.d.active, r.d.pending):
            c, there = r.revision.c, len(live(r.d, r.revision))
            wanted = min(1, c["max"] + 1 - there) if timer == "successor" else c["min"] - there
            self.request(r.d, r.revision, wanted)

    def probe(self, r: Thing) -> None:
        """One probe, and what its threshold decides."""
        s, passes = r.d.s, r.loaded and not r.hangs
        r.timers["probe"] = self.t + s["probe_period"]
        r.passes, r.misses = (r.passes + 1, 0) if passes else (0, r.misses + 1)
        if r.state in ("STARTED", "UNRESPONSIVE") and r.passes >= s["success_threshold"]:
            self.turn_responsive(r)
        elif r.state == "RESPONSIVE" and r.misses >= s["failure_threshold"]:
            self.move(r, "UNRESPONSIVE", unresponsive_grace=self.t + s["unresponsive_grace"])

    def turn_responsive(self, r: Thing) -> None:
        """Ready, for the first time or again."""
        t, s = self.t, r.d.s
        if r.state == "STARTED":
            r.warm_until = t + s["warmup"][0]
        self.move(r, "RESPONSIVE")
        if s["lifetime"] and r.responsive_at is None:
            r.timers["successor"] = t + max(s["lifetime"] - s["start_timeout"], 0)
            r.timers["lifetime"] = t + s["lifetime"]
        r.responsive_at, r.taking_since, r.failed_starts = t, t, 0
        r.d.waking = r.d.waking and r.revision is not r.d.active

    def die(self, r: Thing, state: str, outcome: str = "replica_killed") -> None:
        """Its requests are lost; it is deleted, or will start again."""
        for a in r.running:
            a.released = self.t
            if a.answered is None:
                self.answer(a, outcome)
        s, r.running = r.d.s, []
        r.failed_starts += r.state in ("STARTING", "STARTED")
        self.move(r, state)
        if state == "STARTING_ERROR":
            wait = min(s["backoff_initial"] * 2**r.failures, s["backoff_max"])
            r.timers["back_off"], r.failures = self.t + wait, r.failures + 1
            return
        for q in r.queues:
            q.waiting = [other for other in q.waiting if other is not r]
        for q, kind, amount in r.grants:
            q.used[kind] -= amount

    def run_out_of_memory(self, r: Thing) -> None:
        """Its requests took more than there is."""
        r.lacks_memory = True
        self.die(r, "STARTING_ERROR", "out_of_memory")

    def drop(self, r: Thing, action: str | None = None) -> None:
        """It is no longer wanted: it goes, at once or after its last request."""
        r.d.actions += [(self.t, action, r.number)] if action else []
        if r.state in ("RESPONSIVE", "UNRESPONSIVE"):
            self.move(r, "DECOMMISSIONED", grace=self.t + r.d.s["grace"])
        if r.state != "DELETED" and not r.running:
            self.die(r, "DELETED")

    def freeze(self, r: Thing, hang: int) -> None:
        """Its requests stand still."""
        r.hangs.add(hang)
        for a in r.running:
            if a.end is not None:
                a.left, a.end = a.end - self.t, None

    def thaw(self, r: Thing, hang: int) -> None:
        """They go on, unless another hang holds them."""
        r.hangs.discard(hang)
        for a in r.running:
            if a.end is None and not r.hangs and a.phase != "gpu line":
                a.end = self.t + a.left

    # Requests

    def arrive(self, d: Thing) -> None:
        """One arrival: it is refused, or stands in the queue."""
        at, _, request, attempt = min(d.coming)
        d.coming.remove(min(d.coming))
        s, d.last_arrival = d.s, at
        own = inf if s["deadline"] is None else s["deadline"][request]
        a = Thing(
            d=d, request=request, attempt=attempt, arrival=at, deadline=at + min(s["timeout"], own),
            late="client_timeout" if own < s["timeout"] else "inference_timeout", start=None,
            answered=None, released=None, replica=None, thread=-1, outcome="queued",
        )  # fmt: skip
        a.number_of_arrival = len(d.attempts)
        d.attempts.append(a)
        if not d.active:
            self.answer(a, "disabled")
        elif not self.is_within_rate(d):
            self.answer(a, "rate_limited")
        else:
            capacity = inf if s["queue_capacity"] is None else s["queue_capacity"]
            if not d.line and len(d.queue) >= capacity:
                self.answer(a, "queue_full")
            else:
                d.queue.append(a)
            self.notices.append(partial(self.wake, d))

    def is_within_rate(self, d: Thing) -> bool:
        """The rate limit's own clock."""
        rate, burst = d.s["rate_limit"] or (inf, 1)
        tat = max(d.tat, self.t)
        if tat - self.t > (burst - 1) / rate:
            return False
        d.tat = tat + 1 / rate
        return True

    def wake(self, d: Thing) -> None:
        """From zero."""
        if not live(d, d.active):
            self.request(d, d.active, 1, "from zero")
            d.waking = True

    def new_threads(self, d: Thing) -> list[tuple[Thing, int]]:
        """Idle threads that do not stand in the line yet."""
        ready = live(d, d.active, ("RESPONSIVE",))
        threads = range(d.active.core["threads"]) if ready else ()
        busy = {(a.replica, a.thread) for r in ready for a in r.running}
        return [(r, i) for i in threads for r in ready if (r, i) not in {*d.line, *busy}]

    def join(self, d: Thing) -> None:
        """Threads that become available together join as if their polls were spread evenly."""
        new, m = self.new_threads(d), len(d.line)
        for x in range(len(new), 0, -1):  # the last first: places before it stay where they are
            d.line.insert(-(-x * m // len(new)), new[x - 1])

    def serve(self, d: Thing) -> None:
        """One start."""
        s, spot = d.s, 0
        if s["dispatch"] == "fewest_in_flight":
            ranks = [(len(r.running), r.number, thread) for r, thread in d.line]
            spot = ranks.index(min(ranks))
        a = d.queue.pop(0)
        a.replica, a.thread = d.line.pop(spot)
        r, version = a.replica, a.replica.revision.version
        a.start, a.number, a.outcome, d.starts = self.t, d.starts, "running", d.starts + 1
        factor = s["warmup"][1] if self.t < r.warm_until else 1
        lengths = [(phase, factor * version[phase][a.request]) for phase in ("wait", "cpu", "gpu")]
        a.todo = [(phase, length) for phase, length in lengths if length] or [("wait", 0)]
        a.memory = version["memory"][a.request]
        r.running.append(a)
        self.begin(a)
        if version["model_memory"] + sum(x.memory for x in r.running) > r.revision.core["memory"]:
            self.notices.append(partial(self.run_out_of_memory, r))

    def begin(self, a: Thing) -> None:
        """Its next phase begins, or waits for a GPU; on a replica that hangs it stands still."""
        r = a.replica
        (a.phase, a.left), a.since = a.todo.pop(0), self.t
        slots = r.revision.core["gpu"] * r.d.s["gpu_slots"]
        if a.phase == "gpu" and sum(x.phase == "gpu" for x in r.running) > slots:
            a.phase = "gpu line"
        a.end = None if r.hangs or a.phase == "gpu line" else self.t + a.left

    def end(self, a: Thing) -> None:
        """A phase ends; then the next begins, or the request is over."""
        r, d = a.replica, a.d
        if a.todo:
            self.begin(a)
            return
        a.released = self.t
        r.running.remove(a)
        if a.answered is None:
            self.answer(a, "completed")
        if r.state == "RESPONSIVE" and r.revision is d.active:
            d.line.append((r, a.thread))
        elif r.state == "DECOMMISSIONED" and not r.running:
            self.notices.append(partial(self.die, r, "DELETED"))
        line = [x for x in r.running if x.phase == "gpu line"]
        if a.phase == "gpu" and line:
            first = min(line, key=lambda x: (x.since, x.number))
            first.phase, first.end = "gpu", self.t + first.left

    def answer(self, a: Thing, outcome: str) -> None:
        """It is answered, wherever it is; a retry is a new arrival."""
        d, s = a.d, a.d.s
        d.queue = [other for other in d.queue if other is not a]
        a.answered, a.outcome = self.t, outcome
        if outcome in s["retry_on"] and a.attempt < s["max_attempts"]:
            wait = s["retry_waits"][min(a.attempt, len(s["retry_waits"])) - 1]
            d.coming.append((self.t + wait, 1, a.request, a.attempt + 1))
