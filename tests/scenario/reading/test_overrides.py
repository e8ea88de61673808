"""Values set from the command line: by key, by place and by name, before the file is checked."""

import os
from pathlib import Path

import pytest

from scenario_files import problems_of, write
from sim.errors import ScenarioError
from sim.scenario.reading.document import Document
from sim.scenario.reading.loader import load_scenario, parse_scenario
from sim.scenario.reading.overrides import overridden


def after(data: object, *overrides: str, directory: Path | None = None) -> object:
    """Return *data* with *overrides* set."""
    return overridden(Document(data, directory=directory), overrides).data


@pytest.mark.parametrize(
    ("override", "changed"),
    [
        ("a=2", {"a": 2, "b": [{"name": "x.y", "c": 1}, {"kind": "k"}]}),
        ("b[0].c=5", {"a": 1, "b": [{"name": "x.y", "c": 5}, {"kind": "k"}]}),
        ("b.0.c=5", {"a": 1, "b": [{"name": "x.y", "c": 5}, {"kind": "k"}]}),
        ("b[x.y].c=5", {"a": 1, "b": [{"name": "x.y", "c": 5}, {"kind": "k"}]}),
        ("b.k1.d=30s", {"a": 1, "b": [{"name": "x.y", "c": 1}, {"kind": "k", "d": "30s"}]}),
        (
            "n.m.o=true",
            {"a": 1, "b": [{"name": "x.y", "c": 1}, {"kind": "k"}], "n": {"m": {"o": True}}},
        ),
        ("b={c: [1, 2.5]}", {"a": 1, "b": {"c": [1, 2.5]}}),
        ("a=", {"a": None, "b": [{"name": "x.y", "c": 1}, {"kind": "k"}]}),
        ("a==", {"a": "=", "b": [{"name": "x.y", "c": 1}, {"kind": "k"}]}),
        ("b[1]=x", {"a": 1, "b": [{"name": "x.y", "c": 1}, "x"]}),
    ],
)
def test_a_path_leads_through_keys_places_and_names(override: str, changed: object) -> None:
    """Values are YAML: numbers, texts, lists, mappings, nothing."""
    data = {"a": 1, "b": [{"name": "x.y", "c": 1}, {"kind": "k"}]}
    assert after(data, override) == changed
    assert data == {"a": 1, "b": [{"name": "x.y", "c": 1}, {"kind": "k"}]}


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("a", "is not PATH=VALUE"),
        ("=1", "keys joined by dots"),
        ("a..b=1", "keys joined by dots"),
        ("b[=1", "keys joined by dots"),
        ("a=[1", "has a value that is not YAML"),
        ("a=.nan", "must be finite"),
        ("b.x=1", "names 'x', which is not in b (xy)"),
        ("b.xyz=1", "did you mean xy?"),
        ("b[2]=1", "item 2 of b, which has 1"),
        ("a.b=1", "leads through a, which has no parts"),
    ],
)
def test_a_path_that_leads_nowhere_is_the_users_error(override: str, says: str) -> None:
    """The message begins with what was given."""
    with pytest.raises(ScenarioError) as caught:
        after({"a": 1, "b": [{"name": "xy"}]}, override)
    assert says in str(caught.value)
    assert str(caught.value).startswith(f"--set {override}: ")


def test_later_overrides_win() -> None:
    """And may lead into what earlier ones have set."""
    assert after({}, "a={b: 1}", "a.b=2", "a.c=3") == {"a": {"b": 2, "c": 3}}


def test_a_path_is_one_of_the_shell_and_of_the_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given relative to the working directory, kept relative to the scenario's."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    data = {"traffic": [{"name": "t", "path": "x"}]}
    found = after(data, "traffic.t.path=data/a.csv", directory=Path("../scenarios"))
    assert found == {"traffic": [{"name": "t", "path": "../work/data/a.csv"}]}
    absolute = str(tmp_path / "a.csv")
    found = after(data, f"traffic.t.path={absolute}", directory=Path("../scenarios"))
    assert found == {"traffic": [{"name": "t", "path": absolute}]}
    assert after(data, "traffic.t.path=a.csv") == {"traffic": [{"name": "t", "path": "a.csv"}]}


def test_a_scenario_is_loaded_with_its_overrides(tmp_path: Path) -> None:
    """Also its trace, from anywhere."""
    trace = tmp_path / "elsewhere" / "t.csv"
    trace.parent.mkdir()
    trace.write_text("arrived\n1\n")
    source = "{kind: trace, name: replay, path: no.csv, format: csv, time_column: arrived}"
    file = write(tmp_path, "{kind: poisson, name: web, rate: 20/s}", source)
    assert problems_of(file)
    here = os.path.relpath(trace)
    scenario = load_scenario(
        file,
        [
            "horizon=90min",
            "deployments.ranker.runtimeConfiguration.maxReplicas=5",
            f"deployments.ranker.traffic.replay.path={here}",
        ],
    )
    assert scenario.horizon_s == 5400.0
    assert scenario.deployments[0].runtime_configuration.max_replicas == 5


def test_a_fault_in_an_override_is_told_at_the_override(tmp_path: Path) -> None:
    """Not at the line that it replaces."""
    file = write(tmp_path)
    (problem,) = problems_of(file, "horizon=3")
    assert str(problem).startswith("--set horizon: horizon: has no unit: write 3s")
    (problem,) = problems_of(file, "horizn=3h")
    assert str(problem).startswith("--set horizn: horizn: is unknown; did you mean horizon?")
    (problem,) = problems_of(file, "deployments.ranker.traffic.web.rate=3")
    assert problem.file == "--set deployments.ranker.traffic.web.rate"
    assert problem.field == "deployments[0].traffic[0].rate"


def test_overrides_of_what_is_no_mapping_are_refused() -> None:
    """A list at the top has no keys."""
    with pytest.raises(ScenarioError, match="names 'a', which is not in"):
        after([1], "a=1")
    with pytest.raises(ScenarioError, match="must be a mapping"):
        parse_scenario(Document([1]))
