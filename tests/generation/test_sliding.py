"""The closed forms of the sliding window against walks over the picture."""

from __future__ import annotations

import itertools

import pytest

from generation.sliding import Field

SIZES = [(4, 4, 4), (4, 9, 4), (9, 4, 4), (7, 6, 5), (11, 13, 4), (6, 6, 3), (16, 40, 16), (33, 17, 16)]


def naive_start(place: int, length: int, grid: int, *, early: bool) -> int:
    """Keep the cell in the middle as long as neither border is passed."""
    start = place
    while start > 0 and place - start < (grid - 1 if early else grid) // 2:
        start -= 1
    while start + grid > length:
        start -= 1
    return start


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize(("rows", "columns", "grid"), SIZES)
def test_windows_are_those_of_a_walk(rows, columns, grid, early):
    field = Field(rows, columns, grid, early)
    for row, column in itertools.product(range(rows), range(columns)):
        cell = row * columns + column
        top = naive_start(row, rows, grid, early=early)
        left = naive_start(column, columns, grid, early=early)
        assert field.corner(cell) == (top, left)
        seen = [(top + i) * columns + left + j for i in range(grid) for j in range(grid)]
        assert field.window(cell).tolist() == seen
        assert seen[field.place(cell)] == cell


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize(("rows", "columns", "grid"), SIZES)
def test_a_cell_stands_on_earlier_fronts_alone(rows, columns, grid, early):
    field = Field(rows, columns, grid, early)
    for cell in range(field.cells):
        before = field.window(cell).tolist()[: field.place(cell)]
        assert all(field.front(other) < field.front(cell) for other in before)
    assert sorted(field.wavefront()) == list(range(field.cells))
    assert len({field.front(cell) for cell in range(field.cells)}) == grid * rows + columns - grid


@pytest.mark.parametrize(("rows", "columns", "grid"), SIZES)
@pytest.mark.parametrize("most", [1, 2, 100])
def test_batches_hold_cells_of_one_front(rows, columns, grid, most):
    field = Field(rows, columns, grid)
    order = field.wavefront()
    batches = list(field.batches(order, most))
    assert [cell for batch in batches for cell in batch] == order
    assert all(len({field.front(cell) for cell in batch}) == 1 and len(batch) <= most for batch in batches)


def test_a_picture_of_the_windows_width_goes_cell_by_cell():
    field = Field(20, 16, 16)
    assert field.wavefront() == list(range(320))
    assert not Field(16, 16, 16).slides
    assert field.slides
