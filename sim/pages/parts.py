"""What pages are made of besides charts: headed parts of paragraphs and tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "bad", "open", ""]
"""How a verdict is marked beside its words: by a line of another kind and colour."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One side of what there is to say: under its title sentences, then tables, heads first."""

    title: str
    paragraphs: Sequence[str] = ()
    tables: Sequence[Sequence[Sequence[str]]] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not self.paragraphs and not any(len(rows) > 1 for rows in self.tables)


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """What a page of an answer shows: the verdict first, then what it rests on."""

    title: str
    verdict: str
    tone: Tone
    facts: str
    topics: Sequence[Topic]
    warnings: Sequence[str] = ()
