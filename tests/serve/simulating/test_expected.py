"""Whether the engine is compiled before a live run: where it will serve enough requests."""

from typing import Any

import pytest

from builders import deployment, scenario
from sim.scenario.models.scenario import Scenario
from sim.serve.simulating import warming
from sim.serve.simulating.warming import warm_up


def traffic(per_s: float, horizon_s: float) -> Scenario:
    """Return a scenario of evenly spaced requests up to its horizon."""
    window = {"at_s": 0.0, "rate_per_s": per_s, "law": "gamma", "cv": 0.01}
    source: Any = {"kind": "windows", "name": "even", "rows": [window]}
    return scenario({**deployment(), "traffic": [source]}, horizon_s=horizon_s)


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note what would be compiled, where that pays from 1000 requests on."""
    found: list[str] = []
    monkeypatch.setattr(warming, "FEWEST_TO_COMPILE", 1000)
    monkeypatch.setattr(warming, "FIRST_S", 100.0)
    monkeypatch.setattr(warming, "can_compile", lambda: True)
    monkeypatch.setattr(warming, "load", lambda: found.append("load"))
    monkeypatch.setattr(warming, "simulate_record", lambda run: found.append(run.name))
    return found


@pytest.mark.parametrize(
    ("per_s", "horizon_s", "is_compiled"),
    [(1.0, 900.0, False), (1.0, 1200.0, True), (20.0, 40.0, False), (20.0, 60.0, True)],
    ids=["few in a long run", "many in a long run", "few in a short one", "many in a short one"],
)
def test_it_is_compiled_where_enough_requests_are_expected(
    compiled: list[str],
    per_s: float,
    horizon_s: float,
    is_compiled: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    """About 900, 1200, 800 and 1200: of a long run the first 100 s tell, times its length."""
    warm_up(traffic(per_s, horizon_s))

    assert compiled == (["load", "warm-up"] if is_compiled else [])


def test_nothing_is_compiled_where_nothing_can_be(
    compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numba is an extra."""
    monkeypatch.setattr(warming, "can_compile", lambda: False)
    warm_up(traffic(100.0, 1000.0))

    assert compiled == []
