"""Which event is planned, what is left out with it, and what it comes to."""

from collections.abc import Mapping
from typing import Any

import pytest

from plan_scenarios import CLIFF, DEADLOCK, TWO
from sim.errors import ScenarioError
from sim.scenario.models.scenario import Scenario
from sim.scenario.reading.loader import parse_scenario
from sim.studies.plans.arithmetic import effect_of
from sim.studies.plans.planned import planned_event, told
from sim.studies.plans.prepared import Prepared, prepared

BARE = {"minReplicas": 2, "maxReplicas": 2, "cpu": 2.0, "threadCount": 2}
"""What the first PUT of `TWO` asks for."""


def events(scenario: Scenario) -> list[str]:
    """Return the timeline in words."""
    return [told(event) for event in scenario.timeline]


def put(data: Mapping[str, Any], *, at_s: float | None = 30.0, text: str = TWO) -> Prepared:
    """Return a PUT to the deployment called api."""
    return prepared(parse_scenario(text), data, deployment="api", at_s=at_s)


def fields(ready: Prepared) -> dict[str, tuple[Any, Any]]:
    """Return old and new by field."""
    return {change.field: (change.a, change.b) for change in ready.changes}


def test_now_is_without_the_event_and_what_follows_for_that_deployment() -> None:
    """What others are asked stays in both, and so does what happens to the deployment."""
    scenario = parse_scenario(TWO)
    planned = planned_event(scenario, number=1)

    assert planned.then is scenario
    assert events(planned.now) == ["the publish of eu.ranker v2 at 40 s", "the kill of api at 70 s"]
    assert "without what follows: the replace of api at 60 s" in planned.remarks[0]
    assert planned.number == 1


def test_an_event_is_counted_in_the_order_of_time() -> None:
    """Over all deployments, or over the one that is named; its own number is its deployment's."""
    scenario = parse_scenario(TWO)
    third, second_of_api = (
        planned_event(scenario, number=3),
        planned_event(scenario, deployment="api", number=2),
    )

    assert third == second_of_api
    assert (third.event.at_s, third.number) == (60.0, 2)
    assert planned_event(scenario, deployment="eu.ranker v2").event.event == "publish"


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (TWO, {}, "--event N of 1: the replace of api at 20 s; 2: the publish of eu.ranker v2"),
        (TWO, {"number": 4}, "there is no event 4, but 1: "),
        (TWO, {"deployment": "apo"}, "no deployment is named 'apo'; did you mean api?"),
        (CLIFF.partition("timeline")[0], {}, "no replace or publish: name a file"),
    ],
    ids=["several", "no such one", "no such deployment", "none"],
)
def test_what_cannot_be_planned_is_told_in_one_message(
    text: str, options: dict[str, Any], words: str
) -> None:
    """With what there is to choose from."""
    with pytest.raises(ScenarioError) as refused:
        planned_event(parse_scenario(text), **options)

    (problem,) = refused.value.problems
    assert words in problem.message


def test_a_put_takes_the_place_of_the_deployments_events_from_then_on() -> None:
    """In both, and it is said; earlier ones and those of others stay."""
    planned = put({**BARE, "cpu": 1.0}).planned
    assert planned is not None

    kept = ["the replace of api at 20 s", "the publish of eu.ranker v2 at 40 s"]
    assert events(planned.now) == kept
    assert events(planned.then) == [kept[0], "the replace of api at 30 s", kept[1]]
    assert (planned.place, planned.number) == (1, 2)
    assert planned.remarks == (
        "Left out of both: the replace of api at 60 s, the kill of api at 70 s.",
    )


@pytest.mark.parametrize(
    ("text", "at_s", "why"),
    [
        (TWO, 20.0, "where the timeline has its replace"),
        (CLIFF.partition("timeline")[0], 60.0, "after a quarter of the measured time"),
    ],
)
def test_a_put_without_an_instant_comes_where_that_makes_sense(
    text: str, at_s: float, why: str
) -> None:
    """With the deployment's first change, or a quarter of 4 min after the start; it is said."""
    ready = put({**BARE, "cpu": 1.5}, at_s=None, text=text)

    assert ready.at_s == at_s
    assert why in ready.remarks[0]


@pytest.mark.parametrize("at_s", [120.0, 3600.0])
def test_a_put_comes_before_the_end_of_the_run(at_s: float) -> None:
    """The end itself is too late."""
    with pytest.raises(ScenarioError, match="before the end of the run, 2 min"):
        put(BARE, at_s=at_s)


def test_of_several_deployments_one_is_named() -> None:
    """Of one only it need not be."""
    with pytest.raises(ScenarioError, match="--deployment NAME of api, eu"):
        prepared(parse_scenario(TWO), BARE)
    assert prepared(parse_scenario(DEADLOCK), BARE).deployment.name == "api"


def test_fields_are_old_against_new_with_every_default() -> None:
    """Against what the PUT before it asked for, in the order of the API."""
    ready = put({"runtimeConfiguration": {"minReplicas": 1, "maxReplicas": 2, "cpu": 2.0}})

    assert fields(ready) == {"minReplicas": (2, 1), "threadCount": (2, 32)}
    assert list(fields(ready)) == ["minReplicas", "threadCount"]


def test_what_means_the_same_is_no_change() -> None:
    """Sizes, times and defaults are compared by what they mean; nothing is rolled out."""
    same = {
        **BARE,
        "memory": "4096MiB",
        "scalingConfiguration": {
            "scaleUpLoadThreshold": 0.75,
            "scaleUpDelay": {"value": 60, "unit": "SECONDS"},
            "scaleDownDelay": {"value": 1800, "unit": "SECONDS"},
        },
    }
    ready = put(same)

    assert ready.changes == ()
    assert ready.effect == "none"
    assert ready.decided is not None
    assert (ready.decided.verdict, ready.decided.by) == ("WORKS", "arithmetic")


def test_values_of_environment_variables_are_masked() -> None:
    """They may be secrets."""
    ready = put({**BARE, "environmentVariables": {"TOKEN": "secret"}})

    assert fields(ready)["environmentVariables.TOKEN"] == (None, "***2")


def test_a_publish_changes_what_its_event_says() -> None:
    """And the RID of the version; the configuration stays."""
    ready = prepared(parse_scenario(TWO), deployment="eu.ranker v2")

    changed = fields(ready)
    assert changed["image"] == ("5GB", "1GB")
    assert changed["model_load"] == ("1s", "3s")
    assert set(changed) == {"image", "model_load", "model_version_rid"}


@pytest.mark.parametrize(
    ("data", "effect"),
    [
        (BARE, "none"),
        ({**BARE, "minReplicas": 1}, "in_place"),
        ({**BARE, "threadCount": 3}, "rollout"),
    ],
)
def test_an_event_comes_to_what_control_makes_of_it(data: dict[str, Any], effect: str) -> None:
    """Nothing, other bounds, or new replicas."""
    assert put(data).effect == effect


def test_bounds_alone_roll_out_where_the_policy_says_so() -> None:
    """`scaling_only: rollout`."""
    text = TWO.replace(
        "initial: {responsive: 2}", "initial: {responsive: 2}\n    rollout: {scaling_only: rollout}"
    )

    assert put({**BARE, "minReplicas": 1}, text=text).effect == "rollout"


def test_a_disabled_deployment_only_stores_a_put() -> None:
    """As does a publish; nothing runs that could go wrong."""
    text = TWO.replace("initial: {responsive: 2}", "initial: disabled")
    ready = put({**BARE, "threadCount": 3}, text=text)

    assert ready.effect == "none"
    assert ready.decided is not None
    assert "disabled, so that it is only stored" in ready.decided.why
    assert effect_of(planned_event(parse_scenario(text), number=1)) == "none"


def test_a_rule_refuses_a_put_in_the_words_of_validate() -> None:
    """With the API's answer; what it would have changed is told, and nothing is planned."""
    ready = put({"runtimeConfiguration": {**BARE, "minReplicas": 4}})
    report = ready.report()

    assert ready.planned is None
    assert (report.verdict, report.decided_by) == ("REFUSED", "rules")
    (broken,) = report.violations
    assert (broken.rule, broken.field) == (
        "replica-bounds-order",
        "runtimeConfiguration.minReplicas",
    )
    assert (broken.error_name, broken.http_status) == ("Default:InvalidArgument", 400)
    assert [change.field for change in report.changes] == ["minReplicas"]


def test_a_deployment_of_an_objective_is_not_replaced() -> None:
    """Neither by a PUT from outside nor by one of the timeline: the API does not know it.

    That stands first, before what is wrong with the body.
    """
    text = TWO.replace("- name: api", "- name: api\n    kind: objective")

    from_outside = put({**BARE, "minReplicas": 4}, text=text).report()
    of_the_timeline = prepared(parse_scenario(text), event=1).report()
    for report, rules in (
        (from_outside, ["direct-deployment", "replica-bounds-order"]),
        (of_the_timeline, ["direct-deployment"]),
    ):
        assert report.verdict == "REFUSED"
        assert [one.rule for one in report.violations] == rules
        assert report.violations[0].error_name == "UnsupportedLiveDeployment"
        assert report.violations[0].http_status == 400
        assert "api is of kind objective" in report.why


def test_sources_change_only_while_disabled() -> None:
    """Which only somebody who knows the deployment can say; a disabled one takes them."""
    data = {**BARE, "sources": ["ri.magritte..source.1"]}

    refused = put(data).report()
    assert [one.rule for one in refused.violations] == ["sources-while-running"]
    assert refused.violations[0].http_status == 409
    text = TWO.replace("initial: {responsive: 2}", "initial: disabled")
    assert put(data, text=text).report().verdict == "WORKS"
