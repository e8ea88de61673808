"""Bugs in the first minutes: what is overwritten, left out of a copy, or explained as another."""

from mutants.mutant import Mutant

MUTANTS = (
    Mutant(
        "a field is suggested by how it begins",
        "scenario/schema/fields.py",
        "key.startswith(begun)",
        "key.endswith(begun)",
        "cli/test_explain.py::test_an_unknown_field_is_answered_in_one_line",
    ),
    Mutant(
        "rules are told of their own field",
        "scenario/schema/explained.py",
        "if rule.field == key)",
        "if rule.field != key)",
        "cli/test_explain.py::test_rules_of_the_api_are_told",
    ),
    Mutant(
        "nothing is overwritten",
        "cli/new.py",
        "    require_free(file)\n",
        "",
        "cli/test_new.py::test_nothing_is_overwritten",
    ),
    Mutant(
        "a name is text, whatever YAML makes of it",
        "scenario/reading/template.py",
        "json.dumps(name[:_MAX_TITLE])",
        "name[:_MAX_TITLE]",
        "cli/test_new.py::test_a_new_scenario_runs_as_it_is",
    ),
    Mutant(
        "an address means what is there alone",
        "scenario/schema/fields.py",
        "[field for field in all_fields() if field.steps == end]\n        or ",
        "",
        "cli/test_explain.py::test_a_key_is_not_taken_for_a_name",
    ),
    Mutant(
        "examples are values that the schema allows",
        "scenario/schema/fields.py",
        'max(1, form.get("minimum", 1))',
        "0",
        "cli/test_explain.py::test_examples_are_values_that_the_schema_allows",
    ),
    Mutant(
        "an extra is not needed for a module of ours",
        "extras.py",
        " if library in EXTRAS else None",
        "",
        "test_extras.py::test_a_module_of_no_extra_is_not_explained_away",
    ),
    Mutant(
        "a shell that asks is answered",
        "cli/main.py",
        "_completed(wanted) if wanted else _invoke(arguments)",
        "_invoke(arguments)",
        "cli/test_main.py::test_a_shell_completes_verbs_options_and_files",
    ),
)
