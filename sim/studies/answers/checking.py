"""Holding what scenarios expect against their runs: `from sim.studies import check`.

Runs are drawn in barriers of one size, whatever the workers: which run decides is found afterwards,
run by run in the order of the replications. The expectations of a scenario share its runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from typing_extensions import override

from sim.scenario.models.scenario import Scenario
from sim.simulation.options import Engine
from sim.studies.answers.asked import Question, Subject, subjects_of
from sim.studies.answers.check_report import CheckReport, ExpectationReport, verdict_of
from sim.studies.answers.verdicts import (
    Drawn,
    Verdict,
    is_open,
    runs_asked,
    runs_so_far,
    verdict,
)
from sim.studies.estimates.expectation import CEILING_RUNS, Decision
from sim.studies.runs.replication import Lost
from sim.studies.runs.sampling import Progress, Sampling, sampled
from sim.studies.runs.seeds import replication_seeds
from sim.studies.runs.store import Store
from sim.studies.runs.varying import is_drawn

BARRIER_RUNS: Final = 12
"""Runs between two looks: 36, which 90 % without a miss take, are three rounds, and 8 are one."""


@dataclass(frozen=True)
class Checked:
    """A question and its verdict.

    Attributes:
        subject: Whose.
        question: What was asked.
        verdict: What the runs say.
    """

    subject: Subject
    question: Question
    verdict: Verdict


@dataclass(frozen=True)
class Check:
    """What scenarios expect, and what their runs say.

    Attributes:
        checked: In the order of the scenarios, and of what they expect.
        is_interrupted: Whether it ended early.
    """

    checked: tuple[Checked, ...]
    is_interrupted: bool = False

    @cached_property
    def report(self) -> CheckReport:
        """Every verdict as attributes; `model_dump(mode="json")` is `--format json`."""
        found = [_report(one) for one in self.checked]
        return CheckReport(
            verdict=verdict_of(found), interrupted=self.is_interrupted, expectations=found
        )

    @property
    def verdict(self) -> Decision:
        """Of all that is not for report only: fail before undecided before pass."""
        return self.report.verdict

    @property
    def passed(self) -> bool:
        """Whether all that is not for report only is met."""
        return self.verdict == "pass"

    @override
    def __repr__(self) -> str:
        return f"<Check of {len(self.checked)} expectations: {self.verdict}>"


def check(
    *scenarios: Scenario | str | Path,
    overrides: Sequence[str] = (),
    seed: int | None = None,
    workers: int | None = None,
    store: str | Path | Store | None = None,
    ceiling_runs: int = CEILING_RUNS,
    engine: Engine = "vectorised",
    progress: Progress | None = None,
) -> Check:
    """Hold what scenarios expect against their runs.

    The same scenarios, seed and versions give the same verdicts with any number of workers, and
    from a store that has some of the runs already.

    Args:
        scenarios: As `sim.load_scenario` returns them, or their files.
        overrides: ``PATH=VALUE`` each, set in every file.
        seed: Instead of each scenario's own.
        workers: Processes that make the runs: 1 is this process; by default as many as cores.
            From a script, more than 1 takes `if __name__ == "__main__":` around the call.
        store: An SQLite file that remembers the runs; made where there is none.
        ceiling_runs: Runs of a scenario after which what is still open stays undecided.
        engine: The request engine.
        progress: Called with how many runs of a scenario there are, and how many are wanted.

    Raises:
        ScenarioError: Something cannot be asked (see `subjects_of`), a file that a scenario names
            cannot be used, or the store cannot.
        ValueError: No scenario, or fewer than 1 worker.
    """
    if not scenarios:
        raise ValueError("there is nothing to check: give a scenario")
    subjects = subjects_of(scenarios, overrides, ceiling_runs)
    with sampled(workers=workers, store=store, engine=engine, progress=progress) as sampling:
        return checked(subjects, sampling, seed=seed, ceiling_runs=ceiling_runs)


def checked(
    subjects: Sequence[Subject],
    sampling: Sampling,
    *,
    seed: int | None = None,
    ceiling_runs: int = CEILING_RUNS,
) -> Check:
    """Return what the runs of scenarios say of what is asked of them; see `check`.

    Raises:
        ScenarioError: A file that a scenario names cannot be used, or the store cannot.
    """
    found: list[Checked] = []
    for subject in subjects:
        runs = _decided(subject, sampling, seed, ceiling_runs)
        found += [Checked(subject, one, verdict(one, runs)) for one in subject.questions]
    return Check(tuple(found), sampling.is_interrupted)


def _decided(subject: Subject, sampling: Sampling, seed: int | None, ceiling_runs: int) -> Drawn:
    """Return so many runs of a scenario that no further one changes a verdict."""
    case = subject.case
    seed = case.scenario.seed if seed is None else seed
    is_random = is_drawn(case.scenario)
    most = max(runs_asked(one, ceiling_runs, is_random=is_random) for one in subject.questions)
    is_one_look = any(one.is_of_mean for one in subject.questions)  # it takes all of them anyway
    wanted = 0
    while True:
        wanted = most if is_one_look else min(most, wanted + BARRIER_RUNS)
        seeds = replication_seeds(seed, wanted)
        sampling.note([case], seed=seed, runs=wanted)
        lost = {one for one in seeds if isinstance(sampling.run(case, one), Lost)}
        sampling.make((case, one) for one in seeds if one not in lost)
        runs = runs_so_far(case, sampling, seeds, most, is_random=is_random)
        if sampling.is_interrupted or not any(is_open(one, runs) for one in subject.questions):
            return runs


def _report(one: Checked) -> ExpectationReport:
    expectation, found = one.question.expectation, one.verdict
    return ExpectationReport.model_validate(
        {
            "that": expectation.that,
            "in": expectation.sample,
            "verdict": found.decision,
            "runs": found.runs,
            "observed": found.observed,
            "unit": one.question.measure.unit,
            "least": found.least,
            "greatest": found.greatest,
            "confidence": found.confidence,
            "reason": found.reason,
            "runs_needed": found.runs_needed,
            "cautions": list(found.cautions),
            "report_only": expectation.report_only,
            "file": one.subject.file,
            "line": one.question.line,
            "case": one.subject.case.name,
        }
    )
