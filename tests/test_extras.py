"""What is not installed is said with the command that installs it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import sim.studies
from sim.errors import ScenarioError
from sim.extras import EXTRAS, install_command, missing_extra, require
from sim.results.table import Table
from sim.studies.runs.cluster import Cluster

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
DISTRIBUTIONS = {"foundry_sdk": "foundry-platform-sdk"}
SCENARIO = str(ROOT / "scenarios" / "gpu_queue_one_spare.yaml")


def needs(library: str, extra: str) -> str:
    """Return what a message says of a library that is missing."""
    return f"needs {library}: pip install 'sim-live-deployments[{extra}]' (rule extra-needed)"


@pytest.mark.parametrize("library", sorted(EXTRAS))
def test_an_extra_brings_what_it_is_said_to_bring(library: str) -> None:
    """The command is of a distribution that is ours, and of an extra of it that has the library."""
    wanted = DISTRIBUTIONS.get(library, library.replace("_", "-"))
    extra = PROJECT["optional-dependencies"][EXTRAS[library]]

    assert wanted in {re.split(r"[=<>!~]", line)[0] for line in extra}
    assert install_command(EXTRAS[library]).startswith(f"pip install '{PROJECT['name']}[")


@pytest.mark.parametrize(
    ("arguments", "library", "what", "extra"),
    [
        (["serve", SCENARIO], "uvicorn", "sim serve: ", "serve"),
        (["pull", "--hostname", "h", "--rid", "r"], "foundry_sdk", "sim pull: ", "foundry"),
        (["study", SCENARIO], "scipy", "", "studies"),
        (["report", SCENARIO, "--out", "/dev/null.html"], "jinja2", "sim report: ", "report"),
        (["plan", SCENARIO, "--out", "no.html"], "youplot", "--out FILE.html: ", "report"),
        (
            ["export", "out", "--format", "perfetto"],
            "perfetto",
            "sim export --format perfetto: ",
            "perfetto",
        ),
        (
            ["study", SCENARIO, "--scheduler", "tcp://127.0.0.1:1"],
            "distributed",
            "--scheduler: ",
            "dask",
        ),
    ],
    ids=["serve", "pull", "study", "report", "plan", "export", "cluster"],
)
def test_a_verb_names_what_installs_the_library_that_it_misses(
    arguments: list[str],
    library: str,
    what: str,
    extra: str,
) -> None:
    """In one line, with status 2; tried in a Python of its own, which cannot import the library."""
    code = (
        f"import sys; sys.modules[{library!r}] = None\n"
        f"from sim.cli.main import run; sys.exit(run({arguments!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{what}{needs(library, extra)}\n"


def test_python_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table, a cluster, and what is imported from `sim.studies`."""
    monkeypatch.setattr("sim.extras.find_spec", lambda _: None)
    with pytest.raises(ScenarioError, match=re.escape(needs("pandas", "pandas"))):
        Table("t", {"a": np.zeros(1)}).to_pandas()
    with pytest.raises(ScenarioError, match=re.escape(needs("distributed", "dask"))):
        Cluster("tcp://127.0.0.1:1")

    def without_scipy(_: str) -> None:
        raise ModuleNotFoundError("No module named 'scipy'", name="scipy.special")

    monkeypatch.setattr("sim.studies.import_module", without_scipy)
    with pytest.raises(ScenarioError, match=re.escape(needs("scipy", "studies"))):
        sim.studies.__getattr__("replicate")


def test_a_module_of_no_extra_is_not_explained_away() -> None:
    """A fault of ours stays one."""
    assert missing_extra(ModuleNotFoundError("No module named 'sim.x'", name="sim.x")) is None
    require("anything", "json")
