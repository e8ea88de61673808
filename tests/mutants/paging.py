"""Bugs in pages: what they show, and what they let run."""

from mutants.mutant import Mutant

CHART = "pages/test_chart.py::"
PAGE = "pages/test_run_page.py::"

MUTANTS = (
    Mutant(
        "names of a scenario are escaped",
        "pages/document.py",
        "autoescape=True",
        "autoescape=False",
        f"{PAGE}test_names_of_a_scenario_are_text",
    ),
    Mutant(
        "the policy has the digest of what stands in the page",
        "pages/document.py",
        "sha256(block.encode",
        "sha256(block.strip().encode",
        f"{PAGE}test_nothing_else_may_run",
    ),
    Mutant(
        "only the released file is put into a page",
        "pages/uplot.py",
        "sha256(content).hexdigest() != _DIGESTS[path.name]",
        "len(content) > 1_000_000",
        f"{PAGE}test_another_file_than_the_release_is_not_put_into_a_page",
    ),
    Mutant(
        "a coarser bin has the most of all its finer ones",
        "results/bins.py",
        "np.fmax.reduceat(bins.greatest, first)",
        "bins.greatest[first]",
        "results/test_bins.py::test_one_sample_among_a_million_is_in_every_level",
    ),
    Mutant(
        "exact changes are no more than there is room for",
        "pages/chart.py",
        "left -= one.changes",
        "left -= 1",
        f"{CHART}test_exact_changes_are_those_of_the_charts_with_fewest",
    ),
    Mutant(
        "a limit stands beside a stack and not on it",
        "pages/chart.py",
        "placed.append(column if line.is_dashed else floor)",
        "placed.append(floor)",
        f"{CHART}test_areas_stand_on_each_other_and_limits_do_not",
    ),
    Mutant(
        "bins are fine up to five minutes after a rollout's last mark",
        "pages/grid.py",
        "max(at_s) + AFTER_S",
        "min(at_s) + AFTER_S",
        "pages/test_grid.py::test_bins_are_a_second_around_what_happened",
    ),
)
