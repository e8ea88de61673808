"""Inference calls: what is answered when, for each way in which a request can end."""

from pathlib import Path
from typing import Any

import pytest

from builders import FAST_START, deployment, scenario
from sim.scenario.models.parameter_values import Misfit
from sim.scenario.models.parameters import ModelApi
from sim.serve.simulating.inference import Calls
from sim.serve.simulating.journal import Journal
from sim.serve.simulating.model_api import make_output, read_input
from sim.serve.simulating.refusals import Faulty, Unavailable
from sim.serve.simulating.world import World

NOWHERE = Journal(None, None)
API = ModelApi.from_file_form(
    {
        "inputs": [
            {"name": "n", "type": "integer"},
            {"name": "day", "type": "date", "required": False},
            {"name": "big", "type": "long", "required": False},
            {"name": "vector", "type": {"kind": "array", "of": "double"}, "required": False},
            {
                "name": "grid",
                "type": {"kind": "array", "of": "double", "shape": [2, 2]},
                "required": False,
            },
            {
                "name": "rows",
                "type": {"kind": "table", "columns": [{"name": "x", "type": "double"}]},
                "required": False,
            },
            {"name": "by_name", "type": {"kind": "map", "of": "string"}, "required": False},
            {
                "name": "nested",
                "type": {"kind": "array", "of": {"kind": "array", "of": "integer"}},
                "required": False,
            },
        ],
        "outputs": [
            {"name": "n", "type": "integer", "echo": "n"},
            {"name": "day", "type": "date", "echo": "day"},
            {"name": "score", "type": "double", "value": 0.5},
        ],
    }
)


def answers_at(world: World, calls: Calls, at_s: float) -> list[Any]:
    """Let time go by, and return what calls were answered, without their numbers."""
    world.advance(at_s)
    return [{key: value for key, value in said.items() if key != "id"} for said in calls.settled()]


def asked(**settings: Any) -> tuple[World, Calls, str]:
    """Return a world of one thread and a way to call it."""
    made = scenario(deployment(replica=FAST_START, **settings), horizon_s=3600.0)
    world = World(made)
    return world, Calls(world), world.named("a").spec.rid


def test_a_call_is_answered_when_its_request_ends() -> None:
    """Not before, once, and with what the model gives back; calls stand in line."""
    world, calls, rid = asked(wait_s=3.0)
    world.advance(10.0)
    calls.take(1, rid, {"x": 1})
    calls.take(2, rid, {"y": 2})

    is_early = calls.are_waiting
    calls.enter(NOWHERE)

    assert (is_early, calls.are_waiting) == (False, True)
    assert answers_at(world, calls, 13.0) == []
    assert answers_at(world, calls, 13.1) == [{"ok": {"output": {"x": 1}}}]
    assert answers_at(world, calls, 16.1) == [{"ok": {"output": {"y": 2}}}]
    assert not calls.are_waiting


@pytest.mark.parametrize(
    ("settings", "event", "said"),
    [
        ({"service": {"queue_capacity": 0}}, None, {"status": 503}),
        ({"service": {"rate_limit": {"rate_per_s": 0.001}}}, None, {"status": 429}),
        ({}, {"event": "disable", "deployment": "a"}, {"status": 503}),
    ],
    ids=["queue full", "rate limit", "disabled"],
)
def test_requests_that_are_not_served(
    settings: dict[str, Any], event: dict[str, str] | None, said: dict[str, int]
) -> None:
    """No capacity and disabled: 503; too many: 429; both without a body."""
    world, calls, rid = asked(wait_s=30.0, **settings)
    calls.take(1, rid, {})
    calls.enter(NOWHERE)
    world.advance(0.5)
    if event is not None:
        world.event(event)
    calls.take(2, rid, {})
    calls.enter(NOWHERE)

    assert answers_at(world, calls, 1.0) == [said]


@pytest.mark.parametrize("answer", ["503", "InferenceFailure"])
def test_a_request_that_is_lost_with_its_replica(answer: str) -> None:
    """503, or as the scenario says the error that tells why."""
    world, calls, rid = asked(wait_s=30.0, service={"lost_request": answer})
    calls.take(1, rid, {})
    calls.enter(NOWHERE)
    world.advance(5.0)

    world.event({"event": "kill", "deployment": "a", "replicas": "all"})

    (said,) = answers_at(world, calls, 6.0)
    if answer == "503":
        assert said == {"status": 503}
    else:
        assert said["fault"]["errorName"] == "InferenceFailure"
        assert said["fault"]["parameters"] == {
            "liveDeploymentRid": rid,
            "errorMessage": "The replica was lost.",
        }


def test_after_five_minutes_a_call_has_taken_too_long() -> None:
    """InferenceTimeout, at that simulated instant."""
    world, calls, rid = asked(wait_s=400.0)
    calls.take(1, rid, {})
    calls.enter(NOWHERE)

    assert answers_at(world, calls, 300.0) == []
    (said,) = answers_at(world, calls, 300.1)
    assert said["fault"]["errorName"] == "InferenceTimeout"
    assert said["fault"]["status"] == 500


def test_a_call_that_is_refused_as_it_arrives_is_answered_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both calls of a turn; nothing of them is in the journal, or waits for an answer."""
    world, calls, rid = asked(wait_s=3.0)

    def refuse(_rid: str, _count: int) -> range:
        raise Unavailable(503)

    monkeypatch.setattr(world, "infer", refuse)
    calls.take(1, rid, {})
    calls.take(2, rid, {})
    calls.enter(NOWHERE)

    assert calls.settled() == [{"id": 1, "status": 503}, {"id": 2, "status": 503}]
    assert calls.settled() == []
    assert not calls.are_waiting


def test_an_input_that_does_not_fit_is_refused_before_it_is_simulated() -> None:
    """The error tells what is wrong; nothing arrives."""
    world, calls, rid = asked(api={"inputs": [{"name": "n", "type": "integer"}]})

    with pytest.raises(Faulty) as refused:
        calls.take(1, rid, {"n": "one"})
    calls.enter(NOWHERE)

    assert refused.value.fault.parameters["errorType"] == {
        "type": "typeMismatch",
        "expectedType": "integer",
        "actualType": "string",
    }
    world.advance(1.0)
    assert world.run.attempts("a").arrival_at_s.size == 0


def test_the_journal_has_the_calls_and_not_their_inputs(tmp_path: Path) -> None:
    """How many arrived where, in one line; an input may hold anything."""
    _, calls, rid = asked()
    journal = Journal(tmp_path)
    journal.create("0" * 64, name="journal")
    for number in range(3):
        calls.take(number, rid, {"secret": "hush"})
    calls.enter(journal)
    journal.close()

    text = (tmp_path / "journal").read_text()
    assert f'"do":"infer","rid":"{rid}","count":3' in text
    assert "hush" not in text


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, "requiredValueMissing"),
        ({"n": None}, "requiredValueMissing"),
        ({"n": 1, "m": 1}, "unknownInputName"),
        ({"n": "1"}, "typeMismatch"),
        ({"n": True}, "typeMismatch"),
        ({"n": 2**31}, "typeMismatch"),
        ({"n": 1, "big": 2**63}, "unsupportedType"),
        ({"n": 1, "day": "yesterday"}, "typeMismatch"),
        ({"n": 1, "vector": 3.0}, "typeMismatch"),
        ({"n": 1, "grid": [[1.0, 2.0]]}, "invalidArrayShape"),
        ({"n": 1, "grid": [[1.0, 2.0], [1.0]]}, "inconsistentArrayDimensions"),
        ({"n": 1, "nested": [[1], [1, 2]]}, "inconsistentArrayDimensions"),
        ({"n": 1, "rows": [1]}, "invalidTabularFormat"),
        ({"n": 1, "rows": [{}]}, "requiredValueMissing"),
        ({"n": 1, "by_name": []}, "invalidMapFormat"),
        ({"n": 1, "by_name": {"a": None}}, "typeMismatch"),
    ],
    ids=str,
)
def test_what_is_wrong_with_an_input_is_told_by_its_kind(given: dict[str, Any], kind: str) -> None:
    """Every documented kind, the first that is found."""
    with pytest.raises(Misfit) as misfit:
        read_input(API, given, casts=True)

    assert misfit.value.defect.to_wire()["type"] == kind


def test_direct_deployments_cast_and_others_do_not() -> None:
    """3.6 for an integer is cut to 3, a timestamp for a date loses its time."""
    given = {"n": 3.6, "day": "2026-03-04T10:11:12Z"}

    inputs = read_input(API, given, casts=True)

    assert make_output(API, inputs) == {"n": 3, "day": "2026-03-04", "score": 0.5}
    assert read_input(API, {"n": -3.6}, casts=True)["n"] == -3
    for name, value in given.items():
        with pytest.raises(Misfit):
            read_input(API, {"n": 1} | {name: value}, casts=False)


def test_without_an_api_what_is_given_comes_back() -> None:
    """Any map, nulls and all."""
    given = {"a": [None, {"b": 1e300}]}

    assert make_output(None, read_input(None, given, casts=True)) == given
