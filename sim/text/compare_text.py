"""What `sim compare` prints: how many verdicts of each kind, then a line a measure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from sim.results.measures import Measure
from sim.studies.answers.compared import Compared
from sim.studies.answers.family import Pair
from sim.studies.answers.pairing import ALWAYS
from sim.studies.answers.relative import WORDS
from sim.studies.estimates.comparison import Comparison
from sim.studies.estimates.number import Number
from sim.studies.estimates.words import rare, runs_in_words
from sim.studies.runs.varying import what_varies, words
from sim.text.best_words import best_words
from sim.text.layout import NONE, aligned, wrapped
from sim.text.number_words import interval_words, number_words
from sim.text.study_text import as_told, short_name, unit_beside

LEAST_P: Final = 1e-4
"""Below it a p-value is told as "<0.0001"."""


def compare_text(compared: Compared, *, with_others: bool = False) -> str:
    """Return the text of a comparison.

    Args:
        compared: The comparison.
        with_others: Whether measures without a verdict are listed too.
    """
    blocks = [[first_line(compared, pair) for pair in compared.pairs]]
    if compared.best is not None:
        blocks.insert(0, list(_wrapped(best_words(compared), indent="")))
    blocks[-1] += list(_wrapped(about(compared)))
    for pair in compared.pairs:
        blocks.append(list(_pair(compared, pair)))
        if with_others and (others := compared.others[pair]):
            title = f"without a verdict, intervals at {_percent(compared.confidence)} each"
            blocks.append([title, *aligned(table(compared, pair, others))])
    blocks.append(list(_wrapped(remarks_on_all(compared, with_others=with_others))))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def first_line(compared: Compared, pair: Pair) -> str:
    """Return how many verdicts of each kind there are on a case: the first line of the text."""
    one, two = (compared.labels[place] for place in pair)
    of_pair = compared.verdicts[pair]
    if compared.is_single:
        return f"{two} against {one}, one run each: no intervals"
    counts = Counter(found.verdict for found in of_pair.values())
    told = ", ".join(f"{counts[verdict]} {WORDS[verdict]}" for verdict in WORDS if counts[verdict])
    return f"{two} against {one}, {_runs(compared, pair)}: {told or 'no measure that both have'}"


def about(compared: Compared) -> Iterator[str]:
    """Yield what the cases are, and what varies in their runs."""
    study = compared.study
    for label, case, origin in zip(compared.labels, study.cases, compared.origins, strict=True):
        overrides = "".join(f" --set {one}" for one in case.case.overrides)
        seed = f", seed {case.runs[0].seed}" if compared.is_single else ""
        source = f" ({origin}{overrides}{seed})" if origin else ""
        yield f"{label}: {case.name}{source}"
    if not compared.is_single:
        varies = {
            label: words(what_varies(case.case.scenario))
            for label, case in zip(compared.labels, study.cases, strict=True)
        }
        yield f"seed {study.seed}; {varies[compared.labels[0]]}"
        for label, what in varies.items():
            if what != varies[compared.labels[0]]:
                yield f"{label}: {what}"
    if all(found.only == ALWAYS for found in compared.pairings.values()):
        yield f"One run each: {ALWAYS}."
    if study.is_interrupted:
        yield "Interrupted: the numbers are of the runs that there are."


def heads(compared: Compared, pair: Pair, *, level: float) -> tuple[str, ...]:
    """Return what stands above the columns of `table`."""
    one, two = (compared.labels[place] for place in pair)
    difference = f"{two} - {one}"
    if compared.is_single:
        return ("", one, two, difference, "ratio")
    interval = f"{_percent(level)} interval"
    return ("", "verdict", one, two, difference, interval, "ratio", "p", "variance factor")


def table(
    compared: Compared, pair: Pair, shown: Mapping[Measure, Comparison]
) -> list[tuple[str, ...]]:
    """Return the heads of the columns, and a row a measure."""
    is_family = shown is compared.verdicts[pair]
    level = compared.level if is_family else compared.confidence
    rows = [_row(compared, pair, measure, found, is_family) for measure, found in shown.items()]
    return [heads(compared, pair, level=level), *rows]


def remarks(compared: Compared, pair: Pair) -> Iterator[str]:
    """Yield what is to be borne in mind with the verdicts of a pair, a sentence each."""
    for measure, found in compared.verdicts[pair].items():
        name = short_name(measure)
        if found.verdict == "no_difference_found" and found.half_width is not None:
            half = _half_width(found)
            yield f"{name}: no difference found; the interval reaches {half} to either side."
        elif found.verdict == "undecided" and not compared.is_single:
            yield f"{name}: undecided, {found.why}{_needed(found)}."
        elif found.difference.value is None and found.difference.refused:
            by_sign = ", so that the verdict is by which of the two runs ended"
            yield f"{name}: {found.difference.refused}{by_sign if found.verdict else ''}."
        if found.apart is not None:
            yield f"{name}, over the other pairs: {_with_interval(found.apart)}, without a verdict."
        if found.dropped.beyond_in_both:
            count = runs_in_words(found.dropped.beyond_in_both)
            yield f"{name}: beyond every value in both cases in {count}, which are left out."
        if found.dropped.none:
            count = runs_in_words(found.dropped.none)
            yield f"{name}: nothing to measure in {count}, which are left out."
    for place, streams in zip(pair, compared.unpaired(pair), strict=True):
        if streams:
            yield f"Only {compared.labels[place]} draws {', '.join(streams)}: not paired."


def remarks_on_all(compared: Compared, *, with_others: bool) -> Iterator[str]:
    """Yield what holds for all pairs, a sentence each."""
    for without in dict.fromkeys(compared.missing.values()):
        shown = [short_name(one) for one, labels in compared.missing.items() if labels == without]
        yield f"No measure of {' and '.join(without)}: {', '.join(shown)}."
    if compared.quantile_relative_error:
        error = _percent(compared.quantile_relative_error)
        yield f"A run kept its summary alone: quantiles of requests are off by up to {error}."
    if not compared.is_single:
        yield from _on_errors(compared)
    if compared.left_out:
        names = ", ".join(short_name(one) for one in compared.left_out[:3])
        more = "" if len(compared.left_out) <= 3 else ", ..."
        yield (
            f"Without a verdict, since {len(compared.family)} measures share the error already: "
            f"{names}{more}; ask with --of."
        )
    count = max((len(others) for others in compared.others.values()), default=0)
    if count and not with_others:
        yield f"{count:,} other measures have no verdict: --all lists them."


def _on_errors(compared: Compared) -> Iterator[str]:
    if all(found.only for found in compared.pairings.values()):
        return
    if compared.tests > 1:
        yield (
            f"{compared.tests} comparisons share an error of "
            f"{_percent(1 - compared.confidence)}: intervals of differences are at "
            f"{_percent(compared.level)}, and p is multiplied by {compared.tests}."
        )
    pairs = min(found.rows[0].size for found in compared.pairings.values() if not found.only)
    if pairs:
        told = rare(pairs)
        yield f"{told[:1].upper()}{told[1:]}."


def _pair(compared: Compared, pair: Pair) -> Iterator[str]:
    found = compared.verdicts[pair]
    if len(compared.pairs) > 1:
        yield f"{compared.labels[pair[1]]} against {compared.labels[pair[0]]}"
    if found:
        yield from aligned(table(compared, pair, found))
    yield from _wrapped(remarks(compared, pair))


def _row(
    compared: Compared,
    pair: Pair,
    measure: Measure,
    found: Comparison,
    is_family: bool,  # noqa: FBT001 - private, and one call
) -> tuple[str, ...]:
    cases = (compared.study.estimate_of(measure, place).number for place in pair)
    means = tuple(number_words(as_told(number)) for number in cases)
    name = f"{short_name(measure)}{unit_beside(measure)}"
    difference = number_words(as_told(found.difference))
    ratio = NONE if found.ratio is None else f"{found.ratio:.3g}"
    if compared.is_single:
        return (name, *means, difference, ratio)
    return (
        name,
        WORDS[found.verdict] if is_family else "",
        *means,
        difference,
        interval_words(as_told(found.difference)),
        ratio,
        _p_value(found.p_value),
        _factor(found.variance_factor),
    )


def _half_width(found: Comparison) -> str:
    number = found.difference.model_copy(update={"value": found.half_width})
    return number_words(as_told(number))


def _factor(number: Number) -> str:
    """Return a factor of variance to three digits: runs that are saved are no reason for more."""
    if number.value is None:
        return NONE
    if number.low is None or number.high is None:
        return f"{number.value:.3g}"
    return f"{number.value:.3g} ({number.low:.3g} to {number.high:.3g})"


def _with_interval(number: Number) -> str:
    told = as_told(number)
    if number.low is None and number.high is None:
        return number_words(told)
    return f"{number_words(told)} ({interval_words(told)})"


def _p_value(p_value: float | None) -> str:
    if p_value is None:
        return NONE
    return f"<{LEAST_P:.4f}" if p_value < LEAST_P else f"{p_value:.2g}"


def _needed(found: Comparison) -> str:
    needed = found.runs_needed
    if needed is None or f" {needed:,} " in f"{found.why} ":
        return ""
    return f"; about {needed:,} runs would decide"


def _runs(compared: Compared, pair: Pair) -> str:
    one, two = (len(compared.study.cases[place].runs) for place in pair)
    if one == two:
        return "1 run each" if one == 1 else f"{one:,} runs each"
    return f"{two:,} against {one:,} runs"


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.4g} %"


def _wrapped(sentences: Iterator[str], indent: str = "  ") -> Iterator[str]:
    return chain.from_iterable(
        wrapped(sentence, first=indent, rest=f"{indent}  ") for sentence in sentences
    )
