"""Names that must mean something: deployments, queues and tenants, looked up in plain data.

Works on whatever the file holds, so that a wrong name is told together with every other fault.
"""

from collections.abc import Iterator
from typing import Any, Final

from sim.errors import DataPath, Problem
from sim.scenario.models.scenario import Scenario
from sim.scenario.rules.located import value_at
from sim.wire.violations import suggestion

_KINDS: Final = ("vcpu", "vgpu")

_NAMES: Final[dict[str, Any]] = {
    "queues": True,
    "deployments": {
        "__all__": {"name": True, "queues": True, "traffic": {"__all__": {"name", "kind"}}}
    },
    "new_deployments": {"queues"},
    "timeline": {
        "__all__": {"event", "deployment", "queue", "tenant", "use", "limit_millicores", "limits"}
    },
}
"""The fields of a scenario that are names, or say what a name must be of."""


def names_of(scenario: Scenario) -> dict[str, Any]:
    """Return *scenario* as a file's plain data, less all that `reference_problems` does not ask."""
    return scenario.model_dump(mode="json", by_alias=True, include=_NAMES)


def reference_problems(data: Any) -> Iterator[Problem]:
    """Yield every name given twice, and every name that nothing has."""
    queues = {name: queue for _, name, queue in _named(data, ("queues",))}
    deployments = [name for _, name, _ in _named(data, ("deployments",))]
    yield from _repeated(data, ("queues",), "queue")
    yield from _repeated(data, ("deployments",), "deployment")
    for path, _, _ in _items(data, ("deployments",)):
        yield from _repeated(data, (*path, "traffic"), "source")
        for kind in _KINDS:
            yield from _queue_of_kind(data, (*path, "queues", kind), queues, kind)
    for kind in _KINDS:
        yield from _queue_of_kind(data, ("new_deployments", "queues", kind), queues, kind)
    for path, _, queue in _items(data, ("queues",)):
        for tenant in _mapping(queue, "tenants"):
            yield from _types(data, (*path, "tenants", tenant), queue)
    for path, _, event in _items(data, ("timeline",)):
        if isinstance(event, dict):
            yield from _unknown(data, (*path, "deployment"), deployments, "deployment")
            yield from _unknown(data, (*path, "queue"), list(queues), "queue")
            queue = queues.get(str(event.get("queue")))
            if queue is not None:
                yield from _queue_event(data, path, event, queue)


def _queue_event(
    data: Any,
    path: DataPath,
    event: dict[str, Any],
    queue: dict[str, Any],
) -> Iterator[Problem]:
    """Check what an event says about the queue that it names."""
    name, is_vgpu = queue["name"], queue.get("kind") == "vgpu"
    if event.get("event") == "tenant":
        tenants = list(_mapping(queue, "tenants"))
        yield from _unknown(data, (*path, "tenant"), tenants, f"tenant of queue {name!r}")
        if "use" in event and isinstance(event["use"], dict) != is_vgpu:
            want = "GPUs by type, as in {T4: 2}" if is_vgpu else "a number of cores"
            message = f"must be {want}: {name!r} is a {queue.get('kind')} queue"
            yield Problem(path=(*path, "use"), message=message, rule="queue-kind")
        yield from _types(data, (*path, "use"), queue)
    if event.get("event") == "queue_limit":
        wrong, right = ("limit", "limits") if is_vgpu else ("limits", "limit")
        if event.get(wrong) is not None:
            message = f"must be {right}: {name!r} is a {queue.get('kind')} queue"
            yield Problem(path=(*path, wrong), message=message, rule="queue-kind", of_key=True)
        yield from _types(data, (*path, "limits"), queue)


def _types(data: Any, path: DataPath, queue: dict[str, Any]) -> Iterator[Problem]:
    """Check that the GPU types in the mapping at *path* are types of *queue*."""
    types, known = value_at(data, path), list(_mapping(queue, "limits"))
    if isinstance(types, dict) and queue.get("kind") == "vgpu":
        for gpu_type in types:
            if gpu_type not in known:
                message = (
                    f"is not a type of queue {queue.get('name')!r}, "
                    f"which has {', '.join(map(str, known)) or 'none'}"
                )
                yield Problem(path=(*path, gpu_type), message=message, rule="gpu-type", of_key=True)


def _queue_of_kind(
    data: Any,
    path: DataPath,
    queues: dict[str, dict[str, Any]],
    kind: str,
) -> Iterator[Problem]:
    name = value_at(data, path)
    if isinstance(name, str) and name in queues and queues[name].get("kind") != kind:
        message = f"is a {queues[name].get('kind')} queue, but a {kind} queue is wanted"
        yield Problem(path=path, message=message, rule="queue-kind")
    else:
        known = [name for name, queue in queues.items() if queue.get("kind") == kind]
        yield from _unknown(data, path, known, f"{kind} queue")


def _unknown(data: Any, path: DataPath, known: list[str], noun: str) -> Iterator[Problem]:
    name = value_at(data, path)
    if isinstance(name, str) and name not in known:
        near = suggestion(name, known) or f": there {_list(known)}"
        yield Problem(path=path, message=f"is no {noun}{near}", rule=f"unknown-{noun.split()[0]}")


def _list(known: list[str]) -> str:
    if not known:
        return "is none"
    return f"{'is' if len(known) == 1 else 'are'} {', '.join(known)}"


def _repeated(data: Any, path: DataPath, noun: str) -> Iterator[Problem]:
    first: dict[str, DataPath] = {}
    for item, name, _ in _named(data, path):
        if name in first:
            number = first[name][-1]
            message = f"is the name of another {noun} too: {path[-1]}[{number}]"
            yield Problem(path=(*item, "name"), message=message, rule="unique-names")
        first.setdefault(name, item)


def _named(data: Any, path: DataPath) -> Iterator[tuple[DataPath, str, dict[str, Any]]]:
    for where, name, item in _items(data, path):
        if name is not None:
            yield where, name, item


def _items(data: Any, path: DataPath) -> Iterator[tuple[DataPath, str | None, Any]]:
    """Yield path, name and value of the items of the list at *path*; nothing if it is no list."""
    found = value_at(data, path)
    for number, item in enumerate(found if isinstance(found, list) else []):
        yield (*path, number), item_name(item, number), item


def item_name(item: Any, number: int) -> str | None:
    """Return what a list's item is called; a source without a name by its kind and *number*."""
    if not isinstance(item, dict):
        return None
    name = item.get("name")
    if name is None and isinstance(item.get("kind"), str):
        return f"{item['kind']}{number}"
    return name if isinstance(name, str) else None


def _mapping(data: Any, key: str) -> dict[Any, Any]:
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}
