"""Bugs planted in how a scenario is read, checked and varied."""

from mutants.mutant import Mutant

_VARIANTS = "scenario/reading/test_variants.py"
_CHECK = "scenario/rules/test_check.py"
_EVERYWHERE = "scenario/reading/test_everywhere.py"
_WHOLE = "scenario/reading/test_whole_replaces.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "of two instants with one clock time the first is meant",
        "zones.py",
        "        return instants[0]",
        "        return instants[-1]",
        "test_zones.py::test_a_text_means_an_instant",
    ),
    Mutant(
        "a cycle is ahead in summer",
        "workload/rate_pieces.py",
        "_cycle(traffic, phase_s + ahead_s, horizon_s)",
        "_cycle(traffic, phase_s - ahead_s, horizon_s)",
        "workload/test_rate_pieces.py::test_a_cycle_follows_the_clock_of_a_zone",
    ),
    Mutant(
        "everywhere is in the replaces of the deployment, and of no other",
        "scenario/reading/overrides.py",
        'and event.get("deployment") == name',
        "and name",
        f"{_EVERYWHERE}::test_a_value_is_set_where_it_is_meant",
    ),
    Mutant(
        "a value holds until the first replace that undoes it, in time",
        "scenario/reading/undone.py",
        "at_s, number = min(found, key=itemgetter(0))",
        "at_s, number = found[0]",
        f"{_EVERYWHERE}::test_what_a_later_replace_sets_to_something_else_is_known",
    ),
    Mutant(
        "what changes is merged over what stands by then, whatever the order of the file",
        "scenario/reading/whole_replaces.py",
        "key=lambda number: (_at_s(events[number], clock), number)",
        "key=lambda number: number",
        f"{_WHOLE}::test_it_is_merged_over_what_stands_by_then",
    ),
    Mutant(
        "a fault that is inherited is told where it was written",
        "scenario/reading/whole_replaces.py",
        "return ((*self.merged_over[made], *below), problem.message) in there",
        "return False",
        f"{_WHOLE}::test_a_fault_of_the_configuration_before_is_told_there_alone",
    ),
    Mutant(
        "an event happens the first time that the clock shows its instant",
        "scenario/models/wall_clock.py",
        "return (first_s - since_s) % period_s",
        "return first_s % period_s",
        "scenario/models/test_wall_clock.py::test_an_event_happens_when_the_clock_shows_it",
    ),
    Mutant(
        "a day of the week counts from the day that the run starts on",
        "scenario/models/wall_clock.py",
        "start.weekday() * DAY_S",
        "start.isoweekday() * DAY_S",
        "scenario/models/test_wall_clock.py::test_it_is_the_first_instant_at_which_the_clock_shows_it",
    ),
    Mutant(
        "a quoted key is a text, a merge key is not",
        "scenario/reading/yaml_tree.py",
        'if key == "<<" and event.style is None:',
        'if key == "<<":',
        "scenario/reading/test_document.py::test_a_quoted_merge_key_is_a_text",
    ),
    Mutant(
        "a variant's deployments stand in the queues that the variant has",
        "scenario/reading/variants.py",
        'if any(path[0] == "queues" for path in changed):',
        'if any(path == ("queues",) for path in changed):',
        f"{_VARIANTS}::test_what_follows_from_something_else_follows_it",
    ),
    Mutant(
        "what a word sets is read",
        "scenario/reading/variants.py",
        "    if () in changed:\n        return data",
        "    if () in changed:\n        return data if value is None else value",
        f"{_VARIANTS}::test_a_variant_is_what_the_file_would_be",
    ),
    Mutant(
        "what no word leads through is not read again",
        "scenario/reading/variants.py",
        "return value if is_read else data",
        "return data",
        f"{_VARIANTS}::test_what_no_word_leads_through_is_not_read_again",
    ),
    Mutant(
        "an override leaves the document as it was",
        "scenario/reading/overrides.py",
        "return dict(data), step",
        "return data, step",
        "scenario/reading/test_overrides.py::test_a_path_leads_through_keys_places_and_names",
    ),
    Mutant(
        "what a tenant uses is checked against its queue in Python too",
        "scenario/rules/names.py",
        '"tenant", "use", "limit_millicores"',
        '"tenant", "limit_millicores"',
        f"{_CHECK}::test_a_contradiction_is_told_as_in_a_file",
    ),
    Mutant(
        "a scenario's names hold none of its instants",
        "scenario/rules/names.py",
        '"traffic": {"__all__": {"name", "kind"}}',
        '"traffic": True',
        f"{_CHECK}::test_names_hold_none_of_the_instants",
    ),
    Mutant(
        "a PUT may use the GPUs of its own deployment's queue",
        "scenario/rules/configurations.py",
        "contexts.get(event.deployment, DeploymentContext())",
        "DeploymentContext()",
        "scenario/rules/test_configurations.py::test_the_queue_says_which_types_there_are",
    ),
)
