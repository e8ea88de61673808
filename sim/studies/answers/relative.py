"""Differences on one scale: in percent of what the first case has, for pictures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sim.results.measures import Measure
from sim.studies.estimates.comparison import Comparison, Verdict
from sim.studies.estimates.number import Number

if TYPE_CHECKING:
    from sim.studies.answers.compared import Compared
    from sim.studies.answers.family import Pair

WORDS: Final[Mapping[Verdict | None, str]] = {
    "better": "better",
    "worse": "worse",
    "no_difference_found": "no difference found",
    "identical": "identical",
    "undecided": "undecided",
    None: "differs",  # and neither way is better
}
"""What verdicts are called, in the order in which they are counted."""


@dataclass(frozen=True, slots=True)
class Relative:
    """The difference of two cases in a measure.

    Attributes:
        address: The measure's.
        pair: Which two cases: "B against A".
        verdict: On the other against the first.
        percent: The difference in percent of the first's mean, of shares of runs in points of
            percent, and the ends of its interval; None where there is none of them.
        is_share: Whether it is of shares.
    """

    address: str
    pair: str
    verdict: Verdict | None
    percent: tuple[float | None, float | None, float | None]
    is_share: bool


def relative_differences(compared: "Compared") -> tuple[Relative, ...]:
    """Return the differences of all measures with verdicts, pair by pair."""
    return tuple(_relative(compared))


def _relative(compared: "Compared") -> Iterator[Relative]:
    for pair in compared.pairs:
        one, two = (compared.labels[place] for place in pair)
        for measure, found in compared.verdicts[pair].items():
            yield Relative(
                address=measure.address,
                pair=f"{two} against {one}",
                verdict=found.verdict,
                percent=_percent(found, _first_mean(compared, pair, measure)),
                is_share=measure.kind == "yes/no",
            )


def _first_mean(compared: "Compared", pair: "Pair", measure: Measure) -> float | None:
    """Return the mean that differences are relative to: of the pairs' own runs, as the ratio is."""
    if measure.kind == "yes/no":
        return 1.0
    a, _ = compared.pairings[pair].samples(measure)
    return float(a.finite.mean()) if a.finite.size else None


def _percent(
    found: Comparison, mean: float | None
) -> tuple[float | None, float | None, float | None]:
    difference: Number = found.difference
    value = difference.value
    if value == 0 and difference.low is None:
        return 0.0, None, None
    if not mean or value is None:
        return None, None, None
    ends = (
        None if end is None else 100 * end / abs(mean) for end in (difference.low, difference.high)
    )
    low, high = ends
    return 100 * value / abs(mean), low, high
