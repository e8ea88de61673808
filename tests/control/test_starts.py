"""How one start goes: what is drawn from which stream, what it takes, why it fails."""

from types import SimpleNamespace
from typing import Any

import pytest

from sim.control.revision import Revision
from sim.control.roster import Roster
from sim.control.starts import StartFaults, StartPlan, plan_start
from sim.random import stream
from sim.reasons import Reason
from sim.record import RevisionRecord
from sim.scenario.models.distributions import Constant
from sim.scenario.models.model_version import Model
from sim.scenario.models.replica import ReplicaBehaviour
from sim.units import Seconds
from sim.wire.models import RuntimeConfiguration

UNDISTURBED = StartFaults(1.0, fails=False)
TWENTY_SECONDS = Constant[Seconds](value=20.0)
SEED = 7


def planned(
    *,
    replica: int = 0,
    start: int = 0,
    lacks_gpu: bool = False,
    faults: StartFaults = UNDISTURBED,
    model_bytes: int = 0,
    load_s: Any = TWENTY_SECONDS,
    **behaviour: Any,
) -> StartPlan:
    """Plan a start of a replica of `a` with 4 GiB, whose image is 5 GB, pulled at 200 MB/s."""
    configuration = RuntimeConfiguration(min_replicas=1, max_replicas=1, memory="4GiB")
    model = Model("", 5_000_000_000, load_s, model_bytes, demands=SimpleNamespace())  # type: ignore[arg-type] # nobody asks
    record = RevisionRecord(0, configuration, "", "created", 0.0)
    return plan_start(
        seed=SEED,
        deployment="a",
        replica=replica,
        start=start,
        revision=Revision(0, configuration, model, record, Roster()),
        behaviour=ReplicaBehaviour.model_validate(behaviour),
        lacks_gpu=lacks_gpu,
        faults=faults,
    )


def test_a_first_start_pulls_the_image_and_a_restart_finds_it() -> None:
    """5 GB at 200 MB/s are 25 s, then 5 s for the container; the model takes 20 s each time."""
    assert planned() == StartPlan(30.0, 20.0, None, None)
    assert planned(start=1) == StartPlan(5.0, 20.0, None, None)
    assert planned(image_cached=True) == StartPlan(5.0, 20.0, None, None)


def test_slow_starts_are_slower_in_every_part() -> None:
    """Three times as long: pull and container 90 s, model 60 s."""
    slow = StartFaults(3.0, fails=False)

    assert planned(faults=slow) == StartPlan(90.0, 60.0, None, None)


def test_a_failing_start_fails_when_its_container_would_be_up() -> None:
    """It takes as long as it would; the model itself is not at fault."""
    failing = StartFaults(1.0, fails=True)

    assert planned(faults=failing) == StartPlan(30.0, 20.0, Reason.START_FAULT, None)


@pytest.mark.parametrize(
    ("model_bytes", "lacks_gpu", "reason"),
    [
        (4 * 2**30, False, None),
        (4 * 2**30 + 1, False, Reason.MODEL_MEMORY),
        (0, True, Reason.GPU_MISSING),
        (4 * 2**30 + 1, True, Reason.MODEL_MEMORY),
    ],
)
def test_a_model_must_fit_and_have_its_gpu(
    model_bytes: int, reason: Reason | None, *, lacks_gpu: bool
) -> None:
    """Exactly 4 GiB fit, a byte more does not; what is told first is memory."""
    plan = planned(model_bytes=model_bytes, lacks_gpu=lacks_gpu)

    assert (plan.container_fault, plan.model_fault) == (None, reason)


@pytest.mark.parametrize(("replica", "start"), [(0, 0), (3, 0), (0, 2), (3, 2)])
def test_every_start_has_a_stream_of_its_own(replica: int, start: int) -> None:
    """Named after deployment, replica and start; the container is drawn first, then the model."""
    draws = stream(SEED, f"a/replica {replica}/start {start}").random(2).tolist()
    uniform = {"kind": "uniform", "low": 1.0, "high": 9.0}
    behaviour = ReplicaBehaviour.model_validate({"model_load_s": {**uniform, "high": 33.0}})

    plan = planned(
        replica=replica,
        start=start,
        image_cached=True,
        container_start_s=uniform,
        load_s=behaviour.model_load_s,
    )

    assert plan == StartPlan(8.0 * draws[0] + 1.0, 32.0 * draws[1] + 1.0, None, None)
