"""Sequences beside traces: request k is row k only while nothing moves the rows.

Owns which of that a scenario alone shows. Whether a file is in order of time is found by whoever
reads it.
"""

from collections.abc import Iterator

from sim.errors import DataPath, Problem
from sim.scenario.models.moved_rows import RULE, moved_by, refusal
from sim.scenario.models.quantities import RequestDemands
from sim.scenario.models.samples import InOrder
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.source_demands import demands_of


def row_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield each sequence that would go to the wrong rows of a trace, as far as no file tells."""
    for owner, deployment in enumerate(scenario.deployments):
        for number, source in enumerate(deployment.traffic):
            moved = moved_by(source)
            if moved is None:
                continue
            deadline = deployment.client.deadline_s
            if isinstance(deadline, InOrder):
                path: DataPath = ("deployments", owner, "client", "deadline")
                message = refusal(deadline, source.name, moved, is_demand=False)
                yield Problem(path=path, message=message, rule=RULE)
            for path, demands in demands_of(scenario, owner, number):
                for name, field in RequestDemands.model_fields.items():
                    law = getattr(demands, name)
                    if isinstance(law, InOrder):
                        message = refusal(law, source.name, moved, is_demand=True)
                        here = (*path, field.alias or name)
                        yield Problem(path=here, message=message, rule=RULE)
