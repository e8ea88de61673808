"""Bugs in schedules of bounds: what covers an instant, when it changes, what a change does."""

from mutants.mutant import Mutant

_MODEL = "scenario/models/schedule.py"
_CONTROL = "control/test_schedules.py::"
_CLOCK = "scenario/models/test_schedule.py::test_it_says_what_the_clock_says"

MUTANTS = (
    Mutant(
        "an entry holds from its beginning and up to its end",
        _MODEL,
        "if any(from_s <= at_s < to_s for from_s, to_s in windows):",
        "if any(from_s <= at_s <= to_s for from_s, to_s in windows):",
        _CONTROL + "test_over_midnight_it_belongs_to_the_day_on_which_it_begins",
    ),
    Mutant(
        "a time that is left out is the instant at which the clock is set forward",
        "zones.py",
        "    while after - before > _A_SECOND:\n",
        "    while False:\n",
        _CLOCK,
    ),
    Mutant(
        "of a time that comes twice the first is meant",
        "zones.py",
        "    if _seen_from_utc(first) == shown:\n        return first.astimezone(UTC)\n",
        "    if _seen_from_utc(second) == shown:\n        return second.astimezone(UTC)\n",
        _CONTROL + "test_of_an_hour_that_comes_twice_both_ends_are_the_first",
    ),
    Mutant(
        "equal bounds change nothing",
        "control/deployment.py",
        "if active is None or not changed:",
        "if active is None:",
        _CONTROL + "test_equal_bounds_keep_the_counters",
    ),
    Mutant(
        "calls at the instant of a change come after it",
        "clock.py",
        "_CHANGES_OF_BOUNDS: Final = 1 << 40",
        "_CHANGES_OF_BOUNDS: Final = 1 << 42",
        _CONTROL + "test_calls_at_the_instant_of_a_change_come_after_it",
    ),
    Mutant(
        "nothing is added to old replicas that stay",
        "control/strategies/blue_green.py",
        "lineup.cut(revision)",
        "lineup.apply_bounds(revision, floor=0)",
        _CONTROL + "test_nothing_is_added_to_old_replicas_that_stay",
    ),
    Mutant(
        "a rollout begins with the bounds in force",
        "control/strategies/blue_green.py",
        "least=revision.in_force.min_replicas,",
        "least=revision.normal.min_replicas,",
        _CONTROL + "test_a_rollout_inside_a_window_begins_with_its_minimum",
    ),
)
