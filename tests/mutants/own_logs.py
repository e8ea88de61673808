"""Bugs in how logs become requests: demands from rows, and counts and rates of intervals."""

from mutants.mutant import Mutant

DEMANDS = "workload/test_demands.py::"

RESPONSES = "results/test_response_demands.py::"

INTERVALS = "workload/test_intervals.py::"

MUTANTS = (
    Mutant(
        "a sequence beside a sorted trace is refused",
        "workload/sources.py",
        "if not self._rows.are_in_file_order:",
        "if False:",
        f"{DEMANDS}test_a_sequence_beside_a_trace_whose_rows_are_moved_is_refused",
    ),
    Mutant(
        "noise has a stream of its own",
        "workload/demands.py",
        'f"{purpose} noise"',
        "purpose",
        f"{DEMANDS}test_noise_multiplies_each_request_by_a_draw_of_its_own_stream",
    ),
    Mutant(
        "a floor of 0 is a floor",
        "workload/demands.py",
        "if law.floor is not None:",
        "if law.floor:",
        f"{DEMANDS}test_a_linear_demand_with_a_floor_is_never_below_it",
    ),
    Mutant(
        "an interval ends before the next one begins",
        "workload/counted.py",
        "return np.minimum(at_s, np.nextafter(end_at_s, -np.inf))",
        "return np.minimum(at_s, end_at_s + 1e-9 * end_at_s)",
        f"{INTERVALS}test_no_request_is_at_the_end_of_its_interval",
    ),
    Mutant(
        "the ring of gaps begins at a uniform place",
        "workload/counted.py",
        "part = (place / whole + rng.random()) % 1.0",
        "part = (place / whole) % 1.0",
        f"{INTERVALS}test_no_part_of_an_interval_is_fuller_than_another",
    ),
    Mutant(
        "a file's rates are in their unit",
        "workload/intervals.py",
        "value /= _UNIT_S[traffic.unit]",
        "value /= 1.0",
        f"{INTERVALS}test_rates_of_a_file_have_a_unit",
    ),
    Mutant(
        "a response time is known by its name",
        "results/warnings.py",
        "        if named:",
        "        if named and load is not None and load.threads >= threads:",
        f"{RESPONSES}test_a_column_that_is_called_as_response_times_are_is_warned_of",
    ),
    Mutant(
        "a load is near what threads carry from nine tenths of them on",
        "results/warnings.py",
        "load.threads >= NEAR_RATIO * threads",
        "load.threads >= threads",
        f"{RESPONSES}test_a_load_near_what_the_threads_carry_is_warned_of",
    ),
    Mutant(
        "all replicas that there may be carry a load",
        "results/warnings.py",
        "return replicas * max(threads, default=0)",
        "return max(threads, default=0)",
        f"{RESPONSES}test_the_threads_of_all_replicas_that_there_may_be_count",
    ),
    Mutant(
        "the load of a trace is that of its recording",
        "workload/column_loads.py",
        "since_ns.size * mean_s / span_s",
        "since_ns.size * mean_s / (span_s - mean_s)",
        f"{RESPONSES}test_the_parts_of_a_demand_are_added_up",
    ),
)
