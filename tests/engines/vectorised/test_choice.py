"""Which path serves a stretch, and how long the event loop goes on where none is worth it."""

import pytest

from sim.engines.vectorised.choice import WINDOWS_FROM_THREADS, PathChoice


@pytest.mark.parametrize(
    ("is_compiled", "threads", "waiting", "takes_windows"),
    [
        (False, 1, 0, True),
        (False, 1, 9, True),
        (True, WINDOWS_FROM_THREADS - 1, 0, False),
        (True, WINDOWS_FROM_THREADS, 0, True),
        (True, WINDOWS_FROM_THREADS, 1, False),
    ],
)
def test_windows_serve_where_nothing_is_compiled_or_many_threads_are_free(
    *, is_compiled: bool, threads: int, waiting: int, takes_windows: bool
) -> None:
    """Else a tournament of threads does."""
    assert PathChoice(is_compiled=is_compiled).takes_windows(threads, waiting) == takes_windows


@pytest.mark.parametrize("is_compiled", [False, True])
def test_a_pause_doubles_until_a_stretch_succeeds(*, is_compiled: bool) -> None:
    """It begins with what a stretch is worth; the next stretch is as small as the first."""
    choice = PathChoice(is_compiled=is_compiled)
    first, first_most = choice.fewest, choice.most
    choice.note_whole()
    assert choice.most == 2 * first_most

    assert [choice.pause() for _ in range(3)] == [first, 2 * first, 4 * first]
    assert choice.most == first_most
    choice.note_whole()
    assert choice.pause() == first


def test_stretches_and_pauses_have_a_greatest_length() -> None:
    """Columns of a stretch stay small, however long all goes well."""
    choice = PathChoice(is_compiled=True)
    for _ in range(40):
        choice.note_whole()
    assert choice.most == 2**18

    assert max(choice.pause() for _ in range(40)) == 2**18
