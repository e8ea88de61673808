"""What varies from run to run of a scenario: which of its quantities are drawn."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sim.scenario.models.computed import Linear
from sim.scenario.models.distributions import Constant, Distribution
from sim.scenario.models.intervals import CountsTraffic
from sim.scenario.models.policies import CustomClient, SdkClient
from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.samples import InOrder
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.source import Source
from sim.scenario.models.spec import Spec
from sim.scenario.models.timeline import PublishEvent
from sim.scenario.models.traffic import InstantsTraffic, TraceTraffic


@dataclass(frozen=True, slots=True)
class Aspect:
    """Something of a scenario that is drawn or given.

    Attributes:
        name: What it is: "arrivals".
        drawn: Whether it differs between runs.
        how: Why it does not, in words: "a trace"; empty where it does.
    """

    name: str
    drawn: bool
    how: str = ""


def what_varies(scenario: Scenario) -> tuple[Aspect, ...]:
    """Return what of a scenario there is that could differ between runs, and whether it does.

    Every random stream of a run belongs to one of these: arrivals, service demands, deadlines and
    waits of clients, starts of replicas, and their lifetimes.
    """
    return (
        _arrivals(scenario),
        _laws("service", _demands(scenario)),
        _laws("starts", _starts(scenario)),
        *_where_there_are("clients", _clients(scenario)),
        *_where_there_are("lifetimes", _lifetimes(scenario)),
    )


def is_drawn(scenario: Scenario) -> bool:
    """Return whether two runs of a scenario can differ at all."""
    return any(aspect.drawn for aspect in what_varies(scenario))


def words(aspects: Iterable[Aspect]) -> str:
    """Return what varies as a sentence's end: "arrivals no: a trace; service and starts: drawn"."""
    found = list(aspects)
    given = [f"{aspect.name} no: {aspect.how}" for aspect in found if not aspect.drawn]
    drawn = [aspect.name for aspect in found if aspect.drawn]
    if drawn:
        last = drawn[-1]
        named = f"{', '.join(drawn[:-1])} and {last}" if len(drawn) > 1 else last
        given.append(f"{named}: drawn")
    return "; ".join(given)


def _arrivals(scenario: Scenario) -> Aspect:
    sources = [source for one in scenario.deployments for source in one.traffic]
    if any(_draws_arrivals(source) for source in sources):
        return Aspect("arrivals", drawn=True)
    kinds = {_given_as(one) for one in sources}
    return Aspect("arrivals", drawn=False, how=" and ".join(sorted(kinds)) or "no traffic")


def _given_as(source: Source) -> str:
    match source:
        case TraceTraffic():
            return "a trace"
        case CountsTraffic():
            return "counts, evenly"
        case _:
            return "given instants"


def _draws_arrivals(source: Source) -> bool:
    if isinstance(source, TraceTraffic):
        return source.rate_scale != 1
    if isinstance(source, CountsTraffic):
        return source.within != "evenly"
    return not isinstance(source, InstantsTraffic)


def _demands(scenario: Scenario) -> Iterator[Spec]:
    for deployment in scenario.deployments:
        if any(source.demands is None for source in deployment.traffic):
            yield from _laws_in(deployment.request)
        for source in deployment.traffic:
            if source.demands is not None:
                yield from _laws_in(source.demands)
    for event in scenario.timeline:
        if isinstance(event, PublishEvent) and event.request is not None:
            yield from _laws_in(event.request)


def _laws_in(demands: RequestDemands) -> Iterator[Spec]:
    for name in type(demands).model_fields:
        yield getattr(demands, name)


def _starts(scenario: Scenario) -> Iterator[Spec]:
    for deployment in scenario.deployments:
        yield deployment.replica.container_start_s
        yield deployment.replica.model_load_s
    for event in scenario.timeline:
        if isinstance(event, PublishEvent) and event.model_load_s is not None:
            yield event.model_load_s


def _clients(scenario: Scenario) -> Iterator[bool]:
    for deployment in scenario.deployments:
        client = deployment.client
        if client.deadline_s is not None:
            yield _is_random(client.deadline_s)
        if isinstance(client, SdkClient):
            yield True  # its waits are drawn
        elif isinstance(client, CustomClient):
            yield any(_is_random(wait_s) for wait_s in client.backoff_s)


def _lifetimes(scenario: Scenario) -> Iterator[bool]:
    for deployment in scenario.deployments:
        lifetime = deployment.replica.lifetime
        if lifetime is not None:
            yield lifetime.min_s < lifetime.max_s


def _laws(name: str, laws: Iterable[Spec]) -> Aspect:
    found = list(laws)
    drawn = any(_is_random(law) for law in found)
    given = any(not isinstance(law, Constant) for law in found)
    return Aspect(name, drawn=drawn, how="" if drawn else "given" if given else "constant")


def _where_there_are(name: str, drawn: Iterable[bool]) -> Iterator[Aspect]:
    found = list(drawn)
    if found:
        yield Aspect(name, drawn=any(found), how="" if any(found) else "constant")


def _is_random(law: Spec) -> bool:
    if isinstance(law, Linear):
        return law.noise is not None
    return isinstance(law, Distribution) and not isinstance(law, Constant | InOrder)
