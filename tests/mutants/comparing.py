"""Bugs in comparisons of cases, and in differences of scenarios."""

from mutants.mutant import Mutant

PAIRING = "studies/answers/test_pairing.py"
COMPARING = "studies/answers/test_comparing.py"
DIFFERENCES = "scenario/reading/test_differences.py"

MUTANTS = (
    Mutant(
        "run r of the second case is a pair with run r of the first",
        "studies/answers/pairing.py",
        "sample.values[self.rows[which]]",
        "sample.values[self.rows[which] - which]",
        f"{PAIRING}::test_common_seeds_save_runs",
    ),
    Mutant(
        "pairs go by the number of the replication",
        "studies/answers/pairing.py",
        "return Pairing(first, second, (in_first, in_second))",
        "return Pairing(first, second, (np.arange(in_first.size), np.arange(in_first.size)))",
        f"{PAIRING}::test_runs_that_are_missing_in_one_case_are_missing_in_both",
    ),
    Mutant(
        "all measures of a family share the error",
        "studies/answers/compared.py",
        "one, family=self.tests, confidence",
        "one, family=1, confidence",
        f"{COMPARING}::test_interval_and_p_value_are_those_of_the_paired_t_test_in_a_family",
    ),
    Mutant(
        "all pairs of cases share the error",
        "studies/answers/compared.py",
        "return max(1, sum(len(self._shared(pair)) for pair in self.pairs))",
        "return max(1, len(self._shared(self.pairs[0])))",
        f"{COMPARING}::test_identical_measures_count_in_the_family_and_so_do_pairs",
    ),
    Mutant(
        "no verdict rests on a mean over runs that stalled and runs that did not",
        "studies/answers/pairing.py",
        "confidence=confidence, flags=stalled)",
        "confidence=confidence)",
        f"{COMPARING}"
        "::test_no_verdict_rests_on_a_mean_over_runs_that_stalled_and_runs_that_did_not",
    ),
    Mutant(
        "a stall that did not vary within a case changes nothing",
        "studies/estimates/groups.py",
        "kinds != np.argmax(np.bincount(kinds, minlength=4))",
        "kinds != 0",
        "studies/estimates/test_flags.py::test_a_stall_that_did_not_vary_changes_nothing",
    ),
    Mutant(
        "one run each: no intervals",
        "studies/answers/comparing.py",
        "        is_single=is_single,\n",
        "",
        "cli/test_compare.py::test_two_runs_have_no_intervals",
    ),
    Mutant(
        "a certain difference has the direction of the measure",
        "studies/answers/pairing.py",
        '"better" if (second < first) == is_less_better else "worse"',
        '"better" if second < first else "worse"',
        f"{PAIRING}::test_a_certain_difference_is_better_where_more_is",
    ),
    Mutant(
        "items of lists are matched by name",
        "scenario/reading/differences.py",
        "    if first is None or second is None:\n",
        "    if True:\n",
        f"{DIFFERENCES}::test_items_are_matched_by_name_wherever_they_stand",
    ),
    Mutant(
        "values of environment variables are not shown",
        "scenario/reading/differences.py",
        "    if _VARIABLES in at[:-1]:\n",
        "    if False:\n",
        f"{DIFFERENCES}::test_values_of_environment_variables_are_not_shown",
    ),
)
