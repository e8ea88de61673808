"""Bugs in what comes before service: admission, the queue, the line, the order of items."""

from mutants.mutant import Mutant

MUTANTS = (
    Mutant(
        "an attempt exactly on time is accepted",
        "engines/reference/admission.py",
        "> self._tolerance_s",
        ">= self._tolerance_s",
        "engines/reference/test_admission.py::test_one_per_second",
    ),
    Mutant(
        "a burst of b is b at once, not b + 1",
        "engines/reference/admission.py",
        "(burst - 1) / rate_per_s",
        "burst / rate_per_s",
        "engines/reference/test_admission.py::test_a_burst_of_three",
    ),
    Mutant(
        "earliness adds up",
        "engines/reference/admission.py",
        "earliest_at_s + self._interval_s",
        "at_s + self._interval_s",
        "engines/reference/test_admission.py::test_a_burst_of_three",
    ),
    Mutant(
        "a disabled deployment does not ask the rate limit",
        "engines/reference/plane.py",
        "        if not self._enabled:\n            return Outcome.DISABLED\n"
        "        if self._limiter is not None and not self._limiter.accepts(self._clock.now):\n"
        "            return Outcome.RATE_LIMITED\n",
        "        if self._limiter is not None and not self._limiter.accepts(self._clock.now):\n"
        "            return Outcome.RATE_LIMITED\n"
        "        if not self._enabled:\n            return Outcome.DISABLED\n",
        "engines/reference/test_paths_queue.py::test_order_of_the_checks_at_admission",
    ),
    Mutant(
        "[doc] an arrival wakes a deployment that has no live replica",
        "engines/reference/plane.py",
        "if self._live_count == 0:",
        "if self._live_count < 0:",
        "engines/reference/test_paths_queue.py::test_an_arrival_wakes_a_deployment_at_zero",
    ),
    Mutant(
        "the queue holds queue_capacity, not one more",
        "engines/reference/plane.py",
        "len(self._queue) >= capacity",
        "len(self._queue) > capacity",
        "engines/reference/test_paths_queue.py::test_two_places_to_wait",
    ),
    Mutant(
        "who finds an idle thread needs no place to wait",
        "engines/reference/plane.py",
        "if is_full and not self._dispatch.idle_count:",
        "if is_full:",
        "engines/reference/test_paths_queue.py::test_no_place_to_wait",
    ),
    Mutant(
        "ends of cpu and gpu phases come before ends of waits",
        "clock.py",
        "PHASE_END = 6\n    WAIT_END = 7",
        "PHASE_END = 7\n    WAIT_END = 6",
        "engines/reference/test_paths_queue.py::test_order_of_ends_at_one_instant",
    ),
    Mutant(
        "a request that ends at its deadline succeeds",
        "clock.py",
        "WAIT_END = 7\n    DEADLINE = 8",
        "WAIT_END = 8\n    DEADLINE = 7",
        "engines/reference/test_paths_deadlines.py::test_a_request_that_ends_at_its_deadline_succeeds",
    ),
    Mutant(
        "a request that could only start at its deadline does not",
        "clock.py",
        "DEADLINE = 8\n    LINE = 9",
        "DEADLINE = 9\n    LINE = 8",
        "engines/reference/test_paths_deadlines.py"
        "::test_a_request_that_could_only_start_at_its_deadline_does_not",
    ),
    Mutant(
        "what can start does so before the next arrival",
        "clock.py",
        "LINE = 9\n    ARRIVAL = 10",
        "LINE = 10\n    ARRIVAL = 9",
        "engines/reference/test_paths_queue.py::test_no_place_to_wait",
    ),
    Mutant(
        "a fault comes before the ends of its instant",
        "clock.py",
        "EVENT = 1",
        "EVENT = 11",
        "engines/reference/test_paths_losses.py::test_a_killed_replica_loses_what_it_serves",
    ),
    Mutant(
        "the end of grace comes before the ends of its instant",
        "clock.py",
        "TIMER = 3",
        "TIMER = 11",
        "engines/reference/test_paths_losses.py::test_grace_of_thirty_seconds_expires",
    ),
    Mutant(
        "a kill for memory comes before the next start",
        "clock.py",
        "NOTICE = 2",
        "NOTICE = 11",
        "engines/reference/test_paths_losses.py::test_memory_is_checked_after_each_single_start",
    ),
    Mutant(
        "new arrivals come before retries",
        "clock.py",
        "(is_retry << 47)",
        "(is_retry * 0)",
        "engines/reference/test_paths_losses.py::test_retries_come_behind_new_arrivals_and_wait_as_told",
    ),
    Mutant(
        "the queue is first come first served",
        "engines/reference/plane.py",
        "self._queue.append(attempt)",
        "self._queue.appendleft(attempt)",
        "engines/reference/test_paths_queue.py::test_first_come_first_served",
    ),
    Mutant(
        "a freed thread goes to the tail of the line",
        "engines/reference/dispatch.py",
        'tail."""\n        self._line.append(thread)',
        'tail."""\n        self._line.appendleft(thread)',
        "engines/reference/test_paths_queue.py::test_a_freed_thread_goes_to_the_tail_of_the_line",
    ),
    Mutant(
        "newcomer x comes behind the ceil(x m / k)-th",
        "engines/reference/dispatch.py",
        "return -(-(x + 1) * len(present) // len(newcomers))",
        "return (x + 1) * len(present) // len(newcomers)",
        "engines/reference/test_dispatch.py::test_newcomers_are_spread_over_the_line",
    ),
    Mutant(
        "newcomers do not join as a block at the tail",
        "engines/reference/dispatch.py",
        "return -(-(x + 1) * len(present) // len(newcomers))",
        "return len(present)",
        "engines/reference/test_paths_queue.py"
        "::test_threads_of_a_restarted_replica_are_spread_over_the_line",
    ),
    Mutant(
        "newcomers come by thread number, then replica",
        "engines/reference/plane.py",
        "[thread for _, thread in sorted(newcomers)]",
        "[thread for _, thread in sorted(newcomers, key=lambda one: one[1][::-1])]",
        "engines/reference/test_paths_queue.py"
        "::test_threads_of_replicas_that_are_there_at_the_start_take_turns",
    ),
    Mutant(
        "the threads of a replica that goes leave the line",
        "engines/reference/plane.py",
        "self._dispatch.remove_replica(replica)",
        "pass",
        "engines/reference/test_paths_losses.py::test_a_killed_replicas_idle_threads_leave_the_line",
    ),
    Mutant(
        "ties of the fewest in flight go to the lowest replica",
        "engines/reference/dispatch.py",
        "len(self._idle[replica]), replica)",
        "len(self._idle[replica]), -replica)",
        "engines/reference/test_paths_queue.py::test_fewest_in_flight",
    ),
    Mutant(
        "the fewest in flight, not the fewest idle",
        "engines/reference/dispatch.py",
        "self._thread_counts[replica] - len(self._idle[replica])",
        "len(self._idle[replica])",
        "engines/reference/test_paths_queue.py::test_fewest_in_flight",
    ),
    Mutant(
        "the lowest free thread serves",
        "engines/reference/dispatch.py",
        "Thread(heappop(self._idle[replica]), replica)",
        "Thread(self._idle[replica].pop(), replica)",
        "engines/reference/test_dispatch.py::test_fewest_in_flight_takes_turns_by_occupancy",
    ),
)
