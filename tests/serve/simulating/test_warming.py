"""Making the engine ready: all that a live run will need, and a word only where it takes long."""

import re
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from serve.simulating.test_standstill import COMMANDS, base, carry_out

from sim.engines.vectorised import compilation, eventloop, tournament
from sim.engines.vectorised.compilation import FEWEST_TO_COMPILE
from sim.scenario.models.deployment import Initial
from sim.serve.simulating.warming import everything, warm_up
from sim.serve.simulating.world import World
from sim.simulation.run import simulate_record

pytest.importorskip("numba")


def signatures() -> dict[str, int]:
    """Return how often each function has been compiled, or loaded as such."""
    compilation.load()
    modules = [compilation._compiled(plain) for plain in (eventloop, tournament)]
    return {
        name: len(value.signatures)
        for module in modules
        for name, value in vars(module).items()
        if hasattr(value, "signatures")
    }


CALLED = ("run", "close", "freeze", "thaw", "kill", "fail_queued", "list_cpu", "serve_in_turn")
"""What Python calls of the compiled code, in `sim.engines.vectorised`."""


def test_nothing_is_compiled_while_somebody_waits() -> None:
    """Whatever is commanded: each function is there in the form in which it is called."""
    compilation.load()
    simulate_record(everything())
    before = signatures()
    assert {name: before[name] for name in CALLED} == dict.fromkeys(CALLED, 1)

    for name in COMMANDS:
        world = World(base())
        world.advance(5.0)
        carry_out(world, COMMANDS["infer many"], COMMANDS[name], COMMANDS["hang a while"])
        world.advance(30.0)
    world = World(base())
    world.traffic("a", 3000.0, 10.0)
    world.advance(60.0)

    assert signatures() == before


def test_the_list_of_functions_is_whole() -> None:
    """What the engine calls of a run's form stands in its source as form.MODULE.NAME."""
    folder = Path(compilation.__file__).parent
    text = "".join(path.read_text() for path in folder.glob("*.py"))

    assert set(re.findall(r"form\.(?:event_loop|tournament)\.(\w+)", text)) == set(CALLED)


def test_a_word_is_said_only_where_something_is_compiled(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Machine code that is kept from an earlier time is loaded in silence."""
    compilation.load()
    simulate_record(everything())
    monkeypatch.setattr("sim.serve.simulating.warming._expected", lambda _: FEWEST_TO_COMPILE)
    warm_up(base())
    assert capsys.readouterr().err == ""

    from numba import njit  # noqa: PLC0415 - an extra

    monkeypatch.setattr("sim.serve.simulating.warming.load", lambda: njit(lambda x: x + 1)(1))
    warm_up(base())
    assert capsys.readouterr().err.count("compiling the engine") == 1


def test_what_is_created_later_makes_nothing_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even before anything has been simulated: somebody waits for it."""

    def compiled(_plain: ModuleType) -> None:
        pytest.fail("the event loop is compiled")

    monkeypatch.setattr(compilation, "_compiled", cache(compiled))
    monkeypatch.setattr(compilation, "FEWEST_TO_COMPILE", 100)
    one = base().deployments[0]
    empty = one.model_copy(update={"initial": Initial(kind="responsive", responsive_count=0)})
    world = World(base().model_copy(update={"deployments": (empty,)}))
    for number in range(10):
        carry_out(world, {**COMMANDS["create"], "branch": str(number)})
    carry_out(world, COMMANDS["traffic"])
    world.advance(60.0)

    assert len(world.served) == 11
