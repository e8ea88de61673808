"""Bugs in strategies that aim at a target: steps, sharing, going back, deadlines, laws."""

from mutants.mutant import Mutant

_ROLLING = "control/strategies/rolling.py"
_TARGET = "control/strategies/toward_target.py"
_TESTS = "control/strategies/test_rolling.py::"

MUTANTS = (
    Mutant(
        "new replicas that are not available yet count as missing",
        _ROLLING,
        "left = live - self._least_available - (self._size(target) - new_available)",
        "left = live - self._least_available",
        _TESTS + "test_what_is_not_available_goes_first",
    ),
    Mutant(
        "what is not available goes first",
        _ROLLING,
        "count = min(self._size(one) - available[one.number], left)",
        "count = 0",
        _TESTS + "test_what_is_not_available_goes_first",
    ),
    Mutant(
        "a revision remembers how many there might be when its size last changed",
        _ROLLING,
        "        self._most |= dict.fromkeys(there, self._most_live)\n",
        "",
        "control/strategies/test_rolling_oracle.py::test_counts_are_those_of_the_text",
    ),
    Mutant(
        "the rest of what is shared goes to the first",
        "control/strategies/sharing.py",
        "sizes[0] = max(sizes[0] + to_add - added, 0)",
        "sizes[-1] = max(sizes[-1] + to_add - added, 0)",
        _TESTS + "test_a_change_is_shared_in_proportion",
    ),
    Mutant(
        "where both limits are none, one may be missing",
        "scenario/models/strategies.py",
        "            unavailable = 1\n",
        "            unavailable = 0\n",
        _TESTS + "test_one_by_one_in_a_full_queue",
    ),
    Mutant(
        "a revision that still has replicas is the target again",
        _TARGET,
        "new = self._returning() or lineup.begin(cause)",
        "new = lineup.begin(cause)",
        _TESTS + "test_back_to_a_revision_that_still_has_replicas",
    ),
    Mutant(
        "the deadline of progress counts from the last one",
        _ROLLING,
        "if is_less or self._highest != before:",
        "if False:",
        _TESTS + "test_available_is_who_has_answered_for_long_enough",
    ),
    Mutant(
        "an item that changes several replicas is over before a step is taken",
        "control/lineup.py",
        "            if not alarm.is_set:\n                alarm.set",
        "            act()\n            if False:\n                alarm.set",
        "control/strategies/test_rolling_oracle.py::test_counts_are_those_of_the_text",
    ),
)
