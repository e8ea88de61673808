"""Users' own rules: how they are written, asked, and how they fail."""

from collections.abc import Iterator

import pytest

from sim.errors import ScenarioError
from sim.wire.endpoint_errors import ReservedEnvironmentVariable
from sim.wire.errors import Fault, InvalidArgument, Unauthorized
from sim.wire.limits import PlatformLimits
from sim.wire.models import RuntimeConfiguration
from sim.wire.rule import At, DeploymentContext, Rule, rule
from sim.wire.rules import check, first_error

FINE = RuntimeConfiguration(min_replicas=1, max_replicas=2, environment_variables={"TOKEN": "hush"})
TOO_MANY = RuntimeConfiguration(min_replicas=1, max_replicas=20)


@rule("house-maximum", field="maxReplicas", condition="at most ten replicas")
def house_maximum(
    configuration: RuntimeConfiguration, limits: PlatformLimits, deployment: DeploymentContext
) -> str | None:
    """Allow ten replicas, and in the deployment called big any number."""
    del limits
    if configuration.max_replicas <= 10 or deployment.name == "big":
        return None
    return "must be at most 10"


def rule_of(answer: object, error: type[Fault] = InvalidArgument) -> Rule:
    """Return a rule whose function answers *answer* to everything."""
    return Rule(
        name="house-test",
        field="",
        condition="never holds",
        source="test",
        function=lambda *_: answer,  # type: ignore[arg-type]  # wrong on purpose
        error=error,
    )


def test_the_decorator_makes_a_rule() -> None:
    """Its words are the rule's, and its function is asked."""
    assert (house_maximum.name, house_maximum.field) == ("house-maximum", "maxReplicas")
    assert house_maximum.source == "house rule"
    assert house_maximum.error is InvalidArgument


def test_a_house_rule_is_told_like_any_other() -> None:
    """Words become the documented error for arguments, at the rule's field."""
    (found,) = check(TOO_MANY, extra_rules=[house_maximum])

    assert (found.rule, found.field, found.value) == ("house-maximum", "maxReplicas", "20")
    assert found.fault == InvalidArgument("must be at most 10", "maxReplicas")
    assert first_error(TOO_MANY, extra_rules=[house_maximum]) == found.fault
    assert check(FINE, extra_rules=[house_maximum]) == []


def test_a_house_rule_knows_the_deployment() -> None:
    """The context is handed on."""
    context = DeploymentContext(name="big")

    assert check(TOO_MANY, None, context, extra_rules=[house_maximum]) == []


def test_house_rules_come_after_the_table() -> None:
    """Built-in rules answer first."""
    broken = TOO_MANY.model_copy(update={"min_replicas": -1})

    found = check(broken, extra_rules=[house_maximum])

    assert [violation.rule for violation in found] == [
        "min-replicas-not-negative",
        "house-maximum",
    ]


@pytest.mark.parametrize("fields", [{"memory": "lots"}, {"cpu": 0.0001}])
def test_house_rules_see_only_what_can_be_normalised(fields: dict[str, object]) -> None:
    """A rule's function may normalise: it is not asked where that would fail."""
    broken = TOO_MANY.model_copy(update=fields)

    assert "house-maximum" not in {one.rule for one in check(broken, extra_rules=[house_maximum])}


def test_a_rule_may_answer_several_breaches_with_an_error_of_its_choice() -> None:
    """Each at its own place, in the declared error."""

    @rule(
        "no-tokens",
        field="environmentVariables",
        condition="no TOKEN",
        source="security",
        error=ReservedEnvironmentVariable,
    )
    def no_tokens(configuration: RuntimeConfiguration, *_: object) -> Iterator[At]:
        for name in configuration.environment_variables:
            if "TOKEN" in name:
                yield At((name,), ReservedEnvironmentVariable(name))

    (found,) = check(FINE, extra_rules=[no_tokens])

    assert found.field == "environmentVariables.TOKEN"
    assert found.value == '"TOKEN"'
    assert found.fault == ReservedEnvironmentVariable("TOKEN")


def test_a_rule_on_the_whole_configuration_has_no_field() -> None:
    """No field, no value, and the words stand alone."""
    (found,) = check(FINE, extra_rules=[rule_of("Not on Fridays.")])

    assert (found.field, found.value, found.fault.message) == ("", None, "Not on Fridays.")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (True, "the rule's function failed: TypeError"),
        ([1], "the rule's function failed: AttributeError"),
        (Unauthorized(), "is not the InvalidArgument it declares"),
    ],
)
def test_an_answer_that_is_none_is_the_rules_fault(answer: object, message: str) -> None:
    """One clear message that names the rule."""
    with pytest.raises(ScenarioError, match=message) as refused:
        check(FINE, extra_rules=[rule_of(answer)])

    assert refused.value.problems[0].rule == "house-test"


def test_a_rule_that_fails_is_named() -> None:
    """An exception in a user's function does not look like a fault of the simulator."""

    @rule("house-broken", field="cpu", condition="divides")
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    with pytest.raises(ScenarioError, match="failed: ZeroDivisionError: by zero") as refused:
        check(FINE, extra_rules=[broken])

    assert refused.value.problems[0].rule == "house-broken"
