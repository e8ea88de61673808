"""Bugs in how requests end: memory, deadlines, lost replicas, retries."""

from mutants.mutant import Mutant

MUTANTS = (
    Mutant(
        "memory up to the limit is fine",
        "engines/reference/serving.py",
        "return self.used_bytes <= self.shape.memory_limit_bytes",
        "return self.used_bytes < self.shape.memory_limit_bytes",
        "engines/reference/test_paths_losses.py::test_memory_up_to_the_limit_is_fine_and_a_byte_more_kills",
    ),
    Mutant(
        "the loaded model counts into memory",
        "engines/reference/serving.py",
        "self.used_bytes = self.shape.model_memory_bytes",
        "self.used_bytes = 0",
        "engines/reference/test_paths_losses.py::test_the_loaded_model_counts_into_memory",
    ),
    Mutant(
        "a request that ended gives its memory back",
        "engines/reference/serving.py",
        "self.used_bytes -= attempt.memory_bytes",
        "self.used_bytes -= 0",
        "engines/reference/test_paths_deadlines.py::test_a_request_that_ended_gives_its_memory_back",
    ),
    Mutant(
        "an abandoned request keeps its memory",
        "engines/reference/plane.py",
        "        self._answer(attempt, outcome)\n\n    def _answer",
        "        else:\n            self._replicas[attempt.replica].used_bytes = 0\n"
        "        self._answer(attempt, outcome)\n\n    def _answer",
        "engines/reference/test_paths_deadlines.py::test_an_abandoned_request_holds_its_memory",
    ),
    Mutant(
        "who has been answered is not answered again",
        "engines/reference/plane.py",
        "            attempt.released_at_s = self._clock.now\n"
        "            if attempt.is_waited_for:\n",
        "            attempt.released_at_s = self._clock.now\n"
        "            if not attempt.answered.triggered or attempt.outcome:\n",
        "engines/reference/test_paths_deadlines.py::test_an_abandoned_request_holds_its_memory",
    ),
    Mutant(
        "a queued request leaves at its deadline",
        "engines/reference/plane.py",
        "self._queue.remove(attempt)",
        "pass",
        "engines/reference/test_paths_deadlines.py::test_deadlines_in_the_queue_leave_the_others_in_order",
    ),
    Mutant(
        "[doc] a queued request of a disabled deployment is answered 503",
        "engines/reference/plane.py",
        "            while self._queue:",
        "            while False:",
        "engines/reference/test_paths_losses.py::test_disable_fails_the_queue_and_lets_running_requests_end",
    ),
    Mutant(
        "the client's deadline counts only if it is strictly shorter",
        "engines/reference/plane.py",
        "deadlines_s[attempt.request] < limit_s",
        "deadlines_s[attempt.request] <= limit_s",
        "engines/reference/test_paths_deadlines.py::test_the_lesser_of_timeout_and_client_deadline_counts",
    ),
    Mutant(
        "[doc] the platform gives up after five minutes",
        "scenario/models/policies.py",
        "timeout_s: PositiveSeconds = 300.0",
        "timeout_s: PositiveSeconds = 299.0",
        "engines/reference/test_paths_deadlines.py::test_the_platform_gives_up_after_five_minutes",
    ),
    Mutant(
        "[doc] only RESPONSIVE replicas are given requests: a freed thread stays out of the line",
        "engines/reference/plane.py",
        "        if serving.is_open:\n            serving.idle.add",
        "        if not serving.is_draining:\n            serving.idle.add",
        "engines/reference/test_paths_phases.py::test_an_unresponsive_replica_goes_on_with_what_it_has",
    ),
    Mutant(
        "after a switch requests ask what the new version asks",
        "engines/reference/plane.py",
        "demands = self._demands[serving.shape.revision]",
        "demands = self._demands[0]",
        "engines/reference/test_paths_losses.py"
        "::test_requests_started_after_a_switch_ask_what_the_new_version_asks",
    ),
    Mutant(
        "max_attempts counts the first",
        "engines/contract/client.py",
        "attempt < self.max_attempts",
        "attempt <= self.max_attempts",
        "engines/reference/test_paths_losses.py::test_a_client_gives_up_after_its_last_attempt",
    ),
    Mutant(
        "[doc] the SDK makes four attempts in all",
        "engines/contract/client.py",
        "_SDK_ATTEMPTS = 4",
        "_SDK_ATTEMPTS = 5",
        "engines/reference/test_paths_losses.py::test_sdk_makes_four_attempts_with_waits_of_quarter_seconds",
    ),
    Mutant(
        "[doc] the SDK retries 429",
        "engines/contract/client.py",
        "frozenset({Outcome.RATE_LIMITED, Outcome.DISABLED, Outcome.QUEUE_FULL})",
        "frozenset({Outcome.DISABLED, Outcome.QUEUE_FULL})",
        "engines/reference/test_client.py::test_sdk_retries_429_and_503_only",
    ),
    Mutant(
        "[doc] the SDK does not retry a 500",
        "engines/contract/client.py",
        'lost = LOST if lost_request == "503" else frozenset()',
        "lost = LOST",
        "engines/reference/test_paths_losses.py::test_what_a_lost_request_is_answered",
    ),
    Mutant(
        "each wait belongs to its attempt",
        "engines/reference/plane.py",
        "self._workload.retry_wait_s(request, number)",
        "self._workload.retry_wait_s(request, 1)",
        "engines/reference/test_paths_losses.py::test_retries_come_behind_new_arrivals_and_wait_as_told",
    ),
)
