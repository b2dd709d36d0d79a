"""The laws of engines that draw codes: their grids, and their tiles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from generation.codec import decode_rgb, encode_png
from generation.engine import Candidates, Engine, Refusal, Run
from generation.engines.code_run import CodeRun
from generation.engines.guided import to_pixels
from generation.protocol import Generate, Manner, Reason
from generation.runs import Active
from generation.sheets import cut
from tests.generation.contract_runs import Make, finish


def a_grid_shows_its_pictures_best_first_and_resumes(make: Make, request: Generate) -> None:
    engine, grid = make(), replace(request, grid=4)
    assert engine.candidates(engine.begin(request, 0)) is None
    run = engine.begin(grid, 0)
    while run.step < run.steps:
        seen = shown(engine, run)
        assert seen.scores == ()
        assert np.array_equal(seen.pictures[0], engine.picture(run))
        if run.step == run.steps // 2:
            resumed = make()
            other = resumed.begin(replace(grid, checkpoint=engine.snapshot(run)), 0)
            finish(resumed, other)
        engine.advance([run])
    ended, again = shown(engine, run), shown(resumed, other)
    assert ended.pictures.shape == (4, request.height, request.width, 3)
    assert len({picture.tobytes() for picture in ended.pictures}) > 1
    assert ended.scores[0] == engine.score(run)
    assert list(ended.scores) == sorted(ended.scores, reverse=True)
    assert np.array_equal(ended.pictures[0], engine.picture(run))
    assert np.array_equal(ended.pictures, again.pictures)
    assert np.array_equal(ended.codes, again.codes)


def a_picture_of_a_grid_is_picked_as_it_is(make: Make, request: Generate) -> None:
    engine = make()
    grid = replace(request, grid=4)
    run = engine.begin(grid, 0)
    finish(engine, run)
    ended, png = shown(engine, run), sheet_of(engine, run, grid)
    for place, picture in enumerate(ended.pictures):
        assert np.array_equal(cut(decode_rgb(png), 4, place), picture)
        alone = replace(request, init=png, candidate=place + 1, seed=9, steps=2)
        picked = engine.begin(alone, 0)
        assert np.array_equal(engine.picture(picked), picture)
        assert engine.score(picked) == pytest.approx(ended.scores[place], abs=1e-3)
        resumed = make()
        other = resumed.begin(replace(alone, checkpoint=engine.snapshot(picked)), 0)
        assert np.array_equal(finish(engine, picked), finish(resumed, other))
    for init, candidate in ((png, 5), (png, 0), (encode_png(ended.pictures[0]), 1)):
        with pytest.raises(Refusal) as caught:
            engine.begin(replace(request, init=init, candidate=candidate), 0)
        assert caught.value.reason is Reason.BAD_INIT


def the_top_rows_of_a_grids_picture_stay(make: Make, request: Generate) -> None:
    engine = make()
    grid = replace(request, grid=4)
    run = engine.begin(grid, 0)
    finish(engine, run)
    codes, png = shown(engine, run).codes[1], sheet_of(engine, run, grid)
    half = replace(request, init=png, candidate=2, keep=0.5, grid=4, seed=9)
    again = engine.begin(half, 0)
    finish(engine, again)
    kept = len(codes) // 2
    assert (shown(engine, again).codes[:, :kept] == codes[:kept]).all()
    assert len({drawn[kept:].tobytes() for drawn in shown(engine, again).codes}) > 1


def what_no_grid_can_be_is_refused(make: Make, request: Generate) -> None:
    for bad in (
        replace(request, grid=0),
        replace(request, grid=10),
        replace(request, keep=0.5),
        replace(request, candidate=1),
        replace(request, init=b"", keep=1.5),
        replace(request, init=b"", keep=float("nan")),
    ):
        with pytest.raises(Refusal) as caught:
            make().begin(bad, 0)
        assert caught.value.reason is Reason.BAD_REQUEST


def a_tile_goes_on_at_its_other_edge(make: Make, request: Generate) -> None:
    """Its codes, moved round by some cells, are the same picture, moved round; no other picture's are."""
    engine = make()
    for manner in (Manner(tile=True), Manner()):
        run = engine.begin(replace(request, manner=manner), 0)
        picture = finish(engine, run)
        assert isinstance(run, CodeRun)
        codes = run.codes[run.best].view(-1, run.across).roll((1, 2), (0, 1)).flatten()
        moved = to_pixels(run.model.decode(codes[None], run.across, tile=manner.tile))
        expected = np.roll(picture, (run.model.factor, 2 * run.model.factor), (0, 1))
        assert (np.abs(moved.astype(int) - expected).max() <= 1) == manner.tile
        resumed = make()
        data = engine.snapshot(run)
        other = resumed.begin(replace(request, manner=manner, checkpoint=data), 0)
        assert np.array_equal(resumed.picture(other), picture)


def shown(engine: Engine, run: Run) -> Candidates:
    """A grid's pictures as they stand."""
    seen = engine.candidates(run)
    assert seen is not None
    return seen


def sheet_of(engine: Engine, run: Run, request: Generate) -> bytes:
    """A finished grid's file, made as the generation process makes it."""
    return Active(request, engine, run, 0, 0, 0.0, 0.0, 0.0, False).finished(1.0)().picture
