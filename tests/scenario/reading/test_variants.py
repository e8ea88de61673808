"""Variants in memory: what the file would be with the same words, of what has been read already."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_files import problems_of, write
from sim.errors import Problem, ScenarioError
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.traffic import WindowsTraffic
from sim.scenario.reading.loader import load_scenario
from sim.scenario.reading.variants import LoadedScenario

ROOT = Path(__file__).parent.parent.parent.parent
SHIPPED = [
    file for file in sorted((ROOT / "scenarios").glob("*.yaml")) if not problems_of(file)
]  # all but one, which lacks a trace
VALUES = [
    *("", "~", "0", "1", "2", "7", "-1", "0.5", "1.5", "true", "x", "ranker", "{}", "[]", "[1]"),
    *("30s", "2h", "1ms", "5/s", "1GiB", "cold", "{responsive: 1}", "{T4: 2}", "{kind: nonsense}"),
    *("[1", "!!x 1", "{kind: poisson, rate: 1/s}", "[{kind: poisson, name: a, rate: 1/s}]"),
    *("{event: kill, at: 1s, deployment: ranker, replicas: all}", ".nan", "{minReplicas: 1}"),
    *("[{kind: vcpu, name: other, limit: 99}]", "{kind: uniform, min: 1s, max: 2s}"),
]
KEYS = ["name", "path", "at", "kind", "rate", "queues", "vcpu", "cpu", "nonsense", "x.y", "rid"]


def words_in(data: Any, before: str = "") -> Iterator[str]:
    """Yield the words that lead to every value in *data*, by place and by name."""
    if isinstance(data, dict):
        for key, value in data.items():
            step = f"[{key}]" if "." in key else f".{key}"
            yield (before + step).removeprefix(".")
            yield from words_in(value, (before + step).removeprefix("."))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            name = value.get("name") if isinstance(value, dict) else None
            step = f"[{number if name is None else name}]"
            yield before + step
            yield from words_in(value, before + step)


def outcome(make: Any) -> tuple[Scenario, Path | None] | tuple[Problem, ...]:
    """Return the scenario that *make* returns and where it starts, or the problems it raises."""
    try:
        scenario: Scenario = make()
    except ScenarioError as error:
        return error.problems
    return scenario, scenario.base_dir


@st.composite
def overrides(draw: st.DrawFn, data: Any) -> list[str]:
    """Draw words that set values anywhere in *data*: what is there, what is elsewhere, or wrong."""
    places = list(words_in(data))
    words = []
    for _ in range(draw(st.integers(1, 3))):
        target, other = draw(st.sampled_from(places)), draw(st.sampled_from(places))
        if draw(st.booleans()):
            words.append(f"{target}={json.dumps(at(data, target))}")
        else:
            key = draw(st.sampled_from(["", *(f"[{key}]" for key in KEYS)]))
            value = draw(st.sampled_from([*VALUES, json.dumps(at(data, other))]))
            words.append(f"{target}{key}={value}")
    return words


def at(data: Any, words: str) -> Any:
    """Return the value that *words* of `words_in` lead to."""
    return next(
        value for found, value in zip(words_in(data), _values(data), strict=True) if found == words
    )


def _values(data: Any) -> Iterator[Any]:
    items = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    for value in items:
        yield value
        yield from _values(value)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, LoadedScenario]:
    """Return the shipped scenarios and the one that other tests break."""
    own = write(tmp_path_factory.mktemp("own"))
    return {file: LoadedScenario.load(file) for file in [*SHIPPED, own]}


@given(data=st.data())
def test_a_variant_is_what_the_file_would_be(
    loaded: dict[Path, LoadedScenario], data: st.DataObject
) -> None:
    """An equal scenario, or the same problems at the same places; the first is left as it was."""
    file = data.draw(st.sampled_from(sorted(loaded)))
    words = data.draw(overrides(loaded[file].document.data))

    assert outcome(lambda: loaded[file].overridden(words)) == outcome(
        lambda: load_scenario(file, words)
    )
    assert loaded[file].scenario == load_scenario(file)


@pytest.mark.parametrize(
    "words",
    [
        ["queues[0].name=other", "timeline=[]"],
        ["queues[0].name=other", "deployments[0].request.cpu=1ms"],
        ["queues[cores].kind=vgpu", "queues[cores].limits={T4: 1}", "queues[cores].limit="],
        ["queues=[]"],
        ["deployments.ranker.name=first"],
        ["deployments.ranker.name=first", "timeline[0].deployment=first", "timeline=[]"],
        ["deployments.ranker.traffic.poisson1.rate=9/s"],
        ["deployments.ranker.traffic.web.name="],
        ["deployments.ranker.initial.responsive=9"],
        ["platform.limits.max_threads=8"],
        ["horizon=40min"],
        ["warm_up=3h"],
        ["$schema=x", "seed=3"],
        ["seed=3", "seed=4"],
    ],
    ids=" ".join,
)
def test_what_follows_from_something_else_follows_it(tmp_path: Path, words: list[str]) -> None:
    """Queues that are not named, names that are not given, and what rules say of all together."""
    file = write(tmp_path)

    found = outcome(lambda: LoadedScenario.load(file).overridden(words))
    assert found == outcome(lambda: load_scenario(file, words))


def test_words_come_on_top_of_those_it_was_loaded_with(tmp_path: Path) -> None:
    """In their order; a problem names the word that has set the value."""
    file = write(tmp_path)
    loaded = LoadedScenario.load(file, ["seed=3", "horizon=3h"])

    assert loaded.overridden([]) == loaded.scenario == load_scenario(file, ["seed=3", "horizon=3h"])
    assert loaded.overridden(["seed=4"]).seed == 4
    with pytest.raises(ScenarioError, match=r"--set seed: seed: must be a whole number"):
        loaded.overridden(["seed=x"])


def test_the_file_is_not_read_again(tmp_path: Path) -> None:
    """It may be gone by then, or say something else."""
    file = write(tmp_path)
    loaded = LoadedScenario.load(file)
    file.unlink()

    assert loaded.overridden(["seed=4"]) == loaded.scenario.model_copy(update={"seed": 4})


def test_what_no_word_leads_through_is_not_read_again(tmp_path: Path) -> None:
    """Ten thousand instants are what they were, however often a number beside them changes."""
    file = write(tmp_path, "horizon: 2h", "horizon: 3h")
    first = LoadedScenario.load(file)
    second = first.overridden(["deployments.ranker.request.cpu=1ms", "timeline[0].at=2h"])

    (ranker, embedder), (was, also) = second.deployments, first.scenario.deployments
    assert ranker.request != was.request
    assert ranker.traffic[0] is was.traffic[0]
    assert embedder.replica is also.replica
    assert second.timeline[0] != first.scenario.timeline[0]
    assert second.timeline[1] is first.scenario.timeline[1]
    assert second.queues[0] is first.scenario.queues[0]


def test_a_files_name_that_is_set_is_the_working_directorys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on the command line, and what stands in the file starts where the file is."""
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    rows = "0,10,1,Gamma,1,1\n600,20,1,Gamma,1,1\n"
    for folder in ("here", "there"):
        Path(tmp_path, folder, "windows.csv").write_text(rows, encoding="utf-8")
    file = write(
        tmp_path / "there",
        "- {kind: poisson, name: web, rate: 20/s}",
        "- {kind: windows, name: web, path: windows.csv}",
    )
    monkeypatch.chdir(tmp_path / "here")

    variant = LoadedScenario.load(file).overridden(
        ["deployments.ranker.traffic.web.path=windows.csv"]
    )
    source = variant.deployments[0].traffic[0]
    assert isinstance(source, WindowsTraffic)
    assert source.file is not None
    assert source.file.resolve() == tmp_path / "here" / "windows.csv"
