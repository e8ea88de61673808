"""The best of several cases in words."""

from collections.abc import Iterator

from sim.studies.answers.compared import Compared
from sim.studies.answers.selecting import Best
from sim.text.number_words import interval_words, number_words, percent, worded
from sim.text.study_text import short_name


def best_words(compared: Compared) -> Iterator[str]:
    """Yield which case is the best, a sentence each; nothing if nobody has asked."""
    best, labels = compared.best, compared.labels
    if best is None:
        return
    name, selection = short_name(best.measure), best.selection
    if selection.best is not None:
        yield (
            f"best by {name}: {labels[selection.best]}, after {selection.runs:,} runs: the best "
            f"with probability {best.confidence:g}, or within {_amount(best)} of it"
        )
    elif selection.refused:
        yield f"best by {name}: no choice by the mean, {selection.refused}"
        yield from _ranked(compared, best)
    elif best.is_tie:
        same = " and ".join(labels[place] for place in selection.left)
        yield f"best by {name}: {same} are the same in all {selection.runs:,} runs: take either"
    else:
        still = " and ".join(labels[place] for place in selection.left)
        yield (
            f"best by {name}: not decided after {selection.runs:,} runs; {still} are left. A "
            "larger indifference, or more --runs, would decide"
        )
    for label, at in zip(labels, selection.dropped_at, strict=True):
        if at is not None:
            yield f"  {label} was dropped after {at:,} runs"


def _ranked(compared: Compared, best: Best) -> Iterator[str]:
    shares = zip(compared.labels, best.shares, strict=False)
    for label, share in sorted(shares, key=lambda one: one[1].value or 0.0):
        told = percent(share)
        yield f"  {label}: {number_words(told)} of the runs ({interval_words(told)}) {best.kind}"


def _amount(best: Best) -> str:
    return worded(best.indifference, best.measure.unit)
