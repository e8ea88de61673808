"""Bugs in how logs become requests: demands from rows, and counts and rates of intervals."""

from mutants.mutant import Mutant

DEMANDS = "workload/test_demands.py::"

RESPONSES = "results/test_response_demands.py::"

INTERVALS = "workload/test_intervals.py::"

SELECTED = "workload/test_selected_rows.py::"
SELECTION = "recordings/test_selection.py::"
ZONED = "recordings/test_zoned.py::"
SERIES = "recordings/test_series_look.py::"

MUTANTS = (
    Mutant(
        "a sequence beside a sorted trace is refused",
        "workload/sources.py",
        "if self._trace.is_sorted:",
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
        "the second of a doubled hour begins where its times go back",
        "recordings/zoned.py",
        "first[later] = piece",
        "pass",
        f"{ZONED}test_no_row_is_moved",
    ),
    Mutant(
        "a doubled hour whose times never go back is refused",
        "recordings/zoned.py",
        "if turns.size == 1 and steps_ns.min() <= -LEAST_STEP_NS:",
        "if turns.size <= 1:",
        f"{ZONED}test_a_doubled_hour_that_nothing_tells_apart_is_refused",
    ),
    Mutant(
        "what a clock never showed is refused",
        "recordings/zoned.py",
        "if (second < first).any():",
        "if False:",
        f"{ZONED}test_what_a_clock_never_showed_is_refused",
    ),
    Mutant(
        "rows that are not meant may lack anything",
        "recordings/meant.py",
        "keeps = is_it & is_whole",
        "keeps = is_whole",
        f"{SELECTION}test_the_rows_that_are_meant_are_read_in_every_form",
    ),
    Mutant(
        "a row of the file is known by its place among all rows",
        "workload/traces.py",
        "place = order if place is None else place[order]",
        "place = order",
        f"{SELECTED}test_each_row_that_is_left_out_is_told_of_with_its_reason",
    ),
    Mutant(
        "a zone of the scenario is that of its traces",
        "scenario/models/scenario.py",
        'return source.model_copy(update={"zone": named})',
        "return source",
        f"{SELECTED}test_a_zone_is_that_of_the_trace_else_of_the_scenario",
    ),
    Mutant(
        "the line for Excel is no row",
        "recordings/excel.py",
        "return said is not None",
        "return False",
        f"{INTERVALS}test_a_table_is_the_same_however_it_is_written",
    ),
    Mutant(
        "an empty cell is no 0 unless it is said so",
        "recordings/intervals.py",
        'if missing == "refuse":',
        "if False:",
        f"{INTERVALS}test_an_empty_cell_is_what_it_is_said_to_be",
    ),
    Mutant(
        "rows of another series are left out",
        "recordings/intervals.py",
        "if others != held:",
        "if False:",
        f"{INTERVALS}test_a_table_is_the_same_however_it_is_written",
    ),
    Mutant(
        "a source of a file with holes says how long an interval is",
        "recordings/series_look.py",
        "if needs_every or not found.time:",
        "if not found.time:",
        f"{SERIES}test_its_source_has_exactly_the_numbers_of_the_file",
    ),
    Mutant(
        "a column called Time does not make a log a series",
        "recordings/looking.py",
        "if known.series != Series() or not known.time:",
        "if True:",
        f"{SERIES}test_a_log_with_a_column_called_time_is_no_series",
    ),
    Mutant(
        "of several series the one with the most is taken",
        "recordings/series_look.py",
        "name = max(totals, key=",
        "name = min(totals, key=",
        f"{SERIES}test_its_source_has_exactly_the_numbers_of_the_file",
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
        "whole_s = span_s + mean_s",
        "whole_s = span_s",
        f"{RESPONSES}test_the_parts_of_a_demand_are_added_up",
    ),
)
