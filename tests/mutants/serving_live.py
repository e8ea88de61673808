"""Bugs in what is played while it is served, and in the server."""

from mutants.mutant import Mutant

_WORLD = "live/test_world.py"
_JOURNAL = "live/test_journal.py"
_CALLS = "live/test_inference.py"
_ORDER = "server/test_order.py"
_COUNTS = "live/test_counts.py"
_SHOWN = "live/test_shown.py"

MUTANTS = (
    Mutant(
        "sources cannot change while it runs",
        "live/served.py",
        "running_sources=None if active is None else frozenset(active.configuration.sources),",
        "running_sources=None,",
        f"{_WORLD}::test_a_put_is_checked_by_the_rules",
    ),
    Mutant(
        "a branch has one deployment",
        "live/world.py",
        "if branch is not None and any(one.branch == branch for one in siblings):",
        "if branch is None and any(one.branch == branch for one in siblings):",
        f"{_WORLD}::test_create_makes_a_deployment_that_starts",
    ),
    Mutant(
        "a version is shown when it serves",
        "live/served.py",
        "return (active.model if active else self.control.model).version_rid",
        "return self.control.model.version_rid",
        f"{_WORLD}::test_a_new_version_serves_only_when_it_has_taken_over",
    ),
    Mutant(
        "time goes on behind the horizon",
        "live/world.py",
        "self._run.extend(self._drawn_s)",
        "self._run.extend(self.scenario.horizon_s)",
        f"{_WORLD}::test_time_goes_on_behind_the_horizon_of_the_scenario",
    ),
    Mutant(
        "an attempt that holds its thread is still counted",
        "live/counts.py",
        "open_ = np.flatnonzero(~is_over | is_held)",
        "open_ = np.flatnonzero(~is_over)",
        "live/test_counts.py::test_what_was_looked_at_before_leaves_no_trace",
    ),
    Mutant(
        "commands are replayed at their instants",
        "live/commands.py",
        'world.advance(entry["at_s"])',
        'world.advance(entry["at_s"] // 1)',
        f"{_JOURNAL}::test_a_replayed_journal_leads_to_the_same_run",
    ),
    Mutant(
        "a line that was not written whole is cut off",
        "live/journal.py",
        'whole = content[: content.rfind(b"\\n") + 1]',
        "whole = content",
        f"{_JOURNAL}::test_an_entry_that_was_not_written_whole_is_cut_off",
    ),
    Mutant(
        "only the owner may read a run",
        "live/journal.py",
        "_OWNER_ONLY: Final = 0o600",
        "_OWNER_ONLY: Final = 0o644",
        f"{_JOURNAL}::test_only_the_owner_may_read_a_run",
    ),
    Mutant(
        "the rate limit of a deployment is 429",
        "live/inference.py",
        "Outcome.RATE_LIMITED: 429,",
        "Outcome.RATE_LIMITED: 503,",
        f"{_CALLS}::test_requests_that_are_not_served",
    ),
    Mutant(
        "an input that the model does not have is refused",
        "live/model_api.py",
        "if name not in known:",
        'if name not in {*known, "m"}:',
        f"{_CALLS}::test_what_is_wrong_with_an_input_is_told_by_its_kind",
    ),
    Mutant(
        "requests from outside are numbered in the order of the calls",
        "engine.py",
        "return int(self.requests[self._place[number]])",
        "return int(self.requests[number])",
        "test_live_runs.py::test_requests_from_outside_are_those_of_a_source",
    ),
    Mutant(
        "an unknown token is nobody's",
        "server/gate.py",
        "if hmac.compare_digest(one.digest, digest) and one.until_s > now_s:",
        "if one.until_s > now_s:",
        f"{_ORDER}::test_of_two_things_wrong_the_earlier_is_answered",
    ),
    Mutant(
        "preview comes before the media type",
        "server/checks.py",
        "        require_preview(query)\n",
        "",
        f"{_ORDER}::test_preview_is_true_in_any_case",
    ),
    Mutant(
        "answers do not wait for confirmations",
        "server/running.py",
        "listener = socket.socket(family, kind, protocol)",
        "listener = socket.socket(family, kind)",
        "server/test_abuse.py::test_the_listening_socket_is_known_to_be_tcp",
    ),
    Mutant(
        "a request is somewhere at the instant at which its thread is released",
        "live/counts.py",
        "is_held = is_begun & ~(attempts.released_at_s[rows] < at_s)",
        "is_held = is_begun & ~(attempts.released_at_s[rows] <= at_s)",
        f"{_COUNTS}::test_what_is_due_at_an_instant_has_not_happened_there",
    ),
    Mutant(
        "so it is on its replica",
        "live/counts.py",
        "is_held = (attempts.start_at_s < at_s) & ~(attempts.released_at_s < at_s)",
        "is_held = (attempts.start_at_s < at_s) & ~(attempts.released_at_s <= at_s)",
        f"{_COUNTS}::test_what_is_due_at_an_instant_has_not_happened_there",
    ),
    Mutant(
        "replicas that drain are shown when none of their revision is live",
        "live/shown.py",
        "for state in _SHOWN if tally.left else ():",
        "for state in _SHOWN if tally.live else ():",
        f"{_SHOWN}::test_replicas_that_drain_are_counted_until_they_are_gone",
    ),
    Mutant(
        "a deployment is shown anew when it has become ready",
        "live/shown.py",
        "one.model_version_rid, status.state, status.is_ready)",
        "one.model_version_rid, status.state)",
        f"{_SHOWN}::test_a_view_is_made_anew_where_only_readiness_has_changed",
    ),
    Mutant(
        "the status of the present may still change",
        "live/shown.py",
        "log.statuses[-1].at_s < self._world.at_s",
        "log.statuses[-1].at_s <= self._world.at_s",
        f"{_SHOWN}::test_a_status_is_told_when_its_instant_is_over",
    ),
    Mutant(
        "two snapshots at once have two numbers",
        "live/snapshot.py",
        "taken |= {int(path.name) for _, path in self._being_made.values()}",
        "pass",
        "live/test_snapshot.py"
        "::test_snapshots_are_numbered_behind_those_that_are_there_or_being_made",
    ),
    Mutant(
        "time never goes back",
        "live/pace.py",
        "return max(at_s, goal_s)",
        "return goal_s",
        "live/test_pace.py::test_time_never_goes_back",
    ),
    Mutant(
        "a long run has as many times more requests",
        "live/warming.py",
        "return sum(counts) * scenario.horizon_s / drawn_s",
        "return sum(counts)",
        "live/test_expected.py::test_it_is_compiled_where_enough_requests_are_expected",
    ),
    Mutant(
        "who waits is not who runs",
        "server/metrics.py",
        'waiting.add_metric([one.name], counts["queued"])',
        'waiting.add_metric([one.name], counts["in_flight"])',
        "server/test_metrics.py::test_every_number_has_its_name",
    ),
    Mutant(
        "a reader gets no event twice",
        "server/events.py",
        "if event.number > after",
        "if event.number >= after",
        "server/test_events.py::test_a_reader_that_comes_back_gets_what_it_missed",
    ),
    Mutant(
        "a reader may be so far behind, and no further",
        "server/events.py",
        "if len(one.waiting) > BEHIND]",
        "if len(one.waiting) >= BEHIND]",
        "server/test_events.py::test_who_is_too_far_behind_is_dropped",
    ),
    Mutant(
        "the state shows no value of an environment variable",
        "server/view.py",
        '"deployment": masked(one.body),',
        '"deployment": one.body,',
        "server/test_view.py::test_what_is_shown_is_what_was_told_but_for_secrets",
    ),
)
