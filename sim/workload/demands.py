"""How much each request asks for: distributions and trace columns as arrays.

Owns the draws of demands, deadlines and waits before retries for one source. Which request is
which is `sim.workload.workload`'s business: here a source's requests are 0, 1, 2 … by arrival.
"""

from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.errors import DataPath, Problem, ScenarioError
from sim.scenario.models.computed import FromColumns, Linear
from sim.scenario.models.moved_rows import RULE, refusal
from sim.scenario.models.policies import Client
from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.samples import InOrder
from sim.workload.drawn_columns import Floats, is_repeated, repeated
from sim.workload.sources import SourceArrivals

QUANTITIES: Final = ("wait_s", "cpu_s", "gpu_s", "memory_bytes")
"""The fields of `RequestDemands`, each with a stream named as it without the unit."""

DEADLINE: Final = "deadline"
"""The purpose of the stream of deadlines, which are no demand."""

SDK_WAIT_S: Final = 0.25
_LARGEST_BYTES: Final = 2.0**62


@dataclass(frozen=True, slots=True, eq=False)
class Demands:
    """What each request asks for, in request order, each array of shape ``(n,)``.

    An array whose values are all the same may be read-only with stride 0 (`numpy.broadcast_to`): to
    be read, copied or stacked, not to be written or taken for contiguous.

    Attributes:
        wait_s: I/O wait before any work, holding the thread.
        cpu_s: Work on cores, in seconds of one core.
        gpu_s: Work on a GPU slot.
        memory_bytes: Memory held while in flight; draws are rounded up.
    """

    wait_s: Floats
    cpu_s: Floats
    gpu_s: Floats
    memory_bytes: NDArray[np.int64]


class Law(Protocol):
    """A distribution of seconds or bytes."""

    def sample(self, rng: np.random.Generator, n: int) -> Floats:
        """Return the next *n* draws."""


def demand(
    source: SourceArrivals, quantity: str, request: RequestDemands
) -> Floats | NDArray[np.int64]:
    """Return one of `QUANTITIES` for every request of *source*, in SI, shape ``(n,)``.

    Memory is rounded up to whole bytes, which are int64.

    Draw k of the quantity's stream is request k's, whatever *request* says: other demands under
    the same seed are other functions of the same draws.

    Raises:
        ScenarioError: A demand from columns for a source that is no trace, or of a column it has
            not; a demand below 0 or beyond any machine; a sequence that is too short, or beside a
            trace whose rows are moved.
    """
    law: Law | FromColumns[float] = getattr(request, quantity)
    purpose = quantity.rpartition("_")[0]
    values = (
        _computed(law, source, purpose)
        if isinstance(law, FromColumns)
        else drawn(law, source, purpose)
    )
    if quantity != "memory_bytes":
        return values
    if is_repeated(values):
        return repeated(_whole_bytes(values[:1], source, purpose)[0], values.size)
    return _whole_bytes(values, source, purpose)


def drawn(law: Law, source: SourceArrivals, purpose: str) -> Floats:
    """Return one draw of *law* for every request of *source* from its stream for *purpose*.

    Raises:
        ScenarioError: *law* is a sequence shorter than the source has requests, or one beside a
            trace of which request k is not row k.
    """
    if isinstance(law, InOrder) and source.moved is not None:
        name = source.streams.source
        message = refusal(law, name, source.moved, is_demand=purpose != DEADLINE)
        raise ScenarioError(Problem(message=message, rule=RULE, path=_path(source, purpose)))
    try:
        return law.sample(source.streams.of(purpose), source.count)
    except ScenarioError as error:
        path = _path(source, purpose)
        raise ScenarioError(
            [replace(problem, path=problem.path or path) for problem in error.problems]
        ) from None


def retry_waits_s(source: SourceArrivals, client: Client, attempt: int) -> Floats:
    """Return how long every request of *source* waits after failed *attempt*, shape ``(n,)``.

    Draw i of the stream ``jitter {attempt}`` is request i's. The SDK waits
    ``250 ms * round(2**attempt * U)``, U uniform in [0, 1), halves to the even neighbour; a
    custom client as it says, its last wait standing for all later attempts.

    Args:
        source: The requests.
        client: What the client does; one that does not retry waits 0.
        attempt: Number of the failed attempt, from 1.

    Source: the waits of the official Python SDK, measured.
    """
    purpose = f"jitter {attempt}"
    match client.policy:
        case "none":
            return repeated(np.float64(0), source.count)
        case "sdk":
            wait_s = source.streams.of(purpose).random(source.count)
            wait_s *= float(1 << attempt)
            np.rint(wait_s, out=wait_s)
            wait_s *= SDK_WAIT_S
            return wait_s
        case "custom":
            law = client.backoff_s[min(attempt, len(client.backoff_s)) - 1]
            return drawn(law, source, purpose)


def _computed(law: FromColumns[float], source: SourceArrivals, purpose: str) -> Floats:
    """Return what the row behind each request gives.

    Draw k of the stream ``{purpose} noise`` is request k's factor, so that noise moves neither
    another draw nor another request's demand.
    """
    if not source.is_trace:
        raise _problem(source, purpose, "is computed from columns, which only traces have")
    values = law.of(source.columns(law.columns))
    remedy = ""
    if isinstance(law, Linear):
        if law.noise is not None:
            values = values * law.noise.sample(source.streams.of(f"{purpose} noise"), source.count)
        if law.floor is not None:
            values = np.maximum(values, law.floor)
        zero = "0B" if purpose == "memory" else "0s"
        remedy = f"; with `floor: {zero}` such demands are 0"
    if values.size and values.min() < 0:
        at = int(values.argmin())
        raise _problem(source, purpose, f"is {values[at]:g} for request {at}: below 0{remedy}")
    return values


def _whole_bytes(values: Floats, source: SourceArrivals, purpose: str) -> NDArray[np.int64]:
    if values.size and values.max() > _LARGEST_BYTES:
        raise _problem(source, purpose, f"is {values.max():g} bytes: too large")
    whole = np.empty(values.size, dtype=np.int64)
    np.ceil(values, out=whole, casting="unsafe")  # exact: all are below 2^63
    return whole


def _problem(source: SourceArrivals, purpose: str, message: str) -> ScenarioError:
    return ScenarioError(Problem(message=message, rule="demand", path=_path(source, purpose)))


def _path(source: SourceArrivals, purpose: str) -> DataPath:
    return (f"{source.streams.deployment}/{source.streams.source}/{purpose}",)
