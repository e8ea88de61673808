"""A scenario as rules look at it: worked out once, when the first of them asks."""

from dataclasses import dataclass
from functools import cached_property

from sim.addresses import path_of
from sim.errors import DataPath
from sim.lint.course import Course, Generation, course_of
from sim.lint.room import QueueHistory, history_of
from sim.scenario.models.scenario import Scenario
from sim.scenario.models.timeline import ScheduleEvent


@dataclass(frozen=True)
class Facts:
    """What follows from a scenario without running it."""

    scenario: Scenario

    @cached_property
    def courses(self) -> tuple[Course, ...]:
        """Each deployment over the whole run, in the order of the file."""
        return tuple(course_of(self.scenario, n) for n in range(len(self.scenario.deployments)))

    @cached_property
    def as_configured(self) -> tuple[Course, ...]:
        """Those whose bounds are those of their configurations: no schedule ever gives others."""
        scheduled = {
            event.deployment
            for event in self.scenario.timeline
            if isinstance(event, ScheduleEvent) and event.schedule
        }
        return tuple(
            course
            for course in self.courses
            if not course.deployment.autoscaler.schedule and course.deployment.name not in scheduled
        )

    @cached_property
    def queues(self) -> tuple[QueueHistory, ...]:
        """Each queue over the whole run, in the order of the file."""
        return tuple(history_of(self.scenario, n) for n in range(len(self.scenario.queues)))

    def queues_of(self, course: Course) -> tuple[QueueHistory, ...]:
        """Return the queues that replicas of a deployment may stand in."""
        names = {course.deployment.queues.vcpu, course.deployment.queues.vgpu}
        return tuple(queue for queue in self.queues if queue.name in names)

    def address(self, path: DataPath) -> str:
        """Return *path* as `--set` names it: deployments and queues by name, events by place."""
        named = {"deployments": self.scenario.deployments, "queues": self.scenario.queues}
        text, before = "", None
        for number, step in enumerate(path):
            if isinstance(step, str):
                part = path_of([step])
            elif number == 1 and before in named:
                part = path_of([named[before][step].name])
            else:
                part = f"[{step}]"
            text += part if not text or part.startswith("[") else f".{part}"
            before = step if isinstance(step, str) else None
        return text

    def revision(self, course: Course, generation: Generation) -> str:
        """Return which revision of a deployment is meant, in words."""
        parts = [self.address(generation.configuration_path)]
        if generation.model_path[0] == "timeline":
            parts.append(f"version of {self.address(generation.model_path)}")
        return f"{course.deployment.name} ({', '.join(parts)})"
