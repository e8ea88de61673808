"""How numbers of runs are put in sentences."""

from sim.studies.estimates.binomial import at_most


def runs_in_words(runs: int) -> str:
    """Return "1 run" or "30 runs"."""
    return f"{runs:,} run{'' if runs == 1 else 's'}"


def one_in(ratio: float) -> str:
    """Return a share that something has at most as "1 in 10", or as percent from a half on.

    Rounded towards the greater share, so that "at most" stays true: 0.095 is 1 in 10.5, hence
    "1 in 10".
    """
    return f"1 in {int(1 / ratio):,}" if ratio <= 0.5 else f"{100 * ratio:.0f} %"


def same_in_all(runs: int) -> str:
    """Return what equal values in all of *runs* runs say, which is no interval."""
    return f"the same in all {runs:,} runs; a run that differs is at most {one_in(at_most(runs))}"


def rare(runs: int) -> str:
    """Return the sentence that stands under every mean: what so many runs may not have shown.

    Source: at 30 runs, what happens in fewer than 1 - 0.05^(1/30) = 0.095 of the runs is absent
    with a probability above 0.05.
    """
    return (
        f"something that happens in fewer than {_of_runs(at_most(runs))} may not have happened "
        f"in {'this run' if runs == 1 else f'these {runs:,}'}"
    )


def _of_runs(ratio: float) -> str:
    return f"1 run in {int(1 / ratio):,}" if ratio <= 0.5 else f"{100 * ratio:.0f} % of the runs"
