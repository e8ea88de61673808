"""`sim validate` and `sim rules`, as a shell sees them."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.cli.main import run
from sim.wire.rules import RULES

HOUSE = """
from sim.wire.rule import rule


@rule("house-gpu-budget", field="gpu.count", condition="at most 2 GPUs a replica", source="ops")
def gpu_budget(configuration, limits, deployment):
    if configuration.gpu is not None and configuration.gpu.count > 2:
        return "must be at most 2: more needs the platform team's approval"
    return None
"""

BODY = """\
{
  "runtimeConfiguration": {
    "minReplicas": 3,
    "maxReplicas": 2,
    "threadCount": 200,
    "environmentVariables": {"A": "1", "CLIENT_ID": "hush"}
  }
}
"""

SCENARIO = """\
name: two deployments
horizon: 1h
platform: {limits: {max_threads: 64}}
queues:
  - {name: gpus, kind: vgpu, limits: {T4: 2}}
deployments:
  - name: one
    runtimeConfiguration:
      minReplicas: 1
      maxReplicas: 2
      threadCount: 65
  - name: two
    runtimeConfiguration: {minReplicas: -1, maxReplicas: 2, cpu: "1"}
timeline:
  - at: 1min
    event: replace
    deployment: one
    runtimeConfiguration:
      minReplicas: 5
      maxReplicas: 2
      gpu: {count: 1, type: H100}
"""

Sim = Callable[..., tuple[int, str, str]]


@pytest.fixture
def sim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Sim:
    """Return a function that runs `sim ...` in an empty folder: status, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def run_sim(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        status = run(arguments)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run_sim


def violations(answer: tuple[int, str, str]) -> list[dict[str, Any]]:
    """Return the violations of a run in JSON, whose status and validity must fit."""
    status, out, err = answer
    document = json.loads(out)
    assert err == ""
    assert set(document) == {"valid", "violations"}
    assert document["valid"] is (not document["violations"])
    assert status == (0 if document["valid"] else 2)
    found: list[dict[str, Any]] = document["violations"]
    return found


def test_a_body_of_replace_is_told_in_full(sim: Sim) -> None:
    """Every key of a violation, in the table's order, with the place in the file."""
    Path("body.json").write_text(BODY, encoding="utf-8")

    found = violations(sim("validate", "body.json", "--format", "json"))

    assert found[0] == {
        "rule": "thread-count-maximum",
        "field": "runtimeConfiguration.threadCount",
        "value": 200,
        "line": 5,
        "column": 20,
        "errorName": "ThreadCountTooHigh",
        "errorCode": "INVALID_ARGUMENT",
        "httpStatus": 400,
        "parameters": {"maxThreadCount": 128, "providedThreadCount": 200},
        "message": "runtimeConfiguration.threadCount: The thread count is higher than the "
        "platform allows: maxThreadCount 128, providedThreadCount 200",
    }
    assert [(one["rule"], one["line"], one["value"]) for one in found] == [
        ("thread-count-maximum", 5, 200),
        ("environment-variable-reserved", 6, "CLIENT_ID"),
        ("replica-bounds-order", 3, 3),
    ]


def test_the_same_body_as_text(sim: Sim) -> None:
    """One line a violation: place, field, words, value, rule and answer; no secret."""
    Path("body.json").write_text(BODY, encoding="utf-8")

    status, out, err = sim("validate", "body.json")

    assert (status, err) == (2, "")
    assert out.splitlines() == [
        "body.json:5:20: runtimeConfiguration.threadCount: The thread count is higher than the "
        "platform allows: maxThreadCount 128, providedThreadCount 200 "
        "(got 200; rule thread-count-maximum; API: 400 ThreadCountTooHigh)",
        "body.json:6:53: runtimeConfiguration.environmentVariables.CLIENT_ID: The platform sets "
        "this environment variable itself: name CLIENT_ID "
        '(got "CLIENT_ID"; rule environment-variable-reserved; '
        "API: 400 ReservedEnvironmentVariable)",
        "body.json:3:20: runtimeConfiguration.minReplicas: must be at most maxReplicas, 2 "
        "(got 3; rule replica-bounds-order; API: 400 Default:InvalidArgument)",
    ]
    assert "hush" not in out


@pytest.mark.parametrize(
    "text", ["minReplicas: 0\nmaxReplicas: 1\n", '{"minReplicas":0,"maxReplicas":1}']
)
def test_a_bare_configuration_from_standard_input(sim: Sim, text: str) -> None:
    """YAML or JSON; what is right is said to be, with status 0."""
    assert sim("validate", "-", stdin=text) == (0, "<stdin>: valid, a runtime configuration\n", "")
    assert violations(sim("validate", "-", "--format", "json", stdin=text)) == []


def test_structural_faults_are_told_in_the_apis_words(sim: Sim) -> None:
    """422 with field and place; a misspelt name at its key, with the right one."""
    text = 'minReplicas: "1"\nmaxReplicas: 2\nthread_count: 3\n'

    found = violations(sim("validate", "-", "--format", "json", stdin=text))

    assert [
        (one["rule"], one["field"], one["line"], one["column"], one["httpStatus"]) for one in found
    ] == [
        ("wrong-type", "minReplicas", 1, 14, 422),
        ("unknown-field", "thread_count", 3, 1, 422),
    ]
    assert {one["errorName"] for one in found} == {"Conjure:UnprocessableEntity"}
    assert found[1]["message"] == "thread_count: is unknown; did you mean threadCount?"
    assert found[0]["parameters"]["argument"] == "minReplicas"


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.json", '{"minReplicas": 1,\n "maxReplicas": }', 2),
        ("a.yaml", "minReplicas: 1\nmaxReplicas: [1\n", 3),
        ("a.json", '{"minReplicas": 1,\n "minReplicas": 2, "maxReplicas": 2}', 2),
        ("a.json", "null", 1),
        ("a.yaml", "", 1),
    ],
)
def test_text_that_is_no_document_is_an_invalid_argument(
    sim: Sim, name: str, text: str, line: int
) -> None:
    """400, at the line where reading ends."""
    Path(name).write_text(text, encoding="utf-8")

    (found,) = violations(sim("validate", name, "--format", "json"))

    assert (found["errorName"], found["httpStatus"]) == ("Default:InvalidArgument", 400)
    assert found["line"] == line
    assert found["field"] == ""
    assert found["message"] in found["parameters"]["reason"]


@pytest.mark.parametrize("text", ["[]", "- 1", "text", "5"])
def test_a_document_that_is_no_mapping_is_unprocessable(sim: Sim, text: str) -> None:
    """It is taken for a configuration, which must be an object."""
    (found,) = violations(sim("validate", "-", "--format", "json", stdin=text))

    assert (found["rule"], found["httpStatus"]) == ("wrong-type", 422)
    assert found["message"] == "must be an object"


def test_a_scenario_is_told_with_all_its_configurations(sim: Sim) -> None:
    """Faults of the scenario and of structure first, then every broken rule of every PUT."""
    text = SCENARIO.replace("horizon: 1h", "horizon: 60")

    found = violations(sim("validate", "-", "--format", "json", stdin=text))

    assert [(one["rule"], one["field"], one["line"], one["errorName"]) for one in found] == [
        ("unit", "horizon", 2, None),
        ("type", "deployments[1].runtimeConfiguration.cpu", 13, "Conjure:UnprocessableEntity"),
        (
            "thread-count-maximum",
            "deployments[0].runtimeConfiguration.threadCount",
            11,
            "ThreadCountTooHigh",
        ),
        (
            "gpu-type-available",
            "timeline[0].runtimeConfiguration.gpu.type",
            21,
            "GpuTypeNotAvailable",
        ),
        (
            "replica-bounds-order",
            "timeline[0].runtimeConfiguration.minReplicas",
            19,
            "Default:InvalidArgument",
        ),
    ]
    assert found[0]["httpStatus"] is None
    assert found[0]["parameters"] is None
    assert found[1]["parameters"] == {"reason": "must be a number", "argument": "cpu"}
    assert found[3]["parameters"] == {
        "requestedGpuType": "H100",
        "availableGpuTypes": ["T4"],
    }


def test_limits_come_from_a_file(sim: Sim) -> None:
    """For a body in the place of the defaults, for a scenario in the place of its own."""
    Path("limits.yaml").write_text("max_threads: 256\ngpu_types: [T4, H100]\n", encoding="utf-8")
    Path("body.json").write_text(BODY, encoding="utf-8")
    options = ("--format", "json", "--limits", "limits.yaml")

    body = violations(sim("validate", "body.json", *options))
    scenario = violations(sim("validate", "-", *options, stdin=SCENARIO))

    assert [one["rule"] for one in body] == [
        "environment-variable-reserved",
        "replica-bounds-order",
    ]
    assert "thread-count-maximum" not in {one["rule"] for one in scenario}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("max_thread: 3\n", "limits.yaml:1:1: max_thread: is unknown; did you mean max_threads?"),
        ("max_gpus: 0\n", "limits.yaml:1:11: max_gpus: must be at least 1 (got 0; rule range)"),
        ("- 1\n", "limits.yaml:1:1: must be a mapping"),
        ("gpu_types: [P100]\n", "limits.yaml:1:13: gpu_types[0]: must be one of A100, A10G"),
        ("{", "limits.yaml:1:2: is not YAML"),
    ],
)
def test_a_file_that_holds_no_limits_is_refused(sim: Sim, text: str, message: str) -> None:
    """On stderr, since it is not what is validated, with its place and status 2."""
    Path("limits.yaml").write_text(text, encoding="utf-8")

    status, out, err = sim("validate", "-", "--limits", "limits.yaml", stdin=SCENARIO)

    assert (status, out) == (2, "")
    assert err.startswith(message)
    assert len(err.splitlines()) == 1


def test_house_rules_are_named_on_the_command_line_or_in_a_scenario(sim: Sim) -> None:
    """They are enforced where the built-in ones are, after them, and once if named twice."""
    Path("house.py").write_text(HOUSE, encoding="utf-8")
    options = ("--format", "json", "--rules", "house.py:gpu_budget")
    body = '{"minReplicas": 0, "maxReplicas": 1, "gpu": {"count": 3}}'
    scenario = SCENARIO.replace("{count: 1, type: H100}", "{count: 3, type: T4}")
    named = f"rules: [house.py:gpu_budget]\n{scenario}"
    Path("named.yaml").write_text(named, encoding="utf-8")

    (found,) = violations(sim("validate", "-", *options, stdin=body))
    assert (found["rule"], found["value"]) == ("house-gpu-budget", 3)
    assert found["errorName"] == "Default:InvalidArgument"
    assert found["message"].startswith("gpu.count: must be at most 2: more needs")
    for arguments in (
        ("-", "--rules", "house.py:gpu_budget"),
        ("named.yaml",),
        ("named.yaml", "--rules", "house.py:gpu_budget"),
    ):
        text = scenario if arguments[0] == "-" else ""
        told = violations(sim("validate", *arguments, "--format", "json", stdin=text))
        assert [one["rule"] for one in told].count("house-gpu-budget") == 1
        assert told[-1]["rule"] == "house-gpu-budget"


def test_a_house_rule_that_fails_is_told_once(sim: Sim) -> None:
    """On stderr for a body; for a scenario at the line that names it."""
    broken = HOUSE.replace("configuration.gpu is not None", "configuration.gpus is not None")
    Path("house.py").write_text(broken, encoding="utf-8")
    Path("named.yaml").write_text(f"rules: [house.py:gpu_budget]\n{SCENARIO}", encoding="utf-8")
    body = '{"minReplicas": 0, "maxReplicas": 1}'

    status, out, err = sim("validate", "-", "--rules", "house.py:gpu_budget", stdin=body)
    told = violations(sim("validate", "named.yaml", "--format", "json"))

    assert (status, out) == (2, "")
    assert "the rule's function failed: AttributeError" in err
    (one,) = [one for one in told if one["rule"] == "house-gpu-budget"]
    assert (one["field"], one["line"], one["errorName"]) == ("rules[0]", 1, None)


def test_a_rule_that_cannot_be_loaded_is_refused(sim: Sim) -> None:
    """On the command line on stderr; in a scenario it is one of the violations."""
    text = f"rules: [house.py:gpu_budget]\n{SCENARIO}"

    status, out, err = sim("validate", "-", "--rules", "house.py:gpu_budget", stdin="{}")
    told = violations(sim("validate", "-", "--format", "json", stdin=text))

    assert (status, out) == (2, "")
    assert "there is no file house.py" in err
    assert "rules[0]" in [one["field"] for one in told if one["rule"] == "user-rule"]


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_a_file_that_cannot_be_read_is_told_on_stderr(sim: Sim, output_format: str) -> None:
    """There is nothing to validate: no document on stdout, status 2."""
    status, out, err = sim("validate", "absent.yaml", "--format", output_format)

    assert (status, out) == (2, "")
    assert err == "absent.yaml: cannot be read: no such file or directory (rule readable-file)\n"


def test_a_huge_file_is_not_read(sim: Sim) -> None:
    """A 100 MB file is refused by its size alone."""
    with Path("huge.yaml").open("wb") as stream:
        stream.truncate(100_000_000)

    status, out, err = sim("validate", "huge.yaml")

    assert (status, out) == (2, "")
    assert "is larger than 5 MB" in err


def test_the_rules_are_listed_in_their_order(sim: Sim) -> None:
    """Text has every name once, JSON every field of a rule."""
    status, text, _ = sim("rules")
    _, out, _ = sim("rules", "--format", "json")
    listed = json.loads(out)["rules"]

    assert status == 0
    assert [one["rule"] for one in listed] == [rule.name for rule in RULES]
    assert listed[0] == {
        "rule": "thread-count-maximum",
        "field": "threadCount",
        "condition": "threadCount is at most the platform's max_threads",
        "source": RULES[0].source,
        "errorName": "ThreadCountTooHigh",
        "errorCode": "INVALID_ARGUMENT",
        "httpStatus": 400,
    }
    heads = [line for line in text.splitlines() if not line.startswith("    ")]
    assert heads == [
        f"{number:2}. {rule.name}: {rule.condition}" for number, rule in enumerate(RULES, start=1)
    ]
    assert listed[-1]["httpStatus"] == 409


def test_house_rules_are_listed_after_the_built_in_ones(sim: Sim) -> None:
    """With their own words."""
    Path("house.py").write_text(HOUSE, encoding="utf-8")

    status, text, _ = sim("rules", "--rules", "house.py:gpu_budget")

    assert status == 0
    assert text.splitlines()[-2:] == [
        "21. house-gpu-budget: at most 2 GPUs a replica",
        "    400 Default:InvalidArgument; ops",
    ]


def test_a_list_with_a_rule_that_is_none_is_refused(sim: Sim) -> None:
    """Status 2 and one line on stderr."""
    status, out, err = sim("rules", "--rules", "house.py:gpu_budget")

    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1


def test_the_files_of_traffic_are_read_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bad row far behind the header is told with its line, with status 2."""
    (tmp_path / "t.csv").write_text("at\n0\n1\nnoon\n")
    scenario = tmp_path / "replay.yaml"
    scenario.write_text(
        "name: replay\nhorizon: 1min\ndeployments:\n  - name: d\n"
        "    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1}\n"
        "    traffic: [{kind: trace, path: t.csv, format: csv, time_column: at}]\n"
    )

    assert run(["validate", str(scenario)]) == 2
    assert f"{tmp_path}/t.csv:4: the time must be a number of s" in capsys.readouterr().out
