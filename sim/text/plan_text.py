"""What `sim plan` prints: a verdict with its reasons, then what it rests on, on one screen."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sim.addresses import path_of
from sim.lint.finding import count_of
from sim.spans import span
from sim.studies.estimates.number import Number
from sim.studies.plans.plan_report import Help, PlanReport, Side
from sim.text.finding_words import counts
from sim.text.layout import NONE, aligned, wrapped
from sim.text.number_words import interval_words, number_words, percent

EFFECTS: Final = {
    "none": "none: nothing is rolled out",
    "in_place": "in place: the replicas that there are stay",
    "rollout": "rollout: new replicas take over from those that there are",
}

MOST_FIELDS: Final = 6
"""Changed fields that are shown: all are in the JSON."""

MOST_FINDINGS: Final = 3
"""Findings whose claims are shown."""

_ROOM: Final = 30
"""Characters of a value."""

DIFFERENCES: Final = {"no_difference_found": "none found"}
"""Verdicts of comparisons that are told in other words."""

SIDES: Final = (
    ("failed requests", ("failed_ratio",)),
    ("response, mean", ("response_s", "mean")),
    ("response, p99", ("response_s", "p99")),
    ("compute-s a day", ("compute_seconds_per_day",)),
)
"""What is shown of both sides."""


def plan_text(report: PlanReport) -> str:
    """Return a plan without its helps, which `helps_text` has."""
    blocks = [
        list(_head(report)),
        list(_arithmetic(report)),
        list(_sides(report)),
        list(_rollout(report)),
        [line for one in cautions(report) for line in wrapped(one, "  ", "    ")],
    ]
    return "\n".join(line for block in blocks for line in block) + "\n"


def helps_text(report: PlanReport) -> str:
    """Return what mends the event; empty where it works or is refused."""
    if report.verdict not in {"RISKY", "NEVER"}:
        return ""
    lines = [
        line for one in report.helps for line in wrapped(help_words(one, report.why), "  ", "    ")
    ]
    if not lines:
        return "helps: no change of one field that was tried mends it\n"
    return "\n".join(("helps: the smallest change of one field that mends it", *lines)) + "\n"


def first_line(report: PlanReport) -> str:
    """Return the verdict and its reasons."""
    return f"verdict: {report.verdict}: {report.why}"


def event_words(report: PlanReport) -> str:
    """Return what is planned, and from how many runs the numbers are."""
    event = report.planned
    what = {"replace": "PUT", "publish": "publish"}[event.event]
    runs = report.then.runs
    made = "no run was made" if not runs else f"{runs:,} run{'s' if runs > 1 else ''} each"
    return (
        f"{report.name}: {what} of {event.deployment} at {span(event.at_s)}; "
        f"{made}, seed {report.seed}"
    )


def help_words(one: Help, known: str) -> str:
    """Return a help in a sentence, with the next smaller step.

    Args:
        one: The help.
        known: The reason of the verdict on the event as it is planned, which is not told again.
    """
    how = "by arithmetic, not run" if one.verdict is None else f"{one.verdict} in {one.runs:,} runs"
    where = " in the PUT" if one.of == "put" else ""
    smaller = one.smaller.set.rpartition("=")[2] if one.smaller.set else "as planned"
    why = "" if one.smaller.why == known else f", {one.smaller.why}"
    steps = [step.rpartition("=")[2] for step in one.on_the_border]
    span_of = " to ".join(dict.fromkeys((steps[0], steps[-1]))) if steps else ""
    border = f"; {span_of}: the seed decides" if steps else ""
    return f"{one.set}{where}: {how}{border}; {smaller}: {one.smaller.verdict}{why}"


def field_rows(report: PlanReport) -> list[tuple[str, str, str]]:
    """Return the heads of the columns, and a row a changed field."""
    rows = [(one.field, value_words(one.old), value_words(one.new)) for one in report.changes]
    return [("field", "old", "new"), *rows]


def side_rows(report: PlanReport) -> list[tuple[str, str, str, str]]:
    """Return the heads of the columns, and a row a measure of both sides."""
    rows = [("", "now", "then", "difference")]
    for title, steps in SIDES:
        address = path_of(("deployments", report.planned.deployment, *steps))
        now, then = report.now.measures[address], report.then.measures[address]
        compared = report.difference[address]
        verdict = DIFFERENCES.get(compared.verdict or NONE, compared.verdict or NONE)
        rows.append((title, with_interval(now), with_interval(then), verdict))
    if report.now.at_end_s is not None and report.then.at_end_s is not None:
        ends = (with_interval(report.now.at_end_s), with_interval(report.then.at_end_s))
        rows.append(("response at end", *ends, ""))
    return rows


def rollout_rows(report: PlanReport) -> list[tuple[str, str, str]]:
    """Return what the rollout was: a mean with its interval, and what 9 runs in 10 stay within."""
    then = report.then
    rows = [
        ("the rollout", "mean of a run", "9 runs in 10"),
        ("duration", *_both(report, then, "duration_s")),
        ("chance of a stall", with_interval(report.stall_probability), ""),
        ("dip of threads", *_both(report, then, "dip_ratio")),
    ]
    rows += [
        (f"response {name}, p99", *_both(report, then, name, "response_s", "p99"))
        for name in ("before", "during", "after")
    ]
    return rows


def stall_words(report: PlanReport) -> Iterator[str]:
    """Yield what the rollout waited for, a sentence a queue."""
    for one in report.stalled_on:
        held = f", held by {one.holders}" if one.holders else ""
        deadlock = "; a deadlock: only the old revision could free it" if one.is_deadlocked else ""
        seen = "" if one.seed is None else f" (sim run --seed {one.seed})"
        waits = "waits" if one.seed is None else "waited"
        yield f"It {waits} for {one.short} of queue {one.queue}{held}{deadlock}{seen}."


def cautions(report: PlanReport) -> Iterator[str]:
    """Yield why numbers of both sides are missing, then what to bear in mind with all."""
    for title, steps in SIDES:
        address = path_of(("deployments", report.planned.deployment, *steps))
        for name, side in (("now", report.now), ("then", report.then)):
            number = side.measures.get(address)
            if number is not None and number.value is None and number.refused:
                yield f"{title}, {name}: {number.refused}."
    yield from report.cautions


def with_interval(number: Number) -> str:
    """Return an estimate with its interval, or a dash and no interval where there is none."""
    if number.unit == "ratio":
        number = percent(number)
    elif number.unit != "s":
        number = number.model_copy(update={"unit": "number"})
    if number.value is None:
        return NONE
    interval = interval_words(number)
    return number_words(number) + (f" ({interval})" if interval != NONE else "")


def value_words(value: Any) -> str:
    """Return a value of a field on one line; a dash where there is none."""
    if value is None:
        return NONE
    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return words if len(words) <= _ROOM else f"{words[: _ROOM - 3]}..."


def _head(report: PlanReport) -> Iterator[str]:
    yield from wrapped(first_line(report), rest="  ")
    yield from wrapped(event_words(report), rest="  ")
    if report.interrupted:
        yield "Interrupted: the numbers are of the runs that there are."
    for remark in report.remarks:
        yield from wrapped(remark, "  ", "    ")
    rows = field_rows(report)
    if len(rows) > 1:
        yield from aligned(rows[: MOST_FIELDS + 1])
    if len(rows) > MOST_FIELDS + 1:
        yield f"  and {len(rows) - 1 - MOST_FIELDS} more fields"
    yield f"effect: {EFFECTS[report.effect]}"


def _arithmetic(report: PlanReport) -> Iterator[str]:
    broken = len(report.violations)
    yield f"rules: {'all are kept' if not broken else f'{broken} broken'}"
    for one in report.violations:
        yield from wrapped(f"{one.message} (rule {one.rule})", "  ", "    ")
    if broken:
        return
    yield f"arithmetic: {counts(report.findings)}"
    shown = report.findings[:MOST_FINDINGS]
    for finding in shown:
        yield from wrapped(f"{finding.level}: {finding.claim} {finding.remedy}", "  ", "    ")
    if len(report.findings) > len(shown):
        never = count_of(report.findings[MOST_FINDINGS:], "never")
        yield f"  and {len(report.findings) - len(shown)} more, {never} of them never"


def _sides(report: PlanReport) -> Sequence[str]:
    return aligned(side_rows(report)) if report.then.runs and report.difference else []


def _rollout(report: PlanReport) -> Iterator[str]:
    if report.effect == "rollout" and report.then.runs:
        yield from aligned(rollout_rows(report))
    for sentence in stall_words(report):
        yield from wrapped(sentence, "  ", "    ")


def _both(report: PlanReport, then: Side, *steps: str) -> tuple[str, str]:
    event = report.planned
    address = path_of(("deployments", event.deployment, "rollouts", str(event.number), *steps))
    number, worst = then.measures[address], then.worst.get(address)
    return with_interval(number), "" if worst is None else _worst(worst)


def _worst(number: Number) -> str:
    if number.kind == "identical":
        return "the same" if number.value is not None else "beyond the run"
    if number.kind == "none":
        return NONE
    return interval_words(percent(number) if number.unit == "ratio" else number)
