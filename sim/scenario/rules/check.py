"""Whether a scenario that was built in Python is one that a file could hold."""

from sim.errors import ScenarioError
from sim.scenario.models.file_form import resolved
from sim.scenario.models.scenario import Scenario
from sim.scenario.rules.configurations import rule_problems
from sim.scenario.rules.contradictions import scenario_problems
from sim.scenario.rules.located import located
from sim.scenario.rules.names import names_of, reference_problems


def check_scenario(scenario: Scenario) -> None:
    """Check a scenario that was built in Python as a file would be.

    Raises:
        ScenarioError: Fields contradict each other; the error holds every problem found.
    """
    found = [
        *reference_problems(names_of(scenario)),
        *scenario_problems(scenario),
        *rule_problems(scenario),
    ]
    if found:
        raise ScenarioError(located(found, resolved(scenario)))
