"""Where two scenarios differ: by which address, with which values."""

from pathlib import Path
from typing import Any

import pytest

from case_files import ROLLING, TINY, write_case
from sim.scenario.models.file_form import resolved
from sim.scenario.reading.differences import Change, differences, scenario_differences
from sim.scenario.reading.loader import load_scenario, parse_scenario

BOTH = f"{TINY}      - {{kind: poisson, name: jobs, rate: 1/s}}\n"


def changes(a: str, b: str) -> list[Change]:
    """Return the differences of two scenarios as text."""
    return list(scenario_differences(parse_scenario(a), parse_scenario(b)))


def test_a_scenario_does_not_differ_from_itself_nor_from_its_defaults_written_out() -> None:
    """1,000 ms are 1 s, and what a file leaves out is what it would have said."""
    written = TINY.replace("500ms", "0.5s").replace("horizon: 100s", "horizon: 1min40s")

    assert changes(TINY, TINY) == []
    assert (
        changes(TINY, written.replace("responsive: 1}", "responsive: 1}\n    branch: master")) == []
    )


@pytest.mark.parametrize(
    ("old", "new", "want"),
    [
        ("100s", "2min", Change("horizon", "100s", "2min")),
        ("rate: 3/s", "rate: 4/s", Change("deployments.a.traffic.users.rate", "3/s", "4/s")),
        ("mean: 500ms", "mean: 1s", Change("deployments.a.request.wait.mean", "500ms", "1s")),
        (
            "{kind: exponential, mean: 500ms}",
            "2s",
            Change("deployments.a.request.wait", {"kind": "exponential", "mean": "500ms"}, "2s"),
        ),
    ],
    ids=["a field", "an item by its name", "within a law", "a law and a number"],
)
def test_a_changed_field_is_named_as_set_names_it(old: str, new: str, want: Change) -> None:
    """With both values, as a file has them."""
    assert changes(TINY, TINY.replace(old, new)) == [want]


def test_items_are_matched_by_name_wherever_they_stand() -> None:
    """The second source of two is still the same source when it comes first; its order is told."""
    first, second = BOTH.rsplit("      - ", 2)[1:]
    swapped = BOTH.replace(f"      - {first}      - {second}", f"      - {second}      - {first}")
    assert swapped != BOTH

    assert changes(BOTH, swapped.replace("1/s", "2/s")) == [
        Change("deployments.a.traffic.jobs.rate", "1/s", "2/s"),
        Change("deployments.a.traffic", ["users", "jobs"], ["jobs", "users"]),
    ]


def test_what_only_one_has_is_one_change() -> None:
    """Of a source, a queue, a whole deployment: nothing in the other."""
    (found,) = changes(TINY, BOTH)

    assert (found.field, found.a) == ("deployments.a.traffic.jobs", None)
    assert found.b["rate"] == "1/s"
    assert [Change(one.field, one.b, one.a) for one in changes(BOTH, TINY)] == [found]


def test_events_are_matched_by_their_place() -> None:
    """They have no names: a place in brackets, which `--set` takes too."""
    later = ROLLING.replace("at: 50s", "at: 60s")

    assert changes(ROLLING, later) == [Change("timeline[0].at", "50s", "1min")]
    one_more = f"{ROLLING}  - {{event: kill, at: 90s, deployment: a, replicas: all}}\n"
    (found,) = changes(ROLLING, one_more)
    assert (found.field, found.a, found.b["event"]) == ("timeline[1]", None, "kill")


def test_every_address_is_one_that_set_takes(tmp_path: Path) -> None:
    """A scenario with every changed value set is the other scenario."""
    other = (
        ROLLING.replace("200s", "4min")
        .replace("at: 50s", "at: 1min")
        .replace("rate: 3/s", "rate: 4/s")
        .replace("threadCount: 4", "threadCount: 5")
        .replace("limit: 16", "limit: 20")
    )
    found = changes(ROLLING, other)
    file = write_case(tmp_path, "a", ROLLING)

    assert len(found) == 5
    same = load_scenario(file, [f"{one.field}={one.b}" for one in found])
    assert resolved(same) == resolved(parse_scenario(other))


def test_values_of_environment_variables_are_not_shown() -> None:
    """They may be secrets; that they differ is shown, and that they are the same."""

    def with_variables(values: str) -> str:
        return TINY.replace("threadCount: 2}", f"threadCount: 2, environmentVariables: {values}}}")

    found = changes(with_variables("{KEY: one, SAME: x}"), with_variables("{KEY: two, SAME: x}"))

    address = "deployments.a.runtimeConfiguration.environmentVariables.KEY"
    assert found == [Change(address, "***1", "***2")]
    secret = with_variables("{KEY: hush}").replace("name: a\n", "name: b\n")
    assert "hush" not in repr(changes(TINY, secret))


def test_files_are_compared_by_where_they_are(tmp_path: Path) -> None:
    """One file seen from two directories is no difference; one name in two directories is one."""
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "times.csv").write_text("at\n1\n2\n", encoding="utf-8")
    trace = (
        "kind: poisson, name: users, rate: 3/s",
        "kind: trace, name: users, format: csv, time_column: at, time_unit: s, path: PATH",
    )

    def scenario_in(folder: str, path: str) -> Any:
        text = TINY.replace(*trace).replace("PATH", path)
        return load_scenario(write_case(tmp_path / folder, "x", text))

    first = scenario_in("one", "times.csv")
    assert scenario_differences(first, scenario_in("two", "../one/times.csv")) == ()
    (found,) = scenario_differences(first, scenario_in("two", "times.csv"))
    assert (found.a, found.b) == ("times.csv", "../two/times.csv")


def test_parts_of_scenarios_can_be_compared() -> None:
    """Such as the runtime configurations of a PUT and of what it replaces."""
    now, then = {"minReplicas": 1, "memory": "4GiB"}, {"minReplicas": 2, "memory": "4GiB"}

    assert differences(now, then) == (Change("minReplicas", 1, 2),)
