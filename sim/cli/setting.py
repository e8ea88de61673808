"""The options that set values of a scenario, which every verb that reads one has."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final, TypeVar, cast

import click

from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.overrides import set_everywhere
from sim.scenario.reading.undone import undone
from sim.text.undone_words import words_of

F = TypeVar("F", bound=Callable[..., Any])


def setting(words: str) -> Callable[[F], F]:
    """Return the options ``--set`` and ``--everywhere``; the command is given `overrides`.

    Args:
        words: The help of ``--set``.
    """

    def given(command: F) -> F:
        @wraps(command)
        def called(
            *args: Any, overrides: tuple[str, ...] = (), everywhere: bool = False, **others: Any
        ) -> Any:
            if everywhere and not overrides:
                raise click.UsageError("--everywhere goes with --set DEPLOYMENT.KEY=VALUE")
            set_so = set_everywhere(overrides) if everywhere else overrides
            return command(*args, overrides=set_so, **others)

        found: Any = click.option(
            "--everywhere",
            is_flag=True,
            help="Values of a deployment's configuration that are set hold in its later replaces "
            "too, and its first replicas are kept within its bounds.",
        )(called)
        option = click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help=words)
        return cast("F", option(found))

    return given


SET: Final = setting(
    "Set a value of the scenario, such as horizon=30min, or ranker.threadCount=8 for that key of a "
    "deployment's configuration; may be repeated."
)


def say_undone(scenario: Scenario, overrides: Sequence[str], *, quiet: bool) -> None:
    """Say on stderr which values that were set a later replace undoes, a line each."""
    if not quiet:
        for found in undone(scenario, overrides):
            click.echo(words_of(found), err=True)
