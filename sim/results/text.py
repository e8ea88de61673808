"""The summary of a run in words: what `sim run` prints, from the contents of `result.json`."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sim.results.picture import holders_in_words

WIDTH: Final = 100
"""No line is longer, unless one word is."""

NONE: Final = "-"
"""Stands for what never happened."""

WINDOWS: Final = ("before", "during", "after")

Row = tuple[str, Mapping[str, Any]]
"""A label, and a dictionary with `requests`, `wait_s` and `response_s`."""


def summary_text(summary: Mapping[str, Any]) -> str:
    """Return the summary as plain text, its lines at most `WIDTH` wide.

    Args:
        summary: The contents of `result.json`.
    """
    provenance = summary["provenance"]
    title = (
        f"{summary['name']}: {span(summary['horizon_s'])} simulated, seed {provenance['seed']}, "
        f"engine {provenance['engine']}"
    )
    if summary["warm_up_s"]:
        title += f"; requests of the first {span(summary['warm_up_s'])} left out"
    blocks = [_wrapped(title)]
    blocks += [_deployment(deployment) for deployment in summary["deployments"]]
    if summary["queues"]:
        blocks.append(_queues(summary["queues"]))
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def span(seconds: float) -> str:
    """Return a length of time, or an instant of the run, as people say it.

    Examples:
        >>> [span(s) for s in (0.0, 0.0123, 7.25, 99.0, 272.0, 5400.0, 187200.0)]
        ['0 s', '12.3 ms', '7.25 s', '99 s', '4 min 32 s', '1 h 30 min', '2 d 4 h']
    """
    if seconds < 1 and seconds != 0:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 100:
        return f"{seconds:.3g} s"
    for unit, size, part, part_size in (
        ("d", 86400, "h", 3600),
        ("h", 3600, "min", 60),
        ("min", 60, "s", 1),
    ):
        if round(seconds) >= size:
            whole, rest = divmod(round(seconds / part_size), size // part_size)
            return f"{whole} {unit} {rest} {part}" if rest else f"{whole} {unit}"
    raise ValueError(f"{seconds} s is no length of time")


def _deployment(deployment: Mapping[str, Any]) -> list[str]:
    rollouts = deployment["rollouts"]
    lines = [f"deployment {deployment['name']}"]
    for number, rollout in enumerate(rollouts, start=1):
        lines += _wrapped(" ".join(_rollout(rollout, number)), first="  ", rest="    ")
    rows: list[Row] = [("all", deployment)]
    for number, rollout in enumerate(rollouts, start=1):
        label = "rollout" if len(rollouts) == 1 else f"rollout {number}"
        rows += [(f"{w} {label}", rollout[w]) for w in WINDOWS if rollout[w] is not None]
    lines += ["", *_request_table(rows), *_failures(deployment["requests"]["failed"])]
    for title, key in (("waiting time", "wait_s"), ("response time", "response_s")):
        lines += ["", *_figure_table(title, [(label, row[key]) for label, row in rows])]
    lines += ["", *_replicas(deployment)]
    return lines


def _rollout(rollout: Mapping[str, Any], number: int) -> Iterator[str]:
    """Yield the sentences about one rollout."""
    put_at_s = rollout["put_at_s"]
    asked = "PUT" if rollout["cause"] == "replace" else "new model version"
    yield (
        f"Rollout {number}, {asked} at {span(put_at_s)}, revision {rollout['old_revision']} to "
        f"{rollout['new_revision']}:"
    )
    yield _ending(rollout, put_at_s)
    yield _dip(rollout)
    if rollout["gone_at_s"] is not None:
        yield f"The last old replica was gone {span(rollout['gone_at_s'] - put_at_s)} after it."
    for stall in rollout["stalls"]:
        yield _stall(stall)


def _ending(rollout: Mapping[str, Any], put_at_s: float) -> str:
    switched = "it never switched"
    if rollout["switched_at_s"] is not None:
        switched = f"switched after {span(rollout['switched_at_s'] - put_at_s)}"
    if rollout["duration_s"] is not None:
        full = f"at full strength after {span(rollout['duration_s'])}"
    elif rollout["ended"] in ("superseded", "cancelled"):
        full = f"{rollout['ended']} after {span(rollout['ended_at_s'] - put_at_s)}"
    else:
        full = "not at full strength by the end of the run"
    return f"{switched}, {full}."


def _dip(rollout: Mapping[str, Any]) -> str:
    threads, cores = rollout["dip_ratio"], rollout["cores_dip_ratio"]
    if threads is None:
        return "Nothing was responsive before it, so there was no capacity to lose."
    if threads == 0 and cores == 0:
        return "Capacity never fell."
    return f"Capacity fell by up to {threads:.1%} of threads and {cores:.1%} of cores."


def _stall(stall: Mapping[str, Any]) -> str:
    until_s = stall["until_s"]
    end = "the end of the run" if until_s is None else span(until_s)
    words = (
        f"Stalled in queue {stall['resource']} from {span(stall['since_s'])} to {end}, which was "
        f"held by {holders_in_words(stall['holders'])}."
    )
    if stall["is_deadlocked"]:
        words += (
            " This is a deadlock: all that it waits for is held by the revision that it is to "
            "replace."
        )
    return words


def _request_table(rows: Sequence[Row]) -> list[str]:
    keys = ("arrived", "completed", "failed", "queued", "running", "backing_off")
    cells = [["requests", *(key.replace("_", " ") for key in keys)]]
    for label, row in rows:
        counts = {**row["requests"], "failed": sum(row["requests"]["failed"].values())}
        cells.append([f"  {label}", *(f"{counts[key]}" for key in keys)])
    return _aligned(cells)


def _failures(failed: Mapping[str, int]) -> list[str]:
    found = [f"{count} {kind}" for kind, count in failed.items() if count]
    return _wrapped("failed: " + ", ".join(found), first="  ", rest="    ") if found else []


def _figure_table(title: str, rows: Iterable[tuple[str, Mapping[str, float | None]]]) -> list[str]:
    cells: list[list[str]] = []
    for label, values in rows:
        if not cells:
            cells.append([title, *values])
        shown = (NONE if value is None else span(value) for value in values.values())
        cells.append([f"  {label}", *shown])
    return _aligned(cells)


def _replicas(deployment: Mapping[str, Any]) -> list[str]:
    cost, waits = deployment["compute_seconds"], deployment["queue_waits"]
    lines = [
        f"replicas: {deployment['replica_seconds']:.1f} replica-seconds, "
        f"{cost['total']:.1f} compute-seconds (vCPU {cost['vcpu']:.1f}, GPU {cost['gpu']:.1f})"
    ]
    waited = f"queue waits: {waits['granted']} replicas granted"
    if waits["granted"]:
        figures = waits["wait_s"]
        waited += f" after {span(figures['mean'])} on average, {span(figures['max'])} at most"
    for key, words in (("withdrawn", "withdrawn"), ("waiting", "still in line at the end")):
        if waits[key]:
            waited += f", {waits[key]} {words}"
    return [line for text in (*lines, waited) for line in _wrapped(text, first="  ", rest="    ")]


def _queues(queues: Sequence[Mapping[str, Any]]) -> list[str]:
    cells = [["resource queue", "of", "limit", "used on average", "at most", "longest wait"]]
    for queue in queues:
        longest_s = queue["longest_head_wait_s"]
        for resource in queue["resources"]:
            limit = resource["limit"]
            cells.append(
                [
                    queue["name"],
                    resource["gpu_type"] or resource["unit"],
                    NONE if limit is None else f"{limit:g}",
                    f"{resource['used_mean']:.2f}",
                    f"{resource['used_max']:g}",
                    NONE if longest_s is None else span(longest_s),
                ]
            )
    return _aligned(cells, indent="")


def _aligned(cells: Sequence[Sequence[str]], indent: str = "  ") -> list[str]:
    """Return rows as lines, the first column flush left and the others flush right."""
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    return [
        indent
        + row[0].ljust(widths[0])
        + "".join(cell.rjust(width + 2) for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in cells
    ]


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
