"""The summary of a run in words: what `sim run` prints, from the contents of `result.json`."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sim.reasons import Reason
from sim.results.picture import holders_in_words

WIDTH: Final = 100
"""No line is longer, unless one word is."""

NONE: Final = "-"
"""Stands for what never happened."""

WINDOWS: Final = ("before", "during", "after")

EVENTS: Final = {
    "replace": "PUT",
    "publish": "New model version",
    "disable": "Disable",
    "start": "Start",
    "kill": "Fault",
    "hang": "Fault",
    "fail_starts": "Fault",
    "slow_starts": "Fault",
}
"""What begins the line about an event that is not told as a rollout."""

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
    if summary["quantile_relative_error"]:
        title += f"; quantiles of requests to {summary['quantile_relative_error']:.1%}"
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
    for event in deployment["events"]:
        if event["code"] != Reason.ROLLED_OUT.code:
            words = f"{EVENTS[event['event']]} at {span(event['at_s'])}: "
            lines += _wrapped(words + event["effect"] + ".", first="  ", rest="    ")
    for number, rollout in enumerate(rollouts, start=1):
        lines += _wrapped(" ".join(_rollout(rollout, number)), first="  ", rest="    ")
    rows: list[Row] = [("all", deployment)]
    for number, rollout in enumerate(rollouts, start=1):
        label = "rollout" if len(rollouts) == 1 else f"rollout {number}"
        rows += [(f"{w} {label}", rollout[w]) for w in WINDOWS if rollout[w] is not None]
    if len(lines) > 1:
        lines.append("")
    lines += [*_request_table(rows), *_failures(deployment["requests"]["failed"])]
    for title, key in (("waiting (completed)", "wait_s"), ("response (completed)", "response_s")):
        lines += ["", *_figure_table(title, [(label, row[key]) for label, row in rows])]
    lines += ["", *_replicas(deployment)]
    return lines


def _rollout(rollout: Mapping[str, Any], number: int) -> Iterator[str]:
    """Yield the sentences about one rollout; its times count from its PUT."""
    asked = "PUT" if rollout["cause"] == "replace" else "new model version"
    yield (
        f"Rollout {number}: {asked} at {span(rollout['put_at_s'])}, revision "
        f"{rollout['old_revision']} to {rollout['new_revision']}."
    )
    yield _course(rollout)
    yield _dip(rollout)
    for stall in rollout["stalls"]:
        yield _stall(stall)


def _course(rollout: Mapping[str, Any]) -> str:
    def after(key: str) -> str:
        return f"after {span(rollout[key] - rollout['put_at_s'])}"

    steps = ["never switched"]
    if rollout["switched_at_s"] is not None:
        steps = [f"switched {after('switched_at_s')}"]
    if rollout["full_at_s"] is not None:
        steps.append(
            f"was full {after('full_at_s')} ({_threads(rollout['threads_at_full'])}, "
            f"{rollout['threads_at_put']} before)"
        )
    elif rollout["ended"] in ("superseded", "cancelled"):
        steps.append(f"was {rollout['ended']} {after('ended_at_s')}")
    else:
        steps.append("was not full at the end of the run")
    if rollout["gone_at_s"] is not None:
        steps.append(f"the last old replica was gone {after('gone_at_s')}")
    return f"It {', '.join(steps[:-1])} and {steps[-1]}."


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def _dip(rollout: Mapping[str, Any]) -> str:
    threads, cores = rollout["dip_ratio"], rollout["cores_dip_ratio"]
    if threads is None:
        return "Nothing was responsive before it, so there was no capacity to lose."
    if threads == 0 and cores == 0:
        return "Capacity never fell on the way."
    return f"Capacity fell by up to {threads:.1%} of threads and {cores:.1%} of cores on the way."


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
    waited = f"queue waits: {_replica_count(waits['granted'])} granted"
    if waits["granted"]:
        figures = waits["wait_s"]
        waited += f" after {span(figures['mean'])} on average, {span(figures['max'])} at most"
    for key, words in (("withdrawn", "withdrawn"), ("waiting", "still in line at the end")):
        if waits[key]:
            waited += f", {waits[key]} {words}"
    return [line for text in (*lines, waited) for line in _wrapped(text, first="  ", rest="    ")]


def _replica_count(count: int) -> str:
    return "1 replica" if count == 1 else f"{count} replicas"


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
