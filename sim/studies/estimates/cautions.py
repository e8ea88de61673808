"""The sentences that stand under an estimate: what its interval does not say."""

import numpy as np

from sim.studies.estimates.means import no_joint_mean
from sim.studies.estimates.measured import POOLED, SKEWED_MEANS, WRONG_PASSES
from sim.studies.estimates.rounding import is_constant
from sim.studies.estimates.sample import Floats, Sample
from sim.studies.estimates.words import rare

SKEWED = 1.0
"""The skewness above which the measured coverage is printed; an exponential law has 2."""


def cautions(sample: Sample) -> tuple[str, ...]:
    """Return what stands under the mean of a sample; nothing where no mean is given.

    Always what so many runs may not have shown. Beside a skewed sample also what was measured of
    intervals of such laws, by the largest number of runs in the table that the sample reaches.
    """
    if sample.is_yes_no or no_joint_mean(sample) is not None:
        return ()
    said = [rare(sample.runs)]
    if sample.runs >= min(SKEWED_MEANS) and abs(skew := skewness(sample.values)) > SKEWED:
        runs = max(count for count in SKEWED_MEANS if count <= sample.runs)
        laws = ", ".join(f"{held:.2f} ({law})" for law, held in SKEWED_MEANS[runs].items())
        said.append(
            f"skewness {skew:.1f}: at {runs} runs of skewed values, intervals of 0.95 held the "
            f"mean in {laws}"
        )
    return tuple(said)


def under_a_pooled_percentile() -> tuple[str, ...]:
    """Return what stands under a pooled percentile: the coverage that was measured."""
    held = " and ".join(f"{share:.2f} ({name})" for name, share in POOLED.items())
    return (f"intervals of 0.95 held a pooled percentile in {held} of the samples of 30 runs",)


def under_a_limit_of_a_mean(runs: int) -> tuple[str, ...]:
    """Return what stands under the decision on a mean: how often it passes at the very limit.

    Args:
        runs: Of the sample; the table has 30 and 300, and the nearest below is printed.
    """
    sizes = WRONG_PASSES["normal"]
    size = max((count for count in sizes if count <= runs), default=min(sizes))
    laws = ", ".join(f"{errors[size]:.2f} ({law})" for law, errors in WRONG_PASSES.items())
    return (f"at {size} runs, a mean just at its limit passed wrongly in {laws}",)


def skewness(values: Floats) -> float:
    """Return the skewness of the sample, 0 if all values are equal.

    Args:
        values: Shape `(runs,)`, finite.

    Source: the third moment of the standardised values, with the variance of n.
    """
    if is_constant(values):
        return 0.0
    centred = (values - values.mean()) / values.std()
    return float(np.mean(centred**3))
