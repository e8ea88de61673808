"""For each law that drawn runs must obey, a bug that breaks it."""

from mutants.mutant import Mutant

MUTANTS = (
    Mutant(
        "instants fit the outcome: what is lost is released",
        "requests/reference.py",
        "            attempt.released_at_s = self._clock.now\n"
        "            if attempt.is_waited_for:\n",
        "            if attempt.is_waited_for:\n",
        "requests/test_conservation.py::test_every_run_keeps_every_law",
    ),
    Mutant(
        "nobody is answered after the deadline",
        "requests/reference.py",
        "attempt.arrival_at_s + limit_s,",
        "attempt.arrival_at_s + limit_s + 0.5,",
        "requests/test_conservation.py::test_every_run_keeps_every_law",
    ),
    Mutant(
        "occupied threads are those running and those abandoned",
        "requests/dispatch.py",
        "return self._line.popleft()",
        "return self._line[0]",
        "requests/test_conservation.py::test_every_run_keeps_every_law",
    ),
    Mutant(
        "no thread serves two requests at a time",
        "requests/dispatch.py",
        "return self._line.popleft()",
        "return self._line[0]",
        "requests/test_conservation.py::test_every_run_keeps_every_law",
    ),
    Mutant(
        "a request backs off only until it comes again",
        "requests/reference.py",
        "self._backing_off.discard(request)",
        "pass",
        "requests/test_conservation.py::test_every_run_keeps_every_law",
    ),
    Mutant(
        "requests start in order of arrival",
        "requests/reference.py",
        "attempt = self._queue.popleft()",
        "attempt = self._queue.pop()",
        "requests/test_conservation.py::test_every_run_keeps_every_law",
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
        "requests/test_conservation.py::test_every_run_keeps_every_law",
    ),
    Mutant(
        "no thread idles while a request waits: a freed thread takes the next",
        "requests/reference.py",
        "serving.replica))\n            self._want_start()",
        "serving.replica))",
        "requests/test_conservation.py::test_every_run_keeps_every_law",
    ),
    Mutant(
        "the queue keeps to its capacity",
        "requests/reference.py",
        "len(self._queue) >= capacity",
        "len(self._queue) > capacity",
        "requests/test_conservation.py::test_every_run_keeps_every_law",
    ),
    Mutant(
        "memory in flight exceeds the limit only to kill",
        "requests/serving.py",
        "return self.used_bytes <= self.shape.memory_limit_bytes",
        "return self.used_bytes <= self.shape.memory_limit_bytes + 1",
        "requests/test_conservation.py::test_every_run_keeps_every_law",
    ),
    Mutant(
        "an evaluation counts the threads of open replicas only",
        "requests/reference.py",
        "for one in replicas if one.is_open and",
        "for one in replicas if",
        "requests/test_conservation.py::test_every_run_keeps_every_law",
    ),
    Mutant(
        "an evaluation comes before the ends of its instant",
        "clock.py",
        "EVALUATION = 5\n    PHASE_END = 6",
        "EVALUATION = 11\n    PHASE_END = 6",
        "requests/test_conservation.py::test_every_run_keeps_every_law",
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
