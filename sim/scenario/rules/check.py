"""Whether a scenario that was built in Python is one that a file could hold."""

from sim.errors import ScenarioError
from sim.scenario.models.file_form import resolved
from sim.scenario.models.scenario import Scenario
from sim.scenario.rules.configurations import rule_findings
from sim.scenario.rules.contradictions import scenario_findings
from sim.scenario.rules.findings import problems
from sim.scenario.rules.names import reference_findings


def check_scenario(scenario: Scenario) -> None:
    """Check a scenario that was built in Python as a file would be.

    Raises:
        ScenarioError: Fields contradict each other; the error holds every problem found.
    """
    data = resolved(scenario)
    found = [
        *reference_findings(data),
        *scenario_findings(scenario),
        *rule_findings(data, base_dir=scenario.base_dir),
    ]
    if found:
        raise ScenarioError(problems(found, data))
