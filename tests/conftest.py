"""How the suite runs: the Hypothesis profiles, and which copy of the package is under test."""

import os
import sysconfig
from pathlib import Path

import pytest
from hypothesis import Phase, settings

import sim

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=200, deadline=None, derandomize=True)
settings.register_profile("nightly", max_examples=5000, deadline=None)
settings.register_profile(  # for broken copies of the package: any counter-example will do
    "mutants",
    settings.get_profile("ci"),
    max_examples=300,
    phases=[Phase.explicit, Phase.generate],
)
settings.register_profile(  # whether tests can run at all: on an unharmed copy, on another Python
    "glance", settings.get_profile("ci"), max_examples=10
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


SLOW = (
    *(
        "serve",
        "testing/test_served.py",
        "cli/test_plot.py",
        "cli/test_startup.py",
        "cli/test_study.py",
    ),
    *("pages/test_browser.py", "recordings/test_fresh_recording.py"),
    *("studies/test_cluster.py", "studies/test_local.py"),
    *(
        "engines/reference/test_theory.py",
        "engines/vectorised/test_engines.py",
        "engines/vectorised/test_paths.py",
    ),
    *("test_dockerfile.py", "test_docs.py", "test_notebooks.py", "benchmarks", "plots"),
    *(
        "test_live_runs.py",
        "test_oracle.py",
        "test_scenarios.py",
        "studies/estimates/test_coverage.py",
        "testing/test_wire_strategies.py",
    ),
)
"""Folders and modules whose tests start servers, run whole programs, or draw as many as ever."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option by which `make test` insists on the installed package."""
    parser.addoption(
        "--installed", action="store_true", help="refuse to test anything but the installed package"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked `exhaustive`, unless `-m` speaks of it; mark what is slow."""
    here = Path(__file__).parent
    slow = [here / name for name in SLOW]
    for item in items:
        if any(item.path == place or place in item.path.parents for place in slow):
            item.add_marker(pytest.mark.slow)
    if "exhaustive" in config.getoption("-m"):
        return
    left_out = [item for item in items if item.get_closest_marker("exhaustive")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def pytest_configure(config: pytest.Config) -> None:
    """Stop at once when the source tree would be tested in place of the installed wheel.

    Raises:
        UsageError: `--installed` was given and `sim` comes from somewhere else.
    """
    home = Path(sim.__file__).resolve()
    wanted = Path(sysconfig.get_path("purelib")).resolve()
    if config.getoption("--installed") and not home.is_relative_to(wanted):
        raise pytest.UsageError(f"sim was imported from {home}, which is not inside {wanted}")
