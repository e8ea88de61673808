"""Bugs in the figures of attempts, starts, status and scaling, and in what is said of them."""

from mutants.mutant import Mutant

_ATTEMPTS = "results/test_attempts.py"
_MEASURES = "results/test_measures.py"
_SCALING = "results/test_scaling.py"

MUTANTS = (
    Mutant(
        "an abandoned attempt that dies with its replica is not served to its end",
        "results/ledger.py",
        "        self._served -= int(np.count_nonzero(is_killed))\n",
        "",
        f"{_ATTEMPTS}::test_an_abandoned_attempt_that_dies_with_its_replica"
        "_is_not_served_to_its_end",
    ),
    Mutant(
        "thread time is held to the horizon where nothing released it",
        "results/ledger.py",
        "np.where(is_over, begun.released_at_s, self._horizon_s)",
        "np.where(is_over, begun.released_at_s, begun.start_at_s)",
        f"{_ATTEMPTS}::test_an_attempt_that_never_ends_holds_its_thread_to_the_horizon",
    ),
    Mutant(
        "a replica is warm from the end of its warm-up on, for figures as for requests",
        "results/lives.py",
        "found[rows] = at_s[rows] < last_s + self._warmup_s",
        "found[rows] = at_s[rows] <= last_s + self._warmup_s",
        f"{_ATTEMPTS}::test_what_fails_on_a_replica_that_is_not_warm_is_counted",
    ),
    Mutant(
        "a recovery does not cool a replica down",
        "results/lives.py",
        "move.after is ReplicaState.RESPONSIVE and move.reason is Reason.PROBE_PASSED",
        "move.after is ReplicaState.RESPONSIVE and move.before is not None",
        f"{_ATTEMPTS}::test_what_fails_on_a_replica_that_is_not_warm_is_counted",
    ),
    Mutant(
        "what is folded was over before all that is settled",
        "engines/vectorised/fold.py",
        "is_over = _is_over(a, count) & (last_at_s < settled_s)",
        "is_over = _is_over(a, count) & (a.af[loop.A_ARRIVAL, :count] < settled_s)",
        "engines/vectorised/test_fold.py::test_every_attempt_is_handed_over_once_as_it_is_kept",
    ),
    Mutant(
        "a step up while another replica starts is judged where it was decided",
        "results/scaling.py",
        "move.reason is Reason.SCALE_UP and own:",
        "move.reason is Reason.SCALE_UP and len(own) > 1:",
        f"{_SCALING}::test_a_step_up_while_another_starts_is_counted_at_its_place_in_the_log",
    ),
    Mutant(
        "bounds that a change in place overwrote are in the log",
        "control/journal.py",
        "            _note(log.bounds, BoundsChange, _BOUNDS, at_s, active.bounds)",
        "            log.bounds[:] = [BoundsChange(0.0, *active.bounds)]",
        f"{_SCALING}::test_a_put_in_place_leaves_the_bounds_before_it_in_the_log",
    ),
    Mutant(
        "a spell of being held lasts to the end of the run if nothing ended it",
        "results/scaling.py",
        "(horizon_s if one.until_s is None else one.until_s) - one.at_s",
        "(one.at_s if one.until_s is None else one.until_s) - one.at_s",
        f"{_SCALING}::test_holds_are_summed_by_reason_to_their_end_or_the_end_of_the_run",
    ),
    Mutant(
        "from zero is served at a later start too",
        "results/starts.py",
        "served = {move.replica for move in transitions if move.reason is Reason.PROBE_PASSED}",
        "served = {m.replica for m in transitions if m.reason is Reason.PROBE_PASSED} - {\n"
        "        m.replica for m in transitions if m.after is ReplicaState.STARTING_ERROR\n    }",
        "results/test_starts.py::test_from_zero_is_served_when_its_replica_becomes_responsive",
    ),
    Mutant(
        "from good to bad: what is starting does not serve yet, what is degraded does",
        "results/status.py",
        "    DeploymentState.DEGRADED,\n    DeploymentState.STARTING,\n",
        "    DeploymentState.STARTING,\n    DeploymentState.DEGRADED,\n",
        "results/test_status.py::test_statuses_go_from_good_to_bad",
    ),
    Mutant(
        "replicas that end together for two reasons are two events",
        "results/events.py",
        "ended[move.at_s, move.reason].append(move.replica)",
        "ended[move.at_s, Reason.GRACE_OVER].append(move.replica)",
        "results/test_events.py::test_causes_of_one_instant_are_kept_apart",
    ),
    Mutant(
        "rollouts count among the events that may begin one, whether or not they do",
        "results/measures.py",
        "return next(rollout for rollout in deployment.rollouts if rollout.number == number)",
        "return deployment.rollouts[number - 1]",
        f"{_MEASURES}::test_an_event_that_changes_nothing_keeps_its_number",
    ),
    Mutant(
        "a duration that did not end is beyond every other",
        "results/rollouts.py",
        'duration_s: float | None = measure("s", better="less", undefined="beyond")',
        'duration_s: float | None = measure("s", better="less")',
        f"{_MEASURES}::test_what_did_not_end_is_beyond_and_what_had_nothing_in_it_is_none",
    ),
    Mutant(
        "amounts of a queue are in the unit of its resource",
        "results/measures.py",
        'unit = amount if one.unit == "cores or GPUs" else one.unit',
        "unit = one.unit",
        f"{_MEASURES}::test_resources_are_called_by_their_type_and_have_its_unit",
    ),
    Mutant(
        "a key that a later version adds does not make a run unreadable",
        "results/finished.py",
        'Report.model_validate(summary, extra="ignore")',
        "Report.model_validate(summary)",
        "results/test_finished.py::test_a_run_of_a_later_version_is_read_without_what_it_adds",
    ),
    Mutant(
        "a table without a column that it is read for is damaged",
        "results/arrow.py",
        "        _check(table)\n",
        "",
        "results/test_finished.py::test_a_damaged_file_of_csv_is_named",
    ),
    Mutant(
        "a misspelt deployment is refused before a table is read",
        "cli/plot.py",
        "        finished.require_deployment(deployment)\n",
        "        pass\n",
        "cli/test_plot.py::test_a_misspelt_deployment_is_refused_before_a_table_is_read",
    ),
    Mutant(
        "every number of the report states its unit",
        "results/waits.py",
        'holders_left_out: int = measure("holders")',
        "holders_left_out: int",
        "results/test_report_schema.py::test_every_number_states_a_unit",
    ),
    Mutant(
        "the source of a request is that of its own deployment",
        "results/tables.py",
        "np.array([names.index(name) for name in d.sources], np.int32)[d.attempts.source]",
        "np.arange(len(d.sources), dtype=np.int32)[d.attempts.source]",
        "results/test_tables.py::test_a_request_is_told_by_the_name_of_its_source",
    ),
)
