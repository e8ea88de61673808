"""Bugs in what is said of a run before it begins, and in what happens when something runs out."""

from mutants.mutant import Mutant

SIZE = "lint/test_size.py::"
HOSTILE = "cli/test_sizes.py::"

MUTANTS = (
    Mutant(
        "progress is of requests and not of time",
        "simulation/simulation.py",
        "return (done + reached_s * a_second) / (whole + horizon_s * a_second)",
        "return reached_s / horizon_s",
        "test_engine.py::test_progress_is_of_requests_and_not_of_time",
    ),
    Mutant(
        "the pace of a phase is measured from where it was begun anew",
        "progress.py",
        "gained = self._ratio - self._ratio_at_begin",
        "gained = self._ratio",
        "test_progress.py::test_what_nobody_expected_comes_before_what_it_interrupts",
    ),
    Mutant(
        "a rate that slopes beyond the horizon counts up to it",
        "workload/poisson.py",
        "part = width_s / np.diff(self.edge_at_s)",
        "part = np.ones(width_s.size)",
        f"{SIZE}test_requests_of_each_kind_are_the_integral_of_its_rate",
    ),
    Mutant(
        "each period of a cycle counts",
        "lint/size.py",
        "_Arrivals(periods * one.mean_count(source.period_s) + one",
        "_Arrivals(one.mean_count(source.period_s) + one",
        f"{SIZE}test_a_cycle_is_reckoned_by_its_periods",
    ),
    Mutant(
        "replicas of later replaces count",
        "lint/size.py",
        "before.generation != spell.generation",
        "before.generation is None",
        f"{SIZE}test_replicas_are_those_of_all_rollouts_and_of_the_autoscaler",
    ),
    Mutant(
        "rows of a trace come as often as the scale says",
        "lint/size.py",
        "found.within * source.rate_scale",
        "found.within",
        f"{SIZE}test_rows_of_a_trace_count_that_arrive_in_the_run",
    ),
    Mutant(
        "rows of a trace count in its own time",
        "workload/trace_span.py",
        "until_s / traffic.time_scale * 1e9",
        "until_s * traffic.time_scale * 1e9",
        f"{SIZE}test_rows_of_a_trace_count_that_arrive_in_the_run",
    ),
    Mutant(
        "rows that do not ascend are all that is known",
        "workload/trace_span.py",
        "later < earlier for",
        "later == earlier for",
        f"{SIZE}test_of_a_trace_that_does_not_ascend_the_most_is_told",
    ),
    Mutant(
        "the file that is told is that of the scenario that is too large",
        "cli/answering.py",
        "if one.scenario == scenario]",
        "if one.scenario != scenario]",
        f"{HOSTILE}test_of_several_files_the_one_that_is_too_large_is_told",
    ),
    Mutant(
        "runs at once need memory at once",
        "lint/affordable.py",
        "size.memory_bytes * conditions.at_once > free_bytes",
        "size.memory_bytes > free_bytes",
        f"{SIZE}test_what_is_free_decides",
    ),
    Mutant(
        "pages of files that can be dropped are free",
        "free_memory.py",
        "int(limit) - int(used) + int(counts.get(cached, 0))",
        "int(limit) - int(used)",
        "test_free_memory.py::test_a_control_group_leaves_its_limit_less_what_is_in_use",
    ),
)
