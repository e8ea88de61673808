"""Bugs in what is said of files before they are used: recordings, bodies, files of others."""

from mutants.mutant import Mutant

CONVERTING = "recordings/test_converting.py::"

COLUMNS = "recordings/test_columns.py::"

BODIES = "cli/test_validate_bodies.py::"

MUTANTS = (
    Mutant(
        "a converted trace is in order of arrival",
        "recordings/converting.py",
        'order = np.argsort(at_ns, kind="stable")',
        "order = np.arange(len(at_ns))",
        f"{CONVERTING}test_a_look_knows_what_was_converted",
    ),
    Mutant(
        "the requests of a run count from its beginning",
        "recordings/measuring.py",
        'made["origin"] = "zero"',
        'made["origin"] = "first"',
        f"{CONVERTING}test_the_table_of_requests_of_a_run_gives_its_own_instants",
    ),
    Mutant(
        "a column of blanks is empty",
        "recordings/columns.py",
        "trimmed = pc.utf8_trim_whitespace(cells)",
        "trimmed = cells",
        f"{COLUMNS}test_columns_are_told_by_what_they_hold",
    ),
    Mutant(
        "an answer may have fields that are not known",
        "scenario/reading/api_objects.py",
        "known_fields(kind.model, data) if kind.is_answer else data",
        "data",
        f"{BODIES}test_an_answer_may_have_fields_that_are_not_known_yet_and_a_body_may_not",
    ),
    Mutant(
        "a list that is too long makes no list that is too short",
        "scenario/reading/messages.py",
        "(len(other.path) > inside or other.rule != _LENGTH)",
        "other.rule != _LENGTH",
        f"{BODIES}test_a_list_that_is_too_long_is_one_problem",
    ),
)
