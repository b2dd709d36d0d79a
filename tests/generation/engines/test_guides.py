"""Several CLIPs at once: what each is for, and how they share a picture."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from generation.clip import CLIP, CLIPConfig, save_clip
from generation.clip_files import ClipFile, guides
from generation.codec import encode_png
from generation.cutouts import draw_views
from generation.engine import Refusal
from generation.engines.beginnings import clouds, generator_for, random_latent
from generation.engines.painting import Painting
from generation.engines.prompts import LETTERING, extras_of, read_prompt
from generation.engines.pulling import pull_at
from generation.engines.tuning import Tuning
from generation.engines.vqgan_clip import VQGANCLIP, create
from generation.losses import spherical_distance
from generation.memory import Footprint
from generation.models import open_model
from generation.protocol import Generate, Manner, Noise, Phrase, Reason, Target
from generation.tiling import enlarged
from generation.tokenizer import Tokenizer
from tests.generation.contract import LAWS
from tests.generation.toys import REQUEST, TOY_CLIP, TOY_VQGAN, toy_settings, write_toy

#: A vision transformer of another side, another width and another vocabulary than the toy's ResNet.
OTHER = CLIPConfig(24, 16, (2,), 64, 8, 10, 515, 64, 1)
BOTH = """
[[clip]]
weight = 3
[[clip]]
name = "other"
weight = 1
"""


def write_other(models_dir: Path, languages: str = "") -> None:
    folder = models_dir / "other"
    folder.mkdir(parents=True)
    with torch.random.fork_rng():
        torch.manual_seed(2)
        save_clip(CLIP(OTHER), folder / "clip.safetensors")
    Tokenizer((("r", "e"),)).save(folder / "bpe.txt")
    files = 'files = [{ name = "clip.safetensors" }, { name = "bpe.txt" }]\n'
    (folder / "model.toml").write_text(f'kind = "clip"\n{files}{languages}', encoding="utf-8")


def write_model(models_dir: Path, name: str, clips: str) -> None:
    """The toy under that name, with what is said of its CLIPs."""
    with (write_toy(models_dir, name) / "model.toml").open("a", encoding="utf-8") as file:
        file.write(clips)


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory):
    """The toy with two CLIPs, alone with each of them, and with one that only judges."""
    folder = tmp_path_factory.mktemp("models")
    write_other(folder)
    write_model(folder, "both", BOTH)
    write_model(folder, "one", "")
    write_model(folder, "two", '[[clip]]\nranks = false\nweight = 0\n[[clip]]\nname = "other"\n')
    write_model(folder, "judged", '[[clip]]\nranks = false\n[[clip]]\nname = "other"\nweight = 0\n')
    write_model(folder, "mute", "[[clip]]\nweight = 0\n")
    return folder


@pytest.fixture(scope="module")
def engine(models_dir) -> VQGANCLIP:
    return create(toy_settings(models_dir))


def begun(engine: VQGANCLIP, model: str, request: Generate = REQUEST) -> Painting:
    run = engine.begin(replace(request, model=model), 0)
    assert isinstance(run, Painting)
    return run


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_with_two_clips_the_engine_keeps_the_law_that(law, models_dir):
    law(partial(create, toy_settings(models_dir)), replace(REQUEST, model="both"))


def test_each_clip_reads_with_its_own_vocabulary_and_sees_at_its_own_side(engine):
    first, second = begun(engine, "both").prompt.sought
    assert (first.viewer.side, second.viewer.side) == (32, 16)
    assert (first.vectors.shape, second.vectors.shape) == ((1, 16), (1, 24))
    assert (first.share, second.share) == (0.75, 0.25)
    for sought, model in ((first, "one"), (second, "two")):
        (alone,) = begun(engine, model).prompt.sought
        assert torch.equal(sought.vectors, alone.vectors)
        assert alone.share == 1.0


def pull(run: Painting, at_once: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    seen = run.picture.detach().requires_grad_()
    views = draw_views(run.tuning.cutouts, 32, 24, generator_for(REQUEST.seed, 0))
    return pull_at(seen, views, run.prompt, run._weights(), 0.5, at_once)


def test_they_pull_together_as_they_would_alone_each_by_its_share(engine):
    """The smoothness counts once, whoever guides."""
    gradients, losses = zip(*(pull(begun(engine, model)) for model in ("both", "one", "two")), strict=True)
    for both, one, two in (gradients, losses):
        assert torch.allclose(both, 0.75 * one + 0.25 * two, rtol=1e-4, atol=1e-9)
    assert not torch.allclose(gradients[1], gradients[2], rtol=0.5)
    few, loss = pull(begun(engine, "both"), 5)
    assert torch.allclose(few, gradients[0], rtol=1e-4, atol=1e-9)
    assert torch.allclose(loss, losses[0])


def test_one_that_does_not_guide_changes_no_byte(engine):
    one, judged = begun(engine, "one"), begun(engine, "judged")
    for _ in range(REQUEST.steps):
        assert engine.advance([one, judged]) == []
    assert np.array_equal(engine.picture(one), engine.picture(judged))


def test_the_first_that_ranks_scores_and_answers_questions(engine, models_dir):
    one, two, judged = (begun(engine, model) for model in ("one", "two", "judged"))
    assert engine.score(judged) == engine.score(two) != engine.score(one)
    for model, file in (("one", "clip"), ("both", "clip"), ("two", "clip-2"), ("judged", "clip-2")):
        hashes = open_model(model, models_dir).hashes
        assert engine.judge(model).clip_sha256 == hashes[f"{file}.safetensors"]


def test_what_is_sought_beside_the_phrases_is_sought_by_each(engine):
    target = Target(encode_png(np.zeros((8, 8, 3), np.uint8)))
    request = replace(REQUEST, manner=Manner(noises=(Noise(5, 0.5),)), targets=(target,))
    run = begun(engine, "both", request)
    for sought, width in zip(run.prompt.sought, (16, 24), strict=True):
        drawn = torch.randn(1, width, generator=torch.Generator().manual_seed(5))
        assert torch.equal(sought.vectors[1:2], drawn)
        assert sought.vectors.shape == (2 + run.tuning.cutouts.count, width)
    judged = begun(engine, "judged", request).prompt.judged  # by a CLIP that does not guide
    assert judged.vectors.shape == (2 + run.tuning.cutouts.count, 24)
    lettered = read_prompt(REQUEST.phrases, run.model, 4, extras_of(REQUEST, REQUEST.phrases, 0.1))
    for sought in lettered.sought:
        assert torch.equal(sought.vectors[1:], sought.viewer.read([LETTERING]))


def test_the_nearest_cloud_is_so_to_both(engine):
    run = begun(engine, "both")
    tuning = Tuning(start="clouds", candidates=40)
    shape = (1, 8, 6, 8)
    z = random_latent(REQUEST, run.model, tuning, run.prompt, run._weights(), shape)
    colours = clouds(40, generator_for(REQUEST.seed, -1))
    far = torch.zeros(40)
    for sought in run.prompt.sought:
        side = sought.viewer.side
        seen = sought.viewer.judge(enlarged(colours, [side, side]).clamp(0, 1))
        far += sought.share * spherical_distance(seen, sought.vectors[0])
    cloud = enlarged(colours[far.argmin()][None], [24, 32]).clamp(0, 1)
    assert torch.equal(z, run.model.latent(cloud))


def test_a_guide_that_does_not_read_the_prompt_stays_out_of_it_unless_none_does():
    english, both = ClipFile("a", languages=("en",)), ClipFile("b", weight=3.0, languages=("en", "ru"))
    assert guides([english, both], ["en"]) == {english: 0.25, both: 0.75}
    assert guides([english, both], ["ru"]) == {both: 1.0}
    assert guides([english], ["ru"]) == {english: 1.0}
    assert guides([english, replace(both, weight=0.0)], ["ru"]) == {english: 1.0}


def test_the_prompt_s_language_chooses_guides_and_judge(tmp_path):
    write_other(tmp_path, 'languages = ["ru"]\n')
    write_model(tmp_path, "both", BOTH.replace("weight = 3", 'languages = ["en"]'))
    engine = create(toy_settings(tmp_path))
    requests = (replace(REQUEST, phrases=(Phrase(text),)) for text in ("a car", "машина"))
    english, russian = (begun(engine, "both", request) for request in requests)
    assert [sought.viewer.side for sought in english.prompt.sought] == [32]
    assert [sought.viewer.side for sought in russian.prompt.sought] == [16]
    assert (english.prompt.judged.viewer.side, russian.prompt.judged.viewer.side) == (32, 16)


def test_a_model_that_nobody_guides_is_refused_in_words(engine):
    with pytest.raises(Refusal, match="'mute' names no CLIP that guides it") as caught:
        begun(engine, "mute")
    assert caught.value.reason is Reason.MODEL_MISSING


def test_what_each_is_for_is_part_of_the_model_s_hash(tmp_path):
    write_other(tmp_path)
    write_model(tmp_path, "toy", BOTH)
    description, hashes = tmp_path / "toy" / "model.toml", []
    text = description.read_text(encoding="utf-8")
    for told in (text, text + "ranks = true\n", text.replace("weight = 3", "weight = 2")):
        description.write_text(told, encoding="utf-8")
        hashes.append(open_model("toy", tmp_path).sha256)
    assert hashes[0] == hashes[1] != hashes[2]


def test_memory_is_that_of_the_guide_that_takes_most():
    most, both = (Footprint(TOY_VQGAN, clips, 64, 4) for clips in ((TOY_CLIP,), (OTHER, TOY_CLIP)))
    least = Footprint(TOY_VQGAN, (OTHER,), 64, 4)
    assert both.run_bytes(32, 32) == most.run_bytes(32, 32) > least.run_bytes(32, 32)
