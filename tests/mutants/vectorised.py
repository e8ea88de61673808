"""Bugs in how the engine runs ahead of control and goes back, and in what it keeps in arrays."""

from mutants.mutant import Mutant

ENGINE = "engines/vectorised/engine.py"
PLANE = "engines/vectorised/plane.py"
ARRAYS = "engines/vectorised/arrays.py"
OUTCOMES = "engines/vectorised/outcomes.py"
LINE = "engines/vectorised/line.py"
GIVEN = "engines/vectorised/given.py"
BLOCKS = "engines/vectorised/blocks.py"
COLUMNS = "control/policies/load_columns.py"
EVENT_LOOP = "engines/vectorised/eventloop.py"
SETTLE = "engines/vectorised/settle.py"
STRETCH = "engines/vectorised/stretch.py"
FLIGHT = "engines/vectorised/flight.py"

MUTANTS = (
    Mutant(
        "control writes nothing before what comes before it",
        "control/journal.py",
        "        self._catch_up()\n",
        "",
        "engines/vectorised/test_planes.py"
        "::test_what_evaluations_saw_stands_before_what_control_wrote_later",
    ),
    Mutant(
        "what control asks of a plane is asked of the present",
        PLANE,
        "        self.catch_up()\n        return self._requests\n",
        "        return self._requests\n",
        "engines/vectorised/test_planes.py::test_what_was_served_ahead_is_taken_back",
    ),
    Mutant(
        "of stops at one instant the lowest class comes first",
        ENGINE,
        "heappush(known, (stop.at_s, stop.order, number, plane.version))",
        "heappush(known, (stop.at_s, 1, number, plane.version))",
        "engines/vectorised/test_planes.py::test_of_stops_at_one_instant_the_lowest_class_comes_first",
    ),
    Mutant(
        "who comes late at an instant comes after the evaluations of the others",
        ENGINE,
        "= stop.at_s, stop.order, stop.deployment",
        "= stop.at_s, loop.TICK_CLASS, stop.deployment",
        "engines/vectorised/test_planes.py"
        "::test_at_the_end_of_a_request_all_evaluations_of_the_instant_have_been",
    ),
    Mutant(
        "at a stop, those of earlier deployments have had their items of its class",
        PLANE,
        "return self.order + 1 if deployment < self.deployment else self.order",
        "return self.order",
        "engines/vectorised/test_planes.py"
        "::test_at_an_evaluation_that_acts_only_those_of_earlier_deployments_have_been",
    ),
    Mutant(
        "a stop is where the evaluation acts",
        PLANE,
        "at_s = acts * self._interval_s",
        "at_s = (acts + 1) * self._interval_s",
        "engines/vectorised/test_planes.py::test_of_stops_at_one_instant_the_lowest_class_comes_first",
    ),
    Mutant(
        "disabling fails those queued",
        PLANE,
        "requests.fail_queued(Outcome.DISABLED)",
        "pass",
        "engines/vectorised/test_planes.py"
        "::test_disabling_fails_the_queue_at_that_instant_and_not_what_runs",
    ),
    Mutant(
        "what is ahead is taken back: instants",
        ARRAYS,
        "        a.af[loop.A_START :, row] = a.uf[:, earliest]\n",
        "",
        "engines/vectorised/test_planes.py::test_what_was_served_ahead_is_taken_back",
    ),
    Mutant(
        "what is ahead is taken back: to the first of several changes",
        ARRAYS,
        "row, earliest = np.unique(a.ui[loop.U_ATTEMPT, :undo], return_index=True)",
        "row, earliest = a.ui[loop.U_ATTEMPT, :undo], slice(undo)",
        "engines/vectorised/test_planes.py::test_what_was_served_ahead_is_taken_back",
    ),
    Mutant(
        "what can be gone back to grows with the rest",
        ARRAYS,
        "        if self._checkpoint is not None:\n            self._checkpoint = grown",
        "        if False:\n            self._checkpoint = grown",
        "engines/vectorised/test_planes.py::test_a_plane_that_grew_while_it_was_ahead_goes_back",
    ),
    Mutant(
        "a retry is of the source of its request",
        OUTCOMES,
        "source=source[request] if has_retries else source[:count]",
        "source=source[:count] if has_retries else source[:count]",
        "engines/vectorised/test_planes.py::test_a_retry_is_of_the_source_of_its_request",
    ),
    Mutant(
        "those who back off are in order",
        OUTCOMES,
        "np.sort(s.r_key[: s.i[loop.RETRIES]] // 256)",
        "s.r_key[: s.i[loop.RETRIES]] // 256",
        "engines/vectorised/test_planes.py::test_those_who_back_off_are_told_in_order_of_their_numbers",
    ),
    Mutant(
        "the x-th newcomer stands behind the ceil(x m / k)-th",
        LINE,
        "-(-np.arange(1, count + 1) * line.size // max(count, 1))",
        "np.arange(1, count + 1) * line.size // max(count, 1)",
        "engines/vectorised/test_arrays.py::test_newcomers_stand_behind_their_share_of_the_line",
    ),
    Mutant(
        "threads join by number and then by replica",
        LINE,
        "np.lexsort((s.si[loop.S_REPLICA, slot], thread, s.si[loop.S_REVISION, slot]))",
        "np.lexsort((thread, s.si[loop.S_REVISION, slot]))",
        "engines/vectorised/test_arrays.py::test_threads_join_by_number_and_then_by_replica",
    ),
    Mutant(
        "newcomers keep the order of a line that is a ring",
        LINE,
        "(s.i[loop.LINE_HEAD] + np.arange",
        "(0 + np.arange",
        "engines/vectorised/test_arrays.py::test_who_joins_a_line_that_is_a_ring_keeps_its_order",
    ),
    Mutant(
        "each set of demands begins behind those before it",
        GIVEN,
        "begin = self.size",
        "begin = 0",
        "engines/vectorised/test_arrays.py::test_requests_ask_for_what_their_set_of_demands_says",
    ),
    Mutant(
        "each attempt has its own wait before it",
        GIVEN,
        "range(1, self._retry.max_attempts)]",
        "range(self._retry.max_attempts - 1)]",
        "engines/vectorised/test_arrays.py::test_each_attempt_has_its_own_wait_before_it",
    ),
    Mutant(
        "threads in the line are renumbered when there is more room",
        BLOCKS,
        "= _renumbered(line, before, after)",
        "= line",
        "engines/vectorised/test_arrays.py::test_threads_keep_their_places_when_there_is_room_for_more",
    ),
    Mutant(
        "threads in their cpu phase are renumbered when there is more room",
        BLOCKS,
        "    new.ti[loop.T_ORDER] = _renumbered(new.ti[loop.T_ORDER], before, after)\n",
        "",
        "engines/vectorised/test_arrays.py::test_threads_keep_their_places_when_there_is_room_for_more",
    ),
    Mutant(
        "a checkpoint is a copy",
        BLOCKS,
        "tuple(array.copy() for array in state)",
        "tuple(array for array in state)",
        "engines/vectorised/test_arrays.py::test_a_checkpoint_keeps_what_the_state_was",
    ),
    Mutant(
        "who comes first of the old slots comes first in the larger blocks",
        BLOCKS,
        "        first[middle] = first[0]\n",
        "",
        "engines/vectorised/test_growth.py"
        "::test_a_request_on_a_draining_replica_ends_though_slots_were_doubled_twice",
    ),
    Mutant(
        "threads whose phases end are renumbered when there is more room",
        BLOCKS,
        "= _renumbered(old.e_thread[:ends], before, after)",
        "= old.e_thread[:ends]",
        "engines/vectorised/test_arrays.py::test_threads_keep_their_places_when_there_is_room_for_more",
    ),
    Mutant(
        "there is room for the retries of all that is queued",
        ARRAYS,
        "        self._make_room(retries=int(self._s.i[loop.QUEUE_LENGTH]))\n",
        "",
        "engines/vectorised/test_event_loop.py::test_a_queue_of_any_length_fails_at_once_and_tries_again",
    ),
    Mutant(
        "at a later instant nothing has happened yet",
        ARRAYS,
        "            self._s.i[loop.HIGHEST_CLASS] = 0\n",
        "",
        "engines/vectorised/test_event_loop.py"
        "::test_what_ends_after_an_evaluation_comes_before_an_arrival_elsewhere",
    ),
    Mutant(
        "a replica that is closed does not join the line",
        EVENT_LOOP,
        "    s.si[S_JOINING, slot] = 0\n    _leave_line(s, g, slot)",
        "    _leave_line(s, g, slot)",
        "engines/vectorised/test_event_loop.py"
        "::test_a_replica_that_goes_at_the_instant_of_its_readiness_takes_no_request",
    ),
    Mutant(
        "ends that rounding makes equal are in the order of starts",
        EVENT_LOOP,
        "s.tf[T_VALUE, other] = now + left\n            _rearrange(s, g, slot)\n",
        "s.tf[T_VALUE, other] = now + left\n",
        "engines/vectorised/test_event_loop.py"
        "::test_ends_that_rounding_makes_equal_come_in_the_order_of_their_starts",
    ),
    Mutant(
        "the line for a GPU is in the order of starts at one instant",
        EVENT_LOOP,
        "and s.ti[T_START, thread] < s.ti[T_START, first]",
        "and s.ti[T_START, thread] > s.ti[T_START, first]",
        "engines/vectorised/test_event_loop.py"
        "::test_who_asked_for_the_gpu_together_gets_it_in_the_order_of_starts",
    ),
    Mutant(
        "of replicas with equally few requests the lowest number serves",
        EVENT_LOOP,
        "taken == best_taken and s.si[S_REPLICA, slot] > s.si[S_REPLICA, best]",
        "taken == best_taken and slot > best",
        "engines/vectorised/test_event_loop.py"
        "::test_of_replicas_with_equally_few_requests_the_lowest_number_serves",
    ),
    Mutant(
        "cores stand still while a replica hangs",
        EVENT_LOOP,
        "        _contend(s, LINED, LINED_GRAINS)\n    s.sf[S_MARK, slot] = now\n",
        "        _contend(s, LINED, LINED_GRAINS)\n",
        "engines/vectorised/test_event_loop.py::test_cores_stand_still_while_a_replica_hangs",
    ),
    Mutant(
        "a stretch ends with the first of the draining replicas that is empty",
        STRETCH,
        "return min((float(flight.end_s[slot == one].max())",
        "return max((float(flight.end_s[slot == one].max())",
        "engines/vectorised/test_certificates.py::test_with_the_certificate_the_engines_agree",
    ),
    Mutant(
        "of timeout and deadline at one instant it is the timeout, in a stretch too",
        SETTLE,
        "is_client = g.deadline[a.ai[loop.A_REQUEST, late]] < g.timeout",
        "is_client = g.deadline[a.ai[loop.A_REQUEST, late]] <= g.timeout",
        "engines/vectorised/test_event_loop.py"
        "::test_at_one_instant_the_timeout_comes_before_the_clients_deadline",
    ),
    Mutant(
        "who starts when the warm-up ends is warm, in a stretch too",
        FLIGHT,
        ">= s.sf[loop.S_WARM_AT, slot]",
        "> s.sf[loop.S_WARM_AT, slot]",
        "engines/vectorised/test_event_loop.py"
        "::test_a_request_that_starts_when_the_warm_up_ends_runs_at_full_speed",
    ),
    Mutant(
        "threads of replicas that are closed do not join the line",
        SETTLE,
        "joined = released[is_open]",
        "joined = released[is_open | ~is_open]",
        "engines/vectorised/test_growth.py::test_arrays_keep_their_laws",
    ),
    Mutant(
        "a run that began before the stretch has begun then",
        COLUMNS,
        "if begin >= 0 else before_s",
        "if begin > 0 else before_s",
        "control/policies/test_load_columns.py::test_a_preview_decides_what_single_evaluations_decide",
    ),
    Mutant(
        "high load goes before low load",
        COLUMNS,
        "np.where(up > 0, high, np.where(down > 0, low, neither))",
        "np.where(down > 0, low, np.where(up > 0, high, neither))",
        "control/policies/test_load_columns.py::test_a_preview_decides_what_single_evaluations_decide",
    ),
)
