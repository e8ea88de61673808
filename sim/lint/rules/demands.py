"""Whether demands are what they are taken for."""

from collections.abc import Iterator

from sim.lint.facts import Facts
from sim.lint.rule import Found, LintRule
from sim.recordings.response_times import TWICE
from sim.scenario.models.response_demands import response_demands


def _response_times(facts: Facts) -> Iterator[Found]:
    """Look at the names of the columns that demands are computed from."""
    for owner, deployment in enumerate(facts.scenario.deployments):
        for number, source in enumerate(deployment.traffic):
            for path, column in response_demands(facts.scenario, owner, number):
                yield Found(
                    path=path,
                    claim=f"Column {column} of {source.name} is likely to be a response time, by "
                    f"its name: {TWICE}.",
                    numbers={},
                    remedy=f"Set {facts.address(path)} to how long a request holds its thread, "
                    "or to a column of it that the server has measured.",
                )


RISKS = (
    LintRule(
        name="response-time-demand",
        level="risk",
        claim="A demand is a column that is called as response times are.",
        source="docs/traces.md, What a request asks for",
        find=_response_times,
    ),
)
