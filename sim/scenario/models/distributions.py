"""Distributions that draw: constant, exponential, uniform, lognormal, gamma, Weibull.

Each knows its mean and variance in closed form, in SI. Between generator and sample stand only
Generator draws and ``+ - * /``: parameters that need a logarithm or a gamma function are derived
once and rounded to 12 significant digits, so that the last bits of a maths library do not show.
They are done in place: a day of requests is hundreds of megabytes, held once.
Draws are sequential: ``sample(rng, a)`` then ``sample(rng, b)`` are ``sample(rng, a + b)``.

Samples and sequences are in `sim.scenario.models.samples`; which quantity takes which distribution
is decided in `sim.scenario.models.quantities`.
"""

import math
from abc import abstractmethod
from typing import Annotated, Any, Final, Generic, Literal, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    Strict,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError
from typing_extensions import override

from sim.scenario.models.spec import Spec
from sim.units import FileForm

Q = TypeVar("Q", bound=float)
"""The quantity that is drawn: `sim.units.Seconds`, `sim.units.Bytes`, or a factor without unit."""

MIN_CV: Final = 0.001
MAX_CV: Final = 100.0

Cv = Annotated[float, Strict(), Field(ge=MIN_CV, le=MAX_CV)]
"""Coefficient of variation: standard deviation over mean."""

Shape = Annotated[float, Strict(), Field(ge=0.05, le=1000)]


def rounded(value: float) -> float:
    """Return *value* at 12 significant digits."""
    return float(f"{value:.12g}")


class QuantitySpec(Spec, Generic[Q]):
    """A model of one quantity, named after it."""

    @classmethod
    @override
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Give the model of a quantity the docstring of its law."""
        super().__pydantic_init_subclass__(**kwargs)
        origin = cls.__pydantic_generic_metadata__["origin"]
        if origin is not None:
            cls.__doc__ = origin.__doc__

    @classmethod
    @override
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """Return the class's name for a quantity, such as ``ConstantSeconds``."""
        forms = [
            form for form in getattr(params[0], "__metadata__", ()) if isinstance(form, FileForm)
        ]
        return cls.__name__ + (forms[-1].name if forms else "")

    @classmethod
    def unit_size(cls, unit: str) -> float:
        """Return how many seconds or bytes one *unit* is.

        Raises:
            PydanticCustomError: It is no unit of the model's quantity.
        """
        quantity = cls.__pydantic_generic_metadata__["args"][0]
        try:
            size: float = TypeAdapter(quantity).validate_python(f"1{unit}")
        except ValidationError as error:
            reason = error.errors()[0]["msg"]
            raise PydanticCustomError("quantity", "{reason}", {"reason": reason}) from None
        return size

    @field_validator("unit", check_fields=False)
    @classmethod
    def _known_unit(cls, unit: str | None) -> str | None:
        """Check the unit of the numbers of a file, in the models that have one."""
        if unit is not None:
            cls.unit_size(unit)
        return unit


class Distribution(QuantitySpec[Q], Generic[Q]):
    """A law of non-negative, finite quantities, each draw independent of the others."""

    @property
    @abstractmethod
    def mean(self) -> float:
        """Expected value, in seconds or bytes."""

    @property
    @abstractmethod
    def variance(self) -> float:
        """Variance, in square seconds or square bytes."""

    @abstractmethod
    def sample(self, rng: np.random.Generator, n: int) -> NDArray[np.float64]:
        """Return the next *n* draws from *rng*, shape ``(n,)``, in seconds or bytes."""


class Constant(Distribution[Q], Generic[Q]):
    """Always the same value; a bare quantity in a file means this."""

    kind: Literal["constant"] = "constant"
    value: Q
    """The value of every draw."""

    @property
    @override
    def mean(self) -> float:
        return float(self.value)

    @property
    @override
    def variance(self) -> float:
        return 0.0

    @override
    def sample(self, rng: np.random.Generator, n: int) -> NDArray[np.float64]:
        """Return *n* times the value, read-only: it is held once."""
        return np.broadcast_to(np.float64(self.value), (n,))

    @model_serializer(mode="wrap")
    def _bare_in_files(
        self, handler: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> Any:
        data = handler(self)
        return data["value"] if info.mode == "json" else data


class Exponential(Distribution[Q], Generic[Q]):
    """Memoryless, by its mean."""

    kind: Literal["exponential"] = "exponential"
    mean_value: Annotated[Q, Field(alias="mean", gt=0)]
    """Expected value."""

    @property
    @override
    def mean(self) -> float:
        return float(self.mean_value)

    @property
    @override
    def variance(self) -> float:
        return self.mean**2

    @override
    def sample(self, rng: np.random.Generator, n: int) -> NDArray[np.float64]:
        values = rng.standard_exponential(n)
        values *= self.mean
        return values


class Uniform(Distribution[Q], Generic[Q]):
    """Even between two bounds."""

    kind: Literal["uniform"] = "uniform"
    low: Q
    """Least value."""
    high: Q
    """Bound that no draw exceeds; at least `low`."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.high < self.low:
            msg = "high must be at least low"
            raise ValueError(msg)
        return self

    @property
    @override
    def mean(self) -> float:
        return (self.low + self.high) / 2

    @property
    @override
    def variance(self) -> float:
        return (self.high - self.low) ** 2 / 12

    @override
    def sample(self, rng: np.random.Generator, n: int) -> NDArray[np.float64]:
        values = rng.random(n)
        values *= self.high - self.low
        values += self.low
        return values


class Lognormal(Distribution[Q], Generic[Q]):
    """Log-normal, by its mean and coefficient of variation.

    ``sigma^2 = ln(1 + cv^2)``, ``mu = ln(mean) - sigma^2 / 2``.

    Source: Law, Simulation Modeling and Analysis (5th ed., 2015), section 6.2.2.
    """

    kind: Literal["lognormal"] = "lognormal"
    mean_value: Annotated[Q, Field(alias="mean", gt=0)]
    """Expected value."""
    cv: Cv
    """Standard deviation over mean."""

    @property
    @override
    def mean(self) -> float:
        return float(self.mean_value)

    @property
    @override
    def variance(self) -> float:
        return (self.cv * self.mean) ** 2

    @override
    def sample(self, rng: np.random.Generator, n: int) -> NDArray[np.float64]:
        variance_of_log = math.log1p(self.cv * self.cv)
        mu = rounded(math.log(self.mean) - variance_of_log / 2)
        return rng.lognormal(mu, rounded(math.sqrt(variance_of_log)), n)


class Gamma(Distribution[Q], Generic[Q]):
    """Gamma, by its mean and coefficient of variation: shape ``1 / cv^2``."""

    kind: Literal["gamma"] = "gamma"
    mean_value: Annotated[Q, Field(alias="mean", gt=0)]
    """Expected value."""
    cv: Cv
    """Standard deviation over mean."""

    @property
    @override
    def mean(self) -> float:
        return float(self.mean_value)

    @property
    @override
    def variance(self) -> float:
        return (self.cv * self.mean) ** 2

    @override
    def sample(self, rng: np.random.Generator, n: int) -> NDArray[np.float64]:
        shape = gamma_shape(self.cv)
        values = rng.standard_gamma(shape, n)
        values *= self.mean / shape
        return values


class Weibull(Distribution[Q], Generic[Q]):
    """Weibull, by its mean and coefficient of variation, or by its shape and scale.

    Mean ``scale * G(1 + 1/shape)``, second moment ``scale^2 * G(1 + 2/shape)``, where G is the
    gamma function.

    Source: Law, Simulation Modeling and Analysis (5th ed., 2015), section 6.2.2.
    """

    kind: Literal["weibull"] = "weibull"
    mean_value: Annotated[Q, Field(gt=0)] | None = Field(None, alias="mean")
    """Expected value; goes with `cv`."""
    cv: Cv | None = None
    """Standard deviation over mean; goes with `mean`."""
    shape: Shape | None = None
    """Exponent of the law, without unit; goes with `scale`."""
    scale: Annotated[Q, Field(gt=0)] | None = None
    """Value that 63 % of the draws stay below; goes with `shape`."""

    @model_validator(mode="after")
    def _one_pair(self) -> Self:
        by_moments = (self.mean_value is not None, self.cv is not None)
        by_parameters = (self.shape is not None, self.scale is not None)
        if (by_moments, by_parameters) not in {
            ((True, True), (False, False)),
            ((False, False), (True, True)),
        }:
            msg = "takes either mean and cv, or shape and scale"
            raise ValueError(msg)
        return self

    @property
    def parameters(self) -> tuple[float, float]:
        """Shape (no unit) and scale (seconds or bytes)."""
        if self.shape is not None and self.scale is not None:
            return self.shape, float(self.scale)
        shape = weibull_shape(self.cv or math.nan)
        return shape, rounded(float(self.mean_value or math.nan) / math.gamma(1 + 1 / shape))

    @property
    @override
    def mean(self) -> float:
        if self.mean_value is not None:
            return float(self.mean_value)
        shape, scale = self.parameters
        return scale * math.gamma(1 + 1 / shape)

    @property
    @override
    def variance(self) -> float:
        if self.cv is not None:
            return (self.cv * self.mean) ** 2
        shape, scale = self.parameters
        return scale**2 * math.gamma(1 + 2 / shape) - self.mean**2

    @override
    def sample(self, rng: np.random.Generator, n: int) -> NDArray[np.float64]:
        shape, scale = self.parameters
        values = rng.weibull(shape, n)
        values *= scale
        return values


def gamma_shape(cv: float) -> float:
    """Return the shape of the gamma law whose coefficient of variation is *cv*."""
    return rounded(1 / (cv * cv))


def weibull_shape(cv: float) -> float:
    """Return the shape of the Weibull law whose coefficient of variation is *cv*.

    Solves ``G(1 + 2/k) / G(1 + 1/k)^2 = 1 + cv^2``, whose left side falls in k, by bisection.
    """
    target = math.log1p(cv * cv)
    low, high = 1e-2, 1e5
    for _ in range(200):
        shape = (low + high) / 2
        if math.lgamma(1 + 2 / shape) - 2 * math.lgamma(1 + 1 / shape) > target:
            low = shape
        else:
            high = shape
    return rounded((low + high) / 2)
