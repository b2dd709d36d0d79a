"""The examiner: the examiner's training, its marks, the sheets and the curves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from generation.training.captions import ENGLISH, RUSSIAN, Caption
from generation.training.codes import scene_of
from generation.training.common import Setup
from generation.training.curves import PANEL, draw_curves, read_log
from generation.training.examine import Painter, _marked, _shown, examine, sheet
from generation.training.examiner import (
    CELLS,
    UNASKED,
    ExaminerPlan,
    answers,
    ask,
    load_examiner,
    train_examiner,
    unseen,
)
from generation.training.scenes import FONT, Renderer, draw_scene
from generation.training.words import COLOURS, PLACES
from tests.generation.toys import toy_vqgan, write_toy

pytestmark = pytest.mark.skipif(not FONT.exists(), reason="Noto Color Emoji is not installed")
PLAN = ExaminerPlan(steps=12, batch=8, again=2)


@pytest.fixture(scope="module")
def examined(tmp_path_factory):
    """A folder with an examiner of little schooling, taught in two parts, and the renderer."""
    folder = tmp_path_factory.mktemp("examiner")
    setup = Setup(folder, log_every=1, save_every=1000)
    train_examiner(PLAN, replace(setup, stop_at=6), toy_vqgan())
    train_examiner(PLAN, setup, toy_vqgan())
    return folder, Renderer()


def test_the_examiner_learns(examined):
    folder, renderer = examined
    logged = read_log(folder / "examiner.csv")
    losses = [value for _, value in logged["place"]]  # what it learns first
    assert len(losses) == PLAN.steps
    assert sum(losses[-3:]) / 3 < 0.85 * losses[0]
    examiner = load_examiner(folder, len(renderer.concepts))
    things, colours, found = ask(examiner, [np.zeros((80, 64, 3), np.uint8)] * 2)
    assert things.shape == (2, len(renderer.concepts))
    assert things.sum() <= 2 * CELLS**2
    assert (colours.shape[1], found.shape[1]) == (len(COLOURS), len(PLACES) + 1)


def test_without_an_examiner_it_says_what_to_run(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"generation\.training examiner"):
        load_examiner(tmp_path, 3)


def test_the_truth_about_a_scene_is_in_the_answers(examined):
    _, renderer = examined
    rng = np.random.default_rng(1)
    scenes = [draw_scene(rng, len(renderer.concepts)) for _ in range(40)]
    truth = answers(scenes, renderer)
    for row, scene in enumerate(scenes):
        seen = set(truth.things[row].flatten().tolist()) - {UNASKED, len(renderer.concepts)}
        assert seen == {s.concept for s in scene.stickers}
        for sticker in scene.stickers:
            assert truth.things[row, int(sticker.y * CELLS), int(sticker.x * CELLS)] == sticker.concept
        if scene.ground.kind == "place":
            assert list(PLACES)[int(truth.places[row])] == scene.ground.place
        else:
            assert truth.places[row] == len(PLACES)
        if len(scene.stickers) == 1 and scene.stickers[0].colour is not None:
            assert truth.colours[row] == scene.stickers[0].colour


def test_exams_ask_what_was_never_taught(examined):
    _, renderer = examined
    kinds = len(renderer.concepts)
    asked = unseen(renderer, 0, 400, 60, "single", np.random.default_rng(5))
    taught = [scene_of(number, 0, kinds) for number in range(400)]

    def told(scene):
        return scene.stickers[0].concept, scene.stickers[0].colour, replace(scene.ground, seed=0, second=0)

    known = {told(scene) for scene in taught if len(scene.stickers) == 1}
    assert len(asked) == 60
    assert not known & {told(scene) for scene in asked}


def test_marks(examined):
    _, renderer = examined
    scene = next(s for s in map(lambda n: scene_of(n, 0, 50), range(99)) if s.relation == "and")  # noqa: C417
    logits = torch.zeros(len(renderer.concepts))
    first, second = (sticker.concept for sticker in scene.stickers)
    logits[first] = 3.0
    assert not _shown(scene, logits - torch.eye(len(logits))[second])
    logits[second] = 2.0
    assert _shown(scene, logits)
    told = [Caption("", frozenset({"colour 3", "concept 1"})), Caption("", frozenset({"colour 2"}))]
    assert _marked(told, "colour", ["colour 3", "colour 3"]) == 0.5
    assert _marked(told, "place", ["place sea", "place sea"]) is None


@pytest.mark.parametrize("language", [ENGLISH, RUSSIAN])
def test_an_exam_paints_with_the_engine_and_marks(examined, tmp_path, language):
    folder, renderer = examined
    write_toy(tmp_path)
    painter = Painter("toy", tmp_path, threads=1)
    examiner = load_examiner(folder, len(renderer.concepts))
    exam = examine(painter, examiner, renderer, 100, 3, "single", language)
    assert exam.count == 3
    assert 0.0 <= exam.thing <= 1.0
    assert exam.seconds > 0
    again = painter.paint("a red car", 4)
    assert np.array_equal(again, painter.paint("a red car", 4))
    canvas = sheet([again] * 5, columns=3, side=20)
    assert canvas.size == (60, 40)


def test_curves_show_every_value(examined, tmp_path):
    folder, _ = examined
    drawn = draw_curves(folder, columns=2)
    assert drawn.size == (2 * PANEL[0], 2 * PANEL[1])  # thing, colour, place, right
    assert len(drawn.getcolors(1 << 20) or []) > 3
    with pytest.raises(FileNotFoundError):
        draw_curves(tmp_path)
