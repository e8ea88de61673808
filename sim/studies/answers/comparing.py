"""Comparing: from scenarios, stores and runs to cases with common seeds, and their comparison."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sim.errors import Problem, ScenarioError
from sim.results.files import SCENARIO_FILE
from sim.simulation.options import Engine
from sim.studies.answers.case_runs import CaseRuns
from sim.studies.answers.compared import MOST_CASES, Compared
from sim.studies.answers.family import family_of, has, measure_of, pairs_of
from sim.studies.answers.operands import Operand, Source, read_operand
from sim.studies.answers.selecting import best_case, indifference_in_words, require_choosable
from sim.studies.answers.study import Study, study
from sim.studies.runs.replication import Replication, values_of
from sim.studies.runs.sampling import Progress, Sampling, sampled
from sim.studies.runs.seeds import MAX_RUNS, RUNS
from sim.studies.runs.store import open_store
from sim.studies.runs.varying import what_varies

CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the operands.

    Attributes:
        addresses: Of the measures that are given verdicts; none: the usual ones.
        runs: Of each case; None: as many as stores have, or `RUNS`.
        seed: Instead of the first operand's.
        all_pairs: Whether each two cases are compared, and not each with the first.
        confidence: That no verdict is by chance.
        best: An address and an indifference in words, where the best case is to be chosen.
    """

    addresses: tuple[str, ...] = ()
    runs: int | None = None
    seed: int | None = None
    all_pairs: bool = False
    confidence: float = CONFIDENCE
    best: tuple[str, str] | None = None


def compare(
    *sources: Source,
    of: Sequence[str] = (),
    runs: int | None = None,
    seed: int | None = None,
    all_pairs: bool = False,
    confidence: float = CONFIDENCE,
    best: str | None = None,
    indifference: str | None = None,
    workers: int | None = None,
    store: str | Path | None = None,
    engine: Engine = "vectorised",
    progress: Progress | None = None,
) -> Compared:
    """Run cases many times under common seeds, and return a verdict a measure.

    Args:
        sources: Two or more: scenarios or their files, stores, directories of runs.
        of: Addresses of the measures that are given verdicts; none: the usual ones.
        runs: Of each case; by default as many as the stores have, or 30.
        seed: Instead of the first one's.
        all_pairs: Whether each two are compared, and not each with the first.
        confidence: That no verdict is by chance.
        best: Address of a measure by whose mean the best case is chosen.
        indifference: Goes with it: a difference that does not matter, such as "0.2s".
        workers: Processes that make the runs: 1 is this process; by default as many as cores.
        store: An SQLite file that remembers the runs; made where there is none.
        engine: The request engine.
        progress: Called with how many runs there are, and how many are wanted.

    Raises:
        ScenarioError: A source is none of them, a measure is unknown, there are fewer than two
            cases, or a file or the store cannot be used.
        ValueError: `runs`, `workers` or `confidence` is out of its range, or one of `best` and
            `indifference` is missing.
    """
    if not 0.5 <= confidence < 1:
        raise ValueError(f"confidence must be from 0.5 to below 1, not {confidence}")
    if runs is not None and not 1 <= runs <= MAX_RUNS:
        raise ValueError(f"runs must be from 1 to {MAX_RUNS:,}, not {runs}")
    if (best is None) != (indifference is None):
        raise ValueError("best and indifference go together")
    choice = None if best is None or indifference is None else (best, indifference)
    question = Question(tuple(of), runs, seed, all_pairs, confidence, choice)
    operands = [read_operand(source) for source in sources]
    with sampled(workers=workers, store=store, engine=engine, progress=progress) as sampling:
        return compared(operands, question, sampling)


def compared(
    operands: Sequence[Operand],
    question: Question,
    sampling: Sampling,
    *,
    waits: bool = True,
) -> Compared:
    """Return operands compared as a question asks.

    Directories alone are compared run by run. Beside anything else a directory stands for its
    scenario, which is run as the others are. Of a store the runs are used that have the seeds of
    this comparison; those that it lacks are made, and kept in `sampling.store`.

    Raises:
        ScenarioError: There are fewer than two cases, or too many; a measure is unknown; a file
            or a store cannot be used.
    """
    operands = _without_repeats(operands)
    cases = [case for operand in operands for case in operand.cases]
    if not 2 <= len(cases) <= MOST_CASES:
        count = "1 is" if len(cases) == 1 else f"{len(cases)} are"
        message = f"there are from 2 to {MOST_CASES} cases in a comparison; {count} given"
        raise ScenarioError(Problem(message=message, rule="number-of-cases"))
    is_single = all(operand.report is not None for operand in operands)
    pairs = pairs_of(len(cases), all_pairs=question.all_pairs)
    family = family_of(cases, pairs, question.addresses)
    choice = None
    if question.best is not None:
        if is_single:
            message = "the best is chosen from many runs, and these are one run each"
            raise ScenarioError(Problem(message=message, rule="no-best", path=("--best",)))
        measure = measure_of(cases, question.best[0])
        require_choosable(measure, [case.name for case in cases if not has(case, measure)])
        choice = measure, indifference_in_words(question.best[1], measure)
    if is_single:
        found = _single_runs(operands)
    else:
        _take_stored(operands, sampling, waits=waits)
        runs = question.runs or max(operand.runs for operand in operands) or RUNS
        seed = operands[0].seed if question.seed is None else question.seed
        found = study(cases, sampling, runs=runs, seed=seed, with_your_run=False)
    errors = [one.report.quantile_relative_error for one in operands if one.report is not None]
    answer = Compared(
        study=found,
        origins=tuple(
            _origin(operand, is_single=is_single) for operand in operands for _ in operand.cases
        ),
        family=family,
        is_chosen=bool(question.addresses),
        pairs=pairs,
        confidence=question.confidence,
        is_single=is_single,
        quantile_relative_error=max(errors) if is_single else 0.0,
    )
    if choice is None:
        return answer
    best = best_case(found, sampling, *choice, confidence=question.confidence)
    return replace(answer, best=best)


def _without_repeats(operands: Sequence[Operand]) -> Sequence[Operand]:
    """Leave out cases of stores that are named beside them too, if a store has any others.

    A store that remembers the runs of a comparison has all of its cases the next time.
    """
    named = {case.key for operand in operands if operand.store is None for case in operand.cases}
    found = []
    for operand in operands:
        own = tuple(case for case in operand.cases if case.key not in named)
        found.append(replace(operand, cases=own) if operand.store and own else operand)
    return found


def _origin(operand: Operand, *, is_single: bool) -> str:
    """Return where a case is from: of a run that is made anew, its scenario."""
    if operand.report is None or is_single:
        return operand.origin
    return str(Path(operand.origin, SCENARIO_FILE))


def _take_stored(operands: Sequence[Operand], sampling: Sampling, *, waits: bool) -> None:
    """Take the runs of the stores among the operands; the one that is open already has its own."""
    store = sampling.store
    for operand in operands:
        if operand.store is None or (store is not None and store.is_in(operand.store)):
            continue
        with open_store(operand.store, waits=waits) as opened:
            for case in operand.cases:
                sampling.take(case, opened)


def _single_runs(operands: Sequence[Operand]) -> Study:
    """Return runs of directories as cases of one run each."""
    cases = []
    for operand in operands:
        (case,), report = operand.cases, operand.report
        assert report is not None
        values, reasons = values_of(report, case.measures)
        provenance = report.provenance
        run = Replication(provenance.seed, provenance.engine, values, reasons, (), ())
        cases.append(CaseRuns(case, (0,), (run,), ()))
    first = cases[0]
    return Study(
        name=first.name,
        seed=first.runs[0].seed,
        cases=tuple(cases),
        your_run=None,
        varies=what_varies(first.case.scenario),
    )
