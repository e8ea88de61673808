"""Who waited in resource queues, in words: for what, behind whom, held by whom, until what."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Final

from sim.reasons import Reason
from sim.results.holder_words import holders_in_words
from sim.results.report import DeploymentReport, Report
from sim.results.waits import Behind, Needs, NeverFitsFigures, QueueWait
from sim.spans import span
from sim.text.layout import wrapped
from sim.text.wall_clock import Instants

TOLD_AT_MOST: Final = 6
"""Sentences about waits in one queue: those that can never end, then the longest."""


def lines(report: Report, instants: Instants) -> list[str]:
    """Return who waited in each queue, but for the replicas of which a rollout's stall tells."""
    found: list[str] = []
    for queue in report.queues:
        waits = [wait for wait in queue.waits if not _is_told(wait, report.deployments)]
        together = _together(waits)
        together.sort(key=lambda group: _weight(group, instants.horizon_s), reverse=True)
        told, others = together[:TOLD_AT_MOST], together[TOLD_AT_MOST:]
        for group in sorted(told, key=lambda group: group[0].since_s):
            found += wrapped(" ".join(_wait(group, instants)), rest="  ")
        if others:
            longest_s = max(
                _length_s(wait, instants.horizon_s) for group in others for wait in group
            )
            found += wrapped(
                f"In queue {queue.name} {_counted(others)} waited too, {span(longest_s)} at most."
            )
    return found


def can_never_fit(never_fits: NeverFitsFigures) -> str:
    """Return what can never fit: "asks for 8 cores of queue q, whose largest limit is 6 cores"."""
    unit = never_fits.unit
    asked = _amount(never_fits.asked, unit, never_fits.resource)
    largest = _amount(never_fits.largest_limit, unit, never_fits.gpu_type)
    return f"asks for {asked} of queue {never_fits.queue}, whose largest limit is {largest}"


def needed(needs: Needs) -> str:
    """Return what is needed of which queue, and what of it is free."""
    resource = "any GPU" if needs.any_type else needs.gpu_type
    asked = f"{_amount(needs.amount, needs.unit, resource)} of queue {needs.queue}"
    of_type = f" {needs.gpu_type}" if needs.any_type else ""
    if needs.amount > needs.limit:
        return f"{asked}, above its limit of {needs.limit:g}{of_type}"
    free = f"{needs.free:g} of {needs.limit:g}{of_type} free"
    return f"{asked}, though {free}" if needs.amount <= needs.free else f"{asked}, {free}"


def _amount(number: float, unit: str, resource: str | None) -> str:
    """Return so many cores, or GPUs of the type `resource`, or of "any GPU"."""
    noun = unit if number != 1 else unit.removesuffix("s")
    if unit == "cores" or resource is None:
        return f"{number:g} {noun}"
    return (
        f"{number:g} {noun} of one type"
        if resource == "any GPU"
        else f"{number:g} {resource} {noun}"
    )


def who(replica: Behind) -> str:
    """Return which replica: of which deployment, of which revision."""
    return f"replica {replica.replica} of {replica.deployment} revision {replica.revision}"


def _is_told(wait: QueueWait, deployments: Sequence[DeploymentReport]) -> bool:
    """Whether a rollout says why these replicas waited: that it stalled, or can never fit."""
    return any(
        own.since_s == wait.since_s and own.replicas == wait.replicas
        for deployment in deployments
        if deployment.name == wait.deployment
        for rollout in deployment.rollouts
        if rollout.new_revision == wait.revision
        if rollout.stalls or rollout.never_fits
        for own in rollout.waited_for
    )


AS_INSTANTS_S: Final = 60.0
"""The ends of waits of this length or more are told as instants, shorter ones by their length."""

Group = list[QueueWait]
"""Waits that began together, of replicas of one revision, for the same cause."""


def _together(waits: Sequence[QueueWait]) -> list[Group]:
    """Return waits that are told in one sentence; who stands behind its own kind joins them."""

    def key(wait: QueueWait) -> tuple[float, str, int, str, bool]:
        behind = wait.behind
        is_own = behind is not None and (behind.deployment, behind.revision) == (
            wait.deployment,
            wait.revision,
        )
        foreign = None
        if behind is not None and not is_own:
            foreign = (behind.deployment, behind.revision, behind.replica)
        never = wait.never_fits is not None
        return (wait.since_s, wait.deployment, wait.revision, str(foreign), never)

    return [list(group) for _, group in groupby(sorted(waits, key=key), key)]


def _length_s(wait: QueueWait, horizon_s: float) -> float:
    until_s = horizon_s if wait.until_s is None else wait.until_s
    return until_s - wait.since_s


def _weight(group: Group, horizon_s: float) -> tuple[bool, float]:
    is_hopeless = group[0].code is Reason.NEVER_FITS
    return is_hopeless, max(_length_s(wait, horizon_s) for wait in group)


def _wait(group: Group, instants: Instants) -> Iterator[str]:
    """Yield what there is to say of some waits that began together."""
    first = group[0]
    subject = f"{_replicas(group)} of {first.deployment} revision {first.revision}"
    if first.never_fits is not None and first.code is Reason.NEVER_FITS:
        yield f"{subject} can never fit: {_each(group)}{can_never_fit(first.never_fits)}."
        yield f"It stood in line {_while(group, instants)}."
        return
    yield (
        f"{subject} waited {_while(group, instants)} for {needed(first.needs)}"
        f"{_behind(first)}{_held(first)}."
    )
    ends = {wait.freed_by.words: None for wait in group if wait.freed_by is not None}
    if ends:
        yield f"What ended it: {'; '.join(ends)}."


def _replicas(group: Group) -> str:
    numbers = sorted(number for wait in group for number in wait.replicas)
    return f"Replica{'s' if len(numbers) > 1 else ''} {_ranges(numbers)}"


def _ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers in the form "1, 4 to 6"."""
    breaks = [i for i, (a, b) in enumerate(pairwise(numbers), start=1) if b != a + 1]
    runs = [numbers[start:end] for start, end in pairwise([0, *breaks, len(numbers)])]
    joint = {1: "", 2: ", "}
    return ", ".join(
        str(run[0]) if len(run) == 1 else f"{run[0]}{joint.get(len(run), ' to ')}{run[-1]}"
        for run in runs
    )


def _each(group: Group) -> str:
    return "each " if sum(len(wait.replicas) for wait in group) > 1 else "it "


def _while(group: Group, instants: Instants) -> str:
    """Return when: from one instant to another, or how long from one on."""
    since_s = group[0].since_s
    since = instants.say(since_s)
    ends = sorted({wait.until_s for wait in group if wait.until_s is not None})
    if len(ends) < len({wait.until_s for wait in group}):
        return f"from {since} to the end of the run{', some of them less,' if ends else ''}"
    shortest, longest = (span(end_s - since_s) for end_s in (ends[0], ends[-1]))
    if shortest != longest:
        return f"{shortest} to {longest} from {since} on"
    if ends[-1] - since_s < AS_INSTANTS_S:
        return f"{longest} from {since} on"
    return f"from {since} to {instants.say(ends[-1])}"


def _behind(wait: QueueWait) -> str:
    behind = wait.behind
    if behind is None:
        return ""
    words = f", behind {who(behind)}"
    if wait.behind_in_turn is not None:
        words += f", itself behind {who(wait.behind_in_turn)}"
    if wait.never_fits is not None:
        return f"{words}, which can never fit: it {can_never_fit(wait.never_fits)}"
    return f"{words}, which needed {needed(wait.short)}"


def _held(wait: QueueWait) -> str:
    if not wait.held_by:
        return ""
    left_out = wait.holders_left_out
    others = f" and {left_out} more" if left_out else ""
    return f"; held by {holders_in_words(wait.held_by)}{others}"


def _counted(groups: Sequence[Group]) -> str:
    count = sum(len(wait.replicas) for group in groups for wait in group)
    return "1 more replica" if count == 1 else f"{count} more replicas"
