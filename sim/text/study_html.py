"""What a notebook shows of a study: the table of the text as HTML."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from sim.studies.answers.study import Study
from sim.studies.runs.varying import words
from sim.text.study_text import column_heads, pooled_table, remarks, row, shown


def study_html(study: Study) -> str:
    """Return the measures that are usually looked at, as a table for each case."""
    runs = f"{study.runs:,} run{'' if study.runs == 1 else 's'}"
    head = f"{study.name}: {runs}, seed {study.seed}; {words(study.varies)}"
    parts = [f"<p><b>{escape(head)}</b></p>"]
    for number, case in enumerate(study.cases):
        measures = shown(case)
        if len(study.cases) > 1:
            parts.append(f"<p>case {escape(case.name)}</p>")
        rows = [row(study, number, measure) for measure in measures]
        parts += _table([column_heads(study), *rows], remarks(study, number, measures))
        below = pooled_table(study, number)
        if below.rows:
            parts += _table(below.rows, below.remarks)
    return "".join(parts)


def _table(rows: Sequence[tuple[str, ...]], remarks: Iterable[str]) -> Iterator[str]:
    """Yield a table, whose first row has the heads, and the remarks below it."""
    head, *others = rows
    yield "<table>" + row_html(head, "th")
    yield from (row_html(cells, "td") for cells in others)
    yield "</table>"
    yield from (f"<p>{escape(remark)}</p>" for remark in remarks)


def row_html(cells: tuple[str, ...], tag: str) -> str:
    """Return a row of a table, its first cell flush left; the tag is "th" or "td"."""
    first, *others = (escape(cell) for cell in cells)
    return (
        f'<tr><{tag} style="text-align:left">{first}</{tag}>'
        + "".join(f'<{tag} style="text-align:right">{cell}</{tag}>' for cell in others)
        + "</tr>"
    )
