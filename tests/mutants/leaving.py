"""Bugs in how a blue/green rollout begins and ends: first replicas, old ones that stay, figures."""

from mutants.mutant import Mutant

_BLUE_GREEN = "control/strategies/blue_green.py"
_EXTENT = "results/rollout_extent.py"
_OLD = "control/strategies/test_old_goes.py::"
_FIRST = "control/strategies/test_initial_replicas.py::"

MUTANTS = (
    Mutant(
        "a percentage of replicas is rounded up",
        "scenario/models/replica_number.py",
        'return -(-int(share.removesuffix("%")) * count // 100) if',
        'return (int(share.removesuffix("%")) * count // 100) if',
        _FIRST + "test_a_percentage_is_rounded_up_from_its_exact_value",
    ),
    Mutant(
        "a new revision begins within its bounds",
        "scenario/models/replica_number.py",
        "return min(max(count, least, 1), most)",
        "return max(count, least, 1)",
        _FIRST + "test_the_number_of_first_replicas",
    ),
    Mutant(
        "all that the new revision may have is enough for the old one to go",
        _BLUE_GREEN,
        "return new.responsive_threads >= min(self._threads_at_put, most)",
        "return new.responsive_threads >= max(self._threads_at_put, most)",
        _OLD + "test_all_that_the_new_one_may_have_is_enough",
    ),
    Mutant(
        "a change of bounds may be enough for the old revision to go",
        _BLUE_GREEN,
        "            self._scale_active(active, configuration)\n"
        "            self._look_at_leaving()\n",
        "            self._scale_active(active, configuration)\n",
        _OLD + "test_all_that_the_new_one_may_have_is_enough",
    ),
    Mutant(
        "old replicas that stay go when a further rollout begins",
        _BLUE_GREEN,
        "        self._lineup.let_leave(Reason.FURTHER_ROLLOUT)\n",
        "",
        _OLD + "test_they_go_when_a_further_rollout_begins",
    ),
    Mutant(
        "old replicas that stay go when the deployment is disabled",
        _BLUE_GREEN,
        'if event == "disable":',
        "if False:",
        _OLD + "test_they_go_when_the_deployment_is_disabled",
    ),
    Mutant(
        "old replicas that stay go after a while in any case",
        _BLUE_GREEN,
        "stay_s = self._policy.old_goes_after_s",
        "stay_s = self._policy.old_goes_after_s + 5.0",
        _OLD + "test_they_go_in_any_case_when_they_have_stayed_long_enough",
    ),
    Mutant(
        "evaluations do not see old replicas that stay",
        "engines/reference/serving.py",
        "is_evaluated = self.shape.revision >= evaluated_from",
        "is_evaluated = True",
        _OLD + "test_they_stay_until_the_new_ones_have_as_many_threads",
    ),
    Mutant(
        "nor do those of a stretch that is served at once",
        "engines/vectorised/settle.py",
        "if not is_seen[s.si[loop.S_OPEN] > 0].all():",
        "if False:",
        _OLD + "test_stretches_served_at_once_show_the_busy_threads_of_the_new_ones",
    ),
    Mutant(
        "old replicas that stay do not keep the new revision from growing out of nothing",
        _BLUE_GREEN,
        "for revision in self._lineup.scaled)",
        "for revision in self._lineup.serving)",
        _OLD + "test_the_autoscaler_takes_the_new_one_to_zero_and_back",
    ),
    Mutant(
        "fewer replicas than at the PUT make up for no surplus",
        _EXTENT,
        "surge = np.maximum(too_many - planned, 0.0)",
        "surge = too_many - planned",
        "results/test_rollout_extent.py::test_who_drains_still_holds",
    ),
    Mutant(
        "the horizon is no instant of a rollout",
        _EXTENT,
        "whole = len(edges) - (to_s is None)",
        "whole = len(edges)",
        "results/test_rollout_extent.py::test_who_waits_in_a_queue_is_live_and_holds_nothing",
    ),
)
