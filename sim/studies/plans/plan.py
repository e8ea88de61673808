"""A plan: what an event will do, from arithmetic where that decides, else from many runs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from typing_extensions import override

from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import load_scenario
from sim.studies.answers.case_runs import CaseRuns
from sim.studies.estimates.words import rare
from sim.studies.plans.helps import helps_by_runs
from sim.studies.plans.judging import SLOWER, Judgement, Subject, judged
from sim.studies.plans.ladders import Ground, Symptoms, ladders
from sim.studies.plans.plan_report import PlanReport
from sim.studies.plans.prepared import Prepared, prepared
from sim.studies.plans.sides import differences_of, side_of, stall_probability, stalled_on
from sim.studies.plans.trials import Trials
from sim.studies.runs.local import require_workers
from sim.studies.runs.sampling import Progress, Sampling, sampled
from sim.studies.runs.seeds import RUNS
from sim.studies.runs.store import Store


@dataclass(frozen=True)
class Plan:
    """A verdict on an event, with what it rests on.

    Attributes:
        report: Everything as attributes; `model_dump(mode="json")` is what `--format json` prints.
    """

    report: PlanReport

    def _repr_markdown_(self) -> str:
        """Return what a notebook shows: what a pull request is told."""
        from sim.text.plan_markdown import plan_markdown  # noqa: PLC0415 - only a notebook asks

        return plan_markdown(self.report)

    @override
    def __repr__(self) -> str:
        report = self.report
        return f"<Plan of {report.name}: {report.verdict}, {report.why}>"


def plan(
    scenario: Scenario | str | Path,
    put: str | Path | Mapping[str, Any] | None = None,
    *,
    deployment: str | None = None,
    event: int | None = None,
    at_s: float | None = None,
    runs: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    store: str | Path | Store | None = None,
    helps: bool = True,
    progress: Progress | None = None,
) -> Plan:
    """Return what an event of a scenario's timeline will do, or a PUT that is put into it.

    The same scenario, event, seed and versions give the same plan, with any number of workers.

    Args:
        scenario: As `sim.load_scenario` returns it, or the file.
        put: The body of a PUT or its file; None: a replace or publish of the timeline is planned.
        deployment: The name of the deployment; needed for a PUT where there are several.
        event: Which of the replace and publish events, from 1; needed where there are several.
        at_s: When the PUT comes; None: at the first change of the deployment in the timeline, or
            after a quarter of the measured time.
        runs: How many with the event and how many without; None: 30, and none where arithmetic
            decides.
        seed: Instead of the scenario's own.
        workers: Processes that make the runs: 1 is this process; by default as many as cores.
            From a script, more than 1 takes `if __name__ == "__main__":` around the call.
        store: An SQLite file that remembers the runs; made where there is none.
        helps: Whether to look for what mends an event that does not work.
        progress: Called with how many runs there are, and how many are wanted.

    Raises:
        ScenarioError: A file cannot be used; there is no such event, deployment or instant, or
            there are several and none is named.
        ValueError: Fewer than 1 run or worker.
    """
    if runs is not None and runs < 1:
        raise ValueError(f"runs must be at least 1, not {runs}")
    require_workers(workers)
    loaded = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    ready = prepared(loaded, put, deployment=deployment, event=event, at_s=at_s)
    if not ready.needs_runs(runs):
        return Plan(ready.report(seed, with_helps=helps))
    with sampled(workers=workers, store=store, progress=progress, with_series=True) as sampling:
        planning = Planning(ready, sampling, runs=runs or RUNS, seed=seed)
        report = planning.report()
        return Plan(planning.with_helps(report) if helps else report)


class Planning:
    """A plan that is being made from runs."""

    def __init__(
        self,
        ready: Prepared,
        sampling: Sampling,
        *,
        runs: int,
        seed: int | None = None,
    ) -> None:
        """Make nothing yet.

        Args:
            ready: The event, which no rule refuses.
            sampling: What makes the runs; its store remembers both sides.
            runs: How many of each side.
            seed: Instead of the scenario's own.

        Raises:
            ValueError: A rule refuses the event.
        """
        if ready.planned is None:
            raise ValueError("an event that a rule refuses is not run")
        self._ready = ready
        self._planned = ready.planned
        self._seed = ready.scenario.seed if seed is None else seed
        self._subject = Subject(ready.deployment.name, self._planned.number, ready.effect)
        self._trials = Trials(sampling, self._planned, self._subject, seed=self._seed, runs=runs)
        sampling.note(self._trials.cases(), seed=self._seed, runs=runs)
        self._symptoms: Symptoms = ready.symptoms

    def report(self) -> PlanReport:
        """Return the plan without helps; after an interrupt it is of the runs that there are."""
        now, then = self._trials.sides()
        known = self._ready.report(self._seed, with_helps=False).model_copy(
            update={"interrupted": self._trials.is_interrupted}
        )
        if not now.runs or not then.runs:
            if self._ready.decided is not None:
                return known
            return known.model_copy(update={"why": "no run was made, so that nothing is known"})
        found = judged(now, then, self._subject)
        self._symptoms = self._seen(found, then)
        update: dict[str, object] = {
            "now": side_of(now, self._subject, has_event=False),
            "then": side_of(then, self._subject, has_event=True),
            "difference": differences_of(found.comparisons),
            "cautions": [] if found.is_certain else [_sentence(rare(len(then.runs)))],
        }
        if self._subject.effect == "rollout":
            update["stall_probability"] = stall_probability(then, self._subject)
            stalled = stalled_on(self._planned.then, then, self._subject)
            update["stalled_on"] = stalled or known.stalled_on
        if self._ready.decided is None:
            update |= {
                "verdict": found.verdict,
                "why": "; ".join(found.troubles.values()) or _why_it_works(then, self._subject),
                "decided_by": "runs",
            }
        return known.model_copy(update=update)

    def with_helps(self, report: PlanReport) -> PlanReport:
        """Return the plan with the changes that mend the event, if it is to be mended."""
        if report.verdict not in {"RISKY", "NEVER"} or report.interrupted:
            return report
        ground = Ground(self._planned, self._ready.effect)
        helps = helps_by_runs(
            ground,
            ladders(ground, self._symptoms),
            self._trials,
            (report.verdict, report.why),
        )
        if self._trials.is_interrupted:
            return report.model_copy(update={"interrupted": True})
        return report.model_copy(update={"helps": list(helps)})

    def _seen(self, found: Judgement, then: CaseRuns) -> Symptoms:
        """Return what the runs show of what went wrong."""
        by_arithmetic = self._ready.symptoms
        troubles = found.troubles.keys()

        def is_in_a_run(*steps: str) -> bool:
            return bool((then.sample(self._subject.measure(then, *steps)).values > 0).any())

        return replace(
            by_arithmetic,
            waits=by_arithmetic.waits or bool(troubles & {"unfinished", "stalled"}),
            lacks=bool(troubles & {"fails", "slow"}),
            at_max=is_in_a_run("scaling", "at_max_s"),
            out_of_memory=by_arithmetic.out_of_memory
            or is_in_a_run("attempts", "lost", "out_of_memory", "count"),
        )


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _why_it_works(then: CaseRuns, subject: Subject) -> str:
    """Return what speaks for an event that works, and what users feel meanwhile."""
    total = len(then.runs)
    runs = "the one run" if total == 1 else f"all {total:,} runs"
    if subject.effect != "rollout":
        return f"no more requests fail than without it, in {runs}"

    def middle(*steps: str) -> float:
        values = then.sample(subject.of_rollout(then, *steps)).finite
        return float(np.median(values)) if values.size else np.nan

    before, during = middle("before", "response_s", "p99"), middle("during", "response_s", "p99")
    meanwhile = ""
    if during > SLOWER * before:
        meanwhile = f"; meanwhile the p99 response is {during:.3g} s, {before:.3g} s before"
    return f"the rollout is full in {runs} and none stalls{meanwhile}"
