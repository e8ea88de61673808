"""Whether a share of the runs meets an expectation: two sequential tests, a run at a time.

Each is a one-sided sequential probability ratio test of "the share is exactly q": one against a
share that is clearly better, which passes; one against a share that is clearly worse, which fails.
"""

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from sim.errors import Problem, ScenarioError
from sim.studies.estimates.means import mean_of, no_joint_mean
from sim.studies.estimates.number import Number
from sim.studies.estimates.sample import Sample
from sim.studies.estimates.student import half_width

Decision = Literal["pass", "fail", "undecided"]

CEILING_RUNS = 300
"""Runs after which a share that is still open stays undecided."""


@dataclass(frozen=True, slots=True)
class ShareTest:
    """What is asked of a share, and what each run counts.

    Attributes:
        share: q: at least so large a share of the runs is to meet the expectation.
        confidence: A share of exactly q passes wrongly with a probability of at most 1 - this, and
            fails wrongly with at most that.
        ceiling_runs: Runs after which it stays undecided.
    """

    share: float = 0.9
    confidence: float = 0.95
    ceiling_runs: int = CEILING_RUNS

    def __post_init__(self) -> None:
        """Refuse what no number of runs below the ceiling can decide.

        Raises:
            ScenarioError: The share is not above two thirds and below 1, the confidence is not
                between 0 and 1, or the ceiling is below `least_runs_without_a_miss`.
        """
        if not 2 / 3 < self.share < 1:
            message = "a share of runs that is to be met lies above 2/3 and below 1, such as 90%"
            raise ScenarioError(
                Problem(message=message, rule="impossible-share", value=f"{self.share:g}")
            )
        if not 0 < self.confidence < 1:
            message = "a confidence lies between 0 and 1"
            raise ScenarioError(
                Problem(message=message, rule="impossible-share", value=f"{self.confidence:g}")
            )
        least = least_runs_without_a_miss(self.share, self.confidence)
        if self.ceiling_runs < least:
            message = f"{100 * self.share:g} % of runs takes at least {least:,} runs to be decided"
            raise ScenarioError(
                Problem(message=message, rule="ceiling-too-low", value=str(self.ceiling_runs))
            )

    @property
    def better(self) -> float:
        """The share that passing is tested against: a fifth of the misses."""
        return 1 - (1 - self.share) / 5

    @property
    def worse(self) -> float:
        """The share that failing is tested against: three times the misses."""
        return 1 - 3 * (1 - self.share)

    @property
    def bound(self) -> float:
        """The logarithm of the ratio of likelihoods that decides: ln 20 at 95 %."""
        return -math.log(1 - self.confidence)

    def evidence(self, met: float, missed: float, against: float) -> float:
        """Return the logarithm of how much more likely such runs are under *against* than under q.

        Source: Wald, Sequential Analysis (1947), chapter 3: crossing ln(1 / alpha) has a
            probability of at most alpha under q, however long one goes on.
        """
        up = math.log(against / self.share)
        down = math.log((1 - against) / (1 - self.share))
        return met * up + missed * down


@dataclass(slots=True)
class ShareCheck:
    """The runs so far, in the order of the replications, and what they decided.

    Attributes:
        test: What is asked.
        met: In how many runs up to the deciding one it was met.
        runs: How many runs were used; later ones change nothing.
        decision: "undecided" until a bound is reached.
    """

    test: ShareTest = field(default_factory=ShareTest)
    met: int = 0
    runs: int = 0
    decision: Decision = "undecided"

    def add(self, *, is_met: bool) -> Decision:
        """Count the next run, unless it is decided or the ceiling is reached, and decide.

        An undefined measure does not meet its expectation.
        """
        if self.is_over:
            return self.decision
        self.runs += 1
        self.met += is_met
        missed = self.runs - self.met
        if self.test.evidence(self.met, missed, self.test.better) >= self.test.bound:
            self.decision = "pass"
        elif self.test.evidence(self.met, missed, self.test.worse) >= self.test.bound:
            self.decision = "fail"
        return self.decision

    @property
    def is_over(self) -> bool:
        """Whether further runs change nothing."""
        return self.decision != "undecided" or self.runs >= self.test.ceiling_runs

    @property
    def more_runs(self) -> int | None:
        """About how many more runs would decide if they go on to meet it as often as they did.

        None if it is decided, if there is no run yet, or if the share lies so close to q that it
        favours neither alternative.
        """
        if self.decision != "undecided" or self.runs == 0:
            return None
        missed = self.runs - self.met
        needed = []
        for against in (self.test.better, self.test.worse):
            evidence = self.test.evidence(self.met, missed, against)
            if evidence > 0:
                needed.append(self.runs * (self.test.bound - evidence) / evidence)
        return math.ceil(min(needed)) if needed else None

    @property
    def why(self) -> str:
        """What was found, in a sentence."""
        found = f"met in {self.met:,} of {self.runs:,} runs"
        if self.decision != "undecided" or self.runs == 0:
            return found
        after = f"after {self.runs:,} runs: met in {self.met:,}"
        if self.more_runs is None:
            return f"{after}; too close to {100 * self.test.share:g} % to be decided"
        return f"{after}; about {_two_digits(self.more_runs):,} more would decide at this share"


def least_runs_without_a_miss(share: float, confidence: float = 0.95) -> int:
    """Return after how many runs, all of which meet it, a share passes.

    Source: each such run adds ln(better / share); 36 at 90 %, 73 at 95 %, 373 at 99 %.
    """
    better = 1 - (1 - share) / 5
    return math.ceil(-math.log(1 - confidence) / math.log(better / share) - 1e-12)


@dataclass(frozen=True, slots=True)
class MeanDecision:
    """Whether the mean over runs meets its limit.

    Attributes:
        decision: What was found.
        observed: The mean with its two-sided interval.
        why: A sentence.
    """

    decision: Decision
    observed: Number
    why: str


def mean_within(
    sample: Sample, limit: float, *, is_upper: bool, confidence: float = 0.95
) -> MeanDecision:
    """Return whether the mean over runs lies on the right side of a limit, by Student's t.

    Passing and failing have an error of 1 - *confidence* each at the limit, if values are normal;
    `cautions` has what was measured for others. All runs are drawn before it is asked: looking
    after every run would decide wrongly far more often.

    Args:
        sample: Of as many runs as the ceiling has.
        limit: In the measure's unit.
        is_upper: Whether the mean is to lie below the limit.
        confidence: Of either decision.

    Returns:
        Undecided where there is no joint mean, or too few runs. Equal values are decided by the
        value itself.
    """
    observed = mean_of(sample, confidence)
    if observed.value is None or observed.kind == "none":
        why = no_joint_mean(sample) or observed.refused or ""
        return MeanDecision("undecided", observed, why)
    half = 0.0
    if observed.kind == "t":
        half = float(half_width(sample.values, confidence, is_one_sided=True))
    room = limit - observed.value if is_upper else observed.value - limit
    decision: Decision = "undecided"
    if abs(room) > half or (half == 0 and room == 0):
        decision = "pass" if room >= 0 else "fail"
    side = "below" if observed.value < limit else "above"
    distance = f"{np.abs(room):.3g} {side} the limit, with an interval of {half:.3g}"
    return MeanDecision(decision, observed, f"the mean lies {distance}")


def _two_digits(number: int) -> int:
    """Round to two digits, since a forecast has no more."""
    return int(float(f"{number:.2g}"))
