"""A run as a page reads it: fresh, or from its directory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sim.digest import FoldedAttempts
from sim.results.answers import Answers, AnswersWithin, FoldedAnswers
from sim.results.finished import DRAWN_FROM, FinishedRun
from sim.results.folded import folded_answers
from sim.results.report import Report
from sim.results.result import Result
from sim.results.table import Table
from sim.results.timeline import TimelineData


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A run: its report, and what its charts are made of.

    Attributes:
        report: Every figure.
        tables: By name; none where the run was written without.
        timeline: Makes what a picture shows of it.
        answers: What the clients of a deployment were answered, by its name.
        why_no_tables: What is said where there are none.
    """

    report: Report
    tables: Mapping[str, Table]
    timeline: Callable[[], TimelineData]
    answers: Callable[[str], AnswersWithin]
    why_no_tables: str = ""

    @property
    def has_tables(self) -> bool:
        """Whether charts can be drawn."""
        return bool(self.tables)

    @classmethod
    def of(cls, result: Result) -> Self:
        """Return a fresh run."""
        kept = {one.name: one.kept for one in result.record.deployments}

        def answers(name: str) -> AnswersWithin:
            of = kept[name]
            if isinstance(of, FoldedAttempts):
                return FoldedAnswers(folded_answers(of)).within
            return Answers(result.requests.where("deployment", name)).within

        return cls(result.figures, result.tables, result.timeline, answers)

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Return the run in a directory.

        Raises:
            ScenarioError: It holds none, or not a whole one; or a table is missing.
        """
        finished = FinishedRun.open(directory)
        if not finished.tables:
            why = "There are no charts: the run was written without tables, of which they are made."
            return cls(finished.report, {}, _nothing, _nobody, why)
        finished.tables.require(DRAWN_FROM)

        def answers(name: str) -> AnswersWithin:
            return Answers(finished.tables["requests"].where("deployment", name)).within

        return cls(finished.report, finished.tables, finished.timeline, answers)


def _nothing() -> TimelineData:
    raise LookupError("a run without tables has no timeline")


def _nobody(name: str) -> AnswersWithin:
    raise LookupError(f"a run without tables does not say what clients of {name} were answered")
