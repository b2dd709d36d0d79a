"""The laws of `generation.engine`, as functions that any engine can be held to.

`make` gives a fresh engine, `request` one that it can carry out in a few steps, on small weights.
"""

from __future__ import annotations

from tests.generation.contract_grids import (
    a_grid_shows_its_pictures_best_first_and_resumes,
    a_picture_of_a_grid_is_picked_as_it_is,
    the_top_rows_of_a_grids_picture_stay,
    what_no_grid_can_be_is_refused,
)
from tests.generation.contract_refusals import (
    a_foreign_checkpoint_is_refused,
    an_init_that_is_no_picture_is_refused,
    bad_requests_are_refused,
    what_is_too_large_is_refused_in_words,
)
from tests.generation.contract_runs import (
    a_dropped_run_is_freed,
    a_picture_can_be_kept_at_any_step,
    a_snapshot_resumes_to_the_same_picture,
    another_seed_gives_another_picture,
    neighbours_do_not_matter,
    steps_rise_one_by_one_and_the_picture_changes,
    the_judge_sees_what_is_there_and_disturbs_no_run,
    the_loss_is_known_after_a_step,
    the_same_request_gives_the_same_bytes,
    the_size_is_as_asked_at_every_step,
    torch_is_left_as_it_was,
)
from tests.generation.contract_steering import (
    a_steered_run_goes_another_way_to_its_new_end,
    a_steered_run_resumes_to_the_same_picture,
    a_turn_that_cannot_be_taken_changes_nothing,
)

#: For engines that draw codes.
GRID_LAWS = (
    a_grid_shows_its_pictures_best_first_and_resumes,
    a_picture_of_a_grid_is_picked_as_it_is,
    the_top_rows_of_a_grids_picture_stay,
    what_no_grid_can_be_is_refused,
)
LAWS = (
    the_same_request_gives_the_same_bytes,
    neighbours_do_not_matter,
    the_size_is_as_asked_at_every_step,
    steps_rise_one_by_one_and_the_picture_changes,
    a_picture_can_be_kept_at_any_step,
    a_snapshot_resumes_to_the_same_picture,
    a_steered_run_goes_another_way_to_its_new_end,
    a_steered_run_resumes_to_the_same_picture,
    a_turn_that_cannot_be_taken_changes_nothing,
    a_foreign_checkpoint_is_refused,
    a_dropped_run_is_freed,
    the_judge_sees_what_is_there_and_disturbs_no_run,
    torch_is_left_as_it_was,
    what_is_too_large_is_refused_in_words,
    bad_requests_are_refused,
    an_init_that_is_no_picture_is_refused,
    another_seed_gives_another_picture,
    the_loss_is_known_after_a_step,
)
