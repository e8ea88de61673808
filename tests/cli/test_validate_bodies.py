"""`sim validate` of what the API answers and takes, and of files of other platforms."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.cli.main import run

Sim = Callable[..., tuple[int, str, str]]

MODEL = "ri.models.main.model.0b7e2c56-1d4e-4a5b-8a51-6f2f4cd4a2ab"
CONFIGURATION = {"minReplicas": 1, "maxReplicas": 2, "cpu": 1.0, "memory": "1GiB"}
ANSWER = {
    "rid": "ri.foundry-ml-live.main.live-deployment.0b7e2c56-1d4e-4a5b-8a51-6f2f4cd4a2ab",
    "modelVersion": {
        "modelRid": MODEL,
        "modelVersionRid": "ri.models.main.model-version.0b7e2c56-1d4e-4a5b-8a51-6f2f4cd4a2ab",
    },
    "branch": "master",
    "runtimeConfiguration": CONFIGURATION,
    "status": {"state": "ACTIVE", "isReady": True},
}
DIRECT = {"type": "direct", "modelRid": MODEL, "branch": "master"}


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


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (ANSWER, "what Get Live Deployment answers"),
        ({"data": [ANSWER, ANSWER]}, "what List Live Deployments answers"),
        ({"runtimeConfiguration": CONFIGURATION}, "the body of a Replace Live Deployment request"),
        (
            {"deploymentType": DIRECT, "runtimeConfiguration": CONFIGURATION},
            "the body of a Create Live Deployment request",
        ),
        ({"input": {"text": "a"}}, "the body of a Transform Json Live Deployment request"),
        (CONFIGURATION, "a runtime configuration"),
    ],
    ids=["get", "list", "replace", "create", "transform", "bare"],
)
def test_what_the_api_answers_and_takes_is_known(
    sim: Sim, data: dict[str, Any], words: str
) -> None:
    """By its keys, from the documented examples of each operation; it is said what it is."""
    assert sim("validate", "-", stdin=json.dumps(data)) == (0, f"<stdin>: valid, {words}\n", "")


@pytest.mark.parametrize(
    "around",
    [
        lambda configuration: ANSWER | {"runtimeConfiguration": configuration},
        lambda configuration: {
            "data": [ANSWER, ANSWER | {"runtimeConfiguration": configuration}],
        },
        lambda configuration: {"runtimeConfiguration": configuration},
        lambda configuration: {"deploymentType": DIRECT, "runtimeConfiguration": configuration},
    ],
    ids=["get", "list", "replace", "create"],
)
def test_its_configuration_keeps_the_rules_of_the_api(
    sim: Sim, around: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """Each that is broken is a problem, with the place in the object; nothing else is told."""
    data = around(CONFIGURATION | {"threadCount": 200, "minReplicas": 3})

    status, out, _ = sim("validate", "-", "--format", "json", stdin=json.dumps(data))

    where = "data[1].runtimeConfiguration" if "data" in data else "runtimeConfiguration"
    found = json.loads(out)["violations"]
    assert status == 2
    assert [(one["rule"], one["field"], one["value"]) for one in found] == [
        ("thread-count-maximum", f"{where}.threadCount", 200),
        ("replica-bounds-order", f"{where}.minReplicas", 3),
    ]


def test_an_answer_may_have_fields_that_are_not_known_yet_and_a_body_may_not(sim: Sim) -> None:
    """Clients cope with newer answers, the API does not with newer bodies."""
    newer = CONFIGURATION | {"novel": 1}

    answer = ANSWER | {"runtimeConfiguration": newer, "novel": 2}
    assert sim("validate", "-", stdin=json.dumps(answer))[0] == 0
    assert sim("validate", "-", stdin=json.dumps({"data": [answer]}))[0] == 0
    status, out, _ = sim("validate", "-", stdin=json.dumps({"runtimeConfiguration": newer}))
    assert status == 2
    assert "runtimeConfiguration.novel: is unknown" in out


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({**ANSWER, "status": {"state": "UP", "isReady": True}}, "status.state: must be"),
        ({**ANSWER, "rid": "x"}, "rid: must be a resource identifier"),
        ({"deploymentType": {"type": "direct", "modelRid": MODEL}}, "branch: is missing"),
        ({"data": {}}, "data: must be a list"),
        ({"event": "publish", "deployment": "a"}, "an event alone"),
    ],
)
def test_a_faulty_object_is_told_as_what_it_is(sim: Sim, data: dict[str, Any], said: str) -> None:
    """And not as a scenario or a configuration that lacks everything."""
    status, out, err = sim("validate", "-", stdin=json.dumps(data))

    assert (status, err) == (2, "")
    assert said in out
    assert "minReplicas" not in out


MANIFESTS = {
    "Kubernetes (Deployment)": "apiVersion: apps/v1\nkind: Deployment\nspec: {replicas: 3}\n",
    "Kubernetes (Deployment, HorizontalPodAutoscaler)": (
        "# Source: chart/templates/all.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n"
        "  name: {{ .Values.name }}\n---\napiVersion: autoscaling/v2\r\n"
        "kind: HorizontalPodAutoscaler\r\n"
    ),
    "KServe (InferenceService)": (
        "apiVersion: 'serving.kserve.io/v1beta1'\nkind: InferenceService\nspec: {}\n"
    ),
    "Knative (Service)": '{"apiVersion": "serving.knative.dev/v1", "kind": "Service"}',
    "Kubernetes (A, B, C, ...)": "".join(
        f"apiVersion: v1\nkind: {kind}\n---\n" for kind in "ABCDA"
    ),
}


@pytest.mark.parametrize("name", MANIFESTS)
@pytest.mark.parametrize("verb", ["validate", "run", "lint"])
def test_a_file_of_another_platform_is_named_in_one_line(sim: Sim, verb: str, name: str) -> None:
    """Several documents and templates in it too, which are no YAML of ours; it says what is."""
    suffix = "json" if MANIFESTS[name].startswith("{") else "yaml"
    Path(f"deploy.{suffix}").write_text(MANIFESTS[name], encoding="utf-8", newline="")

    status, out, err = sim(verb, f"deploy.{suffix}")

    said = out + err
    line = 2 if MANIFESTS[name].startswith("#") else 1
    assert status == 2
    assert said.startswith(f"deploy.{suffix}:{line}: is a file for {name} and no scenario: ")
    assert "`sim new` writes a scenario" in said
    assert said.count("\n") == 1


def test_a_put_is_what_a_get_answers_but_no_list(sim: Sim) -> None:
    """A plan takes the configuration out of an answer; an object without one is named."""
    scenario = str(Path(__file__).parents[2] / "scenarios" / "replace_under_load.yaml")
    listed = json.dumps({"data": [ANSWER]})

    status, _, err = sim("plan", scenario, "-", stdin=listed)

    assert status == 2
    assert "is what List Live Deployments answers: a PUT is a runtime configuration" in err


REPLAY = """\
name: replay
horizon: HORIZON
deployments:
  - name: a
    runtimeConfiguration: {minReplicas: 1, maxReplicas: 1}
    request: {wait: {kind: column, column: r, unit: ms}}
    traffic:
      - {kind: trace, path: t.csv, format: csv, time_column: at}
"""


@pytest.mark.parametrize(("horizon", "part"), [("1min", "header"), ("trace", "times")])
def test_a_quick_look_reads_no_rows_and_says_so(sim: Sim, horizon: str, part: str) -> None:
    """A bad cell is found where the file is read whole; the header is checked in either case."""
    Path("replay.yaml").write_text(REPLAY.replace("HORIZON", horizon), encoding="utf-8")
    Path("t.csv").write_text("at,r\n0,5\n2,x\n", encoding="utf-8")

    whole = sim("validate", "replay.yaml")
    quick = sim("validate", "replay.yaml", "--quick")
    as_json = json.loads(sim("validate", "replay.yaml", "--quick", "--format", "json")[1])

    assert whole[0] == 2
    assert whole[1] == "t.csv:3: r must be a number (got x; rule bad-row)\n"
    status, out, _ = quick
    said = [line for line in out.splitlines() if "warning" not in line]
    assert status == 0
    assert said == [f"replay.yaml: read the {part} of t.csv only", "replay.yaml: valid"]
    assert as_json["headers_only"] == ["t.csv"]
    Path("t.csv").write_text("when,r\n0,5\n", encoding="utf-8")
    assert sim("validate", "replay.yaml", "--quick")[0] == 2


@pytest.mark.parametrize("key", ["instants", "counts"])
def test_a_list_that_is_too_long_is_one_problem(sim: Sim, key: str) -> None:
    """That its deployment is refused is no second one."""
    numbers = ", ".join(f"{i}s" if key == "instants" else "1" for i in range(10_001))
    source = {
        "instants": f"{{kind: instants, at: [{numbers}]}}",
        "counts": f"{{kind: counts, every: 1s, counts: [{numbers}]}}",
    }[key]
    traffic = REPLAY.replace("HORIZON", "1h").partition("      - ")[0]

    status, out, _ = sim("validate", "-", stdin=f"{traffic}      - {source}\n")

    assert status == 2
    assert out.count("\n") == 1
    assert "must hold at most 10,000 items" in out
