"""What runs say of an event: whether it works, or what went wrong in which of them.

The runs with the event are compared with those without it, seed by seed. It is risky

* if its rollout was not full by the end of a run, or had been given up before it was;
* if its rollout stalled in a run: a replica waited for resources longer than `stall_after`;
* if requests fail that did not fail without it: more of them by the paired comparison, or in some
  runs, too few of them to decide;
* if it leaves users waiting: in so many runs that it may be half of all, the mean response time of
  the ten minutes after the rollout is more than twice that before it, and that of all requests is
  longer than without the event; or the latter alone is more than twice as long;
* if requests of another deployment fail that did not fail without it.

That requests are slower while a rollout is on its way is told, and makes it not risky. Runs never
say *never*, unless nothing is drawn, so that the one run is what all would be.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from sim.addresses import path_of
from sim.results.measures import Measure
from sim.studies.answers.case_runs import CaseRuns
from sim.studies.answers.pairing import Pairing, paired
from sim.studies.estimates.comparison import Comparison
from sim.studies.estimates.shares import ends_of
from sim.studies.estimates.words import runs_in_words
from sim.studies.plans.arithmetic import Effect
from sim.studies.runs.varying import is_drawn

Trouble = Literal["unfinished", "stalled", "fails", "slow", "others"]
"""What went wrong, as helps know it."""

SLOWER: Final = 2.0
"""By which factor longer response times are said to leave users waiting."""

HALF: Final = 0.5
"""The share of all runs in which users may be left waiting is to be surely below it."""

CONFIDENCE: Final = 0.95
"""That no comparison finds a difference by chance; and of that share's interval."""

OF_THE_DEPLOYMENT: Final = (
    ("failed_ratio",),
    ("response_s", "mean"),
    ("response_s", "p99"),
    ("compute_seconds_per_day",),
)
"""Measures of the deployment that are compared, fixed before there are runs."""

MOST_OTHERS: Final = 4
"""Other deployments whose failures are compared too: the family has 8 measures at the most."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What runs say.

    Attributes:
        troubles: What went wrong, with a sentence each; empty: it works.
        comparisons: The family, each with the event against without it.
        is_certain: Whether the one run that there is, is what every run would be.
    """

    troubles: Mapping[Trouble, str]
    comparisons: Mapping[Measure, Comparison]
    is_certain: bool

    @property
    def verdict(self) -> Literal["WORKS", "RISKY", "NEVER"]:
        """What that makes of the event."""
        if not self.troubles:
            return "WORKS"
        return "NEVER" if self.is_certain and "unfinished" in self.troubles else "RISKY"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged.

    Attributes:
        deployment: The name of the deployment.
        number: The number of the event among its replace and publish events.
        effect: What the event comes to.
    """

    deployment: str
    number: int
    effect: Effect

    def measure(self, runs: CaseRuns, *steps: str) -> Measure:
        """Return a measure of the deployment."""
        return runs.case.measure(path_of(("deployments", self.deployment, *steps)))

    def of_rollout(self, runs: CaseRuns, *steps: str) -> Measure:
        """Return a measure of the event's rollout."""
        return self.measure(runs, "rollouts", str(self.number), *steps)


def judged(now: CaseRuns, then: CaseRuns, subject: Subject) -> Judgement:
    """Return what the runs without an event and those with it say of it."""
    pairing = paired(now, then)
    family = _family(then, subject)
    comparisons = {
        one: pairing.compared(one, family=len(family), confidence=CONFIDENCE) for one in family
    }
    troubles = dict(_of_the_rollout(then, subject)) if subject.effect == "rollout" else {}
    for measure in family:
        if measure.steps[-1] == "failed_ratio" and _is_more(pairing, measure, comparisons[measure]):
            is_own = measure.steps[1] == subject.deployment
            troubles.setdefault(
                "fails" if is_own else "others",
                _failing(pairing, measure, comparisons[measure], is_own=is_own),
            )
    slow = _slow(pairing, then, subject)
    if slow is not None:
        troubles["slow"] = slow
    is_certain = not is_drawn(then.case.scenario) and bool(then.runs)
    return Judgement(troubles, comparisons, is_certain)


def _family(then: CaseRuns, subject: Subject) -> tuple[Measure, ...]:
    own = [subject.measure(then, *steps) for steps in OF_THE_DEPLOYMENT]
    names = [one.name for one in then.case.scenario.deployments if one.name != subject.deployment]
    others = [
        then.case.measure(path_of(("deployments", name, "failed_ratio")))
        for name in names[:MOST_OTHERS]
    ]
    return (*own, *others)


def _of_the_rollout(then: CaseRuns, subject: Subject) -> Iterator[tuple[Trouble, str]]:
    total = runs_in_words(len(then.runs))
    unfinished = int(np.isinf(_values(then, subject, "duration_s")).sum())
    if unfinished and not is_drawn(then.case.scenario):
        yield "unfinished", "the rollout does not finish, and nothing is drawn that could differ"
    elif unfinished:
        finished = len(then.runs) - unfinished
        yield "unfinished", f"the rollout finished in {finished or 'none'} of {total}"
    stalled = int((_values(then, subject, "stalled") == 1).sum())
    if stalled:
        yield "stalled", f"the rollout stalled in {stalled:,} of {total}"


def _values(then: CaseRuns, subject: Subject, *steps: str) -> NDArray[np.float64]:
    return then.sample(subject.of_rollout(then, *steps)).values


def _is_more(pairing: Pairing, measure: Measure, found: Comparison) -> bool:
    """Return whether more requests fail with the event, as far as can be said."""
    if found.verdict == "worse":
        return True
    now, then = (sample.finite for sample in pairing.samples(measure))
    is_greater = bool(now.size and then.size and then.mean() > now.mean())
    return found.verdict == "undecided" and is_greater


def _failing(pairing: Pairing, measure: Measure, found: Comparison, *, is_own: bool) -> str:
    """Return how much more fails: the means, where these may be given, else in how many runs."""
    whose = "requests" if is_own else f"requests of {measure.steps[1]}"
    now, then = (sample.finite for sample in pairing.samples(measure))
    if found.verdict == "worse" and found.difference.value is not None:
        with_it, without = (100 * float(values.mean()) for values in (then, now))
        return f"{with_it:.3g} % of {whose} fail, {without:.3g} % without it"
    some, some_now = (int((values > 0).sum()) for values in (then, now))
    return f"{whose} fail in {some:,} of {runs_in_words(then.size)}, in {some_now:,} without it"


def _slow(pairing: Pairing, then: CaseRuns, subject: Subject) -> str | None:
    """Return that the event leaves users waiting, None if it surely does not in half of all runs.

    A majority of the runs that there are would be a matter of chance where it is half of all: with
    five threads in "Replace under load", other seeds gave another verdict.
    """
    of_now, of_then = pairing.samples(subject.measure(then, "response_s", "mean"))
    far: Flags = (of_then.values > SLOWER * of_now.values) & (of_now.values > 0)
    if _may_be_half(far):
        return f"requests take {_times(of_then.values, of_now.values, far)} as without it"
    if subject.effect != "rollout":
        return None
    before, after = (
        _values(then, subject, name, "response_s", "mean")[pairing.rows[1]]
        for name in ("before", "after")
    )
    slower: Flags = (after > SLOWER * before) & (before > 0) & (of_then.values > of_now.values)
    if not _may_be_half(slower):
        return None
    return f"after the rollout requests take {_times(after, before, slower)} as before it"


def _may_be_half(flags: Flags) -> bool:
    """Return whether it may be so in half of all runs, by the upper end of the share's interval."""
    count = int(flags.sum())
    if not count:
        return False
    _, high = ends_of(count, flags.size, CONFIDENCE)
    return high is None or high >= HALF


def _times(longer: NDArray[np.float64], shorter: NDArray[np.float64], flags: Flags) -> str:
    """Return the middle ratio of two values of a run in words, or in how many runs it is great."""
    count = int(flags.sum())
    if 2 * count <= flags.size:
        return f"in {count:,} of {runs_in_words(flags.size)} more than twice as long"
    with np.errstate(divide="ignore", invalid="ignore"):
        return f"{np.nanmedian(longer / shorter):.2g} times as long"
