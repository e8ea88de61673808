"""The runs of a plan: with the event and without it, and with each change that may mend it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sim.scenario.models.scenario import Scenario
from sim.studies.answers.case_runs import CaseRuns
from sim.studies.answers.study import made_together
from sim.studies.plans.arithmetic import deciding, findings_of
from sim.studies.plans.helps import Said
from sim.studies.plans.judging import Judgement, Subject, judged
from sim.studies.plans.planned import Planned
from sim.studies.runs.case import Case
from sim.studies.runs.sampling import Sampling
from sim.studies.runs.seeds import replication_seeds
from sim.studies.runs.varying import is_drawn

FRESH: Final = 2
"""How many times as many fresh runs are made as a verdict rests on."""

SAMPLES: Final = 20
"""Into how many samples these are taken apart, which overlap; all must agree on a help. One sample
says of a value on the border what the seed makes of it: with 24 threads the shipped cliff works
under some seeds and not under others, and two halves agreed on it by chance."""

PILOT: Final = (2, 6)
"""After how many runs a value of a ladder is judged: what fails in two is not run further."""


class Trials:
    """Makes the runs of a plan, and judges them.

    Attributes:
        runs: How many runs of each case a verdict rests on; one of what is not drawn.
    """

    def __init__(
        self, sampling: Sampling, planned: Planned, subject: Subject, *, seed: int, runs: int
    ) -> None:
        """Make nothing yet."""
        self._sampling = sampling
        self._planned = planned
        self._subject = subject
        self._seed = seed
        self._now = Case(f"{planned.now.name}: now", planned.now)
        self.runs = runs

    @property
    def fresh_runs(self) -> int:
        """How many fresh runs confirm a help."""
        return (FRESH if is_drawn(self._planned.then) else 1) * self.runs

    @property
    def is_interrupted(self) -> bool:
        """Whether somebody has stopped it."""
        return self._sampling.is_interrupted

    def cases(self) -> tuple[Case, Case]:
        """Return the scenario without the event, and that with it."""
        then = self._planned.then
        return self._now, Case(f"{then.name}: then", then)

    def sides(self) -> tuple[CaseRuns, CaseRuns]:
        """Return the runs without the event, and those with it."""
        now, then = self._made(self.cases(), self.runs)
        return now, then

    def mends(self, scenario: Scenario) -> bool:
        """Return whether the event works in another scenario, in a few runs of the plan's seeds."""
        if deciding(findings_of(replace(self._planned, then=scenario))):
            return False
        case = Case(scenario.name, scenario)
        for runs in dict.fromkeys(min(runs, self.runs) for runs in PILOT):
            now, then = self._made((self._now, case), runs)
            if not then.runs or self._judged(now, then).troubles:
                return False
        return True

    def confirmed(self, scenarios: Sequence[Scenario]) -> Sequence[Sequence[Said]]:
        """Return what each fresh sample says of each scenario."""
        hopeless = [
            deciding(findings_of(replace(self._planned, then=scenario))) for scenario in scenarios
        ]
        tried = [
            Case(scenario.name, scenario)
            for scenario, never in zip(scenarios, hopeless, strict=True)
            if not never
        ]
        fresh = replication_seeds(self._seed, self.fresh_runs, "confirm")
        self._of_seeds((self._now, *tried), fresh)
        samples = [
            [self._told(now, then) for then in others]
            for now, *others in (
                self._of_seeds((self._now, *tried), one) for one in windows(fresh, self.runs)
            )
        ]
        said = zip(*samples, strict=True)
        return [[("NEVER", never[0].claim)] if never else next(said) for never in hopeless]

    def _told(self, now: CaseRuns, then: CaseRuns) -> Said:
        if not then.runs:
            return "RISKY", "no run was made"
        found = self._judged(now, then)
        works = "it is full in every run, and nothing fails that does not fail without it"
        return found.verdict, "; ".join(found.troubles.values()) or works

    def _judged(self, now: CaseRuns, then: CaseRuns) -> Judgement:
        return judged(now, then, self._subject)

    def _made(self, cases: Sequence[Case], runs: int) -> list[CaseRuns]:
        return self._of_seeds(cases, replication_seeds(self._seed, runs))

    def _of_seeds(self, cases: Sequence[Case], seeds: Sequence[int]) -> list[CaseRuns]:
        return made_together(cases, self._sampling, seeds)


def windows(seeds: Sequence[int], runs: int) -> list[list[int]]:
    """Return samples of so many neighbours, evenly apart around the circle of all seeds.

    They overlap, so that they agree less often by chance than halves do. Of as many seeds as runs
    there is one sample, of twice as many at the most `SAMPLES`.
    """
    circle = [*seeds, *seeds]
    count = min(SAMPLES, len(seeds)) if len(seeds) > runs else 1
    firsts = [place * len(seeds) // count for place in range(count)]
    return [circle[first : first + runs] for first in firsts]
