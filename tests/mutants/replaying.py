"""Bugs planted in how a trace becomes the arrivals of a run."""

from mutants.mutant import Mutant

_REPLAY = "workload/test_replay.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "dates count from the start by default, where there is one",
        "workload/replay.py",
        '"start" if rows.is_absolute else "first"',
        '"first"',
        f"{_REPLAY}::test_two_logs_of_one_morning_keep_their_distance",
    ),
    Mutant(
        "a scenario that does not say a start keeps its traces where they were",
        "scenario/models/scenario.py",
        'if info.data.get("start") is not DEFAULT_START:',
        "if True:",
        f"{_REPLAY}::test_whether_a_start_was_said_outlives_writing_and_setting",
    ),
    Mutant(
        "an instant is rounded once",
        "workload/replay.py",
        "return (since_ns + ahead_ns) / 1e9",
        "return since_ns / 1e9 + ahead_ns / 1e9",
        f"{_REPLAY}::test_instants_are_subtracted_exactly",
    ),
    Mutant(
        "a request that is logged at its end came before it",
        "workload/traces.py",
        "at_ns - rows.lengths_ns[lasting]",
        "at_ns + rows.lengths_ns[lasting]",
        "workload/test_traces.py::test_requests_that_are_logged_at_their_end_came_before_it",
    ),
    Mutant(
        "rows that chance leaves out are told of",
        "workload/replay.py",
        "if used < end - first:",
        "if False:",
        f"{_REPLAY}::test_rows_without_a_request_are_counted",
    ),
    Mutant(
        "a run without a row of a trace is refused",
        "simulation/run.py",
        "    simulation.require_rows()\n",
        "",
        f"{_REPLAY}::test_a_run_without_a_row_of_a_trace_is_refused",
    ),
    Mutant(
        "rows count in the order of the file",
        "workload/sources.py",
        "(np.arange(self._trace.row_count) if of_rows is None else of_rows)",
        "np.arange(self._trace.row_count)",
        f"{_REPLAY}::test_a_request_has_the_row_of_its_trace",
    ),
    Mutant(
        "the horizon follows the latest of several traces",
        "scenario/reading/trace_horizon.py",
        "last_at_s = max(",
        "last_at_s = min(",
        "scenario/reading/test_trace_horizon.py"
        "::test_the_last_row_of_the_latest_trace_is_in_the_run",
    ),
)
