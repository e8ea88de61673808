"""What a scenario expects, put as questions to its runs: everything that can be refused before one.

An expectation is text until here. Its measure is looked up in the catalogue of the scenario, its
limit is held against the measure's unit, and its share against the ceiling of runs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sim.errors import DataPath, Problem, ScenarioError
from sim.results.measures import Measure
from sim.scenario.models.condition import Condition, LimitKind
from sim.scenario.models.expectation import DEFAULT_IN, MEAN, Expectation
from sim.scenario.models.file_form import resolved
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.document import Document
from sim.scenario.reading.variants import LoadedScenario
from sim.studies.estimates.expectation import ShareTest
from sim.studies.estimates.student import LEAST_RUNS
from sim.studies.runs.case import Case

_LIMIT_OF_UNIT: Final[dict[str, tuple[LimitKind, str]]] = {
    "s": ("duration", "a duration such as 2s"),
    "1/s": ("rate", "a rate such as 20/s"),
    "yes/no": ("truth", "== yes or == no"),
}
"""Unit of a measure -> how its limit is written; a ratio also in percent, all else as a number."""


@dataclass(frozen=True, slots=True)
class Question:
    """An expectation that the runs of a case can be asked.

    Attributes:
        expectation: As the scenario has it.
        condition: What is asked of a run, or of the mean.
        measure: Of the case.
        line: Where it stands in its file; None where that is not known.
        test: Of the share of runs; None where a mean or one run is asked.
    """

    expectation: Expectation
    condition: Condition
    measure: Measure
    line: int | None
    test: ShareTest | None

    @property
    def is_of_mean(self) -> bool:
        """Whether the mean over runs is asked."""
        return self.expectation.sample == MEAN


@dataclass(frozen=True, slots=True)
class Subject:
    """A scenario with what is asked of its runs.

    Attributes:
        case: The scenario.
        loaded: The same with the document that says it; without a file where it was made in Python.
        questions: In the order of the scenario, at least one.
    """

    case: Case
    loaded: LoadedScenario
    questions: tuple[Question, ...]

    @property
    def file(self) -> str | None:
        """Its name as given; None where it was made in Python."""
        return self.loaded.document.file


def subjects_of(
    sources: Sequence[Scenario | str | Path], overrides: Sequence[str], ceiling_runs: int
) -> tuple[Subject, ...]:
    """Return what is asked of scenarios and files, in their order.

    Args:
        sources: Scenarios, or their files; ``-`` is standard input.
        overrides: ``PATH=VALUE`` each, set in every file.
        ceiling_runs: Runs after which what is still open stays undecided.

    Raises:
        ScenarioError: With every problem of all of them: no scenario, nothing expected, an unknown
            measure, a limit in another unit, a share that so many runs cannot decide.
    """
    found: list[Subject] = []
    problems: list[Problem] = []
    for source in sources:
        try:
            found.append(_subject(source, overrides, ceiling_runs))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return tuple(found)


def _subject(source: Scenario | str | Path, overrides: Sequence[str], ceiling_runs: int) -> Subject:
    if isinstance(source, Scenario):
        loaded = LoadedScenario(source, Document(resolved(source)))
    else:
        loaded = LoadedScenario.load(source, overrides)
    scenario, document = loaded.scenario, loaded.document
    if not scenario.expect:
        message = "expects nothing: give it `expect:`, a list such as [ranker.response_s.p99 < 2s]"
        raise ScenarioError(Problem(message=message, rule="nothing-expected", file=document.file))
    case = Case(scenario.name, scenario, tuple(overrides))
    questions, problems = [], list[Problem]()
    for number, expectation in enumerate(scenario.expect):
        path: DataPath = ("expect", number)
        try:
            question = _question(expectation, case, path, ceiling_runs)
        except ScenarioError as error:
            problems += error.problems
        else:
            questions.append(replace(question, line=document.place(path).line))
    if problems:
        short = {n for n, item in enumerate(document.data["expect"]) if isinstance(item, str)}
        raise ScenarioError(document.located(_in_short_form(problems, short)))
    return Subject(case, loaded, tuple(questions))


def _in_short_form(problems: Sequence[Problem], short: set[int]) -> Iterator[Problem]:
    """Yield problems; those of a text alone have no key below it."""
    for problem in problems:
        is_short = problem.path[1] in short
        yield replace(problem, path=problem.path[:2]) if is_short else problem


def _question(expectation: Expectation, case: Case, path: DataPath, ceiling_runs: int) -> Question:
    """Return an expectation as a question.

    Raises:
        ScenarioError: It cannot be asked; the paths of its problems start with *path*.
    """
    condition = expectation.condition
    that, sample = (*path, "that"), (*path, "in")
    try:
        measure = case.measure(condition.address)
    except ScenarioError as error:
        raise ScenarioError([replace(one, path=that) for one in error.problems]) from None
    _check_limit(condition, measure, that)
    test = None
    if expectation.share is not None:
        try:
            test = ShareTest(expectation.share, expectation.confidence, ceiling_runs)
        except ScenarioError as error:
            raise ScenarioError([_of_the_share(one, sample) for one in error.problems]) from None
    elif expectation.sample == MEAN:
        _check_mean(condition, measure, sample, ceiling_runs)
    return Question(expectation, condition, measure, None, test)


def _of_the_share(problem: Problem, path: DataPath) -> Problem:
    """Return why a share cannot be decided, in its place and with what to do about the ceiling."""
    if problem.rule != "ceiling-too-low":
        return replace(problem, path=path)
    message = f"{problem.message}, and the ceiling is {problem.value}: raise it with --ceiling"
    return replace(problem, message=message, path=path)


def _check_limit(condition: Condition, measure: Measure, path: DataPath) -> None:
    """Return if the limit is written in the measure's unit.

    Raises:
        ScenarioError: It is not; the message says how it is written.
    """
    kind, words = _LIMIT_OF_UNIT.get(measure.unit, ("number", "a number without a unit"))
    allowed = {kind}
    if measure.unit == "ratio":
        allowed, words = {"number", "percentage"}, "a ratio such as 0.01 or 1%"
    if condition.kind not in allowed:
        unit = "" if measure.unit == "yes/no" else f" in {measure.unit}"
        what = "is yes or no" if measure.unit == "yes/no" else f"is given{unit}"
        message = f"{measure.address} {what}: its limit is {words}"
        raise ScenarioError(Problem(message=message, rule="limit-unit", path=path))


def _check_mean(condition: Condition, measure: Measure, path: DataPath, ceiling_runs: int) -> None:
    """Return if a mean can be asked.

    Raises:
        ScenarioError: Truth values have no mean, no mean is equal to a limit, or the ceiling is
            below the runs that an interval takes.
    """
    if measure.kind == "yes/no":
        message = f"{measure.address} is yes or no, which has no mean: write {DEFAULT_IN}"
    elif condition.operator == "==":
        message = "a mean over runs is never equal to a limit: write <= or >="
    elif ceiling_runs < LEAST_RUNS:
        message = (
            f"the interval of a mean takes {LEAST_RUNS} runs, and the ceiling is {ceiling_runs}: "
            "raise it with --ceiling"
        )
        raise ScenarioError(Problem(message=message, rule="ceiling-too-low", path=path))
    else:
        return
    raise ScenarioError(Problem(message=message, rule="no-mean", path=path))
