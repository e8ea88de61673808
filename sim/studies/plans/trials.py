"""The runs of a plan: with the event and without it, and with each change that may mend it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from sim.scenario.models.scenario import Scenario
from sim.studies.answers.case_runs import CaseRuns
from sim.studies.answers.study import made_together
from sim.studies.plans.arithmetic import deciding, findings_of, is_hopeless
from sim.studies.plans.helps import Confirmed, Said
from sim.studies.plans.judging import Judgement, Subject, judged
from sim.studies.plans.planned import Planned
from sim.studies.runs.case import Case
from sim.studies.runs.sampling import Sampling
from sim.studies.runs.seeds import replication_seeds
from sim.studies.runs.varying import is_drawn

SAMPLES: Final = 20
"""Into how many samples fresh runs are taken apart, which overlap; all must agree on a help. One
sample says of a value on the border what the seed makes of it: with 24 threads the shipped cliff
works under some seeds and not under others, and two halves of 60 runs agreed on it by chance."""

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
        if is_hopeless(self._planned, scenario):
            return False
        case = Case(scenario.name, scenario)
        for runs in dict.fromkeys(min(runs, self.runs) for runs in PILOT):
            now, then = self._made((self._now, case), runs)
            if not then.runs or self._judged(now, then).troubles:
                return False
        return True

    def confirmed(self, scenarios: Sequence[Scenario]) -> Sequence[Confirmed]:
        """Return what fresh runs say of each scenario.

        As many as the plan has; twice as many where samples of half of them do not agree.
        """
        found = dict(enumerate(map(self._condemned, scenarios)))
        for runs in dict.fromkeys((self.runs, 2 * self.runs if self._is_drawn else self.runs)):
            tried = {
                place: Case(scenarios[place].name, scenarios[place])
                for place, known in found.items()
                if known is None or 0 < known.working < 1
            }
            found |= dict(zip(tried, self._confirmed(list(tried.values()), runs), strict=True))
        return [one for one in found.values() if one is not None]

    def _condemned(self, scenario: Scenario) -> Confirmed | None:
        never = deciding(findings_of(replace(self._planned, then=scenario)))
        return Confirmed("NEVER", never[0].claim, 0, 0.0) if never else None

    def _confirmed(self, cases: Sequence[Case], runs: int) -> list[Confirmed]:
        if not cases:
            return []
        seeds = replication_seeds(self._seed, runs, "confirm")
        now, *others = self._of_seeds((self._now, *cases), seeds)
        told = [self._told(now, then) for then in others]
        working = np.mean(
            [
                [self._told(now, then)[0] == "WORKS" for then in parts]
                for now, *parts in (
                    self._of_seeds((self._now, *cases), sample)
                    for sample in (samples(seeds) if self._is_drawn else [seeds])
                )
            ],
            axis=0,
        )
        return [
            Confirmed(verdict, why, runs, float(share))
            for (verdict, why), share in zip(told, working, strict=True)
        ]

    @property
    def _is_drawn(self) -> bool:
        return is_drawn(self._planned.then)

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


def samples(seeds: Sequence[int]) -> list[list[int]]:
    """Return samples of half of all seeds, neighbours in a circle, as many as `SAMPLES`.

    They overlap, so that they agree less often by chance than the two halves do.
    """
    circle = [*seeds, *seeds]
    count = min(SAMPLES, len(seeds))
    firsts = [place * len(seeds) // count for place in range(count)]
    return [circle[first : first + -(-len(seeds) // 2)] for first in firsts]
