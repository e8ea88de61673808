"""What a terminal shows while a run goes on: the phase, a bar, and how long the rest takes."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import click

from sim.progress import Progress
from sim.spans import span

_PARTS: Final = 1_000
"""Of the bar."""

COMPILING: Final = "compiling the engine, half a minute the first time on a machine"
_COMPILING_S: Final = 30.0

Reach = Callable[[str, float], None]
"""Hears of which phase how much is done, from 0 to 1."""


@contextmanager
def shown(
    expected_s: Mapping[str, float], *, compiled_requests: float, quiet: bool
) -> Iterator[Reach]:
    """Show the progress of a run while the block runs; give what hears of it.

    The bar is for a terminal. Where stderr is none, it is still said that something is compiled.

    Args:
        expected_s: What each phase is expected to take, in order.
        compiled_requests: How many requests there are for the engine that is compiled; 0 for the
            other one.
        quiet: Whether to show nothing.
    """
    if quiet:
        yield _ignore
        return
    with ExitStack() as stack:
        bar = stack.enter_context(_bar(expected_s)) if sys.stderr.isatty() else None
        if compiled_requests:
            from sim.engines.vectorised import compilation  # noqa: PLC0415 - not for the reference

            if compilation.can_compile() and compiled_requests >= compilation.FEWEST_TO_COMPILE:
                tell = _say_compiling if bar is None else bar.compiles
                stack.enter_context(compilation.telling(tell))
        yield _ignore if bar is None else bar.reach


class _Bar:
    """A bar that never goes back, whatever turns out to take longer than was expected."""

    def __init__(self, progress: Progress, bar: Any) -> None:
        self._progress = progress
        self._bar = bar

    def reach(self, phase: str, ratio: float) -> None:
        self._progress.reach(phase, ratio)
        self._show()

    def compiles(self) -> None:
        self._progress.insert(COMPILING, _COMPILING_S)
        self._show()

    def _show(self) -> None:
        self._bar.label = self._progress.phase
        place = min(int(self._progress.done_ratio * _PARTS), _PARTS - 1)
        left = f"about {span(float(f'{self._progress.left_s:.2g}'))} left"
        self._bar.update(max(place - self._bar.pos, 0), left)


@contextmanager
def _bar(expected_s: Mapping[str, float]) -> Iterator[_Bar]:
    progress = Progress(expected_s, time.monotonic)
    with click.progressbar(
        length=_PARTS,
        label=progress.phase,
        file=sys.stderr,
        show_eta=False,
        item_show_func=lambda left: left,
    ) as bar:
        shows = _Bar(progress, bar)
        shows.reach(progress.phase, 0.0)
        yield shows
        bar.label = "done"
        bar.update(_PARTS - bar.pos, "")


def _ignore(_phase: str, _ratio: float) -> None:
    """Show nothing."""


def _say_compiling() -> None:
    click.echo(COMPILING, err=True)
