"""Bugs in what tells which limit binds."""

from mutants.mutant import Mutant

_HERE = "results/test_binding.py::"
_LOOP = "engines/vectorised/eventloop.py"
_FOLDED = "results/test_folding.py::test_the_summary_is_that_of_the_attempts"

MUTANTS = (
    Mutant(
        "on a replica that hangs nobody contends",
        _LOOP,
        "    now = s.f[NOW]\n    _leave_contention(s, slot)\n",
        "    now = s.f[NOW]\n",
        _HERE + "test_on_a_replica_that_hangs_it_is_the_hang_that_holds",
    ),
    Mutant(
        "a line of the GPU counts again when the hang is over",
        _LOOP,
        "    if s.si[S_GPU_LINE, slot]:\n        _contend(s, LINED, LINED_GRAINS)\n",
        "",
        _HERE + "test_a_line_of_the_gpu_stands_still_in_a_hang",
    ),
    Mutant(
        "a replica that dies in a hang has left already",
        _LOOP,
        "    if not s.si[S_FROZEN, slot]:\n        _leave_contention(s, slot)\n",
        "    _leave_contention(s, slot)\n",
        _HERE + "test_a_replica_killed_while_it_hangs_holds_nothing_back_later",
    ),
    Mutant(
        "a line that is formed in a hang counts from its end on",
        _LOOP,
        "if not s.si[S_GPU_LINE, slot] and not s.si[S_FROZEN, slot]:",
        "if not s.si[S_GPU_LINE, slot]:",
        _HERE + "test_a_line_of_the_gpu_that_is_formed_in_a_hang_counts_from_its_end_on",
    ),
    Mutant(
        "the warm-up is left out of what is contended for",
        _LOOP,
        "return int(min(max(s.f[NOW], s.f[MEASURED_AT]), LAST_S) * GRAINS_PER_S)",
        "return int(min(s.f[NOW], LAST_S) * GRAINS_PER_S)",
        _HERE + "test_the_warm_up_is_left_out",
    ),
    Mutant(
        "a second replica that shares begins no second spell",
        _LOOP,
        "    if s.i[count] == 0:\n        s.i[length] -= _grain(s)\n",
        "    s.i[length] -= _grain(s)\n",
        _HERE + "test_what_two_replicas_hold_back_at_one_time_counts_once",
    ),
    Mutant(
        "those who die in the line have waited",
        _LOOP,
        "            _note_gpu_wait(s, thread)\n",
        "            pass\n",
        _HERE + "test_those_killed_in_the_line_have_waited",
    ),
    Mutant(
        "what is shared at the horizon is shared up to it",
        "engines/vectorised/outcomes.py",
        "(until if s.i[count] else 0)",
        "(until if s.i[count] < 0 else 0)",
        _HERE + "test_who_waits_at_the_end_has_waited",
    ),
    Mutant(
        "a kill ends what was shared, in the reference too",
        "engines/reference/phases.py",
        "        self._over.clear()\n        self._contenders.note(is_contended=False)\n",
        "        self._over.clear()\n",
        _HERE + "test_a_kill_ends_what_is_shared",
    ),
    Mutant(
        "of waits that take no time none is counted",
        "engines/reference/contention.py",
        "until_s > max(asked_at_s, self.gpu.from_s)",
        "until_s >= max(asked_at_s, self.gpu.from_s)",
        _HERE + "test_a_wait_of_no_length_is_none",
    ),
    Mutant(
        "the line is seen before attempts go",
        "engines/vectorised/fold.py",
        "            self._taker.see_line(self.rest(s, a), settled_s)\n",
        "",
        _FOLDED,
    ),
    Mutant(
        "an attempt that is seen in line twice waits once",
        "results/line.py",
        "((begin >= since) & (end > begin))",
        "(end > begin)",
        _FOLDED,
    ),
    Mutant(
        "who waits beside one of an earlier block is not counted again",
        "results/line.py",
        "            covered = int(upto[-1])\n",
        "",
        _FOLDED,
    ),
    Mutant(
        "who waits for a replica does not wait for a thread",
        "results/line.py",
        "since * self._serves[place]",
        "since",
        _HERE + "test_who_waits_for_a_replica_does_not_wait_for_a_thread",
    ),
    Mutant(
        "a replica is short of memory until it serves again",
        "results/binding.py",
        "if move.after in (ReplicaState.RESPONSIVE, ReplicaState.DELETED):",
        "if move.after in (ReplicaState.STARTING, ReplicaState.DELETED):",
        _HERE + "test_a_replica_killed_for_memory_is_short_of_it_until_it_serves_again",
    ),
    Mutant(
        "being held at max goes on to the horizon",
        "results/binding.py",
        "horizon_s if decision.until_s is None else decision.until_s",
        "decision.at_s if decision.until_s is None else decision.until_s",
        _HERE + "test_a_deployment_has_what_its_record_says",
    ),
)
