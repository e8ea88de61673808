"""Bugs in what a run is written as for other programs: arrows, slices, counters, samples."""

from mutants.mutant import Mutant

_PERFETTO = "export/test_perfetto.py"

MUTANTS = (
    Mutant(
        "an arrow goes to the replicas of the rollout that was decided",
        "export/flows.py",
        "of_revision[begun.new_revision] = row",
        "of_revision[begun.old_revision] = row",
        f"{_PERFETTO}::test_the_story_has_arrows_from_its_decisions",
    ),
    Mutant(
        "an arrow to a replica that is deleted at once has an end",
        "export/deployments.py",
        "writer.instant(track, at_s[row], after[row], said, ended_flow=flow)",
        "writer.instant(track, at_s[row], after[row], said)",
        f"{_PERFETTO}::test_every_deletion_that_was_decided_has_its_arrow",
    ),
    Mutant(
        "extremes of a series that is thinned are kept",
        "export/thinning.py",
        "(starts, ends, by_value[starts], by_value[ends])",
        "(starts, ends)",
        "export/test_thinning.py::test_one_sample_among_a_million_is_found",
    ),
    Mutant(
        "the slowest are shown and not the fastest",
        "export/sampling.py",
        "np.argsort(-length_s",
        "np.argsort(length_s",
        "export/test_sampling.py::test_failed_slowest_and_one_in_n_are_shown",
    ),
)
