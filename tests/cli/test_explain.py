"""`sim explain` on the command line: fields of a scenario in words."""

import jsonschema
import pytest

from sim.cli.main import run
from sim.scenario.schema.fields import all_fields, example_of
from sim.scenario.schema.scenario_schema import scenario_schema


def explained(text: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what is said of a field."""
    assert run(["explain", text]) == 0
    return capsys.readouterr().out


def test_a_field_is_explained_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    """Its meaning, type, unit, default and an example, as `sim schema` has them."""
    said = explained("deployments.autoscaler.evaluation_interval", capsys)

    schema = scenario_schema()["$defs"]["AutoscalerPolicy"]["properties"]["evaluation_interval"]
    assert said.splitlines() == [
        "deployments.autoscaler.evaluation_interval",
        f"  means    {schema['description']}",
        "  type     number with its unit",
        "  unit     d, h, min, ms, s or w",
        "  default  5s",
        "  example  evaluation_interval: 30s",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "deployments.traffic.rate",
        "deployments.ranker.traffic.rate",
        "deployments[0].traffic[users].rate",
        "traffic.rate",
        "deployments.traffic.users.rate",
    ],
)
def test_a_field_is_found_by_the_address_that_set_takes(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With names and places of items or without, or by its end."""
    assert explained(text, capsys).splitlines()[:2] == [
        "deployments.traffic.rate",
        "  where    kind: poisson",
    ]


def test_a_key_is_not_taken_for_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    """`traffic` is a key of a deployment, and not the deployment whose kind is asked for."""
    said = explained("deployments.traffic.kind", capsys)

    assert {line for line in said.splitlines() if not line.startswith(" ")} == {
        "deployments.traffic.kind"
    }


def test_a_key_of_ones_own_is_explained_by_its_mapping(capsys: pytest.CaptureFixture[str]) -> None:
    """The limit of a type of GPU is an entry of `limits`."""
    assert explained("queues.h100.limits.H100", capsys).startswith("queues.limits\n")


def test_fields_of_one_meaning_are_explained_together(capsys: pytest.CaptureFixture[str]) -> None:
    """A deployment's configuration and that of a replace are the same object."""
    assert explained("threadCount", capsys).splitlines()[:3] == [
        "deployments.runtimeConfiguration.threadCount",
        "timeline.runtimeConfiguration.threadCount",
        "  means    Requests that each replica serves at a time; absent: 32.",
    ]


def test_rules_of_the_api_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Those of the field, in the words of `sim rules`; that an Integer has 32 bits is none."""
    said = explained("minReplicas", capsys)

    assert "  type     whole number\n" in said
    assert "  rules    minReplicas is at least 0" in said
    assert "147,483" not in said
    assert "  rules" not in explained("deployments.traffic.rate", capsys)


def test_fields_of_several_meanings_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its address, to ask on; and an address itself means what is there alone."""
    heads = [line for line in explained("model_load", capsys).splitlines() if line[:1].isalpha()]

    assert heads == [
        "deployments.replica.model_load",
        "new_deployments.replica.model_load",
        "timeline.model_load",
    ]
    assert explained("name", capsys).startswith("name\n  means    Title")


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("deployments.autoscaler.scale_up_load_threshold", "did you mean scaleUpLoadThreshold?"),
        ("deployments.traficc", "did you mean deployments.traffic?"),
        ("thread_cuont", "did you mean threadCount?"),
        ("thread", "did you mean threadCount?"),
        ("zzzqqq", "`sim schema` prints all of them"),
        ("a=b", "`sim schema` prints all of them"),
    ],
)
def test_an_unknown_field_is_answered_in_one_line(
    text: str, near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the nearest that there is."""
    assert run(["explain", text]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{text} is no field of a scenario")
    assert near in line


def test_every_field_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """Each key of each definition of the schema is a field, and has a line of its own."""
    keys = {
        key
        for part in (scenario_schema(), *scenario_schema()["$defs"].values())
        for key in part.get("properties", {})
    } - {"$schema"}
    assert keys <= {field.steps[-1] for field in all_fields()}
    for key in keys:
        assert key in explained(key, capsys)


def test_examples_are_values_that_the_schema_allows() -> None:
    """Those that are made up too."""
    definitions = scenario_schema()["$defs"]
    unique = {repr(field.schema): field.schema for field in all_fields()}
    found = [(schema, example_of(schema)) for schema in unique.values()]

    assert len([example for _, example in found if example is not None]) > 100
    for schema, example in found:
        if example is not None:
            whole = {**schema, "$defs": definitions}
            assert jsonschema.Draft202012Validator(whole).is_valid(example)
