"""Whether a scenario that was built in Python is one that a file could hold."""

from sim.errors import ScenarioError
from sim.scenario.models.file_form import resolved
from sim.scenario.models.scenario import Scenario
from sim.scenario.rules.configurations import rule_findings
from sim.scenario.rules.contradictions import scenario_findings
from sim.scenario.rules.findings import problems
from sim.scenario.rules.names import names_of, reference_findings


def check_scenario(scenario: Scenario) -> None:
    """Check a scenario that was built in Python as a file would be.

    Raises:
        ScenarioError: Fields contradict each other; the error holds every problem found.
    """
    found = [
        *reference_findings(names_of(scenario)),
        *scenario_findings(scenario),
        *rule_findings(scenario),
    ]
    if found:
        raise ScenarioError(problems(found, resolved(scenario)))
