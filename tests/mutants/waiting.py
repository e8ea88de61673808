"""Bugs in why replicas wait, in what ends it, and in what rollouts come to because of it."""

from mutants.mutant import Mutant

CAUSES = "control/test_causes.py::"
ROLLOUTS = "control/test_rollout_causes.py::"
LINE = "control/line.py"
ROLLOUT = "control/rollout_observer.py"

MUTANTS = (
    Mutant(
        "a deadlock is judged by what the older revisions hold",
        "control/dry_run.py",
        "            if request.is_granted:",
        "            if not request.is_granted:",
        ROLLOUTS + "test_a_deadlock_needs_not_all_of_the_queue",
    ),
    Mutant(
        "who of the older revisions is ahead in line is gone with them",
        "control/dry_run.py",
        "for request in self._lines[place] if request not in self._gone",
        "for request in self._lines[place]",
        ROLLOUTS + "test_who_of_the_old_revision_is_ahead_is_gone_too",
    ),
    Mutant(
        "what drains goes by itself",
        ROLLOUT,
        "self._queues.would_start(request, without=draining)",
        "self._queues.would_start(request, without=[])",
        ROLLOUTS + "test_what_drains_goes_by_itself",
    ),
    Mutant(
        "a rollout that can switch without those in line is not deadlocked by them",
        ROLLOUT,
        "return queued == tally.live > 0",
        "return queued > 0",
        ROLLOUTS + "test_a_rollout_of_which_one_is_starting_is_no_deadlock",
    ),
    Mutant(
        "a stall of no length is none",
        ROLLOUT,
        "if stall.since_s == at_s:",
        "if stall.since_s > at_s:",
        ROLLOUTS + "test_a_stall_of_no_length_is_none",
    ),
    Mutant(
        "what can never fit is no stall",
        ROLLOUT,
        "record.stalls.clear()",
        "pass",
        ROLLOUTS + "test_what_can_never_fit_is_no_stall_and_no_deadlock",
    ),
    Mutant(
        "limits that are still to come count",
        LINE,
        "if known is not None and limit > known:",
        "if known is not None and limit < known:",
        ROLLOUTS + "test_a_limit_that_will_be_raised_counts_from_the_start",
    ),
    Mutant(
        "limits that were lowered count",
        LINE,
        "if known is not None and limit > known:",
        "if known is not None:",
        CAUSES + "test_a_limit_that_was_once_enough_counts",
    ),
    Mutant(
        "a rollout ends when its revision is replaced and gone",
        ROLLOUT,
        "self._given_up_by is not None and self.new.record.gone_at_s is not None",
        "self._given_up_by is not None",
        ROLLOUTS + "test_a_rollout_that_was_not_full_is_followed_while_its_revision_drains",
    ),
    Mutant(
        "a rollout whose last replica in line was withdrawn is not done",
        ROLLOUT,
        "is_queueing or self.record.full_at_s is None",
        "self.record.full_at_s is None",
        ROLLOUTS + "test_a_rollout_that_still_waits_when_it_is_replaced_is_never_done",
    ),
    Mutant(
        "failures after the switch are not the rollout's",
        ROLLOUT,
        "        if self.record.switched_at_s is None:\n            count",
        "        if self.is_followed:\n            count",
        ROLLOUTS + "test_failures_after_the_switch_are_not_the_rollouts",
    ),
    Mutant(
        "a replica that drained went for the reason for which it had to go",
        "control/replica.py",
        "self._leaves_for or reason, reason)",
        "reason, reason)",
        ROLLOUTS + "test_a_stall_ends_when_a_draining_replica_is_killed",
    ),
    Mutant(
        "of several changes at one instant the first that is enough counts",
        "control/queues.py",
        "self._freed_for.setdefault(request, self._freed)",
        "pass",
        CAUSES + "test_of_several_changes_at_one_instant_the_first_that_is_enough_counts",
    ),
    Mutant(
        "who stands behind one above the limit waits for that one",
        LINE,
        "return first if first is not None and first.serial < request.serial else None",
        "return None",
        CAUSES + "test_who_stands_behind_one_above_the_limit_waits_for_that_one",
    ),
    Mutant(
        "holders are those of the type that is short",
        LINE,
        "if self.held_by(request)[0] in resources:",
        "if resources:",
        CAUSES + "test_holders_are_those_of_the_type_that_is_short",
    ),
    Mutant(
        "replicas that waited over different spans are not told as one",
        "results/waits.py",
        "if of_ahead is not None and of_ahead[0] == span:",
        "if of_ahead is not None:",
        "results/test_waits.py::test_what_differs_is_another_entry",
    ),
    Mutant(
        "what freed a wait tells for whom it was",
        "results/waits.py",
        "return own and freed.revision is not None and freed.revision < revision",
        "return own and freed.revision is not None and freed.revision <= revision",
        "results/test_waits.py::test_for_whom_a_rollout_waited",
    ),
    Mutant(
        "before does not reach back over an earlier rollout",
        "results/rollout_windows.py",
        "return max(put_at_s - length_s, 0.0, *full)",
        "return max(put_at_s - length_s, 0.0)",
        "results/test_rollout_windows.py::test_before_does_not_reach_back_over_an_earlier_rollout",
    ),
    Mutant(
        "windows begin after the warm-up",
        "results/rollouts.py",
        "window = whole[name].since(warm_up_s) if name in whole else None",
        "window = whole[name] if name in whole else None",
        "results/test_rollout_windows.py::test_the_warm_up_cuts_windows_and_is_warned_of",
    ),
)
