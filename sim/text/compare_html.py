"""What a notebook shows of a comparison: the tables of the text as HTML."""

from collections.abc import Iterable
from html import escape

from sim.studies.answers.compared import Compared
from sim.text.best_words import best_words
from sim.text.compare_text import about, first_line, remarks, remarks_on_all, table
from sim.text.study_html import row_html


def compare_html(compared: Compared) -> str:
    """Return the verdicts of each pair as a table, with what is said beside them."""
    parts = [_paragraphs(best_words(compared)), _paragraphs(about(compared))]
    for pair in compared.pairs:
        head, *rows = table(compared, pair, compared.verdicts[pair])
        parts.append(f"<p><b>{escape(first_line(compared, pair))}</b></p>")
        parts.append("<table>" + row_html(head, "th"))
        parts += [row_html(row, "td") for row in rows]
        parts.append("</table>")
        parts.append(_paragraphs(remarks(compared, pair)))
    parts.append(_paragraphs(remarks_on_all(compared, with_others=True)))
    return "".join(parts)


def _paragraphs(sentences: Iterable[str]) -> str:
    return "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
