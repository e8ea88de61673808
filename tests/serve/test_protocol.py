"""The lines between the processes: what is written of them, and that they are as is written."""

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from typing_extensions import is_typeddict

from live_workers import Process, working
from sim.serve.protocol import commands, events, said, views
from sim.serve.protocol.commands import COMMANDS, Command
from sim.serve.protocol.schema import lines_schema

DOCUMENT = Path(__file__).parents[2] / "docs" / "live.md"
RID = "ri.foundry-ml-live.main.live-deployment.1"
MODEL = "ri.models.main.model.1"
CONFIGURATION = {"minReplicas": 1, "maxReplicas": 2, "threadCount": 3, "cpu": 4.0}
TOO_LARGE = {"minReplicas": 5000, "maxReplicas": 5000, "threadCount": 1}
SCENARIO = f"""
name: one deployment
horizon: 600s
queues:
  - {{kind: vcpu, name: cores, limit: 8}}
  - {{kind: vgpu, name: cards, limits: {{T4: 2}}}}
deployments:
  - name: ranker
    rid: {RID}
    model_rid: {MODEL}
    initial: {{responsive: 1}}
    runtimeConfiguration: {{minReplicas: 1, maxReplicas: 2, threadCount: 4, cpu: 4.0}}
    replica: {{image_cached: true, container_start: 1s, model_load: 1s, probe: {{period: 1s}}}}
    request: {{wait: 200ms}}
    service: {{queue_capacity: 100}}
    traffic: [{{kind: poisson, name: users, rate: 2/s}}]
"""
ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("create", {"type": "objective", "modelRid": MODEL, "runtimeConfiguration": CONFIGURATION}),
    ("replace", {"rid": RID, "runtimeConfiguration": CONFIGURATION}),
    ("replicas", {"deployment": "ranker"}),
    ("queues", {}),
    ("traffic", {"deployment": "ranker", "rate_per_s": 50, "for_s": 20}),
    ("event", {"event": {"event": "kill", "deployment": "ranker", "replicas": "all"}}),
    ("pause", {}),
    ("speed", {"speed": "max"}),
    ("speed", {"speed": 60}),
    ("step", {"for_s": 30}),
    ("decisions", {}),
    ("decisions", {"deployment": "ranker"}),
    ("lint", {}),
    ("snapshot", {}),
    ("disable", {"rid": RID}),
    ("start", {"rid": RID}),
    ("resume", {}),
    ("step", {"for_s": 30}),
    ("resume", {}),
    ("infer", {"rid": RID, "input": {"x": 1}}),
    ("reset", {}),
    ("stop", {}),
)
"""Every command, in such an order that each has something to show."""


def checker(name: str) -> Draft202012Validator:
    """Return what checks a value by a definition of the published schema."""
    schema = lines_schema()
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a scenario file."""
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO)
    return path


def test_the_schema_is_one() -> None:
    """By the rules of its dialect, with nothing that is named and not there."""
    schema = lines_schema()

    Draft202012Validator.check_schema(schema)
    named = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(schema)))
    answers = {name for name in schema["$defs"] if name.endswith("Answer")}
    assert named | answers == set(schema["$defs"])


def test_every_line_is_as_the_schema_says(file: Path, tmp_path: Path) -> None:
    """Commands, views, events of each kind, and what each command is answered when it is done."""
    with working(file, "--speed", "1", "--run-dir", tmp_path / "run") as process:
        answers = [(do, process.ask(do, **fields)) for do, fields in ASKED]

        for line in process.asked:
            checker("Asked").validate(line)
        for line in process.said:
            checker("Said").validate(line)
        for do, answer in answers:
            checker(f"{do.title()}Answer").validate(answer["ok"])
        assert {line["do"] for line in process.asked} == {command.do for command in COMMANDS}
        kinds = {event["kind"] for event in process.events}
        assert kinds == {"replica", "decision", "status"}
        assert process.view["queues"][1]["gpuType"] == "T4"


def test_every_refusal_is_as_the_schema_says(file: Path) -> None:
    """With an error of the API, with words, without; and a process that cannot begin."""
    with working(file, "--speed", "1") as process:
        process.ask("pause")
        found = [
            process.ask("start", rid="ri.a..b.c"),
            process.ask("snapshot"),
            process.ask("dance"),
            process.ask("replace", rid=RID, runtimeConfiguration=TOO_LARGE),
        ]
        says = checker("Said")
        for line in process.said:
            says.validate(line)
    assert [sorted(line.keys() - {"id"}) for line in found] == [
        ["fault"],
        ["refused"],
        ["refused"],
        ["status"],
    ]
    failed = Process(file.parent / "none.yaml")
    assert failed.line() is not None
    assert failed.end() == 1
    assert "failed" in failed.said[0]
    says.validate(failed.said[0])


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Asked", {"id": 1, "do": "dance"}),
        ("Asked", {"id": 1, "do": "start"}),
        ("Asked", {"id": 1, "do": "start", "rid": "ri.r", "more": 1}),
        ("Asked", {"id": 1, "do": "speed", "speed": "fast"}),
        ("Said", {"id": 1}),
        ("Said", {"id": 1, "ok": None, "status": 503}),
        ("Said", {"events": [{"at_s": 1.0, "kind": "other", "deployment": "a"}]}),
    ],
)
def test_another_line_is_not(name: str, line: dict[str, Any]) -> None:
    """An unknown command, a field too few or too many, another type; a reply without an answer."""
    assert not checker(name).is_valid(line)


def objects(*modules: ModuleType) -> Iterator[Any]:
    """Yield the typed dicts that each module has of its own, in the order of the file."""
    for module in modules:
        for name, found in vars(module).items():
            is_own = getattr(found, "__module__", None) == module.__name__
            if is_own and is_typeddict(found) and not name.startswith("_"):
                yield found


def names(kind: Any) -> str:
    """Return the keys of a typed dict; behind one that may be missing stands a question mark."""
    return ", ".join(
        f"`{key}`" if key in kind.__required_keys__ else f"`{key}`?" for key in kind.__annotations__
    )


def commands_as_rows() -> Iterator[str]:
    """Yield the rows of the table of commands."""
    for command in COMMANDS:
        cells = (f"`{command.do}`", names(command.fields), answer(command), command.does)
        yield "|".join(["", *(f" {cell} " if cell else " " for cell in cells), ""])


def answer(command: Command[Any, Any]) -> str:
    """Return what stands under `ok`, as the table says it."""
    inner = get_args(command.answer)
    if inner:
        return f"list of `{inner[0].__name__}`"
    return "null" if command.answer is type(None) else f"`{command.answer.__name__}`"


def objects_as_rows(*modules: ModuleType) -> Iterator[str]:
    """Yield the rows of a table of objects: those that the schema names."""
    named = lines_schema()["$defs"]
    for kind in objects(*modules):
        if kind.__name__ in named:
            yield f"| `{kind.__name__}` | {names(kind)} | {inspect.getdoc(kind)} |"


def test_the_document_has_every_line() -> None:
    """Its tables are the types, word for word and in their order."""
    text = DOCUMENT.read_text("utf-8")
    section = text[text.index("## The lines between the processes") :].split("\n## ")[0]
    written = [line for line in section.splitlines() if re.match(r"\| `", line)]

    rows = [*commands_as_rows(), *objects_as_rows(said, views, events, commands)]

    assert written == rows
