"""Cases compared under common seeds: a verdict a measure, and what it rests on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from sim.extras import require
from sim.results.measures import Measure
from sim.studies.answers.compare_report import CompareReport, compare_report
from sim.studies.answers.family import Pair, all_measures, has, usual_measures
from sim.studies.answers.pairing import Pairing, only_in, paired
from sim.studies.answers.selecting import Best
from sim.studies.answers.study import Study
from sim.studies.estimates.comparison import Comparison
from sim.studies.runs.case import Case

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

MOST_CASES = len(ascii_uppercase)
"""Cases of a comparison: each is called by a letter."""


@dataclass(frozen=True)
class Compared:
    """Cases, their runs, and what the runs of each say against those of another.

    Attributes:
        study: The runs; all cases have the same seeds.
        origins: Where each case is from: a file, or empty.
        family: The measures that are given verdicts, which share one error.
        is_chosen: Whether somebody has named the family.
        pairs: Which cases are compared.
        confidence: That no verdict of any pair is by chance.
        is_single: Whether each case is one run that somebody has made.
        quantile_relative_error: How far off quantiles of requests may be: above 0 where a single
            run kept its summary alone.
        best: The choice of the best case; None where none was asked for.
    """

    study: Study
    origins: tuple[str, ...]
    family: tuple[Measure, ...]
    is_chosen: bool
    pairs: tuple[Pair, ...]
    confidence: float = 0.95
    is_single: bool = False
    quantile_relative_error: float = 0.0
    best: Best | None = None

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """What text and pictures call the cases: A, B, and so on."""
        return tuple(ascii_uppercase[: len(self.study.cases)])

    @cached_property
    def _cases(self) -> tuple[Case, ...]:
        return tuple(runs.case for runs in self.study.cases)

    @cached_property
    def pairings(self) -> Mapping[Pair, Pairing]:
        """The pairs of runs of each two cases."""
        cases = self.study.cases
        return {
            (one, two): paired(cases[one], cases[two], single=self.is_single)
            for one, two in self.pairs
        }

    @cached_property
    def tests(self) -> int:
        """How many comparisons share the error: measures of the family, for each pair with both."""
        return max(1, sum(len(self._shared(pair)) for pair in self.pairs))

    @cached_property
    def level(self) -> float:
        """The confidence of each interval, so that all of them together have `confidence`."""
        return 1 - (1 - self.confidence) / self.tests

    @cached_property
    def verdicts(self) -> Mapping[Pair, Mapping[Measure, Comparison]]:
        """Of each pair the measures of the family that both cases have."""
        return {
            pair: {
                one: self.pairings[pair].compared(
                    one, family=self.tests, confidence=self.confidence
                )
                for one in self._shared(pair)
            }
            for pair in self.pairs
        }

    @cached_property
    def others(self) -> Mapping[Pair, Mapping[Measure, Comparison]]:
        """Of each pair all other measures that both have: an interval each, and no verdict."""
        unsaid = {"verdict": None, "p_value": None, "runs_needed": None, "why": "no verdict"}
        return {
            (one, two): {
                measure: pairing.compared(measure, family=1, confidence=self.confidence).model_copy(
                    update=unsaid
                )
                for measure in all_measures((self._cases[one], self._cases[two]))
                if measure not in self.family
                and has(self._cases[one], measure)
                and has(self._cases[two], measure)
            }
            for (one, two), pairing in self.pairings.items()
        }

    @cached_property
    def missing(self) -> Mapping[Measure, tuple[str, ...]]:
        """Measures of the family, and usual ones, that some cases do not have, and which."""
        usual = () if self.is_chosen else usual_measures(self._cases)
        found = {
            measure: tuple(
                label
                for label, case in zip(self.labels, self._cases, strict=True)
                if not has(case, measure)
            )
            for measure in dict.fromkeys((*self.family, *usual))
        }
        return {measure: labels for measure, labels in found.items() if labels}

    @cached_property
    def left_out(self) -> tuple[Measure, ...]:
        """Usual measures that the family has no room for."""
        if self.is_chosen:
            return ()
        return tuple(
            one
            for one in usual_measures(self._cases)
            if one not in self.family and any(one in others for others in self.others.values())
        )

    def unpaired(self, pair: Pair) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the random streams that only the one case has, and those that only the other has.

        They are called after a deployment, or a deployment and its source. What they draw is the
        same in no other case, so that seeds save nothing there.
        """
        one, two = (self._cases[place].scenario for place in pair)
        return only_in(one, two), only_in(two, one)

    @cached_property
    def report(self) -> CompareReport:
        """Everything as attributes; `model_dump(mode="json")` is what `--format json` prints."""
        return compare_report(self)

    def to_pandas(self) -> "pd.DataFrame":
        """Return one row for each pair and measure; those without a verdict are not of the family.

        The runs themselves are in `study.to_pandas()`.

        Raises:
            ScenarioError: pandas is not installed.
        """
        require("compared.to_pandas()", "pandas")
        import pandas as pd  # noqa: PLC0415 - heavy, and not installed everywhere

        return pd.DataFrame(list(self._rows()))

    def _rows(self) -> Iterator[dict[str, Any]]:
        for pair in self.pairs:
            for measure, found in {**self.verdicts[pair], **self.others[pair]}.items():
                one, two = (self.study.estimate_of(measure, place).number for place in pair)
                yield {
                    "address": measure.address,
                    "unit": measure.unit,
                    "of": self.labels[pair[1]],
                    "against": self.labels[pair[0]],
                    "value_against": one.value,
                    "value_of": two.value,
                    "difference": found.difference.value,
                    "low": found.difference.low,
                    "high": found.difference.high,
                    "ratio": found.ratio,
                    "p_value": found.p_value,
                    "verdict": found.verdict,
                    "runs_needed": found.runs_needed,
                    "variance_factor": found.variance_factor.value,
                }

    def plot(self) -> "Figure":
        """Return a picture of the differences; see `sim.plots.differences`."""
        from sim.plots.differences import plot_differences  # noqa: PLC0415 - loads matplotlib

        return plot_differences(self)

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        from sim.text.compare_html import compare_html  # noqa: PLC0415 - only a notebook asks

        return compare_html(self)

    @override
    def __repr__(self) -> str:
        names = ", ".join(case.name for case in self.study.cases)
        return f"<Comparison of {names}: {self.study.runs:,} runs each, seed {self.study.seed}>"

    def _shared(self, pair: Pair) -> list[Measure]:
        return [one for one in self.family if all(has(self._cases[place], one) for place in pair)]
