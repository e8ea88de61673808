"""Both engines against queueing theory, sharp enough to see service times a little longer.

Figures are estimated as `theory_systems` describes. ``Z`` = 5 standard errors are allowed: a right
engine fails about one reseeding in 150,000 (Student's t with 57 degrees of freedom or more, and
batches long against the time in which the queue forgets). And 2 Z standard errors must be less
than the difference that `longer` service times make in theory: an engine that serves so much longer
is more than 10 standard errors off, and fails on the draws on which the right one passes. A second
test does just that.

The reference engine is to see 2 %. The vectorised one has a hundred times the sample, by which
standard errors shrink to a tenth, and is to see 0.2 %. The largest run is one of 20 million
requests, which needs some 3 GiB; nothing may be longer.
"""

from dataclasses import dataclass

import pytest

from sim.simulation.options import Engine
from theory_systems import SYSTEMS, System

Z = 5.0


@dataclass(frozen=True)
class Trial:
    """A system on an engine, with `factor` times its sample; `longer` service is not to pass."""

    name: str
    engine: Engine
    factor: int
    longer: float

    def label(self) -> str:
        """Return what the trial is called in the list of tests."""
        return f"{self.name}, {self.engine}"

    @property
    def system(self) -> System:
        """The system, with so many requests."""
        return SYSTEMS[self.name].times(self.factor)


FACTORS = dict.fromkeys(SYSTEMS, 100) | {"M/D/1, a GPU slot": 140, "M/G/1-PS": 140}
"""At a load of 3/4 a single server's times are so convex in the service time that 0.2 % more make
less than a tenth of the difference that 2 % make: those two need a larger sample."""

SMALL = [Trial(name, "reference", 1, longer=1.02) for name in SYSTEMS]
LARGE = [Trial(name, "vectorised", FACTORS[name], longer=1.002) for name in SYSTEMS]
LARGE_AND_LONGER = [
    trial for trial in LARGE if trial.name in {"M/M/3", "M/M/1-PS", "M/G/2-PS", "M/M/10+D"}
]
"""In line, sharing, sharing of several cores, impatient: the rest would take half a minute more."""


@pytest.mark.parametrize("trial", [*SMALL, *LARGE], ids=Trial.label)
def test_agrees_with_theory(trial: Trial) -> None:
    """Every figure is within Z standard errors, and longer service would not be."""
    system = trial.system
    wanted, if_longer = system.wanted(1.0), system.wanted(trial.longer)

    for figure, (mean, standard_error) in system.estimates(1.0, trial.engine).items():
        difference = abs(if_longer[figure] - wanted[figure])
        assert 2 * Z * standard_error < difference, f"{figure}: too few requests to conclude"
        assert abs(mean - wanted[figure]) < Z * standard_error, figure


@pytest.mark.parametrize("trial", [*SMALL, *LARGE_AND_LONGER], ids=Trial.label)
def test_service_times_a_little_longer_do_not_pass(trial: Trial) -> None:
    """On the same draws, each served longer, every figure is off, and as theory says."""
    system = trial.system
    wanted, if_longer = system.wanted(1.0), system.wanted(trial.longer)

    for figure, (mean, standard_error) in system.estimates(trial.longer, trial.engine).items():
        assert abs(mean - wanted[figure]) > Z * standard_error, figure
        assert abs(mean - if_longer[figure]) < Z * standard_error, figure
