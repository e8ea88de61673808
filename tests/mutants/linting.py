"""Bugs in what lint claims: at the edges of its rules, and in what may free more."""

from mutants.mutant import Mutant

FITTING = "lint/rules/fitting.py"
ROLLOUTS = "lint/rules/rollouts.py"
STARTING = "lint/starting.py"
SPEAKS = "lint/test_edges.py::test_a_rule_speaks_one_unit_beyond_its_edge"
SILENT = "lint/test_edges.py::test_a_rule_is_silent_at_its_edge_and_short_of_it"
FREES = "lint/test_never_claims.py::test_lint_does_not_condemn_a_rollout_that_something_frees"

MUTANTS = (
    Mutant(
        "a replica as large as the limit fits",
        FITTING,
        "if need <= largest:",
        "if need < largest:",
        f"{SILENT}[replica-never-fits]",
    ),
    Mutant(
        "limits of later events count",
        "lint/room.py",
        "return max(room.limits.get(resource, 0) for room in self.rooms)",
        "return self.rooms[0].limits.get(resource, 0)",
        "lint/test_findings.py::test_a_limit_that_comes_later_counts",
    ),
    Mutant(
        "a model as large as the memory fits",
        "lint/rules/memory.py",
        "if model <= limit:",
        "if model < limit:",
        f"{SILENT}[model-never-fits]",
    ),
    Mutant(
        "of requests the least counts",
        "lint/laws.py",
        "return float(min(law.values))",
        "return float(max(law.values))",
        f"{SILENT}[request-never-fits]",
    ),
    Mutant(
        "each pass of the probe that is needed takes a period",
        STARTING,
        "(missed + probe.success_threshold - 1)",
        "(missed)",
        f"{SPEAKS}[start-never-in-time]",
    ),
    Mutant(
        "slow_starts may make starts faster",
        STARTING,
        "min(factor, 1.0) for factor",
        "max(factor, 1.0) for factor",
        "lint/test_never_claims.py::test_a_start_that_is_made_faster_is_in_time",
    ),
    Mutant(
        "a replica with a GPU lacks none",
        STARTING,
        "return generation.normal.gpu_count == 0 and",
        "return",
        f"{SILENT}[gpu-missing]",
    ),
    Mutant(
        "a load of 1 is at a threshold of 1",
        "lint/rules/scaling.py",
        'scale_up_comparison != "above"',
        'scale_up_comparison == ""',
        f"{SILENT}[never-scales-up]",
    ),
    Mutant(
        "a switch may need several replicas",
        ROLLOUTS,
        "return self.fit(room, old_count) >= self.needed_count",
        "return self.fit(room, old_count) >= 1",
        f"{SPEAKS}[rollout-never-switches]",
    ),
    Mutant(
        "what is freed later frees a rollout",
        ROLLOUTS,
        "return self.queue.between(self.from_s, self.to_s)",
        "return self.queue.between(self.from_s, self.from_s)",
        f"{FREES}[tenant_leaves]",
    ),
    Mutant(
        "bounds may change while a rollout waits",
        ROLLOUTS,
        "        if beside.in_place_at_s is not None:\n            continue",
        "        if False:\n            continue",
        f"{FREES}[minimum_lowered]",
    ),
    Mutant(
        "old replicas may end their lives",
        ROLLOUTS,
        "lifetime.min_s < beside.to_s:\n            continue",
        "lifetime.min_s < 0:\n            continue",
        f"{FREES}[lifetime_ends]",
    ),
    Mutant(
        "a scale-down takes a failed replica before one that waits",
        ROLLOUTS,
        "and may_fail(scenario, course.deployment, old)",
        "and not may_fail(scenario, course.deployment, old)",
        f"{FREES}[failed_replica_goes_first]",
    ),
    Mutant(
        "old replicas may hold another type of GPU",
        ROLLOUTS,
        "return size * max(old_count - elsewhere, 0)",
        "return size * old_count",
        f"{FREES}[old_on_other_type]",
    ),
    Mutant(
        "columns that are no response times are none to lint",
        "scenario/models/response_demands.py",
        "columns = tuple(filter(sounds_like_response, law.columns))",
        "columns = law.columns",
        "lint/test_findings.py::"
        "test_a_demand_of_response_times_names_its_columns_in_each_deployment",
    ),
)
