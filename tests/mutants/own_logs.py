"""Bugs in how logs become requests: demands from rows, and counts and rates of intervals."""

from mutants.mutant import Mutant

DEMANDS = "workload/test_demands.py::"

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
)
