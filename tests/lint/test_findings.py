"""What lint says of known scenarios, and the form in which it says it."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from builders import deployment, scenario
from sim.lint.finding import Finding, Findings, count_of, findings_schema
from sim.lint.linting import lint
from sim.lint.table import LINT_RULES
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import load_scenario
from sim.scenario.reading.overrides import overridden
from sim.scenario.reading.variants import LoadedScenario

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "scenarios"
SHARED = ROOT.parent / "shared"
PAGE = ROOT / "docs" / "lint.md"
MODEL = ROOT / "docs" / "model.md"

Plain = dict[str, Any]


def found(path: Path, *overrides: str) -> dict[str, Finding]:
    """Return the findings about a file, by rule."""
    loaded = LoadedScenario.load(path, overrides)
    findings = lint(loaded.scenario, line_of=lambda place: loaded.document.place(place).line)
    return {finding.rule: finding for finding in findings}


# Shipped scenarios, whose answers say what happens ----------------------------------------------


@pytest.mark.parametrize(
    ("name", "never", "risks"),
    [
        ("gpu_queue_deadlock", {"rollout-never-switches"}, set()),
        ("gpu_queue_one_spare", set(), set()),
        ("capacity_cliff", set(), {"capacity-cliff", "swinging-replicas"}),
        ("capacity_cliff_remedies", set(), {"swinging-replicas"}),
        ("goodput_collapse", set(), {"capacity-cliff"}),
        ("replace_under_load", set(), {"capacity-cliff"}),
        ("memory_trap", set(), {"memory-of-busy-threads"}),
        ("sawtooth", set(), {"swinging-replicas"}),
        ("thread_count_trap", set(), {"threshold-out-of-reach"}),
        ("cold_start_from_zero", set(), set()),
        ("serve", set(), set()),
        ("busy_mornings", set(), set()),
    ],
)
def test_shipped_scenarios_are_judged_as_they_end(
    name: str, never: set[str], risks: set[str]
) -> None:
    """The traps are named, the deadlock is condemned, and with one GPU to spare nothing is."""
    findings = found(SHIPPED / f"{name}.yaml")

    assert {rule for rule, it in findings.items() if it.level == "never"} == never
    assert {rule for rule, it in findings.items() if it.level == "risk"} == risks


@pytest.mark.parametrize("where", ["autoscaler", "timeline"])
def test_what_counts_on_configured_bounds_is_silent_beside_a_schedule(where: str) -> None:
    """What one replica is to meet, and up to how many it may grow, is then the clock's to say."""
    entry = {"min": 3, "max": 20, "from": "08:00", "to": "08:00"}
    path = SHIPPED / "capacity_cliff.yaml"
    event = {"event": "schedule", "at": "5min", "deployment": "summariser", "schedule": [entry]}
    override = (
        f"deployments.summariser.autoscaler.schedule=[{json.dumps(entry)}]"
        if where == "autoscaler"
        else f"timeline=[{json.dumps(event)}]"
    )

    assert set(found(path)) == {"capacity-cliff", "swinging-replicas"}
    assert set(found(path, override)) == set()


@pytest.mark.parametrize(
    ("setting", "handed_to"),
    [
        ("initial_replicas=2", "hands over to 2 replicas"),
        ("initial_replicas=14", None),  # 28 threads for the 28 that 14 requests/s of 2 s occupy
        ("initial_replicas=50%", None),
        ("old_goes=at_full", None),
    ],
)
def test_a_cliff_is_told_of_where_the_first_replicas_are_known(
    setting: str, handed_to: str | None
) -> None:
    """A count is, a share of those that there are is not; where old ones stay it comes later."""
    finding = found(SHIPPED / "capacity_cliff.yaml", f"deployments.summariser.rollout.{setting}")

    claim = finding["capacity-cliff"].claim if "capacity-cliff" in finding else None
    assert (claim is None) == (handed_to is None)
    assert handed_to is None or handed_to in (claim or "")


def test_the_deadlock_names_numbers_line_and_remedy() -> None:
    """Four of four H100s are held; the field is that of the PUT, on its line."""
    path = SHIPPED / "gpu_queue_deadlock.yaml"
    finding = found(path)["rollout-never-switches"]

    assert finding.field == "timeline[0].runtimeConfiguration.gpu.count"
    assert finding.line is not None
    assert "gpu: {count: 1, type: H100}" in path.read_text("utf-8").splitlines()[finding.line - 1]
    assert dict(finding.numbers) == {
        "needed_gpus": 1,
        "largest_free_gpus": 4,
        "held_by_old_gpus": 4,
        "old_replicas": 4,
        "new_replicas": 1,
    }
    assert finding.remedy == "Set queues.h100.limits.H100 to at least 5."


def test_the_remedy_of_the_deadlock_mends_it_and_one_less_does_not() -> None:
    """The value to set is the least that does."""
    path = SHIPPED / "gpu_queue_deadlock.yaml"

    assert found(path, "queues.h100.limits.H100=5") == {}
    assert "rollout-never-switches" in found(path, "queues.h100.limits.H100=4")


def test_the_cliff_names_the_replicas_that_the_load_occupies() -> None:
    """14 requests/s of 2 s occupy 28 threads: 14 replicas of 2; at a load of 0.75 19 of them."""
    finding = found(SHIPPED / "capacity_cliff.yaml")["capacity-cliff"]

    assert finding.field == "timeline[0].runtimeConfiguration.minReplicas"
    assert finding.numbers["needed_replicas"] == 14
    assert finding.numbers["busy_threads"] == 28
    assert "minReplicas to 19" in finding.remedy


# Incidents and faults of others -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "rule", "level"),
    [
        ("incidents/01_gpu_rollout_deadlock", "rollout-never-switches", "never"),
        ("incidents/02_failing_version_then_rollback", "model-never-fits", "never"),
        ("incidents/03_slow_start_overshoot", "overshoot", "risk"),
        ("incidents/04_bluegreen_min_replicas", "capacity-cliff", "risk"),
        ("incidents/06_thrash_constant_load", "swinging-replicas", "risk"),
        ("incidents/09_start_timeout_first_pull", "first-start-too-slow", "risk"),
        ("incidents/09b_start_timeout_never", "start-never-in-time", "never"),
        ("incidents/12_shared_quota_two_autoscalers", "maxima-above-limit", "risk"),
        ("incidents/13_replica_bigger_than_quota", "replica-never-fits", "never"),
        ("incidents/18_threshold_never_reached", "never-scales-up", "never"),
        ("incidents/28_queue_limit_never_fits_gpu", "replica-never-fits", "never"),
        ("faults/never_fits_gpu", "replica-never-fits", "never"),
        ("faults/never_fits_cpu", "replica-never-fits", "never"),
        ("faults/is_a_deadlock", "rollout-never-switches", "never"),
    ],
)
def test_incidents_are_named_before_they_happen(file: str, rule: str, level: str) -> None:
    """Each has the finding whose rule it is; no other *never* beside it."""
    path = SHARED / f"{file}.yaml"
    if not path.exists():
        pytest.skip("the incidents lie beside the project, and are not here")
    findings = found(path)

    assert findings[rule].level == level
    nevers = {name for name, finding in findings.items() if finding.level == "never"}
    assert nevers == ({rule} if level == "never" else set())


# The form ---------------------------------------------------------------------------------------


def test_a_scenario_built_in_python_has_no_lines() -> None:
    """There is no file; fields are named as `--set` names them all the same."""
    one = deployment(wire={"cpu": 9.0}, name="eu.ranker v2", initial={"kind": "cold"})
    (finding, *_) = lint(
        scenario(one, queues=[{"kind": "vcpu", "name": "q", "limit_millicores": 8000}])
    )

    assert finding.field == "deployments[eu.ranker v2].runtimeConfiguration.cpu"
    assert finding.line is None


def test_a_value_that_was_set_from_outside_has_no_line() -> None:
    """It does not stand in the file."""
    put = "timeline[0].runtimeConfiguration.gpu.count"

    finding = found(SHIPPED / "gpu_queue_one_spare.yaml", f"{put}=6")["replica-never-fits"]

    assert (finding.field, finding.line) == (put, None)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_field_is_one_that_set_takes(path: Path) -> None:
    """Set to what it is already, nothing is refused and nothing changes."""
    if path.stem == "azure_code_replay":
        pytest.skip("its trace has to be fetched")
    loaded = LoadedScenario.load(path)
    for finding in lint(loaded.scenario):
        document = overridden(loaded.document, [f"{finding.field}=1"])
        assert len(document.origins) == 1


def test_never_comes_first_and_nothing_is_said_twice() -> None:
    """In the order of the table."""
    order = [rule.name for rule in LINT_RULES]
    levels = [rule.level for rule in LINT_RULES]

    assert len(set(order)) == len(order)
    assert levels == sorted(levels)
    for path in sorted(SHIPPED.glob("*.yaml")):
        if path.stem == "azure_code_replay":
            continue
        findings = lint(load_scenario(path))
        places = [order.index(finding.rule) for finding in findings]
        assert all(a <= b for a, b in pairwise(places))
        assert len({(finding.rule, finding.field) for finding in findings}) == len(findings)


def test_findings_keep_the_schema() -> None:
    """Which is one itself, and says what each key means; it knows two levels, and later keys."""
    schema = findings_schema()
    Draft202012Validator.check_schema(schema)
    findings = tuple(found(SHIPPED / "gpu_queue_deadlock.yaml").values())
    said = Findings(findings=findings).model_dump(mode="json")

    Draft202012Validator(schema).validate(said)
    assert said["schema"] == "sim-lint/1"
    keys = schema["$defs"]["Finding"]["properties"]
    assert list(keys) == ["level", "rule", "field", "line", "claim", "numbers", "remedy"]
    assert all("description" in key for key in keys.values())
    other = {**said, "findings": [{**said["findings"][0], "level": "perhaps"}]}
    assert Draft202012Validator(schema).is_valid({**said, "more": 1})
    assert not Draft202012Validator(schema).is_valid(other)


def test_counts_are_by_level() -> None:
    """One never, no risk."""
    findings = tuple(found(SHIPPED / "gpu_queue_deadlock.yaml").values())

    assert (count_of(findings, "never"), count_of(findings, "risk")) == (1, 0)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_claims_and_remedies_are_whole_sentences(path: Path) -> None:
    """They begin with a name or a capital, end with a full stop, and the numbers have names."""
    if path.stem == "azure_code_replay":
        pytest.skip("its trace has to be fetched")
    for finding in lint(load_scenario(path)):
        assert finding.claim.endswith(".")
        assert re.fullmatch(r"Set .+\.", finding.remedy)
        assert finding.numbers


def test_every_rule_names_where_the_model_says_so() -> None:
    """A heading of the page on the model."""
    headings = re.findall(r"^## (.+)$|^\*\*(.+?)\.\*\*", MODEL.read_text("utf-8"), re.M)
    known = {f"docs/model.md, {title or paragraph}" for title, paragraph in headings}

    assert {rule.source for rule in LINT_RULES} <= known


# The page ---------------------------------------------------------------------------------------


def test_the_page_has_every_rule_with_its_claim() -> None:
    """Word for word, in the order of the table, under the heading of its level."""
    page = PAGE.read_text("utf-8")
    sections = re.findall(r"^### `([\w-]+)`\n\n\*\*(never|risk)\*\*: (.+?)\n\n", page, re.M | re.S)
    written = [(name, level, " ".join(claim.split())) for name, level, claim in sections]

    assert written == [(rule.name, rule.level, rule.claim) for rule in LINT_RULES]


def test_each_section_of_the_page_is_complete() -> None:
    """What is compared, what to do, and what the rule does not claim."""
    parts = re.split(r"^### ", PAGE.read_text("utf-8"), flags=re.M)[1:]

    assert len(parts) == len(LINT_RULES)
    for part in parts:
        for word in ("*Arithmetic*:", "*Remedy*:", "*Not claimed*:"):
            assert word in part, part.splitlines()[0]


# Cases that no scenario above has ---------------------------------------------------------------


def file_form(**changes: Any) -> Plain:
    """Return a deployment on a queue of vCPU, with a PUT in the middle."""
    wire = {"minReplicas": 1, "maxReplicas": 1, "cpu": 1}
    data: Plain = {
        "name": "case",
        "horizon": "10min",
        "queues": [{"kind": "vcpu", "name": "q", "limit": 9}],
        "deployments": [{"name": "a", "runtimeConfiguration": wire, "initial": "cold"}],
        "timeline": [
            {
                "at": "5min",
                "event": "replace",
                "deployment": "a",
                "runtimeConfiguration": {**wire, "cpu": 2},
            }
        ],
    }
    return data | changes


def rules_of(data: Plain) -> set[str]:
    """Return the rules that speak of a file form."""
    return {finding.rule for finding in lint(Scenario.from_file_form(data))}


def test_a_limit_that_comes_later_counts() -> None:
    """Two cores never fit into one, unless the limit is two for a moment."""
    data = file_form(queues=[{"kind": "vcpu", "name": "q", "limit": 1}])
    assert "replica-never-fits" in rules_of(data)

    raised = {"at": "9min", "event": "queue_limit", "queue": "q", "limit": 2}
    data["timeline"].append(raised)
    assert "replica-never-fits" not in rules_of(data)


def test_a_put_that_is_refused_or_changes_nothing_makes_no_revision() -> None:
    """The same configuration again is no rollout that could fail to switch."""
    data = file_form(queues=[{"kind": "vcpu", "name": "q", "limit": 1}])
    data["timeline"][0]["runtimeConfiguration"]["cpu"] = 1

    assert rules_of(data) == set()


def test_a_publish_is_judged_with_the_version_that_it_brings() -> None:
    """Its model is too large for the configuration that stays; the field is the memory."""
    data = file_form()
    data["timeline"] = [
        {"at": "1min", "event": "publish", "deployment": "a", "model_memory": "5GiB"}
    ]
    (finding,) = lint(Scenario.from_file_form(data))

    assert finding.rule == "model-never-fits"
    assert finding.field == "deployments.a.runtimeConfiguration.memory"
    assert "version of timeline[0]" in finding.claim
    assert "timeline[0].model_memory" in finding.remedy


def test_bounds_that_change_in_place_begin_no_rollout() -> None:
    """No replica is asked for anew: nothing can be short of room."""
    data = file_form(queues=[{"kind": "vcpu", "name": "q", "limit": 1}])
    data["timeline"][0]["runtimeConfiguration"] = {"minReplicas": 0, "maxReplicas": 1, "cpu": 1}

    assert rules_of(data) == set()
