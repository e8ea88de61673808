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
            for path, columns in response_demands(facts.scenario, owner, number):
                yield Found(
                    path=path,
                    claim=f"Requests of {deployment.name} from {source.name} are likely to wait "
                    f"twice: by its name column {' or '.join(columns)} is a response time; "
                    f"{TWICE}.",
                    numbers={"response_columns": len(columns)},
                    remedy=f"Set {facts.address(path)} to how long a request holds its thread, "
                    "or to a column of it that the server has measured.",
                )


RISKS = (
    LintRule(
        name="response-time-demand",
        level="risk",
        claim="A demand is computed from a column of a trace that is called as response times are.",
        source="docs/model.md, A request's life",
        find=_response_times,
    ),
)
