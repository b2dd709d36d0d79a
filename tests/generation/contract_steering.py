"""The laws of runs that are steered on their way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from generation.engine import Engine, Refusal, Run
from generation.protocol import Generate, Phrase, Reason, Turn
from tests.generation.contract_runs import Make, finish


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
