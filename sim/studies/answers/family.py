"""Which cases are compared, and by which measures: fixed by the scenarios, before there are runs.

The measures are a family, which shares one error.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, islice
from typing import Final

from sim.results.measures import Measure, measure_at
from sim.studies.runs.case import Case

Pair = tuple[int, int]
"""Two cases by their places: the one that is compared with, and the other."""

MOST_BY_DEFAULT: Final = 8
"""Measures of a family that nobody has chosen: each further one makes all intervals wider."""

OF_ROLLOUTS: Final = (("duration_s",), ("failed_ratio",), ("stalled",))
"""Measures of each rollout that are in the family by default."""

OF_DEPLOYMENTS: Final = (("response_s", "p99"), ("failed_ratio",), ("compute_seconds_per_day",))
"""Measures of each deployment that are in it by default, behind those of rollouts."""


def measure_of(cases: Sequence[Case], address: str) -> Measure:
    """Return the measure at an address, which at least one of the cases has.

    Raises:
        ScenarioError: No case has one there; the message suggests the nearest.
    """
    return measure_at(address, all_measures(cases))


def family_of(
    cases: Sequence[Case], pairs: Sequence[Pair], addresses: Iterable[str] = ()
) -> tuple[Measure, ...]:
    """Return the measures that are given verdicts.

    Args:
        cases: What is compared; a measure need not be one of all of them.
        pairs: Which of them are compared.
        addresses: Of the measures; none: the first of the usual ones that two cases of a pair have.

    Raises:
        ScenarioError: No case has a measure at an address; the message suggests the nearest.
    """
    asked = dict.fromkeys(measure_of(cases, address) for address in addresses)
    if asked:
        return tuple(asked)
    shared = (
        one
        for one in usual_measures(cases)
        if any(all(has(cases[place], one) for place in pair) for pair in pairs)
    )
    return tuple(islice(shared, MOST_BY_DEFAULT))


def usual_measures(cases: Sequence[Case]) -> tuple[Measure, ...]:
    """Return the usual measures of all rollouts of the cases, then of all their deployments."""
    known = all_measures(cases)
    return tuple(_of_rollouts(known)) + tuple(_of_deployments(known))


def all_measures(cases: Sequence[Case]) -> tuple[Measure, ...]:
    """Return the measures of any of the cases, in the order of the first that has them."""
    found = {one.steps: one for case in reversed(cases) for one in reversed(case.measures)}
    return tuple(reversed(found.values()))


def has(case: Case, measure: Measure) -> bool:
    """Return whether runs of a case have a measure."""
    return measure in case.measures


def pairs_of(count: int, *, all_pairs: bool) -> tuple[Pair, ...]:
    """Return which of so many cases are compared: each with the first, or each two."""
    if all_pairs:
        return tuple(combinations(range(count), 2))
    return tuple((0, place) for place in range(1, count))


def _of_rollouts(known: Sequence[Measure]) -> Iterator[Measure]:
    for one in known:
        if one.steps[2] == "rollouts" and one.steps[4:] in OF_ROLLOUTS:
            yield one


def _of_deployments(known: Sequence[Measure]) -> Iterator[Measure]:
    for steps in OF_DEPLOYMENTS:
        for one in known:
            if one.steps[0] == "deployments" and one.steps[2:] == steps:
                yield one
