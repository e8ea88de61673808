"""What `sim check --format markdown` prints: a comment for a pull request, the verdict first."""

import html
from collections.abc import Iterable, Iterator
from typing import Final

from sim.studies.answers.check_report import CheckReport, ExpectationReport
from sim.text.check_text import details, headline, place_of

MARKER: Final = "<!-- sim check -->"
"""Hidden in the first line, so that a bot finds its earlier comment and replaces it."""

MAX_BYTES: Final = 65_000
"""Comments of GitHub have at most 65,536 characters; bytes are counted, to be safe."""

_MARKS: Final = {"pass": "pass", "fail": "**fail**", "undecided": "undecided"}
_ORDER: Final = ("fail", "undecided", "pass")
_LONGEST: Final = 600
"""Characters of a cell; a name may have hundreds."""

_HEAD: Final = "| verdict | expectation | in | found |\n| --- | --- | --- | --- |"


def check_markdown(report: CheckReport) -> str:
    """Return a check as Markdown: what is amiss in a table, all of it folded below.

    As many expectations as fit, those that fail first; how many are left out is said.
    """
    amiss = [one for one in _sorted(report.expectations) if one.verdict != "pass"]
    parts = [f"{MARKER}\n**{_escaped(headline(report))}**\n"]
    room = MAX_BYTES - _size(parts[0])
    if amiss:
        rows = _fitting((_row(one) for one in amiss), room // 2, len(amiss))
        parts.append(f"{_HEAD}\n{rows}\n")
        room -= _size(parts[-1])
    folded = _fitting(
        (_item(one) for one in _sorted(report.expectations)), room - 300, len(report.expectations)
    )
    parts.append(f"<details>\n<summary>All expectations</summary>\n\n{folded}\n\n</details>\n")
    return "\n".join(parts)


def _sorted(expectations: Iterable[ExpectationReport]) -> list[ExpectationReport]:
    return sorted(expectations, key=lambda one: _ORDER.index(one.verdict))


def _row(one: ExpectationReport) -> str:
    aside = " (report only)" if one.report_only else ""
    cells = (f"{_MARKS[one.verdict]}{aside}", _code(one.that), one.sample, _escaped(one.reason))
    return f"| {' | '.join(cells)} |"


def _item(one: ExpectationReport) -> str:
    line = "" if one.line is None else f":{one.line}"
    aside = ", report only" if one.report_only else ""
    where = _code(f"{place_of(one)}{line}")
    said = [f"{_escaped(sentence)}." for sentence in (one.reason, *details(one))]
    return (
        f"- {_MARKS[one.verdict]}{aside}: {_code(one.that)} in {one.sample} ({where}): "
        + " ".join(said)
    )


def _fitting(lines: Iterator[str], room: int, count: int) -> str:
    """Return as many of *lines* as have room, and how many of *count* are left out."""
    kept: list[str] = []
    for line in lines:
        room -= _size(line) + 1
        if room < 0:
            left = count - len(kept)
            return "\n".join([*kept, f"\n{left:,} more are left out here: the JSON has them."])
        kept.append(line)
    return "\n".join(kept)


def _size(text: str) -> int:
    return len(text.encode())


def _escaped(text: str) -> str:
    """Return text that Markdown and HTML take as it is, cut to what a cell has room for."""
    cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
    safe = html.escape(cut, quote=False)
    return "".join(f"\\{letter}" if letter in "\\`*_[]|#" else letter for letter in safe)


def _code(text: str) -> str:
    """Return text as code that stands in a table too."""
    cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
    return f"<code>{html.escape(cut).replace('|', '&#124;')}</code>"
