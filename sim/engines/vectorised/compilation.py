"""Two forms of event loop and tournament from one source each: as it is, and compiled by Numba.

Both give the same bits. To load Numba and its cached code takes longer than a small run, so that a
run decides by what there is to do.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Final

from typing_extensions import override

from sim.engines.vectorised import eventloop, tournament
from sim.engines.vectorised.jit import COMPILED

FEWEST_TO_COMPILE: Final = 20_000
"""Requests and evaluations from which on the compiled form is the faster one (by trials)."""


def can_compile() -> bool:
    """Return whether Numba is installed."""
    return find_spec("numba") is not None


class Form:
    """The form of a run's event loop and tournament: the one that suits what the run expects."""

    def __init__(self) -> None:
        """Expect nothing yet."""
        self._expected = 0

    def expect(self, items: int) -> None:
        """Expect so many requests and evaluations more."""
        self._expected += items

    @cached_property
    def is_compiled(self) -> bool:
        """Whether it is the compiled form; decided once, when the first deployment is created.

        Whoever adds something to a run that goes on does not wait until it is compiled. Where an
        earlier run of the process has loaded it, it costs nothing more.
        """
        is_loaded = _compiled.cache_info().currsize > 0
        return can_compile() and (is_loaded or self._expected >= FEWEST_TO_COMPILE)

    @cached_property
    def event_loop(self) -> ModuleType:
        """The module `eventloop` in this form."""
        return _compiled(eventloop) if self.is_compiled else eventloop

    @cached_property
    def tournament(self) -> ModuleType:
        """The module `tournament` in this form."""
        return _compiled(tournament) if self.is_compiled else tournament


def load() -> None:
    """Load the compiled form now, so that every run of the process takes it."""
    for module in (eventloop, tournament):
        _compiled(module)


@contextmanager
def telling(begins: Callable[[], None]) -> Iterator[None]:
    """Call `begins` once if meanwhile something is compiled, and not just loaded."""
    from numba.core import event  # noqa: PLC0415 - Numba need not be installed, nor be loaded

    class Once(event.Listener):
        is_told = False

        @override
        def on_start(self, event: object) -> None:
            if not self.is_told:
                self.is_told = True
                begins()

        @override
        def on_end(self, event: object) -> None:
            pass

    with event.install_listener("numba:compile", Once()):
        yield


@cache
def _compiled(plain: ModuleType) -> ModuleType:
    """Return a module whose source is executed a second time, under the compiled name."""
    spec = spec_from_file_location(f"{plain.__name__}{COMPILED}", plain.__file__)
    if spec is None or spec.loader is None:
        return plain
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # Numba's cache on disk names it
    spec.loader.exec_module(module)
    return module
