"""Bugs in dropping attempts and in what is kept of them."""

from mutants.mutant import Mutant

_STATE = "engines/vectorised/test_fold.py::test_the_state_refers_to_the_rows_where_they_are_now"
_ONCE = "engines/vectorised/test_fold.py::test_every_attempt_is_handed_over_once_as_it_is_kept"
_SAME = "results/test_folding.py::test_neither_engine_nor_blocks_leave_a_trace"
_EXACT = "results/test_folding.py::test_the_summary_is_that_of_the_attempts"

MUTANTS = (
    Mutant(
        "the first deadline to come moves with the rows",
        "engines/vectorised/fold.py",
        "heads = [loop.QUEUE_HEAD, loop.DEADLINE_HEAD]",
        "heads = [loop.QUEUE_HEAD]",
        _STATE,
    ),
    Mutant(
        "the head of the queue moves with the rows",
        "engines/vectorised/fold.py",
        "heads = [loop.QUEUE_HEAD, loop.DEADLINE_HEAD]",
        "heads = [loop.DEADLINE_HEAD]",
        _ONCE,
    ),
    Mutant(
        "a thread knows its attempt where it is now",
        "engines/vectorised/fold.py",
        "s.ti[loop.T_ATTEMPT, flying] = number[s.ti[loop.T_ATTEMPT, flying]]",
        "number[s.ti[loop.T_ATTEMPT, flying]]",
        _ONCE,
    ),
    Mutant(
        "deadlines that were met go with their attempts",
        "engines/vectorised/fold.py",
        "open_ = np.flatnonzero(~is_over[attempt])",
        "open_ = np.arange(size)",
        _STATE,
    ),
    Mutant(
        "an abandoned attempt is not over before its thread is free",
        "engines/vectorised/fold.py",
        "over: NDArray[np.bool_] = is_answered & ~is_held",
        "over: NDArray[np.bool_] = is_answered & (is_held | ~is_held)",
        _ONCE,
    ),
    Mutant(
        "an attempt that is tried again is not the last of its request",
        "results/folding.py",
        "followed &= attempts.attempt < policy.max_attempts",
        "followed[:] = False",
        _EXACT,
    ),
    Mutant(
        "what may still be before a rollout is kept while the rollout goes on",
        "results/cells.py",
        "limit = min(limit, oldest)",
        "pass",
        "results/test_folding.py::test_the_past_of_a_rollout_is_kept_while_it_may_be_asked_for",
    ),
    Mutant(
        "sums are not rounded from block to block",
        "results/cells.py",
        "self.total += in_units(values)",
        "self.total += int(float(values.sum()) * 2.0**1000) << 74",
        _SAME,
    ),
    Mutant(
        "a quantile has the rank that it has where attempts are kept",
        "results/sketch.py",
        'np.searchsorted(upto, rank, side="right")',
        'np.searchsorted(upto, rank, side="left")',
        _EXACT,
    ),
)
