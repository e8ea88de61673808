"""Values of configurations set everywhere, short forms, and what a later replace undoes."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import ReplaceEvent
from sim.scenario.reading.loader import load_scenario
from sim.scenario.reading.undone import Undone, undone
from sim.scenario.reading.variants import LoadedScenario

TEXT = """\
name: Everywhere
horizon: 5h
deployments:
  - name: ranker
    runtimeConfiguration: {minReplicas: 2, maxReplicas: 6, threadCount: 4}
    initial: {responsive: 4}
  - name: eu.other
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 6}
timeline:
  - event: replace
    at: 3h
    deployment: ranker
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 2, cpu: 2}
  - {event: replace, at: 2h, deployment: ranker, set: {cpu: 4}}
  - {event: replace, at: 1h, deployment: eu.other, set: {threadCount: 9}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a scenario with two replaces of `ranker` and one of `eu.other`."""
    path = tmp_path / "scenario.yaml"
    path.write_text(TEXT)
    return path


def threads(scenario: Scenario) -> list[int | None]:
    """Return the thread counts of the two deployments, then of the replaces, as in the file."""
    configurations = [
        *(deployment.runtime_configuration for deployment in scenario.deployments),
        *(
            event.runtime_configuration
            for event in scenario.timeline
            if isinstance(event, ReplaceEvent)
        ),
    ]
    return [configuration.thread_count for configuration in configurations]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["ranker.threadCount=8"], [8, None, None, 8, 9]),
        (["ranker.threadCount:=8"], [8, None, 8, 8, 9]),
        (["deployments.ranker.runtimeConfiguration.threadCount:=8"], [8, None, 8, 8, 9]),
        (["deployments[0].runtimeConfiguration.threadCount:=8"], [8, None, 8, 8, 9]),
        (["ranker.threadCount:="], [None, None, None, None, 9]),
        (["[eu.other].threadCount=8"], [4, 8, None, 4, 9]),
        (["[eu.other].threadCount:=8"], [4, 8, None, 4, 8]),
        (["deployments[eu.other].threadCount=8"], None),
        (["timeline[1].set.threadCount=8"], [4, None, None, 8, 9]),
        (["timeline[1].runtimeConfiguration.threadCount=8"], [4, None, None, 8, 9]),
        (["timeline[0].runtimeConfiguration.threadCount=8"], [4, None, 8, 4, 9]),
        (
            ["timeline[1].runtimeConfiguration={minReplicas: 1, maxReplicas: 1}"],
            [4, None, None, None, 9],
        ),
        (
            ["ranker.runtimeConfiguration={minReplicas: 2, maxReplicas: 6, threadCount: 5}"],
            None,
        ),
        (
            [
                "deployments.ranker.runtimeConfiguration:="
                "{minReplicas: 2, maxReplicas: 6, threadCount: 5}"
            ],
            [5, None, 5, 5, 9],
        ),
        (["seed:=4"], [4, None, None, 4, 9]),
    ],
    ids=str,
)
def test_a_value_is_set_where_it_is_meant(
    file: Path, words: list[str], wanted: list[int | None] | None
) -> None:
    """In the deployment, or in its replaces too, whichever form these have; None: it is refused."""
    if wanted is None:
        with pytest.raises(ScenarioError, match="is unknown"):
            load_scenario(file, words)
        return
    assert threads(load_scenario(file, words)) == wanted
    assert LoadedScenario.load(file).overridden(words) == load_scenario(file, words)


def test_the_words_of_python_are_those_of_the_command_line(file: Path) -> None:
    """`everywhere=True` is `:=` in every word."""
    wanted = load_scenario(file, ["ranker.threadCount:=8", "horizon:=4h"])
    words = ["ranker.threadCount=8", "horizon=4h"]

    assert load_scenario(file, words, everywhere=True) == wanted
    assert LoadedScenario.load(file, words, everywhere=True).scenario == wanted
    assert LoadedScenario.load(file).overridden(words, everywhere=True) == wanted
    assert load_scenario(file, ["ranker.threadCount:=8", "horizon=4h"], everywhere=True) == wanted


@pytest.mark.parametrize(
    ("words", "replicas"),
    [
        (["ranker.maxReplicas:=3"], 3),
        (["ranker.minReplicas:=5", "ranker.maxReplicas:=5"], 5),
        (["ranker.maxReplicas:=5"], 4),
        (["ranker.maxReplicas:=3", "deployments.ranker.initial.responsive=2"], 2),
        (["ranker.maxReplicas:=3", "deployments.ranker.initial=cold"], 0),
        (["ranker.maxReplicas=3"], None),
    ],
    ids=str,
)
def test_replicas_of_time_0_stay_within_bounds(
    file: Path, words: list[str], replicas: int | None
) -> None:
    """The nearest that is allowed, unless they are set themselves; None: refused, as ever."""
    if replicas is None:
        with pytest.raises(ScenarioError, match="must be from minReplicas, 2, to maxReplicas, 3"):
            load_scenario(file, words)
        return
    scenario = load_scenario(file, words)
    assert scenario.deployments[0].initial.responsive_count == replicas


def test_a_fault_of_such_a_value_is_told_at_the_option(file: Path) -> None:
    """Wherever it is set, as that of any other."""
    with pytest.raises(ScenarioError) as error:
        load_scenario(file, ["ranker.threadCount:=x"])

    assert {one.file for one in error.value.problems} == {"--set ranker.threadCount"}
    assert len(error.value.problems) == 3


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["ranker.threadCount=8"], [Undone("ranker.threadCount", 0, 10800.0)]),
        (["ranker.cpu=8"], [Undone("ranker.cpu", 1, 7200.0)]),
        (["ranker.cpu=4"], [Undone("ranker.cpu", 0, 10800.0)]),
        (["ranker.cpu:=8", "seed=3", "horizon=4h"], []),
        (["[eu.other].cpu=8"], []),
        (["[eu.other].threadCount=9"], []),
        (
            ["deployments[1].runtimeConfiguration.threadCount=8"],
            [Undone("deployments[1].runtimeConfiguration.threadCount", 2, 3600.0)],
        ),
    ],
    ids=str,
)
def test_what_a_later_replace_sets_to_something_else_is_known(
    file: Path, words: Sequence[str], found: list[Undone]
) -> None:
    """By the first replace that does, in time; one that says nothing of it or the same does not."""
    assert list(undone(load_scenario(file, words), words)) == found
