"""Runs tests against a copy of the package, in a process of their own that starts at once.

A planted bug costs a process, and most of what that takes is imports. So the processes are forks of
one that has imported the libraries, but nothing of the package.
"""

import io
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import NamedTuple

LIBRARIES = (
    "hypothesis.stateful",
    "matplotlib.figure",
    "numpy",
    "pyarrow.parquet",
    "pydantic",
    "pytest",
    "simpy",
    "ruamel.yaml",
    "scipy.stats",
)
"""What is imported once for all: what most of the tests that are named in the tables need."""

OPTIONS = (
    *("-q", "-x", "-p", "no:cacheprovider"),
    # Without plugins but this one: that of Schemathesis alone takes longer to load than most tests.
    *("--disable-plugin-autoload", "-p", "_hypothesis_pytestplugin"),
    # It was imported before pytest could rewrite its asserts.
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)


class Done(NamedTuple):
    """pytest's exit status, and what it printed."""

    status: int
    output: str


def run_tests(folder: Path, tests: Path, *names: str, profile: str = "mutants") -> Done:
    """Run tests against the package in `folder`, in another process.

    Args:
        folder: Where `sim` is the copy. What tests write goes there too.
        tests: The folder of the tests.
        names: Files or tests in it.
        profile: Hypothesis's, of those in conftest.py.
    """
    told = folder / "told.txt"
    arguments = [*OPTIONS, f"--rootdir={tests.parent}", *(str(tests / name) for name in names)]
    process = _context().Process(target=_run_pytest, args=(folder, told, arguments, profile))
    process.start()
    process.join()
    assert process.exitcode is not None, "it has been joined"
    assert told.exists(), "a fork of which pytest did not return has an exit status of its own"
    return Done(process.exitcode, told.read_text(encoding="utf-8"))


@cache
def _context() -> ForkServerContext:
    """Start the process that is forked, once for all tests of this one."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(LIBRARIES))
    with _without_coverage():
        forkserver.ensure_running()
    return context


@contextmanager
def _without_coverage() -> Iterator[None]:
    """Hide from what is started here that this process measures coverage."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if "COV" in name}
    try:
        yield
    finally:
        os.environ.update(hidden)


def _run_pytest(folder: Path, told: Path, arguments: Sequence[str], profile: str) -> None:
    import pytest  # noqa: PLC0415 - in the fork, where it is there already

    assert "sim" not in sys.modules, "the fork would test the package of the process it is from"
    sys.path.insert(0, str(folder))
    os.environ |= {
        "PYTHONPATH": str(folder),
        "PYTHONSAFEPATH": "1",
        "HYPOTHESIS_PROFILE": profile,
    }
    for name in [name for name in os.environ if "COV" in name]:
        del os.environ[name]
    os.chdir(folder)
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        status = pytest.main(list(arguments))
    told.write_text(printed.getvalue(), encoding="utf-8")
    sys.stdout.flush()
    os._exit(int(status))
