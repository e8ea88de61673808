"""Two cases compared run by run, under the same seeds: a verdict with an adjusted p-value.

Numbers are compared by the mean of their differences; truth values, and numbers that lie *beyond*
in one of two runs, by the pairs that differ in that. A family of measures shares one error:
p-values are multiplied by its size (Bonferroni, valid however the measures depend on each other),
and intervals are at 1 - (1 - confidence) / size, so that an interval without 0 and a verdict are
one thing.
"""

import math
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from sim.studies.estimates.binomial import clopper_pearson, discordant_at, discordant_for, sign_test
from sim.studies.estimates.groups import is_split, odd_pairs, smaller_group
from sim.studies.estimates.number import Kind, Number
from sim.studies.estimates.rounding import is_constant, without_rounding
from sim.studies.estimates.sample import Floats, Sample
from sim.studies.estimates.student import LEAST_RUNS, half_width, p_of_zero_mean, runs_for
from sim.studies.estimates.variance_factor import variance_factor_of
from sim.studies.estimates.words import runs_in_words, same_in_all

Flags = npt.NDArray[np.bool_]

Verdict = Literal["better", "worse", "no_difference_found", "identical", "undecided"]

MOST_RUNS: Final = 1_000_000
"""Runs above which no number of runs is foretold."""


class Dropped(BaseModel):
    """Pairs that the comparison is not of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    beyond_in_both: int = 0
    """Pairs in which the measure lies beyond every value in both runs."""
    none: int = 0
    """Pairs in which there was nothing to measure in one run or in both."""


class Comparison(BaseModel):
    """What the runs of a second case say against those of a first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    difference: Number
    """Second minus first: of means, or of shares of runs; the interval is at the family's level."""
    apart: Number | None
    """Where the difference of means may not be given: over the pairs with both values, without a
    verdict; null elsewhere."""
    ratio: float | None
    """Mean of the second over that of the first; null where one is missing, 0 or of other sign."""
    p_value: float | None
    """Multiplied by the size of the family, at most 1; null where nothing was tested."""
    verdict: Verdict | None
    """On the second case; null where the values differ and neither way is better."""
    why: str
    """The verdict's reason, a sentence."""
    half_width: float | None
    """Of the interval of the difference: a greater difference would have been found."""
    runs_needed: int | None
    """How many runs would decide, or find a difference as large as this one; null if unknown."""
    variance_factor: Number
    """How many times as many runs of different seeds would have given the same precision."""
    pairs: int
    """How many pairs the comparison is of."""
    dropped: Dropped
    """The others."""


def compare_samples(
    a: Sample,
    b: Sample,
    *,
    family: int = 1,
    confidence: float = 0.95,
    flags: tuple[Flags, Flags] | None = None,
) -> Comparison:
    """Return what *b* is against *a*, pair by pair.

    Args:
        a: The first case.
        b: The second, with the same seeds in the same order.
        family: How many measures share the error 1 - *confidence*, identical ones included. It is
            fixed before the runs.
        confidence: That no measure of the family is given a verdict by chance.
        flags: Where a run of each case stalled or failed, shape `(runs,)` both. If that varied
            within a case, no verdict rests on a mean over runs of both kinds.

    Returns:
        "better" or "worse" if the adjusted p-value is at most 1 - *confidence*; "identical" if all
        pairs are equal; "undecided" where a rare event, too few runs or too few discordant pairs
        leave it open; else "no_difference_found".

    Raises:
        ValueError: The samples have different numbers of runs, units or directions, or the family
            is empty.
    """
    if (a.runs, a.unit, a.less_is_better) != (b.runs, b.unit, b.less_is_better):
        raise ValueError("samples of different length or of different measures are no pairs")
    if family < 1:
        raise ValueError("a family has at least one measure")
    return _Pairs(a, b, family, confidence, flags).compared()


class _Pairs:
    """The pairs that are left, and how they are judged."""

    def __init__(
        self,
        a: Sample,
        b: Sample,
        family: int,
        confidence: float,
        flags: tuple[Flags, Flags] | None,
    ) -> None:
        is_none = np.isnan(a.values) | np.isnan(b.values)
        is_beyond = np.isinf(a.values) & np.isinf(b.values)
        self.kept = ~is_none & ~is_beyond
        self.dropped = Dropped(beyond_in_both=int(is_beyond.sum()), none=int(is_none.sum()))
        self.measured = a
        self.total = a.runs
        self.a = a.values[self.kept]
        self.b = without_rounding(self.a, b.values[self.kept])
        self.family = family
        self.alpha = 1 - confidence
        self.level = 1 - self.alpha / family
        self.has_both = np.isfinite(self.a) & np.isfinite(self.b)
        self.is_odd = np.zeros(self.a.size, np.bool_)
        if flags is not None:
            self.is_odd = odd_pairs(flags[0][self.kept], flags[1][self.kept])
        self.factor = variance_factor_of(self.a[self.has_both], self.b[self.has_both], confidence)

    def compared(self) -> Comparison:
        """Choose the test by what the pairs are."""
        if np.array_equal(self.a, self.b) and (self.total == 0 or self.dropped.none == 0):
            return self._identical()
        if self.a.size == 0:
            return self._open(f"no pair of runs has a value in both, of {self.total:,}")
        if self.measured.is_yes_no:
            return self._by_pairs(self.a == 1, self.b == 1)
        if not self.has_both.all():
            return self._by_order() or self._by_pairs(np.isinf(self.a), np.isinf(self.b))
        return self._by_mean(self.b - self.a)

    def _identical(self) -> Comparison:
        why = "there are no runs"
        if self.total:
            why = f"identical in {'the one run' if self.total == 1 else f'all {self.total:,} runs'}"
        value = 0.0 if self.a.size else None
        refused = same_in_all(self.total) if self.total else why
        return self._made(
            self._number(value, "identical", refused), 1.0, "identical" if self.total else None, why
        )

    def _open(self, why: str, runs_needed: int | None = None) -> Comparison:
        number = self._number(None, "none", why)
        return self._made(number, None, "undecided", why, runs_needed=runs_needed)

    def _by_mean(self, differences: Floats) -> Comparison:
        """Judge numbers by the paired t-test."""
        pairs, value = differences.size, float(differences.mean())
        if pairs == 1:
            one = "one run each: no interval"
            number = self._number(value, "none", one, needs=LEAST_RUNS)
            return self._made(number, None, "undecided", one, runs_needed=LEAST_RUNS)
        if is_constant(differences):
            return self._by_constant(float(differences[0]))
        if pairs < LEAST_RUNS:
            few = f"a comparison of means takes {LEAST_RUNS} pairs"
            number = self._number(value, "none", few, needs=LEAST_RUNS)
            return self._made(number, None, "undecided", few, runs_needed=LEAST_RUNS)
        if self.is_odd.any():
            count = f"{int(self.is_odd.sum()):,} of {runs_in_words(pairs)}"
            return self._by_sign(differences, f"in {count} one of the two stalled or failed")
        if is_split(differences):
            count = f"{int(smaller_group(differences).sum()):,} of {runs_in_words(pairs)}"
            return self._by_sign(differences, f"{count} differ far from the others")
        half = float(half_width(differences, self.level))
        number = self._number(value, "t", None, ends=(value - half, value + half))
        p_value = self._adjusted(p_of_zero_mean(differences))
        spread = float(differences.std(ddof=1))
        needed = runs_for(spread, abs(value), self.level)
        return self._judged(number, p_value, half, needed)

    def _by_constant(self, difference: float) -> Comparison:
        """Judge differences that are all equal: no spread to take an interval from, but a sign."""
        pairs = self.a.size
        p_value = self._adjusted(sign_test(0, pairs if difference else 0))
        number = self._number(difference, "identical", f"{same_in_all(pairs)} (the difference)")
        needed = discordant_for(self.alpha / self.family) if difference else None
        if difference and p_value > self.alpha:
            why = f"the same difference in {runs_in_words(pairs)}, which are too few"
            return self._made(number, p_value, "undecided", why, runs_needed=needed)
        return self._judged(number, p_value, None, needed)

    def _by_pairs(self, first: Flags, second: Flags) -> Comparison:
        """Judge by the pairs in which one run has it and the other does not."""
        pairs = first.size
        gone, come = int((first & ~second).sum()), int((second & ~first).sum())
        discordant = gone + come
        p_value = self._adjusted(sign_test(gone, come))
        number = self._share_difference(gone, come, pairs)
        half = None
        if number.low is not None and number.high is not None:
            half = (number.high - number.low) / 2
        least = discordant_for(self.alpha / self.family)
        needed = self._pairs_to_decide(gone, come)
        if p_value > self.alpha and 0 < discordant < least:  # too few, whichever way they go
            so_far = f"they differ in {discordant:,} of {runs_in_words(pairs)}"
            more = "" if needed is None else f"; about {needed:,} runs would decide at this share"
            return self._made(
                number, p_value, "undecided", so_far + more, half=half, runs_needed=needed
            )
        return self._judged(number, p_value, half, needed)

    def _by_order(self) -> Comparison | None:
        """Judge pairs of which few lie beyond on one side by which of the two runs is worse.

        With fewer such pairs than McNemar's test needs, it can tell nothing. The sign test of all
        pairs, where beyond is worse than every value, can; a verdict is given only if what lies
        beyond points the same way. Which test is used depends on how many pairs differ in that and
        not on which way, so that each keeps its error.
        """
        gone = int((np.isinf(self.a) & np.isfinite(self.b)).sum())
        come = int((np.isinf(self.b) & np.isfinite(self.a)).sum())
        less_is_better = self.measured.less_is_better
        if gone + come >= discordant_for(self.alpha / self.family) or less_is_better is None:
            return None
        moved = self.b - self.a  # no pair is infinite on both sides
        if not less_is_better:
            moved = np.where(np.isinf(moved), moved, -moved)
        better, worse = int((moved < 0).sum()), int((moved > 0).sum())
        p_value = self._adjusted(sign_test(better, worse))
        if p_value > self.alpha or gone == come or (better > worse) != (gone > come):
            return None
        number = self._share_difference(gone, come, self.a.size)
        return self._judged(number, p_value, None, None)

    def _share_difference(self, gone: int, come: int, pairs: int) -> Number:
        """Return by how much the share of runs differs, with an interval that fits the sign test.

        The difference is the share of pairs that differ, times (2 x share of those that go one way,
        minus 1). Each factor has its exact interval at the family's level; the sign is the second's
        alone, so that 0 lies outside exactly where the sign test finds a difference.
        """
        if not self.measured.is_yes_no:
            why = (
                "no difference of means: beyond every value in one of the two runs in "
                f"{gone + come:,} of {runs_in_words(pairs)}"
            )
            return self._number(None, "none", why)
        value = (come - gone) / pairs
        if not gone + come:
            return self._number(value, "identical", same_in_all(pairs))
        ways = clopper_pearson(come, gone + come, self.level)
        shares = clopper_pearson(gone + come, pairs, self.level)
        low, high = (2 * float(way) - 1 for way in ways)
        least, most = (float(share) for share in shares)
        ends = (low * (most if low < 0 else least), high * (least if high < 0 else most))
        return self._number(value, "clopper_pearson", None, ends=ends)

    def _pairs_to_decide(self, gone: int, come: int) -> int | None:
        """Return how many pairs decide if they go on to differ as they did."""
        if gone == come:
            return None
        share = min(gone, come) / (gone + come)
        discordant = discordant_at(share, self.alpha / self.family)
        if discordant is None:
            return None
        needed = math.ceil(discordant * self.total / (gone + come))
        return needed if needed <= MOST_RUNS else None

    def _by_sign(self, differences: Floats, split: str) -> Comparison:
        """Judge differences in two groups, which have no typical mean, by their signs.

        A few far pairs and many near ones may point different ways; a verdict is given only if the
        signs and the mean agree.

        Args:
            differences: Second minus first.
            split: What tells the groups apart, in words.
        """
        far = int(self._far(differences).sum())
        less, more = int((differences < 0).sum()), int((differences > 0).sum())
        p_value = self._adjusted(sign_test(less, more))
        number = self._number(None, "none", f"no difference of means: {split}")
        if p_value <= self.alpha and (less > more) == self._is_less():
            return self._judged(number, p_value, None, None)
        needed = math.ceil(discordant_for(self.alpha / self.family) * self.total / far)
        needed = max(needed, self.total + 1)
        why = f"{split}, so that no verdict rests on their mean; about {needed:,} runs would decide"
        return self._made(number, p_value, "undecided", why, runs_needed=needed)

    def _judged(
        self, number: Number, p_value: float, half: float | None, needed: int | None
    ) -> Comparison:
        """Give the verdict that a p-value and a direction make."""
        if p_value > self.alpha:
            size = "" if half is None else f"; the interval reaches {half:.3g} to either side"
            why = f"no difference found in {runs_in_words(self.a.size)}{size}"
            return self._made(
                number, p_value, "no_difference_found", why, half=half, runs_needed=needed
            )
        is_less, less_is_better = self._is_less(), self.measured.less_is_better
        if not self.has_both.all():
            less_is_better = True  # what lies beyond is worse, whichever way is better
        verdict: Verdict | None = None
        if less_is_better is not None:
            verdict = "better" if is_less == less_is_better else "worse"
        found = f"is {verdict}" if verdict else f"has {'less' if is_less else 'more'}"
        why = f"the second {found}: p = {p_value:.2g}, adjusted to a family of {self.family}"
        return self._made(number, p_value, verdict, why, half=half, runs_needed=None)

    def _is_less(self) -> bool:
        """Tell whether the second has less: of what lies beyond, or on average."""
        if self.has_both.all():
            return float(np.mean(self.b - self.a)) < 0
        return int(np.isinf(self.b).sum()) < int(np.isinf(self.a).sum())

    def _made(
        self,
        number: Number,
        p_value: float | None,
        verdict: Verdict | None,
        why: str,
        *,
        half: float | None = None,
        runs_needed: int | None = None,
    ) -> Comparison:
        return Comparison(
            difference=number,
            apart=self._apart() if number.value is None else None,
            ratio=None if number.value is None else self._ratio(),
            p_value=p_value,
            verdict=verdict,
            why=why,
            half_width=half,
            runs_needed=runs_needed,
            variance_factor=self.factor,
            pairs=self.a.size,
            dropped=self.dropped,
        )

    def _apart(self) -> Number | None:
        """Return the mean difference over the pairs with both values, the far ones left out."""
        if not self.has_both.any():
            return None
        differences = (self.b - self.a)[self.has_both]
        usual = differences[~self._far(differences)]
        if usual.size < LEAST_RUNS or is_constant(usual):
            return None
        value, half = float(usual.mean()), float(half_width(usual, self.level))
        found = self._number(value, "t", None, ends=(value - half, value + half))
        return found.model_copy(update={"defined": usual.size})

    def _far(self, differences: Floats) -> Flags:
        """Tell which of the pairs with both values are of the rarer kind."""
        is_odd = self.is_odd[self.has_both]
        return is_odd if is_odd.any() else smaller_group(differences)

    def _ratio(self) -> float | None:
        if self.a.size == 0 or not self.has_both.all():
            return None
        first, second = float(self.a.mean()), float(self.b.mean())
        return second / first if first * second > 0 else None

    def _number(
        self,
        value: float | None,
        kind: Kind,
        refused: str | None,
        *,
        ends: tuple[float, float] | None = None,
        needs: int | None = None,
    ) -> Number:
        low, high = ends or (None, None)
        return Number(
            value=value,
            low=low,
            high=high,
            confidence=None if ends is None else self.level,
            runs=self.total,
            defined=self.a.size,
            kind=kind,
            unit="ratio" if self.measured.is_yes_no else self.measured.unit,
            refused=refused,
            runs_needed=needs,
        )

    def _adjusted(self, p_value: float) -> float:
        return min(1.0, p_value * self.family)
