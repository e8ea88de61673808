"""All requests of all runs together: the percentiles of the response times of a deployment."""

from collections.abc import Collection

from sim.results.measures import Measure
from sim.results.metrics import QUANTILES
from sim.studies.answers.case_runs import CaseRuns
from sim.studies.estimates.number import Number
from sim.studies.estimates.pooled import pooled_of
from sim.studies.runs.counted import together


def pooled(
    runs: CaseRuns, percentiles: Collection[str] = tuple(QUANTILES), confidence: float = 0.95
) -> dict[Measure, Number]:
    """Return the percentiles of the requests of all runs, beside those of a typical run.

    A run counts by its requests: the requests are those that a run's own percentile is of.

    Args:
        runs: Of a case, with their counts; there is nothing to return where those were not kept.
        percentiles: Which of `QUANTILES`.
        confidence: Of each interval.

    Returns:
        A number for each measure that is a percentile of the response times of a deployment as a
        whole. Its value is the upper edge of a bin of `sim.studies.runs.counted`, so at most 1.6 %
        too high, and the interval is widened to such edges.
    """
    if not runs.runs or not all(run.counted for run in runs.runs):
        return {}
    found = {}
    for place, deployment in enumerate(runs.case.scenario.deployments):
        counts, edges_s = together([run.counted[place] for run in runs.runs])
        for measure in runs.case.measures:
            _, name, *steps = measure.steps
            if name == deployment.name and is_pooled(measure) and steps[1] in percentiles:
                found[measure] = pooled_of(
                    counts, edges_s, QUANTILES[steps[1]], unit=measure.unit, confidence=confidence
                )
    return found


def is_pooled(measure: Measure) -> bool:
    """Return whether a measure is a percentile of the response times of a whole deployment."""
    kind, _, *steps = measure.steps
    return kind == "deployments" and steps[:1] == ["response_s"] and steps[1] in QUANTILES
