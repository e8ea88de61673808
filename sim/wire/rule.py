"""What a validation rule is, and how users write their own.

A house rule is a pure function under the `rule` decorator, in any Python file:

    from sim.wire.rule import rule

    @rule("house-gpu-budget", field="gpu.count", condition="at most 2 GPUs a replica")
    def gpu_budget(configuration, limits, deployment):
        if configuration.gpu is not None and configuration.gpu.count > 2:
            return "must be at most 2: more needs the platform team's approval"
        return None

and is named on the command line (``sim validate --rules house.py:gpu_budget``) or in a scenario
(``rules: [house.py:gpu_budget]``). `sim.wire.user_rules` reads such names.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from sim.errors import DataPath, Problem, ScenarioError, field_text
from sim.wire.errors import Fault, InvalidArgument
from sim.wire.limits import PlatformLimits
from sim.wire.models import GpuType, RuntimeConfiguration
from sim.wire.violations import Violation

NO_RID: Final = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentContext:
    """What a rule may know of the deployment that a configuration is meant for.

    Attributes:
        name: The deployment's name in the scenario; None outside one.
        rid: The deployment's RID.
        project_rid: The RID of its project.
        gpu_types: The types that its vGPU queue offers; None: all that the platform has.
        running_sources: The sources it runs with; None: it is disabled or not known to run.
    """

    name: str | None = None
    rid: str = f"ri.foundry-ml-live.main.live-deployment.{NO_RID}"
    project_rid: str = f"ri.compass.main.folder.{NO_RID}"
    gpu_types: tuple[GpuType, ...] | None = None
    running_sources: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class At:
    """A breach at one place inside a rule's field, such as one environment variable of many."""

    path: DataPath
    breach: Fault | str


Breach = Fault | str | Iterable[At] | None
"""What is wrong: a documented error, or words that follow the field's name; None: nothing."""

Function = Callable[[RuntimeConfiguration, PlatformLimits, DeploymentContext], Breach]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule that a runtime configuration must keep.

    Attributes:
        name: Short and unique, such as ``thread-count-maximum``.
        field: The field it is about, as the API spells it, such as ``gpu.count``.
        condition: What must hold, in words.
        source: Where the rule comes from.
        function: Pure; returns what is wrong, or None.
        error: What the API answers where the rule is broken.
    """

    name: str
    field: str
    condition: str
    source: str
    function: Function
    error: type[Fault] = InvalidArgument

    def violations(
        self,
        configuration: RuntimeConfiguration,
        limits: PlatformLimits,
        context: DeploymentContext,
    ) -> list[Violation]:
        """Return every place where *configuration* breaks the rule."""
        breach = self.function(configuration, limits, context)
        if breach is None:
            return []
        found = [At((), breach)] if isinstance(breach, Fault | str) else breach
        return [self._violation(configuration, at) for at in found]

    def _violation(self, configuration: RuntimeConfiguration, at: At) -> Violation:
        path: DataPath = (*(part for part in self.field.split(".") if part), *at.path)
        fault = at.breach
        if isinstance(fault, str):
            fault = InvalidArgument(reason=fault, argument=field_text(path) or None)
        if not isinstance(fault, self.error):
            message = f"answered {fault!r}, which is not the {self.error.__name__} it declares"
            raise ScenarioError(Problem(rule=self.name, message=message))
        return Violation.of(fault, rule=self.name, path=path, data=configuration.to_wire())


def rule(
    name: str,
    *,
    field: str,
    condition: str,
    source: str = "house rule",
    error: type[Fault] = InvalidArgument,
) -> Callable[[Function], Rule]:
    """Make a rule of the function that follows; see the module for an example.

    Args:
        name: Short and unique among all rules in use.
        field: The field it is about, such as ``gpu.count``; empty for the whole configuration.
        condition: What must hold, in words.
        source: Where the rule comes from, for ``sim rules``.
        error: The documented error that the function returns where it does not return words.
    """

    def decorate(function: Function) -> Rule:
        return Rule(
            name=name,
            field=field,
            condition=condition,
            source=source,
            function=function,
            error=error,
        )

    return decorate
