"""Bugs in control: rollouts, the autoscaler, resource queues, lifetimes."""

from mutants.mutant import Mutant

AUTOSCALER = "control/autoscaler.py"
PREVIEW = "control/preview.py"
QUEUES = "control/queues.py"
REPLACE = "control/replace.py"
ROSTER = "control/roster.py"
SCALING = "control/scaling.py"

MUTANTS = (
    Mutant(
        "load equal to the threshold scales up",
        AUTOSCALER,
        "is_up = load >= settings.up_load if",
        "is_up = load > settings.up_load if",
        "control/test_autoscaler.py::test_load_is_busy_over_responsive_threads",
    ),
    Mutant(
        "scaling up takes the whole delay",
        AUTOSCALER,
        "counters.up - 1 < settings.up_intervals",
        "counters.up < settings.up_intervals",
        "control/test_autoscaler.py::test_a_step_needs_a_whole_delay",
    ),
    Mutant(
        "one replica is kept by the load rule",
        AUTOSCALER,
        "floor = max(settings.min_replicas, 1)",
        "floor = settings.min_replicas - 1",
        "control/test_autoscaler.py::test_a_step_needs_a_whole_delay",
    ),
    Mutant(
        "the last replica goes only when nothing is in flight",
        AUTOSCALER,
        "or seen.queued or seen.in_flight:",
        "or seen.queued:",
        "control/test_autoscaler.py::test_the_last_replica_goes_after_a_delay_without_requests",
    ),
    Mutant(
        "the scale-down threshold is at most 0.75",
        AUTOSCALER,
        "down_load = min(_DEFAULT_SCALE_DOWN_LOAD, normal.scale_up_load_threshold)",
        "down_load = normal.scale_up_load_threshold",
        "control/test_autoscaler.py::test_scale_down_threshold_is_at_most_three_quarters",
    ),
    Mutant(
        "sources change only while disabled",
        REPLACE,
        "if wanted.sources != (pending or active).sources:",
        "if False:",
        "control/test_replace.py::test_the_first_case_that_applies_is_what_a_put_means",
    ),
    Mutant(
        "what is active again reverts",
        REPLACE,
        "if wanted == active:",
        "if pending is None and wanted == active:",
        "control/test_replace.py::test_the_first_case_that_applies_is_what_a_put_means",
    ),
    Mutant(
        "a request is granted when it heads all its queues",
        QUEUES,
        "queue.head is request and queue.place_for(request)[0] for queue",
        "queue.place_for(request)[0] for queue",
        "control/test_queues.py::test_the_head_of_one_queue_waits_for_its_turn_in_the_other",
    ),
    Mutant(
        "grants stay within the limit",
        "control/line.py",
        "used.get(resource, 0) + self.need(request) <= limit",
        "used.get(resource, 0) <= limit",
        "control/test_queues.py::test_grants_go_from_the_head_while_it_fits",
    ),
    Mutant(
        "new requests go to the new revision at its first responsive replica",
        "control/deployment.py",
        'if self._spec.rollout.switch_when == "all" else 1',
        'if self._spec.rollout.switch_when == "first" else 1',
        "control/test_rollouts.py::test_full_comes_after_the_switch_when_more_are_needed",
    ),
    Mutant(
        "a newer PUT supersedes a pending one",
        "control/deployment.py",
        "self._give_up_pending(cause, Reason.SUPERSEDED)",
        "pass",
        "control/test_rollouts.py::test_a_newer_put_supersedes_a_pending_one",
    ),
    Mutant(
        "successors exceed the maximum by one",
        "control/deployment.py",
        "if revision.tally.live <= revision.normal.max_replicas:",
        "if True:",
        "control/test_lifetime.py::test_successors_exceed_the_maximum_by_one_only",
    ),
    Mutant(
        "old replicas finish what they have",
        "control/replica.py",
        "if self._workplace.drain(self) == 0:",
        "if self._workplace.drain(self) >= 0:",
        "control/test_rollouts.py::test_gone_waits_for_the_last_request_on_the_old_revision",
    ),
    Mutant(
        "a run of high load goes on from one stretch to the next",
        PREVIEW,
        "_counts(is_up, before.up)",
        "_counts(is_up, 0)",
        "control/test_preview.py::test_a_preview_decides_what_single_evaluations_decide",
    ),
    Mutant(
        "many evaluations at once scale to zero only without arrivals",
        PREVIEW,
        "np.fmax(seen.last_arrival_at_s, requested_at_s)",
        "requested_at_s",
        "control/test_preview.py::test_a_preview_decides_what_single_evaluations_decide",
    ),
    Mutant(
        "evaluations that are taken back leave nothing",
        SCALING,
        "preview.changes(count)",
        "preview.changes(len(preview))",
        "control/test_scaling.py::test_many_at_once_leave_what_one_at_a_time_leaves",
    ),
    Mutant(
        "replicas are counted where they are",
        ROSTER,
        "tally.change(self._state[number], -1)",
        "tally.change(self._state[number], 0)",
        "control/test_roster.py::test_counts_are_those_of_the_rows",
    ),
    Mutant(
        "holders are looked for again when something has changed",
        QUEUES,
        "        self._held_by.clear()\n        now_s",
        "        now_s",
        "control/test_queues.py::test_holders_are_looked_for_again_when_something_has_changed",
    ),
    Mutant(
        "a reason names those who hold most",
        "waiting.py",
        "nlargest(_NAMED_AT_MOST, held, key=held.__getitem__)",
        "list(held)[:_NAMED_AT_MOST]",
        "control/test_queues.py"
        "::test_of_more_holders_the_three_largest_are_named_and_the_others_counted",
    ),
)
