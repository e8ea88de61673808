"""Bugs in plans: in what is left out, in what arithmetic and runs decide, in helps."""

from mutants.mutant import Mutant

JUDGING = "studies/plans/judging.py"
PLANNED = "studies/plans/planned.py"
LADDERS = "studies/plans/ladders.py"
HELPS = "studies/plans/helps.py"
OF_PLANNED = "studies/plans/test_planned.py"
OF_PLAN = "studies/plans/test_plan.py"

MUTANTS = (
    Mutant(
        "now is without what follows for the deployment",
        PLANNED,
        "if other is not event and other not in later",
        "if other is not event",
        f"{OF_PLANNED}::test_now_is_without_the_event_and_what_follows_for_that_deployment",
    ),
    Mutant(
        "a PUT at the instant of an event takes its place",
        PLANNED,
        "== deployment.name and event.at_s >= at_s",
        "== deployment.name and event.at_s > at_s + 40",
        f"{OF_PLANNED}::test_a_put_takes_the_place_of_the_deployments_events_from_then_on",
    ),
    Mutant(
        "the API does not replace a deployment of an objective",
        "scenario/reading/put_body.py",
        'if deployment.kind != "direct":',
        "if not deployment.kind:",
        f"{OF_PLANNED}::test_a_deployment_of_an_objective_is_not_replaced",
    ),
    Mutant(
        "old is what the PUT before it asked for",
        "studies/plans/changes.py",
        "configuration = event.runtime_configuration",
        "pass",
        f"{OF_PLANNED}::test_fields_are_old_against_new_with_every_default",
    ),
    Mutant(
        "a disabled deployment only stores",
        "studies/plans/arithmetic.py",
        "active=normalise(there.configuration) if there.is_enabled else None,",
        "active=normalise(there.configuration),",
        f"{OF_PLANNED}::test_a_disabled_deployment_only_stores_a_put",
    ),
    Mutant(
        "only arithmetic says never of what is drawn",
        JUDGING,
        'return "NEVER" if self.is_certain and "unfinished"',
        'return "NEVER" if "unfinished"',
        f"{OF_PLAN}::test_runs_that_differ_are_never_called_never",
    ),
    Mutant(
        "a stall is a trouble",
        JUDGING,
        "    if stalled:\n",
        "    if stalled > 1_000:\n",
        f"{OF_PLAN}::test_a_rollout_that_waits_too_long_is_risky_and_says_for_what",
    ),
    Mutant(
        "it may be half of all runs, and not of those that there are",
        JUDGING,
        "return high is None or high >= HALF",
        "return count / flags.size >= HALF",
        "studies/plans/test_judging.py"
        "::test_it_may_be_half_where_so_few_runs_are_not_too_unlikely_for_that",
    ),
    Mutant(
        "a new revision that starts like the old one is condemned with it",
        "studies/plans/arithmetic.py",
        "or (found.rule in shared and _is_below(found.field, shared[found.rule]))",
        "",
        f"{OF_PLAN}::test_what_condemns_the_old_revision_condemns_a_new_one_like_it",
    ),
    Mutant(
        "other deployments count",
        JUDGING,
        "return (*own, *others)",
        "return (*own,)",
        f"{OF_PLAN}::test_requests_of_another_deployment_count_too",
    ),
    Mutant(
        "the least rung that mends is found",
        LADDERS,
        "    while at - below > 1:\n",
        "    while at - below > 2:\n",
        "studies/plans/test_ladders.py::test_the_least_rung_is_found",
    ),
    Mutant(
        "a help that its neighbour below makes needless is moved down",
        HELPS,
        "            self.rung = self.below\n",
        "            pass\n",
        "studies/plans/test_ladders.py::test_fresh_runs_move_a_find_by_steps",
    ),
    Mutant(
        "a step that works in some fresh samples is no help, and no proof that less does not",
        HELPS,
        "self._working(self.below) == 0\n",
        "self._working(self.below) != 1\n",
        "studies/plans/test_ladders.py::test_what_works_in_some_samples_is_on_the_border",
    ),
    Mutant(
        "fresh runs are taken apart into samples that all count them equally",
        "studies/plans/trials.py",
        "circle = [*seeds, *seeds]",
        "circle = [*seeds, *reversed(seeds)]",
        "studies/plans/test_ladders.py::test_samples_of_fresh_runs_overlap_and_are_of_half_of_them",
    ),
    Mutant(
        "where samples do not agree there are twice as many fresh runs",
        "studies/plans/trials.py",
        "if known is None or 0 < known.working < 1",
        "if known is None",
        "studies/plans/test_ladders.py"
        "::test_fresh_runs_are_twice_as_many_where_their_samples_do_not_agree",
    ),
    Mutant(
        "fresh runs confirm a help",
        "studies/plans/trials.py",
        'replication_seeds(self._seed, runs, "confirm")',
        "replication_seeds(self._seed, runs)",
        "studies/plans/test_ladders.py::test_helps_are_confirmed_under_seeds_of_their_own",
    ),
)
