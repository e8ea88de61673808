"""The smallest change of one field that mends an event, found by trying.

With arithmetic alone: what `sim lint` no longer condemns, and the next smaller value that it still
does. With runs: each ladder is searched with a few runs under the seeds of the plan; what is found
is tried anew in fresh runs (purpose "confirm"), and so is the next smaller step, since the first
runs have chosen it. A help is told only if it works in every sample of these runs and the smaller
step in none. Steps between the two, which work in some, are on the border: the seed decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from sim.scenario.models.scenario import Scenario
from sim.studies.plans.arithmetic import is_hopeless
from sim.studies.plans.ladders import Ground, Ladder, smallest
from sim.studies.plans.plan_report import Help, NextSmaller, Verdict

MOST_ROUNDS: Final = 6
"""How often a find that fresh runs do not bear out is moved by one step."""

Said = tuple[Verdict, str]
"""A verdict with its reason."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What fresh runs say of a scenario.

    Attributes:
        verdict: Of all of them.
        why: Its reason.
        runs: How many there are.
        working: In which share of the samples that they are taken apart into it works.
    """

    verdict: Verdict
    why: str
    runs: int
    working: float


REFUSED: Final = Confirmed("REFUSED", "a rule refuses that value", 0, 0.0)


class Trial(Protocol):
    """Tells what runs say of the event in other scenarios that have it."""

    def mends(self, scenario: Scenario) -> bool:
        """Return whether it works in a few runs under the plan's own seeds."""

    def confirmed(self, scenarios: Sequence[Scenario]) -> Sequence[Confirmed]:
        """Return what fresh runs say of each scenario."""


def helps_by_arithmetic(ground: Ground, found: Sequence[Ladder], why: str) -> tuple[Help, ...]:
    """Return the least values for which arithmetic condemns the event no longer.

    Args:
        ground: The event, which arithmetic condemns.
        found: The ladders that may matter.
        why: The claim that condemns it.
    """

    def is_possible(scenario: Scenario) -> bool:
        return not is_hopeless(ground.planned, scenario)

    helps = []
    for ladder in found:
        steps = _Steps(ground, ladder)
        rung = smallest(len(ladder.values), steps.asks(is_possible))
        if rung is None:
            continue
        helps.append(
            Help(
                set=steps.words(rung),
                of="put" if steps.is_of_put() else "scenario",
                verdict=None,
                why="arithmetic condemns it no longer; no run has been made",
                decided_by="arithmetic",
                runs=0,
                smaller=NextSmaller(set=steps.words(rung - 1), verdict="NEVER", why=why),
                on_the_border=[],
            )
        )
    return tuple(helps)


def helps_by_runs(
    ground: Ground, found: Sequence[Ladder], trial: Trial, planned: Said
) -> tuple[Help, ...]:
    """Return the least values that mend the event, each tried in fresh runs.

    Args:
        ground: The event.
        found: The ladders that may matter.
        trial: Makes the runs.
        planned: Verdict and reason of the event as it is planned: the step below the first rung.
    """
    finds = []
    for ladder in found:
        steps = _Steps(ground, ladder)
        rung = smallest(len(ladder.values), steps.asks(trial.mends))
        if rung is not None:
            finds.append(_Find(steps, rung, rung - 1))
    for _ in range(MOST_ROUNDS):
        open_finds = [find for find in finds if not find.is_settled]
        wanted = [(find, rung) for find in open_finds for rung in find.unknown()]
        if not wanted:
            break
        scenarios = [find.steps.scenario(rung) for find, rung in wanted]
        told = trial.confirmed([one for one in scenarios if one is not None])
        answers = iter(told)
        for (find, rung), scenario in zip(wanted, scenarios, strict=True):
            find.known[rung] = REFUSED if scenario is None else next(answers)
        for find in open_finds:
            find.move()
    return tuple(find.help(planned) for find in finds if find.is_settled)


class _Steps:
    """A ladder as scenarios; each is made once."""

    def __init__(self, ground: Ground, ladder: Ladder) -> None:
        self._ground, self._ladder = ground, ladder
        self._made: dict[int, Scenario | None] = {}

    def __len__(self) -> int:
        return len(self._ladder.values)

    def scenario(self, rung: int) -> Scenario | None:
        """Return the scenario of a rung; None if its value breaks a rule."""
        if rung not in self._made:
            value = self._ladder.values[rung]
            self._made[rung] = self._ground.with_value(self._ladder.path, value)
        return self._made[rung]

    def asks(self, mends: Callable[[Scenario], bool]) -> Callable[[int], bool]:
        """Return the question whether a rung mends: one that breaks a rule does not."""

        def does(rung: int) -> bool:
            scenario = self.scenario(rung)
            return scenario is not None and mends(scenario)

        return does

    def words(self, rung: int) -> str:
        """Return what sets a rung; empty below the first, which is the event as planned."""
        if rung < 0:
            return ""
        return self._ground.words(self._ladder.path, self._ladder.values[rung])[0]

    def is_of_put(self) -> bool:
        """Return whether the field is one of the body of the PUT."""
        return self._ground.words(self._ladder.path, "")[1]


@dataclass(slots=True)
class _Find:
    """A rung that seems to mend, one below that seems not to, and what fresh runs say of both.

    Between the two are rungs on the border, which work in some of the samples.
    """

    steps: _Steps
    rung: int
    below: int
    known: dict[int, Confirmed] = field(default_factory=dict)

    @property
    def is_settled(self) -> bool:
        """Whether every sample says that the one mends, and that the other does not."""
        return self._working(self.rung) == 1 and self._working(self.below) == 0

    def unknown(self) -> list[int]:
        """Return the rungs that fresh runs are wanted of."""
        return [rung for rung in (self.rung, self.below) if self._working(rung) is None]

    def move(self) -> None:
        """Go one rung up where this one does not surely mend, down where the one below does."""
        if self._working(self.rung) != 1:
            if self._working(self.rung) == 0:
                self.below = self.rung
            self.rung = min(self.rung + 1, len(self.steps) - 1)
            return
        if self._working(self.below) == 1:
            self.rung = self.below
        if self._working(self.below) != 0:
            self.below -= 1

    def help(self, planned: Said) -> Help:
        """Return it as an answer."""
        mends, does_not = self.known[self.rung], self.known.get(self.below)
        smaller, why_not = planned if does_not is None else (does_not.verdict, does_not.why)
        return Help(
            set=self.steps.words(self.rung),
            of="put" if self.steps.is_of_put() else "scenario",
            verdict=mends.verdict,
            why=mends.why,
            decided_by="runs",
            runs=mends.runs,
            smaller=NextSmaller(set=self.steps.words(self.below), verdict=smaller, why=why_not),
            on_the_border=[self.steps.words(rung) for rung in range(self.below + 1, self.rung)],
        )

    def _working(self, rung: int) -> float | None:
        """Return in which share of the samples a rung works; None where no fresh run was made."""
        if rung < 0:
            return 0.0  # the event as it is planned, which the plan's own runs have shown to fail
        found = self.known.get(rung)
        return None if found is None else found.working
