"""Distributions against their closed forms, and the rules that make draws repeatable.

Statistical tests say how sure they are: a right law fails one reseeding in a million (z = 5), and a
law whose mean is 2 % off, or whose variance is 10 % off, cannot pass; both are shown below.
"""

import ast
import inspect
import math
from collections.abc import Callable

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from sim.random import stream
from sim.scenario.models import distributions, samples
from sim.scenario.models.distributions import (
    Constant,
    Distribution,
    Exponential,
    Gamma,
    Lognormal,
    Uniform,
    Weibull,
    gamma_shape,
    weibull_shape,
)
from sim.scenario.models.samples import Empirical
from sim.units import Bytes, Seconds

Z = 5.0
MEAN_RESOLUTION = 0.01
VARIANCE_RESOLUTION = 0.05
DRAWS = 400_000

Law = Distribution[float] | Distribution[int]

LAWS: dict[str, Law] = {
    "constant": Constant[Seconds](value=0.25),
    "exponential": Exponential[Seconds](mean_value=0.04),
    "uniform": Uniform[Seconds](low=1.0, high=3.0),
    "lognormal": Lognormal[Seconds](mean_value=2.0, cv=0.7),
    "gamma": Gamma[Seconds](mean_value=3.0, cv=0.6),
    "gamma above 1": Gamma[Seconds](mean_value=3.0, cv=1.2),
    "weibull": Weibull[Seconds](mean_value=0.5, cv=0.8),
    "weibull by shape": Weibull[Seconds](shape=1.7, scale=0.5),
    "empirical": Empirical[Seconds](values=(1.0, 1.0, 4.0, 0.5)),
    "bytes": Gamma[Bytes](mean_value=4096, cv=0.5),
}
"""One of each law, and both quantities."""

CDFS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "exponential": scipy.stats.expon(scale=0.04).cdf,
    "uniform": scipy.stats.uniform(1.0, 2.0).cdf,
    "lognormal": scipy.stats.lognorm(
        math.sqrt(math.log(1 + 0.49)), scale=2.0 / math.sqrt(1 + 0.49)
    ).cdf,
    "gamma": scipy.stats.gamma(1 / 0.36, scale=3.0 * 0.36).cdf,
    "weibull by shape": scipy.stats.weibull_min(1.7, scale=0.5).cdf,
}
"""The laws' distribution functions from another source, by parameters worked out here."""


def draws(law: Law, *, n: int = DRAWS) -> NDArray[np.float64]:
    """Return *n* draws from a stream of the test's own."""
    return law.sample(stream(7, f"test of {type(law).__name__}"), n)


def off_by_z(sample: NDArray[np.float64], want: float, resolution: float) -> float:
    """Return how many standard errors the mean of *sample* is from *want*.

    Fails where the sample is too small to tell *want* from what is *resolution* off.
    """
    error = float(sample.std(ddof=1)) / math.sqrt(sample.size)
    assert Z * error <= resolution * want, "too few draws to conclude anything"
    return abs(float(sample.mean()) - want) / error if error else float(sample.mean() != want)


@pytest.mark.parametrize("name", LAWS)
def test_the_sample_has_the_closed_forms_mean_and_variance(name: str) -> None:
    """Within 5 standard errors, which are at most 1 % of the mean and 5 % of the variance."""
    law = LAWS[name]
    sample = draws(law)
    assert off_by_z(sample, law.mean, MEAN_RESOLUTION) < Z
    if law.variance:
        squares = (sample - law.mean) ** 2
        assert off_by_z(squares, law.variance, VARIANCE_RESOLUTION) < Z


@pytest.mark.parametrize("name", [name for name, law in LAWS.items() if law.variance])
def test_a_law_that_is_slightly_off_would_be_found(name: str) -> None:
    """A mean 2 % longer, or a variance 10 % larger, fails the test above."""
    law = LAWS[name]
    sample = draws(law)
    assert off_by_z(sample * 1.02, law.mean, 1.0) > Z
    spread = law.mean + (sample - law.mean) * math.sqrt(1.1)
    assert off_by_z((spread - law.mean) ** 2, law.variance, 1.0) > Z


@pytest.mark.parametrize("name", CDFS)
def test_the_sample_follows_the_law(name: str) -> None:
    """Kolmogorov and Smirnov find nothing at one in ten thousand, and do find a 2 % stretch."""
    sample = draws(LAWS[name], n=150_000)
    assert scipy.stats.kstest(sample, CDFS[name]).pvalue > 1e-4
    assert scipy.stats.kstest(sample * 1.02, CDFS[name]).pvalue < 1e-4


@pytest.mark.parametrize("name", LAWS)
@given(a=st.integers(0, 70), b=st.integers(0, 70), seed=st.integers(0, 2**32))
def test_draws_do_not_depend_on_the_size_of_blocks(name: str, a: int, b: int, seed: int) -> None:
    """Drawing a and then b is drawing a + b, to the last bit."""
    law = LAWS[name]
    rng = stream(seed, "blocks")
    parts = np.concatenate([law.sample(rng, a), law.sample(rng, b)])
    whole = law.sample(stream(seed, "blocks"), a + b)
    assert parts.tobytes() == whole.tobytes()
    assert whole.dtype == np.float64
    assert whole.shape == (a + b,)


@pytest.mark.parametrize("name", LAWS)
def test_draws_are_finite_and_not_negative(name: str) -> None:
    """No law makes a duration that is no duration."""
    sample = draws(LAWS[name])
    assert np.isfinite(sample).all()
    assert (sample >= 0).all()


@given(st.floats(distributions.MIN_CV, distributions.MAX_CV))
def test_the_weibull_shape_has_the_cv_that_was_asked_for(cv: float) -> None:
    """The shape found by bisection gives back the cv, by the closed form of the moments."""
    shape = weibull_shape(cv)
    log_moments = math.lgamma(1 + 2 / shape) - 2 * math.lgamma(1 + 1 / shape)
    assert math.sqrt(math.expm1(log_moments)) == pytest.approx(cv, rel=1e-6)


def test_both_ways_to_give_a_weibull_agree() -> None:
    """Mean and cv, worked out from a shape and a scale, give that shape and scale back."""
    by_parameters = Weibull[Seconds](shape=0.7, scale=2.0)
    cv = math.sqrt(by_parameters.variance) / by_parameters.mean
    by_moments = Weibull[Seconds](mean_value=by_parameters.mean, cv=cv)
    assert by_moments.parameters == pytest.approx((0.7, 2.0), rel=1e-10)
    assert by_moments.variance == pytest.approx(by_parameters.variance, rel=1e-12)


def test_an_exponential_is_the_gamma_and_the_weibull_of_cv_1() -> None:
    """At cv 1 both have shape 1."""
    assert gamma_shape(1.0) == 1.0
    assert weibull_shape(1.0) == 1.0


@given(st.floats(0.01, 100), st.floats(1e-6, 1e6))
def test_derived_parameters_have_twelve_digits(cv: float, mean_s: float) -> None:
    """What comes from a logarithm or a gamma function is rounded, whatever its last bits were."""
    shape, scale = Weibull[Seconds](mean_value=mean_s, cv=cv).parameters
    for value in (shape, scale, gamma_shape(cv)):
        assert value == float(f"{value:.12g}")


def test_lognormal_parameters_are_rounded_before_they_are_used() -> None:
    """The generator is given mu and sigma at 12 digits: the draws are those of rounded numbers."""
    law = Lognormal[Seconds](mean_value=2.0, cv=0.7)
    sigma = math.sqrt(math.log(1.49))
    mu = math.log(2.0) - sigma**2 / 2
    rounded = stream(3, "x").lognormal(float(f"{mu:.12g}"), float(f"{sigma:.12g}"), 100)
    np.testing.assert_array_equal(law.sample(stream(3, "x"), 100), rounded)


@pytest.mark.parametrize("module", [distributions, samples])
def test_nothing_but_generator_draws_and_arithmetic_on_arrays(module: object) -> None:
    """No transcendental function of numpy: its last bits depend on the processor."""
    allowed = {"random", "ndarray", "float64", "int64", "array", "floor", "flatnonzero"}
    allowed |= {"asarray", "broadcast_to", "empty", "frombuffer", "full"}
    tree = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]  # a module
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "np"
    }
    assert used <= {*allowed, "isfinite"}


@pytest.mark.parametrize(
    ("law", "arguments"),
    [
        (Constant[Seconds], {"value": -1.0}),
        (Constant[Seconds], {"value": math.inf}),
        (Constant[Seconds], {"value": math.nan}),
        (Exponential[Seconds], {"mean_value": 0.0}),
        (Uniform[Seconds], {"low": 2.0, "high": 1.0}),
        (Lognormal[Seconds], {"mean_value": 1.0, "cv": 0.0}),
        (Gamma[Seconds], {"mean_value": 1.0, "cv": 101.0}),
        (Weibull[Seconds], {"mean_value": 1.0}),
        (Weibull[Seconds], {"mean_value": 1.0, "cv": 1.0, "shape": 1.0, "scale": 1.0}),
        (Weibull[Seconds], {"mean_value": 1.0, "scale": 1.0}),
        (Weibull[Seconds], {}),
        (Gamma[Bytes], {"mean_value": 0.5, "cv": 1.0}),
    ],
)
def test_a_law_of_impossible_parameters_is_refused(
    law: type[Law], arguments: dict[str, float]
) -> None:
    """Negative, infinite, contradictory or missing parameters make no distribution."""
    with pytest.raises(ValidationError):
        law(**arguments)
