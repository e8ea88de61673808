"""The published schema of `result.json`: runs keep it, and every number in it has a unit."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from build_record import replace_story, stall
from sim.results.report import SCHEMA, Report
from sim.results.report_schema import report_schema
from sim.results.summary import plain, summary
from sim.scenario.reading.loader import load_scenario
from sim.simulation.options import Keep
from sim.simulation.run import simulate

SCENARIOS = Path(__file__).parents[2] / "scenarios"
DOCUMENT = Path(__file__).parents[2] / "docs" / "results.md"
VALIDATOR = Draft202012Validator(report_schema())


def wrong(found: Any) -> list[str]:
    """Return the places at which the contents of a `result.json` break the schema."""
    return [error.json_path for error in VALIDATOR.iter_errors(found)]


@pytest.mark.parametrize(
    ("name", "keep"),
    [
        ("gpu_queue_deadlock", "attempts"),
        ("gpu_queue_one_spare", "attempts"),
        ("memory_trap", "attempts"),
        ("cold_start_from_zero", "attempts"),
        ("sawtooth", "summary"),
    ],
)
def test_shipped_runs_keep_the_schema(name: str, keep: Keep) -> None:
    """With stalls, kills, scaling from zero, and without attempts; it reads back as it was."""
    found = simulate(load_scenario(SCENARIOS / f"{name}.yaml"), keep=keep)
    data = json.loads(json.dumps(found.summary()))

    assert wrong(data) == []
    assert Report.model_validate(data) == found.figures
    assert plain(Report.model_validate(data)) == data


def test_the_schema_is_one_and_finds_what_is_wrong() -> None:
    """What is missing, is another kind of thing or has another form; not what a version added."""
    Draft202012Validator.check_schema(report_schema())
    found = summary(replace_story(stalls=[stall()]))
    assert wrong(found) == []

    assert wrong({**found, "added": 1}) == []
    assert wrong({**found, "schema": "sim-result/1"}) == ["$.schema"]
    assert wrong({key: part for key, part in found.items() if key != "schema"}) == ["$"]
    (api,) = found["deployments"]
    assert wrong({**found, "deployments": [{**api, "rid": 3}]}) == ["$.deployments[0].rid"]
    api["events"][0]["code"] = "no_reason"
    assert wrong(found) == ["$.deployments[0].events[0].code"]


def test_every_number_states_a_unit() -> None:
    """Which way is better, too; what null means where it can be null, and nowhere else."""
    schema = report_schema()
    named = {"Report": schema, **schema["$defs"]}
    count = 0
    for name, part in named.items():
        for key, stated in part.get("properties", {}).items():
            kinds = set(kinds_of(stated))
            where = f"{name}.{key}"
            assert not (kinds & {"number", "integer"}) or "unit" in stated, where
            if "unit" in stated:
                count += 1
                assert stated["better"] in {"less", "more", None}, where
                assert ("undefined" in stated) == ("null" in kinds), where
            if key.endswith("_s") and kinds & {"number"}:
                assert stated["unit"] == ("1/s" if key.endswith("_per_s") else "s"), where

    assert count > 100


def kinds_of(stated: Any) -> Iterator[str]:
    """Yield the types that a property may have, those of a list's items among them."""
    if "type" in stated:
        yield stated["type"]
    for other in (*stated.get("anyOf", ()), *([stated["items"]] if "items" in stated else [])):
        yield from kinds_of(other)


def test_the_page_has_a_row_for_every_figure() -> None:
    """docs/results.md has the units of the schema, word for word, and the name of its form."""
    page = DOCUMENT.read_text("utf-8")
    rows = list(rows_of(report_schema()))
    table = page.split("| key | unit | better | null means |\n| --- | --- | --- | --- |\n")[1]

    assert table.split("\n\n")[0].splitlines() == rows
    assert f"`{SCHEMA}`" in page


def rows_of(schema: dict[str, Any]) -> Iterator[str]:
    """Yield the rows of the table: figures of one group that state the same share one."""
    for group, properties in groups_of(schema, schema, "", set()):
        rows: dict[tuple[str, str, str], list[str]] = {}
        for key, stated in properties.items():
            if "unit" in stated:
                says = (stated["unit"], stated["better"] or "", stated.get("undefined", ""))
                rows.setdefault(says, []).append(f"`{key}`")
        for (unit, better, undefined), keys in rows.items():
            where = f"`{group}`: " if group else ""
            cells = (f"{where}{', '.join(keys)}", unit, better, undefined)
            yield f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


def groups_of(
    schema: dict[str, Any], part: dict[str, Any], place: str, seen: set[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every group of figures once, by the first place at which it stands."""
    yield place, part["properties"]
    for key, stated in part["properties"].items():
        is_list = stated.get("type") == "array"
        for reference in references_in(stated):
            inner = schema["$defs"][reference]
            path = f"{place}.{key}".removeprefix(".") + ("[]" if is_list else "")
            if "properties" in inner and reference not in seen:
                seen.add(reference)
                yield from groups_of(schema, inner, path, seen)


def references_in(stated: dict[str, Any]) -> Iterator[str]:
    """Yield the names of the definitions that a property refers to."""
    if "$ref" in stated:
        yield stated["$ref"].removeprefix("#/$defs/")
    for other in (*stated.get("anyOf", ()), *([stated["items"]] if "items" in stated else [])):
        yield from references_in(other)
