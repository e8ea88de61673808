"""Bugs in pictures: what is shown, for how long, where, and by whom."""

from mutants.mutant import Mutant

_SERIES = "results/test_series.py"
_WHERE_SOMETHING_CHANGES = "test_attempts_are_counted_where_a_replica_a_queue_or_a_decision_changes"

MUTANTS = (
    Mutant(
        "no load is shown while nothing is responsive",
        "results/steps.py",
        "align(gate, at_s) > 0, align(series",
        "align(gate, at_s) >= 0, align(series",
        "results/test_steps.py::test_what_is_observed_ends_where_there_is_nothing_to_observe",
    ),
    Mutant(
        "a value is shown up to the gap behind it",
        "plots/series.py",
        "return ax.fill_between(edges, ",
        "return ax.fill_between(edges - (edges[1] - edges[0]), ",
        "plots/test_series.py::test_an_area_reaches_up_to_where_a_value_ends",
    ),
    Mutant(
        "a series in a part of the run begins with what held there",
        "results/steps.py",
        'np.searchsorted(series.at_s, window.start_at_s, side="right")',
        'np.searchsorted(series.at_s, window.start_at_s, side="left")',
        "results/test_steps.py::test_within_a_window_a_series_is_what_it_was",
    ),
    Mutant(
        "the end of a part of the run is not in it",
        "results/timeline.py",
        "self.start_at_s <= at_s < self.end_at_s",
        "self.start_at_s <= at_s <= self.end_at_s",
        "results/test_picture.py::test_a_part_of_the_run_has_what_is_in_it",
    ),
    Mutant(
        "a stall that is over before a part of the run is not told there",
        "results/picture.py",
        "until_s <= window.start_at_s\n",
        "until_s < window.start_at_s\n",
        "results/test_picture.py::test_a_part_of_the_run_has_what_is_in_it",
    ),
    Mutant(
        "a second revision is a rollout",
        "results/timeline.py",
        "if revisions > 1",
        "if revisions > 2",
        "results/test_picture.py::test_the_deployment_that_is_pictured_is_the_first_with_a_rollout",
    ),
    Mutant(
        "a rollout under a fiftieth of the width is enlarged",
        "results/closeups.py",
        "if ends[0] >= widest_s",
        "if ends[0] > widest_s",
        "results/test_closeups.py::test_a_rollout_under_a_fiftieth_of_the_width_is_enlarged",
    ),
    Mutant(
        "an answer where a bin begins is in it",
        "results/answers.py",
        'np.searchsorted(start_at_s, at_s, side="right")',
        'np.searchsorted(start_at_s, at_s, side="left")',
        "results/test_answers.py::test_an_answer_where_a_bin_begins_is_in_it",
    ),
    Mutant(
        "a grant is held through restarts until the replica is deleted",
        "results/holders.py",
        "billed_spells(log.transitions, math.inf)",
        "(s for s in billed_spells(log.transitions, math.inf) if s.ended_in is None)",
        "results/test_holders.py"
        "::test_a_grant_is_held_from_leaving_the_queue_until_the_replica_is_deleted",
    ),
    Mutant(
        "who takes over is seen though the sum stays",
        "plots/queues.py",
        "(queue.used, *(h.used for h in queue.held))",
        "(queue.used,)",
        "plots/test_holders.py::test_who_takes_over_at_an_instant_is_seen_though_the_sum_stays",
    ),
    Mutant(
        "a lone step of scaling stands at its instant",
        "plots/lanes.py",
        "return [Sign(_middle_s(group), ",
        "return [Sign(_middle_s(groups[0]) + 60 * groups.index(group), ",
        "plots/test_lanes.py::test_a_lone_step_beside_a_crowd_stays_where_it_is",
    ),
    Mutant(
        "signs of scaling do not meet",
        "plots/lanes.py",
        "view.place_in(mark.at_s) - reach_in < end_in",
        "view.place_in(mark.at_s) - reach_in / 2 < end_in",
        "plots/test_lanes.py::test_a_step_right_before_many_at_one_instant_is_counted_with_them",
    ),
    Mutant(
        "a stall too short to be seen is drawn all the same",
        "plots/lanes.py",
        "right_in = max(right_in, left_in + LEAST_STALL_IN)",
        "right_in = max(right_in, left_in)",
        "plots/test_lanes.py::test_a_stall_is_a_bar_of_its_length_with_its_number",
    ),
    Mutant(
        "ticks of GPUs are whole",
        "plots/queues.py",
        "if np.all(values == np.round(values)):",
        "if np.all(values != np.round(values)):",
        "plots/test_holders.py::test_whole_cores_and_gpus_have_whole_ticks",
    ),
    Mutant(
        "panels that are enlarged keep the whole's vertical axis",
        "plots/timeline.py",
        "count_axis(ax, bars.greatest_count(states))",
        "count_axis(ax, bars.greatest_count(states_within(states, view.window)))",
        "plots/test_timeline.py::test_views_share_the_vertical_axis_of_each_panel",
    ),
    Mutant(
        "text in SVG is text",
        "plots/style.py",
        '"svg.fonttype": "none"',
        '"svg.fonttype": "path"',
        "plots/test_files.py::test_text_in_svg_is_text",
    ),
    Mutant(
        "thinned series are exact where a queue changes",
        "results/series.py",
        "(control.transitions, control.decisions, record.queue_samples)",
        "(control.transitions, control.decisions)",
        f"{_SERIES}::{_WHERE_SOMETHING_CHANGES}",
    ),
    Mutant(
        "thinned series are exact where something is decided",
        "results/series.py",
        "(control.transitions, control.decisions, record.queue_samples)",
        "(control.transitions, record.queue_samples)",
        f"{_SERIES}::{_WHERE_SOMETHING_CHANGES}",
    ),
    Mutant(
        "a count has what begins at its instant",
        "results/steps.py",
        'np.searchsorted(_ascending(column), at_s, side="right")',
        'np.searchsorted(_ascending(column), at_s, side="left")',
        f"{_SERIES}::test_attempts_are_counted_at_evaluations",
    ),
    Mutant(
        "who waits to the end of the run waits",
        "results/stays.py",
        "~(left_at_s <= arrival_at_s)",
        "left_at_s > arrival_at_s",
        "results/test_tables.py::test_requests_over_time_are_counted_from_the_attempts",
    ),
    Mutant(
        "a picture that cannot be drawn ends the run",
        "results/files.py",
        "        done.result()\n",
        "",
        "results/test_files.py::test_a_run_that_is_killed_leaves_nothing_half",
    ),
    Mutant(
        "a bin has what held when it began",
        "results/bins.py",
        'edge_at_s[:-1], side="right") - 1, 0)',
        'edge_at_s[:-1], side="right"), 0)',
        "results/test_bins.py::test_bins_hold_what_each_second_held",
    ),
)
