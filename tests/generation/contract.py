"""The laws of `generation.engine`, as functions that any engine can be held to.

`make` gives a fresh engine, `request` one that it can carry out in a few steps, on small weights.
"""

from __future__ import annotations

import gc
import hashlib
import weakref
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from generation.codec import decode_rgb, encode_png
from generation.engine import Candidates, Engine, Refusal, Run
from generation.engines.code_run import CodeRun
from generation.engines.guided import to_pixels
from generation.models import ModelError
from generation.protocol import Generate, Manner, Phrase, Reason, Turn
from generation.runs import Active
from generation.sheets import cut

Make = Callable[[], Engine]


def finish(engine: Engine, run: Run) -> NDArray[np.uint8]:
    """Advance to the end, alone."""
    while run.step < run.steps:
        assert engine.advance([run]) == []
    return engine.picture(run)


def the_same_request_gives_the_same_bytes(make: Make, request: Generate) -> None:
    first, second = make(), make()
    picture = finish(first, first.begin(request, 0))
    assert np.array_equal(picture, finish(second, second.begin(request, 0)))
    assert np.array_equal(picture, finish(first, first.begin(request, 0)))


def another_seed_gives_another_picture(make: Make, request: Generate) -> None:
    engine = make()
    picture = finish(engine, engine.begin(request, 0))
    other = finish(engine, engine.begin(replace(request, seed=request.seed + 1), 0))
    assert not np.array_equal(picture, other)


def neighbours_do_not_matter(make: Make, request: Generate) -> None:
    engine = make()
    alone = finish(engine, engine.begin(request, 0))
    run = engine.begin(request, 0)
    leaver = engine.begin(replace(request, job="leaver", seed=1, steps=request.steps * 2), 1)
    engine.advance([run, leaver])
    joiner = engine.begin(replace(request, job="joiner", seed=2), 2)
    while run.step < run.steps:
        group = [joiner, run] if run.step % 2 else [leaver, run, joiner]
        engine.advance([one for one in group if one.step < one.steps])
    assert np.array_equal(alone, engine.picture(run))


def the_size_is_as_asked_at_every_step(make: Make, request: Generate) -> None:
    engine = make()
    run = engine.begin(request, 0)
    for _ in range(request.steps):
        picture = engine.picture(run)
        assert picture.shape == (request.height, request.width, 3)
        assert picture.dtype == np.uint8
        engine.advance([run])


def steps_rise_one_by_one_and_every_picture_differs(make: Make, request: Generate) -> None:
    engine = make()
    run = engine.begin(request, 0)
    assert (run.step, run.steps, run.loss) == (0, request.steps, None)
    seen = {hashlib.sha256(engine.picture(run).tobytes()).digest()}
    for step in range(1, request.steps + 1):
        engine.advance([run])
        assert run.step == step
        seen.add(hashlib.sha256(engine.picture(run).tobytes()).digest())
    assert len(seen) > 1


def the_loss_is_known_after_a_step(make: Make, request: Generate) -> None:
    engine = make()
    run = engine.begin(request, 0)
    engine.advance([run])
    assert isinstance(run.loss, float)


def a_picture_can_be_kept_at_any_step(make: Make, request: Generate) -> None:
    engine = make()
    run = engine.begin(request, 0)
    for step in range(request.steps + 1):
        before = engine.picture(run)
        score = engine.score(run)
        assert score is None or -1 <= score <= 1
        assert engine.recipe(run).lane == 0
        assert np.array_equal(before, engine.picture(run))
        assert run.step == step
        if step < request.steps:
            engine.advance([run])
    other = make()
    assert np.array_equal(
        engine.picture(run), finish(other, other.begin(request, 0))
    )  # looking changed nothing


def a_snapshot_resumes_to_the_same_picture(make: Make, request: Generate) -> None:
    engine = make()
    run = engine.begin(request, 0)
    for step in range(request.steps + 1):
        resumed = make()
        other = resumed.begin(replace(request, checkpoint=engine.snapshot(run)), 0)
        assert other.step == step
        assert np.array_equal(engine.picture(run), resumed.picture(other))
        if step in (1, request.steps // 2):
            finished = finish(resumed, other)
        if step < request.steps:
            engine.advance([run])
    assert np.array_equal(engine.picture(run), finished)


def a_steered_run_goes_another_way_to_its_new_end(make: Make, request: Generate) -> None:
    engine, turn = make(), a_turn(request)
    straight = finish(engine, engine.begin(request, 0))
    pictures = []
    for _ in range(2):
        run = engine.begin(request, 0)
        engine.advance([run])
        before = engine.picture(run)
        if not steered(engine, run, turn):
            assert np.array_equal(straight, finish(engine, run))
            return
        assert np.array_equal(before, engine.picture(run))
        assert (run.step, run.steps) == (1, turn.steps)
        pictures.append(finish(engine, run))
    assert run.step == turn.steps
    assert np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(straight, pictures[0])
    shorter = engine.begin(request, 0)
    engine.advance([shorter])
    engine.steer(shorter, replace(turn, steps=1))
    assert shorter.step == shorter.steps or shorter.steps < turn.steps


def a_steered_run_resumes_to_the_same_picture(make: Make, request: Generate) -> None:
    engine, turn = make(), a_turn(request)
    run = engine.begin(request, 0)
    snapshots = [engine.snapshot(run)]
    while run.step < run.steps:
        engine.advance([run])
        if run.step == turn.step and not steered(engine, run, turn):
            return
        snapshots.append(engine.snapshot(run))
    for step in {0, turn.step, turn.step + 1, turn.steps}:
        resumed = make()
        other = resumed.begin(replace(request, checkpoint=snapshots[step]), 0)
        assert other.step == step
        while other.step < turn.step:
            resumed.advance([other])
        resumed.steer(other, turn)
        assert np.array_equal(engine.picture(run), finish(resumed, other))


def a_turn_that_cannot_be_taken_changes_nothing(make: Make, request: Generate) -> None:
    engine, turn = make(), a_turn(request)
    run = engine.begin(request, 0)
    for bad in (replace(turn, phrases=()), replace(turn, steps=0)):
        assert not steered(engine, run, bad)
    assert np.array_equal(finish(engine, run), finish(engine, engine.begin(request, 0)))


def a_turn(request: Generate) -> Turn:
    """Another prompt after the first step, and two steps more."""
    return Turn(1, (Phrase("a blue boat"),), request.steps + 2)


def steered(engine: Engine, run: Run, turn: Turn) -> bool:
    """Steer; False where the engine will not."""
    try:
        engine.steer(run, turn)
    except Refusal as refusal:
        assert refusal.reason is Reason.BAD_REQUEST
        return False
    return True


def a_foreign_checkpoint_is_refused(make: Make, request: Generate) -> None:
    engine = make()
    data = engine.snapshot(engine.begin(request, 0))
    for checkpoint in (b"", b"nonsense", data[:-3], data[:40] + b"\xff" + data[41:]):
        with pytest.raises(Refusal) as caught:
            engine.begin(replace(request, checkpoint=checkpoint), 0)
        assert caught.value.reason is Reason.BAD_REQUEST
    with pytest.raises(Refusal) as caught:
        engine.begin(replace(request, seed=request.seed + 1, checkpoint=data), 0)
    assert caught.value.reason is Reason.BAD_REQUEST


def a_dropped_run_is_freed(make: Make, request: Generate) -> None:
    engine = make()
    run = engine.begin(request, 0)
    engine.advance([run])
    gone = weakref.ref(run)
    tensors = tensors_alive()
    del run
    gc.collect()
    assert gone() is None
    assert tensors_alive() < tensors


def tensors_alive() -> int:
    """How many tensors there are."""
    gc.collect()
    return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())


def torch_is_left_as_it_was(make: Make, request: Generate) -> None:
    before = _global_state()
    engine = make()
    run = engine.begin(request, 0)
    finish(engine, run)
    engine.score(run)
    assert _global_state() == before


def _global_state() -> tuple[object, ...]:
    return (
        torch.get_num_threads(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.are_deterministic_algorithms_enabled(),
        torch.random.get_rng_state().numpy().tobytes(),
        repr(np.random.get_state()),
        torch.backends.cudnn.benchmark,
        torch.backends.cudnn.deterministic,
        torch.get_float32_matmul_precision(),
    )


def the_judge_sees_what_is_there_and_disturbs_no_run(make: Make, request: Generate) -> None:
    engine = make()
    alone = finish(engine, engine.begin(request, 0))
    run = engine.begin(request, 0)
    judge = engine.judge(request.model)
    pictures = [alone, alone[: request.height // 2], 255 - alone]
    while run.step < run.steps:
        seen, read = judge.see(pictures), judge.read(["a red car", "x" * 5000, "", "кот"])
        engine.advance([run])
    assert np.array_equal(alone, engine.picture(run))
    for vectors, count in ((seen, 3), (read, 4)):
        assert vectors.dtype == np.float32
        assert vectors.shape == (count, seen.shape[1])
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(count), abs=1e-4)
    assert np.abs(seen[0] - seen[2]).max() > 1e-3
    again = make().judge(request.model)
    assert np.allclose(again.see(pictures[:1]), seen[:1], atol=2e-2)
    assert again.clip_sha256 == judge.clip_sha256
    assert len(judge.clip_sha256) == 64
    with pytest.raises((Refusal, ModelError)):
        engine.judge("no such model")


def what_is_too_large_is_refused_in_words(make: Make, request: Generate) -> None:
    engine = make()
    huge = replace(request, width=request.width * 2**12, height=request.height * 2**12)
    with pytest.raises(Refusal) as caught:
        engine.begin(huge, 0)
    refusal = caught.value
    assert refusal.reason is Reason.TOO_LARGE
    assert refusal.detail
    assert refusal.largest is not None
    width, height = refusal.largest
    assert width / height == pytest.approx(huge.width / huge.height, rel=0.05)
    assert engine.memory(huge) > engine.memory(replace(request, width=width, height=height)) > 0
    assert width * height <= engine.info.max_pixels * 1.05


def bad_requests_are_refused(make: Make, request: Generate) -> None:
    engine = make()
    bad = (
        replace(request, model="no such model"),
        replace(request, steps=0),
        replace(request, width=0),
        replace(request, height=request.height + 1),
        replace(request, phrases=()),
        replace(request, phrases=(replace(request.phrases[0], weight=0.0),)),
        replace(request, phrases=(replace(request.phrases[0], weight=float("nan")),)),
        replace(request, phrases=(replace(request.phrases[0], weight=float("inf")),)),
    )
    for one in bad:
        with pytest.raises(Refusal) as caught:
            engine.begin(one, 0)
        assert caught.value.reason is Reason.BAD_REQUEST


def an_init_that_is_no_picture_is_refused(make: Make, request: Generate) -> None:
    with pytest.raises(Refusal) as caught:
        make().begin(replace(request, init=b"not a picture"), 0)
    assert caught.value.reason is Reason.BAD_INIT


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
    steps_rise_one_by_one_and_every_picture_differs,
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
