"""A third opinion on control: the model alone, in whole seconds, by plain loops.

At each second `items` goes through the ten classes of the model's section 6; the first item found
is done, then it begins again, until there is none. Nothing is scheduled ahead, nothing is cached.
What becomes of a replica and its requests is in `oracle_replica`, what is decided is here.

`run` takes plain data, whose form `oracle_scenarios` documents, and gives by deployment:
transitions (t, replica, revision, before, after), actions (t, action, replica or revision),
statuses (t, state, is_ready), attempts (request, attempt, arrival, start, answered, released,
revision, replica, thread, outcome), evaluations (t, busy threads, counted replicas, live ones, load
or None), binding (see `oracle_binding`). Read where the model leaves a choice: an evaluation takes
at most one step; of two revisions that change in place together the pending one asks first; a
replica that turns RESPONSIVE again is starting for `count_starting` at that instant, like one that
does so for the first time.

Left out: random draws (a lifetime is one number), shared cores, and what only reports: a rollout's
t_full, t_gone and stalls, and what was held back.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from math import ceil, inf
from typing import Any

import oracle_binding
from oracle_replica import LIVE, STARTING_UP, Plain, Replicas, Thing, fit, live

LOGS = ("transitions", "actions", "statuses", "evaluations")


def run(scenario: Plain) -> dict[str, dict[str, list[Any]]]:
    """What happens in [0, horizon), by deployment."""
    oracle = Oracle(scenario)
    for oracle.t in range(scenario["horizon"]):
        while item := next(oracle.items(), None):
            item()
            for d in oracle.deployments:
                oracle.switch_if_ready(d)  # inside the item that caused it
        for d in oracle.deployments:
            if not d.statuses or d.statuses[-1][1:] != status(d):
                d.statuses.append((oracle.t, *status(d)))
            oracle_binding.note(d)
    return {
        d.s["name"]: {log: getattr(d, log) for log in LOGS}
        | {"attempts": [row(a) for a in d.attempts]}
        | {"binding": oracle_binding.row_of(d, scenario["horizon"])}
        for d in oracle.deployments
    }


def row(a: Thing) -> tuple[Any, ...]:
    """An attempt as it is given out."""
    where = (a.replica.revision.number, a.replica.number, a.thread) if a.replica else (-1, -1, -1)
    return (a.request, a.attempt, a.arrival, a.start, a.answered, a.released, *where, a.outcome)


def status(d: Thing) -> tuple[str, bool]:
    """State and readiness of the serving revision."""
    replicas, failed_after = live(d, d.active), d.s["failed_after"]
    states = {r.state for r in replicas}
    if not d.active:
        return "DISABLED", False
    if "RESPONSIVE" in states:
        return "DEGRADED" if states & {"UNRESPONSIVE", "STARTING_ERROR"} else "ACTIVE", True
    if not replicas or d.waking:
        return "ACTIVE", False
    failed = (r.state == "UNRESPONSIVE" or r.failed_starts >= failed_after for r in replicas)
    return "FAILED" if all(failed) else "STARTING", False


class Oracle(Replicas):
    """The world at second `t`."""

    def __init__(self, scenario: Plain) -> None:
        self.t, self.timeline, self.notices = 0, scenario["timeline"], []
        self.due = [(e["at"], number) for number, e in enumerate(self.timeline)]
        queues = [*scenario["queues"], {"name": None, "limits": {"vcpu": inf}, "tenants": {}}]
        self.queues = {q["name"]: Thing(waiting=[], used=defaultdict(int), **q) for q in queues}
        self.deployments = [self.create(s) for s in scenario["deployments"]]

    def create(self, s: Plain) -> Thing:
        """A deployment as it stands before the first item at 0."""
        d = Thing(
            s=s, stored=s["configuration"], version=s, active=None, pending=None, revisions=0,
            replicas=[], queue=[], line=[], up=0, down=0, next_tick=0, waking=False, starts=0,
            coming=[(at, 0, i, 1) for i, at in enumerate(s["arrivals"])], last_arrival=-inf,
            tat=0.0, transitions=[], actions=[], statuses=[], attempts=[], evaluations=[],
            is_at_max=False, held=Counter(), waited_for_thread=set(), waited_for_gpu=set(),
        )  # fmt: skip
        if s["initial"] == "cold":
            self.start_deployment(d)
        elif s["initial"] != "disabled":
            d.active = self.revise(d, d.stored, s["initial"])
            d.transitions.clear()
            for r in d.replicas:
                self.take(r)
                r.state, r.loaded, r.starts, r.timers["probe"] = None, True, 1, s["probe_delay"]
                self.turn_responsive(r)
                r.taking_since = -inf
        return d

    def items(self) -> Iterator[Callable[[], object]]:
        """What there is to do at `t`, class by class."""
        t, ds = self.t, self.deployments
        replicas = [r for d in ds for r in d.replicas]
        ends = [a for r in replicas for a in r.running if a.end == t]
        ends.sort(key=lambda a: a.number)
        late = (a for d in ds for a in d.attempts if a.deadline == t and a.answered is None)
        yield from (partial(self.happen, *due) for due in sorted(self.due) if due[0] == t)  # 1
        yield from (self.notice for _ in self.notices)  # 2
        yield from (partial(self.ring, r) for r in replicas if t in r.timers.values())  # 3
        yield from (partial(self.grant, q) for q in self.queues.values() if self.can_grant(q))  # 4
        yield from (partial(self.evaluate, d) for d in ds if d.next_tick == t)  # 5
        yield from (partial(self.end, a) for a in ends if a.phase != "wait")  # 6
        yield from (partial(self.end, a) for a in ends)  # 7
        yield from (partial(self.answer, a, a.late) for a in late)  # 8
        yield from (partial(self.join, d) for d in ds if self.new_threads(d))  # 9
        yield from (partial(self.serve, d) for d in ds if d.line and d.queue)
        yield from (partial(self.arrive, d) for d in ds if d.coming and min(d.coming)[0] == t)  # 10

    def notice(self) -> None:
        """What a request has caused."""
        self.notices.pop(0)()

    # The timeline

    def happen(self, at: int, number: int) -> None:
        """A timeline event; the end of a hang has the number of its event."""
        self.due.remove((at, number))
        e = self.timeline[number]
        if "queue" in e:
            q = self.queues[e["queue"]]
            q.limits = q.limits | e.get("limits", {})
            q.tenants = q.tenants | ({e["tenant"]: e["use"]} if "tenant" in e else {})
            return
        d = next(d for d in self.deployments if d.s["name"] == e["deployment"])
        if e["event"] == "replace":
            self.replace(d, e["configuration"], d.active, d.pending)
        elif e["event"] == "publish":
            d.version = d.version | e
            if d.active:
                self.roll_out(d, (d.pending or d.active).c)
        elif e["event"] == "start" and not d.active:
            self.start_deployment(d)
        elif e["event"] == "disable" and d.active:
            self.disable(d)
        elif e["event"] in ("kill", "hang"):
            self.strike(d, e, number)

    def strike(self, d: Thing, e: Plain, number: int) -> None:
        """A fault hits replicas, or a hang is over."""
        for r in self.struck(d, e["replicas"]) if e["at"] == self.t else d.replicas:
            if e["event"] == "hang" and e["at"] == self.t:
                self.freeze(r, number)
            elif e["event"] == "hang":
                self.thaw(r, number)
            elif r.state == "DECOMMISSIONED":
                self.die(r, "DELETED")
            elif r.state not in ("QUEUED", "STARTING_ERROR"):
                self.die(r, "STARTING_ERROR")
        if e["event"] == "hang" and e["at"] == self.t and e["for"]:
            self.due.append((self.t + e["for"], number))

    def struck(self, d: Thing, which: Plain | str) -> list[Any]:
        """The replicas that an event names."""
        if isinstance(which, dict) and "count" in which:
            return live(d, d.active, ("RESPONSIVE",))[: which["count"]]
        if isinstance(which, dict):
            return [r for r in d.replicas if r.number in which["numbers"] and r.state != "DELETED"]
        return [r for r in d.replicas if r.state in LIVE]

    def replace(self, d: Thing, new: Plain, a: Thing | None, p: Thing | None) -> None:
        """Rules 1 to 6 of section 4."""
        if not a:
            d.stored = new
        elif new["core"]["sources"] != (p or a).c["core"]["sources"] or new == (p or a).c:
            return
        elif new == a.c:
            self.cancel(d, "reverted")
        elif new["core"] == a.c["core"] and d.s["scaling_only"] == "in_place":
            if p and p.c["core"] != a.c["core"]:
                self.cancel(d, "cancelled")
            for revision in filter(None, (d.pending, a)):  # its replicas queue behind the new ones
                self.change(d, revision, new)
        elif p and new["core"] == p.c["core"]:
            self.change(d, p, new)
        else:
            self.roll_out(d, new)

    def start_deployment(self, d: Thing) -> None:
        """Create or Start: no other revision exists, so the new one is active."""
        d.active = self.revise(d, d.stored, max(d.stored["min"], 1))
        d.up = d.down = 0

    def disable(self, d: Thing) -> None:
        """Everything goes; the configuration last put is kept."""
        d.stored = (d.pending or d.active).c
        self.cancel(d, "cancelled")
        d.active, d.waking, d.is_at_max = None, False, False
        for a in list(d.queue):
            self.answer(a, "disabled")
        for r in d.replicas:
            self.drop(r)

    # Revisions

    def revise(self, d: Thing, c: Plain, count: int) -> Thing:
        """A new revision asks for its replicas."""
        revision = Thing(number=d.revisions, c=c, core=c["core"], version=d.version)
        d.revisions += 1
        self.request(d, revision, count)
        return revision

    def roll_out(self, d: Thing, c: Plain) -> None:
        """Rule 6: a revision beside the active one."""
        self.cancel(d, "superseded")
        now = len(live(d, d.active)) if d.s["initial_replicas"] == "current" else 0
        d.actions.append((self.t, "roll out", d.revisions))
        d.pending = self.revise(d, c, max(min(now, c["max"]), c["min"], 1))

    def cancel(self, d: Thing, action: str) -> None:
        """The pending revision, if any, goes."""
        old, d.pending = d.pending, None
        if old:
            d.actions.append((self.t, action, old.number))
            for r in live(d, old):
                self.drop(r)

    def change(self, d: Thing, revision: Thing, new: Plain) -> None:
        """In place."""
        old, revision.c = revision.c, new
        while len(live(d, revision)) > new["max"]:
            self.drop(self.first_to_go(d, revision))
        self.request(d, revision, new["min"] - len(live(d, revision)))
        if revision is d.active:
            d.up = d.down = 0
            if d.queue and (old["min"], old["max"]) != (new["min"], new["max"]):
                self.wake(d)

    def switch_if_ready(self, d: Thing) -> None:
        """The pending revision becomes active, the active one goes."""
        ready = [r.state == "RESPONSIVE" for r in live(d, d.pending)] if d.pending else []
        if any(ready) and (d.s["switch_when"] == "first" or all(ready)):
            old, d.active, d.pending = d.active, d.pending, None
            d.up, d.down, d.waking = 0, 0, False
            d.actions.append((self.t, "switch", d.active.number))
            for r in live(d, d.active, ("RESPONSIVE",)):
                r.taking_since = self.t
            for r in live(d, old):
                self.drop(r)

    # Resource queues and the autoscaler

    def can_grant(self, q: Thing) -> bool:
        """Whether its head heads all its queues and fits in all."""
        r = q.waiting[0] if q.waiting else None
        return bool(r and all(x.waiting[0] is r and fit(x, r.revision.core) for x in r.queues))

    def grant(self, q: Thing) -> None:
        """As long as the head fits, it starts."""
        while self.can_grant(q):
            r = q.waiting[0]
            self.take(r)
            self.start(r)

    def take(self, r: Thing) -> None:
        """All that it needs, at once."""
        for q in r.queues:
            kind, amount = fit(q, r.revision.core) or ("", 0)
            q.waiting.remove(r)
            q.used[kind] += amount
            r.grants.append((q, kind, amount))

    def first_to_go(self, d: Thing, revision: Thing) -> Thing:
        """The replica that scaling down takes."""

        def rank(r: Thing) -> tuple[int, int, int]:
            in_flight = len(r.running) if r.state == "RESPONSIVE" else 0
            return LIVE.index(r.state), in_flight, -r.number

        first: Thing = min(live(d, revision), key=rank)
        return first

    def evaluate(self, d: Thing) -> None:
        """One tick: at most one step."""
        d.next_tick += d.s["interval"]
        if not d.active:
            return
        s, c, there = d.s, d.active.c, live(d, d.active)
        ready = [r for r in there if r.state == "RESPONSIVE" and r.taking_since < self.t]
        new = ("RESPONSIVE", *STARTING_UP) if s["count_starting"] else ()
        threads = len([r for r in there if r in ready or r.state in new])
        threads *= d.active.core["threads"]
        busy = sum(len(r.running) for r in ready)
        load = busy / threads if ready else 0.0
        seen = (busy, len(ready), len(there), load if ready else None)
        d.evaluations.append((self.t, *seen))
        low = min(0.75, c["up"]) if s["down_threshold"] is None else s["down_threshold"]
        is_high = load > c["up"] or (load == c["up"] and s["comparison"] == "at_or_above")
        d.up = d.up + 1 if ready and is_high else 0
        d.down = d.down + 1 if ready and load < low else 0
        is_up_due = d.up > 0 and self.fires(d, d.up, c["up_delay"])
        d.is_at_max = is_up_due and len(there) >= c["max"]
        if self.fires(d, d.up, c["up_delay"]) and len(there) < c["max"]:
            d.up = 1
            self.request(d, d.active, 1, "up")
        elif self.fires(d, d.down, c["down_delay"]) and len(there) > max(c["min"], 1):
            d.down = 1
            self.drop(self.first_to_go(d, d.active), "down")
        elif c["min"] == 0 and len(there) == 1 and not d.queue:
            since = max(d.last_arrival, there[0].requested_at)
            if since + c["down_delay"] <= self.t and not any(r.running for r in d.replicas):
                self.drop(there[0], "to zero")

    def fires(self, d: Thing, count: int, delay: int) -> bool:
        """Whether a counter has run for its delay."""
        return bool(count - 1 >= ceil(delay / d.s["interval"] - 1e-9))
