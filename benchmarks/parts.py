"""Where the benchmarks touch parts of `sim` that have no public name: the one place to mend."""

from collections import Counter
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from peers.numba_heap import Floats, Served
from sim.record import Record

Serve = Callable[[Floats, Floats, Floats], Served]


def window_kernel() -> Serve | None:
    """Return the window kernel, as (arrivals, services, free_at_s) to starts, ends and threads.

    None where this `sim` has none.
    """
    if find_spec("sim.engines.vectorised.windows") is None:
        return None
    serve = import_module("sim.engines.vectorised.windows").serve

    def served(arrival_at_s: Floats, service_s: Floats, free_at_s: Floats) -> Served:
        found = serve(arrival_at_s, (service_s,), free_at_s)
        return Served(found.start_at_s, found.end_at_s, found.thread)

    return served


def path_of(record: Record) -> str:
    """Return which path served how much of a run of the vectorised engine, largest share first."""
    if record.engine == "reference":
        return "reference"
    served: Counter[str] = Counter()
    for deployment in record.deployments:
        served.update(deployment.served_by)
    total = sum(served.values())
    shares = [(path, count / total) for path, count in served.most_common() if count]
    if len(shares) == 1:
        return shares[0][0]
    return ", ".join(f"{path} {share:.1%}" for path, share in shares)
