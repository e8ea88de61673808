"""Bugs to plant: for each rule one line that breaks it, and the test that must notice.

A row is applied to a copy of the package (see `test_mutants.py`); `before` occurs exactly once in
the file. Add a row for every invariant and every documented rule.
"""

from typing import NamedTuple


class Mutant(NamedTuple):
    """A planted bug: what it breaks, where, and which test fails because of it."""

    breaks: str
    file: str
    before: str
    after: str
    caught_by: str


CORES = (
    Mutant(
        "progress while sharing is counted when somebody joins",
        "requests/cores.py",
        "self._virtual_s += (at_s - self._mark_at_s) * rate",
        "self._virtual_s += 0.0",
        "requests/test_paths_phases.py::test_requests_share_the_cores",
    ),
    Mutant(
        "a late joiner starts from the virtual time it finds",
        "requests/cores.py",
        "self._values[number] = self._virtual_s + work_s",
        "self._values[number] = work_s",
        "requests/test_cores.py::test_least_finish_value_ends_before_a_lower_number",
    ),
    Mutant(
        "no end lies in the past (the max with 0)",
        "requests/cores.py",
        "max(0.0, value_s - self._virtual_s) / rate",
        "(value_s - self._virtual_s) / rate",
        "requests/test_cores.py::test_rounding_never_ends_a_phase_in_the_past",
    ),
    Mutant(
        "as many requests as cores are not slowed: they keep their absolute ends",
        "requests/cores.py",
        "if len(self._values) > self.cores:",
        "if len(self._values) >= self.cores:",
        "requests/test_cores.py::test_as_many_requests_as_cores_keep_their_absolute_ends",
    ),
    Mutant(
        "sharing ends as soon as there is a core for each",
        "requests/cores.py",
        "if len(self._values) <= self.cores:",
        "if len(self._values) < self.cores:",
        "requests/test_cores.py::test_as_many_requests_as_cores_keep_their_absolute_ends",
    ),
    Mutant(
        "ends of one instant come by start number",
        "requests/cores.py",
        "key=lambda item: (item[1], item[0])",
        "key=lambda item: (item[1], -item[0])",
        "requests/test_cores.py::test_ends_of_one_instant_come_by_start_number",
    ),
    Mutant(
        "the end of least finish value is next",
        "requests/cores.py",
        "key=lambda item: (item[1], item[0])",
        "key=lambda item: (item[0], item[1])",
        "requests/test_cores.py::test_least_finish_value_ends_before_a_lower_number",
    ),
    Mutant(
        "a request on less than one core is slowed once, not twice",
        "requests/cores.py",
        "self.cores = max(cores, 1.0)",
        "self.cores = cores",
        "requests/test_cores.py::test_half_a_core_takes_twice_as_long",
    ),
    Mutant(
        "frozen time does not count as progress",
        "requests/cores.py",
        "self._frozen = False\n        self._mark_at_s = at_s",
        "self._frozen = False",
        "requests/test_cores.py::test_shared_progress_stops_while_frozen",
    ),
    Mutant(
        "no more cores are used than the code can",
        "requests/cores.py",
        "min(cpu_cores, math.inf if parallelism is None else parallelism)",
        "cpu_cores",
        "requests/test_paths_phases.py::test_cpu_parallelism",
    ),
)

DISPATCH = (
    Mutant(
        "a freed thread goes to the tail of the line",
        "requests/dispatch.py",
        'tail."""\n        self._line.append(thread)',
        'tail."""\n        self._line.appendleft(thread)',
        "requests/test_paths_queue.py::test_a_freed_thread_goes_to_the_tail_of_the_line",
    ),
    Mutant(
        "newcomer x comes behind the ceil(x m / k)-th",
        "requests/dispatch.py",
        "return -(-(x + 1) * len(present) // len(newcomers))",
        "return (x + 1) * len(present) // len(newcomers)",
        "requests/test_dispatch.py::test_newcomers_are_spread_over_the_line",
    ),
    Mutant(
        "newcomers do not join as a block at the tail",
        "requests/dispatch.py",
        "return -(-(x + 1) * len(present) // len(newcomers))",
        "return len(present)",
        "requests/test_paths_queue.py"
        "::test_threads_of_a_restarted_replica_are_spread_over_the_line",
    ),
    Mutant(
        "newcomers come by thread number, then replica",
        "requests/dispatch.py",
        "newcomers = sorted(threads)",
        "newcomers = sorted(threads, key=lambda thread: (thread.replica, thread.number))",
        "requests/test_paths_queue.py"
        "::test_threads_of_replicas_that_are_there_at_the_start_take_turns",
    ),
    Mutant(
        "the threads of a replica that goes leave the line",
        "requests/reference.py",
        "self._dispatch.remove_replica(replica)",
        "pass",
        "requests/test_paths_losses.py::test_a_killed_replicas_idle_threads_leave_the_line",
    ),
    Mutant(
        "ties of the fewest in flight go to the lowest replica",
        "requests/dispatch.py",
        "len(self._idle[replica]), replica)",
        "len(self._idle[replica]), -replica)",
        "requests/test_paths_queue.py::test_fewest_in_flight",
    ),
    Mutant(
        "the fewest in flight, not the fewest idle",
        "requests/dispatch.py",
        "self._thread_counts[replica] - len(self._idle[replica])",
        "len(self._idle[replica])",
        "requests/test_paths_queue.py::test_fewest_in_flight",
    ),
    Mutant(
        "the lowest free thread serves",
        "requests/dispatch.py",
        "Thread(heappop(self._idle[replica]), replica)",
        "Thread(self._idle[replica].pop(), replica)",
        "requests/test_dispatch.py::test_fewest_in_flight_takes_turns_by_occupancy",
    ),
)

ADMISSION = (
    Mutant(
        "an attempt exactly on time is accepted",
        "requests/admission.py",
        "> self._tolerance_s",
        ">= self._tolerance_s",
        "requests/test_admission.py::test_one_per_second",
    ),
    Mutant(
        "a burst of b is b at once, not b + 1",
        "requests/admission.py",
        "(burst - 1) / rate_per_s",
        "burst / rate_per_s",
        "requests/test_admission.py::test_a_burst_of_three",
    ),
    Mutant(
        "earliness adds up",
        "requests/admission.py",
        "earliest_at_s + self._interval_s",
        "at_s + self._interval_s",
        "requests/test_admission.py::test_a_burst_of_three",
    ),
    Mutant(
        "a disabled deployment does not ask the rate limit",
        "requests/reference.py",
        "        if not self._enabled:\n            return Outcome.DISABLED\n"
        "        if self._limiter is not None and not self._limiter.accepts(self._clock.now):\n"
        "            return Outcome.RATE_LIMITED\n",
        "        if self._limiter is not None and not self._limiter.accepts(self._clock.now):\n"
        "            return Outcome.RATE_LIMITED\n"
        "        if not self._enabled:\n            return Outcome.DISABLED\n",
        "requests/test_paths_queue.py::test_order_of_the_checks_at_admission",
    ),
    Mutant(
        "the queue holds queue_capacity, not one more",
        "requests/reference.py",
        "len(self._queue) >= capacity",
        "len(self._queue) > capacity",
        "requests/test_paths_queue.py::test_two_places_to_wait",
    ),
    Mutant(
        "who finds an idle thread needs no place to wait",
        "requests/reference.py",
        "if is_full and not self._dispatch.idle_count:",
        "if is_full:",
        "requests/test_paths_queue.py::test_no_place_to_wait",
    ),
)

ORDER = (
    Mutant(
        "ends of cpu and gpu phases come before ends of waits",
        "clock.py",
        "PHASE_END = 6\n    WAIT_END = 7",
        "PHASE_END = 7\n    WAIT_END = 6",
        "requests/test_paths_queue.py::test_order_of_ends_at_one_instant",
    ),
    Mutant(
        "a request that ends at its deadline succeeds",
        "clock.py",
        "WAIT_END = 7\n    DEADLINE = 8",
        "WAIT_END = 8\n    DEADLINE = 7",
        "requests/test_paths_deadlines.py::test_a_request_that_ends_at_its_deadline_succeeds",
    ),
    Mutant(
        "a request that could only start at its deadline does not",
        "clock.py",
        "DEADLINE = 8\n    LINE = 9",
        "DEADLINE = 9\n    LINE = 8",
        "requests/test_paths_deadlines.py"
        "::test_a_request_that_could_only_start_at_its_deadline_does_not",
    ),
    Mutant(
        "what can start does so before the next arrival",
        "clock.py",
        "LINE = 9\n    ARRIVAL = 10",
        "LINE = 10\n    ARRIVAL = 9",
        "requests/test_paths_queue.py::test_no_place_to_wait",
    ),
    Mutant(
        "a fault comes before the ends of its instant",
        "clock.py",
        "EVENT = 1",
        "EVENT = 11",
        "requests/test_paths_losses.py::test_a_killed_replica_loses_what_it_serves",
    ),
    Mutant(
        "the end of grace comes before the ends of its instant",
        "clock.py",
        "TIMER = 3",
        "TIMER = 11",
        "requests/test_paths_losses.py::test_grace_of_thirty_seconds_expires",
    ),
    Mutant(
        "a kill for memory comes before the next start",
        "clock.py",
        "NOTICE = 2",
        "NOTICE = 11",
        "requests/test_paths_losses.py::test_memory_is_checked_after_each_single_start",
    ),
    Mutant(
        "new arrivals come before retries",
        "clock.py",
        "(is_retry << 47)",
        "(is_retry * 0)",
        "requests/test_paths_losses.py::test_retries_come_behind_new_arrivals_and_wait_as_told",
    ),
    Mutant(
        "the queue is first come first served",
        "requests/reference.py",
        "self._queue.append(attempt)",
        "self._queue.appendleft(attempt)",
        "requests/test_paths_queue.py::test_first_come_first_served",
    ),
)

PHASES = (
    Mutant(
        "the line for the GPU is by time",
        "requests/phases.py",
        "heappush(self._line, (self._clock.now, number, length_s, over))",
        "heappush(self._line, (0.0, number, length_s, over))",
        "requests/test_paths_phases.py::test_the_line_for_the_gpu_is_by_time",
    ),
    Mutant(
        "at one time the line for the GPU is by start number",
        "requests/phases.py",
        "heappush(self._line, (self._clock.now, number, length_s, over))",
        "self._line.append((self._clock.now, number, length_s, over))",
        "requests/test_paths_phases.py::test_at_one_time_the_line_for_the_gpu_is_by_start_number",
    ),
    Mutant(
        "what starts on a hanging replica freezes at once",
        "requests/phases.py",
        "if self._left_s is None:",
        "if not self._left_s:",
        "requests/test_paths_phases.py::test_an_idle_replica_that_hangs_freezes_what_it_is_given",
    ),
    Mutant(
        "a hang stops shared cores",
        "requests/phases.py",
        "self._cores.freeze(self._clock.now)",
        "pass",
        "requests/test_paths_phases.py::test_a_hang_stops_shared_cores",
    ),
    Mutant(
        "each GPU serves gpu_slots requests",
        "control/revision.py",
        "gpu_slots=normal.gpu_count * behaviour.gpu_slots",
        "gpu_slots=normal.gpu_count",
        "requests/test_paths_phases.py::test_gpu_slots",
    ),
    Mutant(
        "a request waits before it computes",
        "requests/reference.py",
        "if wait_s > 0 or cpu_s == gpu_s == 0:",
        "if wait_s > 0 and cpu_s == gpu_s == 0:",
        "requests/test_paths_phases.py::test_a_waiting_request_needs_no_core",
    ),
    Mutant(
        "a replica is warm from the end of its warm-up on",
        "requests/serving.py",
        "at_s < self.warm_at_s",
        "at_s <= self.warm_at_s",
        "requests/test_paths_phases.py::test_warm_up_slows_what_is_started_on_a_young_replica",
    ),
)

LOSSES = (
    Mutant(
        "memory up to the limit is fine",
        "requests/serving.py",
        "return self.used_bytes <= self.shape.memory_limit_bytes",
        "return self.used_bytes < self.shape.memory_limit_bytes",
        "requests/test_paths_losses.py::test_memory_up_to_the_limit_is_fine_and_a_byte_more_kills",
    ),
    Mutant(
        "the loaded model counts into memory",
        "requests/serving.py",
        "self.used_bytes = self.shape.model_memory_bytes",
        "self.used_bytes = 0",
        "requests/test_paths_losses.py::test_the_loaded_model_counts_into_memory",
    ),
    Mutant(
        "a request that ended gives its memory back",
        "requests/serving.py",
        "self.used_bytes -= attempt.memory_bytes",
        "self.used_bytes -= 0",
        "requests/test_paths_deadlines.py::test_a_request_that_ended_gives_its_memory_back",
    ),
    Mutant(
        "an abandoned request keeps its memory",
        "requests/reference.py",
        "        self._answer(attempt, outcome)\n\n    def _answer",
        "        else:\n            self._replicas[attempt.replica].used_bytes = 0\n"
        "        self._answer(attempt, outcome)\n\n    def _answer",
        "requests/test_paths_deadlines.py::test_an_abandoned_request_holds_its_memory",
    ),
    Mutant(
        "who has been answered is not answered again",
        "requests/reference.py",
        "            attempt.released_at_s = self._clock.now\n"
        "            if attempt.is_waited_for:\n",
        "            attempt.released_at_s = self._clock.now\n"
        "            if not attempt.answered.triggered or attempt.outcome:\n",
        "requests/test_paths_deadlines.py::test_an_abandoned_request_holds_its_memory",
    ),
    Mutant(
        "a queued request leaves at its deadline",
        "requests/reference.py",
        "self._queue.remove(attempt)",
        "pass",
        "requests/test_paths_deadlines.py::test_deadlines_in_the_queue_leave_the_others_in_order",
    ),
    Mutant(
        "[doc] a queued request of a disabled deployment is answered 503",
        "requests/reference.py",
        "            while self._queue:",
        "            while False:",
        "requests/test_paths_losses.py::test_disable_fails_the_queue_and_lets_running_requests_end",
    ),
    Mutant(
        "the client's deadline counts only if it is strictly shorter",
        "requests/reference.py",
        "deadlines_s[attempt.request] < limit_s",
        "deadlines_s[attempt.request] <= limit_s",
        "requests/test_paths_deadlines.py::test_the_lesser_of_timeout_and_client_deadline_counts",
    ),
    Mutant(
        "[doc] the platform gives up after five minutes",
        "scenario/policies.py",
        "timeout_s: PositiveSeconds = 300.0",
        "timeout_s: PositiveSeconds = 299.0",
        "requests/test_paths_deadlines.py::test_the_platform_gives_up_after_five_minutes",
    ),
    Mutant(
        "[doc] only RESPONSIVE replicas are given requests: a freed thread stays out of the line",
        "requests/reference.py",
        "        if serving.is_open:\n            serving.idle.add",
        "        if not serving.is_draining:\n            serving.idle.add",
        "requests/test_paths_phases.py::test_an_unresponsive_replica_goes_on_with_what_it_has",
    ),
    Mutant(
        "after a switch requests ask what the new version asks",
        "requests/reference.py",
        "demands = self._demands[serving.shape.revision]",
        "demands = self._demands[0]",
        "requests/test_paths_losses.py"
        "::test_requests_started_after_a_switch_ask_what_the_new_version_asks",
    ),
)

CLIENTS = (
    Mutant(
        "max_attempts counts the first",
        "requests/client.py",
        "attempt < self.max_attempts",
        "attempt <= self.max_attempts",
        "requests/test_paths_losses.py::test_a_client_gives_up_after_its_last_attempt",
    ),
    Mutant(
        "[doc] the SDK makes four attempts in all",
        "requests/client.py",
        "_SDK_ATTEMPTS = 4",
        "_SDK_ATTEMPTS = 5",
        "requests/test_paths_losses.py::test_sdk_makes_four_attempts_with_waits_of_quarter_seconds",
    ),
    Mutant(
        "[doc] the SDK retries 429",
        "requests/client.py",
        "frozenset({Outcome.RATE_LIMITED, Outcome.DISABLED, Outcome.QUEUE_FULL})",
        "frozenset({Outcome.DISABLED, Outcome.QUEUE_FULL})",
        "requests/test_client.py::test_sdk_retries_429_and_503_only",
    ),
    Mutant(
        "[doc] the SDK does not retry a 500",
        "requests/client.py",
        'lost = LOST if lost_request == "503" else frozenset()',
        "lost = LOST",
        "requests/test_paths_losses.py::test_what_a_lost_request_is_answered",
    ),
    Mutant(
        "each wait belongs to its attempt",
        "requests/reference.py",
        "self._workload.retry_wait_s(request, number)",
        "self._workload.retry_wait_s(request, 1)",
        "requests/test_paths_losses.py::test_retries_come_behind_new_arrivals_and_wait_as_told",
    ),
)

LAWS = (
    Mutant(
        "instants fit the outcome: what is lost is released",
        "requests/reference.py",
        "            attempt.released_at_s = self._clock.now\n"
        "            if attempt.is_waited_for:\n",
        "            if attempt.is_waited_for:\n",
        "requests/test_conservation.py::test_instants_fit_the_outcome",
    ),
    Mutant(
        "nobody is answered after the deadline",
        "requests/reference.py",
        "attempt.deadline.set(attempt.arrival_at_s + limit_s,",
        "attempt.deadline.set(attempt.arrival_at_s + limit_s + 0.5,",
        "requests/test_conservation.py::test_nobody_is_answered_after_the_deadline",
    ),
    Mutant(
        "occupied threads are those running and those abandoned",
        "requests/dispatch.py",
        "return self._line.popleft()",
        "return self._line[0]",
        "requests/test_conservation.py::test_attempts_are_conserved_at_every_instant",
    ),
    Mutant(
        "no thread serves two requests at a time",
        "requests/dispatch.py",
        "return self._line.popleft()",
        "return self._line[0]",
        "requests/test_conservation.py::test_no_thread_serves_two_requests_at_a_time",
    ),
    Mutant(
        "a request backs off only until it comes again",
        "requests/reference.py",
        "self._backing_off.discard(request)",
        "pass",
        "requests/test_conservation.py::test_requests_are_conserved",
    ),
    Mutant(
        "requests start in order of arrival",
        "requests/reference.py",
        "attempt = self._queue.popleft()",
        "attempt = self._queue.pop()",
        "requests/test_conservation.py::test_requests_start_in_order_of_arrival",
    ),
    Mutant(
        "[doc] only RESPONSIVE replicas start requests",
        "control/deployment.py",
        "self._plane.close(replica.number)",
        "pass",
        "requests/test_conservation.py"
        "::test_only_responsive_replicas_of_the_active_revision_start_requests",
    ),
    Mutant(
        "no thread idles while a request waits: threads that join take what waits",
        "requests/reference.py",
        "self._dispatch.add_together(sorted(newcomers))\n        self._want_start()",
        "self._dispatch.add_together(sorted(newcomers))",
        "requests/test_conservation.py::test_no_thread_idles_while_a_request_waits",
    ),
    Mutant(
        "no thread idles while a request waits: a freed thread takes the next",
        "requests/reference.py",
        "serving.replica))\n            self._want_start()",
        "serving.replica))",
        "requests/test_conservation.py::test_no_thread_idles_while_a_request_waits",
    ),
    Mutant(
        "the queue keeps to its capacity",
        "requests/reference.py",
        "len(self._queue) >= capacity",
        "len(self._queue) > capacity",
        "requests/test_conservation.py::test_the_queue_keeps_to_its_capacity",
    ),
    Mutant(
        "memory in flight exceeds the limit only to kill",
        "requests/serving.py",
        "return self.used_bytes <= self.shape.memory_limit_bytes",
        "return self.used_bytes <= self.shape.memory_limit_bytes + 1",
        "requests/test_conservation.py::test_memory_in_flight_exceeds_the_limit_only_to_kill",
    ),
    Mutant(
        "an evaluation counts the threads of open replicas only",
        "requests/reference.py",
        "for serving in replicas if serving.is_open)",
        "for serving in replicas)",
        "requests/test_conservation.py::test_evaluations_see_the_occupied_threads_of_open_replicas",
    ),
    Mutant(
        "an evaluation comes before the ends of its instant",
        "clock.py",
        "EVALUATION = 5\n    PHASE_END = 6",
        "EVALUATION = 11\n    PHASE_END = 6",
        "requests/test_conservation.py::test_evaluations_see_the_occupied_threads_of_open_replicas",
    ),
    Mutant(
        "same seed, same bits",
        "random.py",
        "np.random.SeedSequence([seed, *words.tolist()])",
        "np.random.SeedSequence()",
        "requests/test_conservation.py::test_one_more_source_leaves_the_others_as_they_were",
    ),
    Mutant(
        "another seed is another run",
        "random.py",
        "np.random.SeedSequence([seed, *words.tolist()])",
        "np.random.SeedSequence(words.tolist())",
        "requests/test_conservation.py::test_another_seed_is_another_run",
    ),
    Mutant(
        "a stream belongs to the source's name",
        "workload/sources.py",
        'f"{self.deployment}/{self.source}/{purpose}"',
        'f"{self.deployment}/{purpose}"',
        "requests/test_conservation.py::test_another_source_draws_other_numbers",
    ),
    Mutant(
        "a draining replica is not probed",
        "control/replica.py",
        "not self._is_loaded or not self.is_live:",
        "not self._is_loaded:",
        "requests/test_paths_losses.py::test_a_draining_replica_that_hangs_goes_on_draining",
    ),
)

MUTANTS = (*CORES, *DISPATCH, *ADMISSION, *ORDER, *PHASES, *LOSSES, *CLIENTS, *LAWS)
"""All of them."""
