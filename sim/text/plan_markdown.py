"""A plan for a pull request: the verdict first, details folded, a marker to replace it by."""

from collections.abc import Iterator, Sequence
from typing import Final

from sim.studies.plans.plan_report import PlanReport
from sim.text.finding_words import counts
from sim.text.plan_text import (
    EFFECTS,
    cautions,
    event_words,
    field_rows,
    help_words,
    rollout_rows,
    side_rows,
    stall_words,
)

MARKER: Final = "<!-- sim plan -->"
"""By which a comment is found again, so that the next plan can take its place."""

MOST_CHARACTERS: Final = 65_536
"""What a comment of a pull request may have at GitHub."""

MOST_ROWS: Final = 100
"""Rows of a table; the JSON has all."""

_ROOM: Final = 600
"""Characters of a cell or of a sentence."""


def plan_markdown(report: PlanReport) -> str:
    """Return a plan as GitHub's Markdown, of fewer than `MOST_CHARACTERS` characters."""
    parts = [
        MARKER,
        f"**verdict: {report.verdict}**: {_safe(report.why)}",
        _safe(event_words(report)),
        *_helps(report),
        *_fields(report),
        *_found(report),
        *_runs(report),
    ]
    text = ""
    for part in parts:  # the last ones are details, and are left out where there is no room
        more = f"{part}\n\n"
        if len(text) + len(more) < MOST_CHARACTERS:
            text += more
    return text.rstrip("\n") + "\n"


def _helps(report: PlanReport) -> Iterator[str]:
    if report.helps:
        lines = "\n".join(f"- {_safe(help_words(one, report.why))}" for one in report.helps)
        yield f"The smallest change of one field that mends it:\n\n{lines}"


def _fields(report: PlanReport) -> Iterator[str]:
    lines = [f"Effect: {EFFECTS[report.effect]}."]
    lines += [_safe(remark) for remark in report.remarks]
    if report.changes:
        lines.append(_table(field_rows(report)))
    count = len(report.changes)
    yield _folded(f"{count} field{'' if count == 1 else 's'} changed", "\n\n".join(lines))


def _found(report: PlanReport) -> Iterator[str]:
    if report.violations:
        lines = [f"- {_safe(one.message)} (rule {one.rule})" for one in report.violations]
        yield _folded("Rules that are broken", "\n".join(lines[:MOST_ROWS]))
    if report.findings:
        lines = [f"- {one.level}: {_safe(f'{one.claim} {one.remedy}')}" for one in report.findings]
        yield _folded(f"Arithmetic: {counts(report.findings)}", "\n".join(lines[:MOST_ROWS]))


def _runs(report: PlanReport) -> Iterator[str]:
    stalls = "\n".join(f"- {_safe(sentence)}" for sentence in stall_words(report))
    if stalls:
        yield stalls
    if not report.then.runs or not report.difference:
        return
    yield _folded("Without it and with it", _table(side_rows(report)))
    if report.effect == "rollout":
        yield _folded("The rollout", _table(rollout_rows(report)))
    yield from map(_safe, cautions(report))


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{_safe(title)}</summary>\n\n{content}\n\n</details>"


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *others = ([_safe(cell).replace("|", "\\|") for cell in row] for row in rows)
    lines = [head, ["---"] * len(head), *others[:MOST_ROWS]]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _safe(words: str) -> str:
    """Return words on one line that GitHub does not take for HTML."""
    line = " ".join(words.split()).replace("&", "&amp;").replace("<", "&lt;")
    return line if len(line) <= _ROOM else f"{line[: _ROOM - 3]}..."
