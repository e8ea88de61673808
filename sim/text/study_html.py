"""What a notebook shows of a study: the table of the text as HTML."""

from html import escape

from sim.studies.answers.study import Study
from sim.studies.runs.varying import words
from sim.text.study_text import column_heads, remarks, row, shown


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
        parts.append("<table>" + row_html(column_heads(study), "th"))
        parts += [row_html(cells, "td") for cells in rows]
        parts.append("</table>")
        parts += [f"<p>{escape(remark)}</p>" for remark in remarks(study, number, measures)]
    return "".join(parts)


def row_html(cells: tuple[str, ...], tag: str) -> str:
    """Return a row of a table, its first cell flush left; the tag is "th" or "td"."""
    first, *others = (escape(cell) for cell in cells)
    return (
        f'<tr><{tag} style="text-align:left">{first}</{tag}>'
        + "".join(f'<{tag} style="text-align:right">{cell}</{tag}>' for cell in others)
        + "</tr>"
    )
