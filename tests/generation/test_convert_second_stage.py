"""Published second stages become models that paint, or are refused in words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from torch import Tensor

from generation import convert as converting
from generation.conditions import Kind
from generation.convert import Order, convert
from generation.models import catalogue, open_model
from generation.scene_files import read_scene_condition
from generation.scenes import SceneCode
from generation.second_stage_files import load_second_stage
from generation.tensors import ModelFileError
from generation.vqgan import load_vqgan
from tests.generation import toy_files, toy_stage
from tests.generation.toy_stage import (
    CODES,
    GRID,
    SCENE,
    gpt_config,
    published_stage,
    toy_eye,
    toy_gpt,
    toy_vqgan,
    write_yaml,
)


def converted(folder: Path, file: Path, **changes: Any) -> Path:
    return convert(Order(file, "toy", folder / "models", second_stage=True, **changes))


@pytest.mark.parametrize("kind", Kind)
def test_it_says_the_same_after_conversion(tmp_path: Path, kind: Kind) -> None:
    folder = converted(tmp_path, published_stage(tmp_path, kind), licence="MIT", source="here")
    opened = open_model("toy", tmp_path / "models")
    loaded = load_second_stage(opened.files, torch.device("cpu"), torch.float32)
    assert (loaded.condition.kind, loaded.grid) == (kind, GRID)
    tokens = torch.arange(20)[None]
    assert torch.equal(loaded.gpt(tokens), toy_gpt(gpt_config(kind))(tokens))
    vqgan, codes = load_vqgan(folder / "vqgan.safetensors"), torch.arange(36).view(1, 6, 6)
    expected = toy_vqgan(kind).decode(toy_vqgan(kind).lookup(codes))
    assert torch.equal(vqgan.decode(vqgan.lookup(codes)), expected)
    if loaded.eye is not None:
        picture = torch.linspace(0, 1, 3 * 144).view(1, 3, 12, 12)
        sight = loaded.eye.sight(kind, picture)
        assert torch.equal(loaded.eye(sight), toy_eye(kind)(sight))
    model = catalogue(tmp_path / "models")["toy"]
    assert (model.engine, model.native, model.least) == ("second-stage", (12, 12), 12)
    assert (model.factor, model.steps, model.licence) == (2, GRID, "MIT")
    assert model.reads == {Kind.PLACE: "nothing", Kind.SCENE: "scene-coco"}.get(kind, kind)
    assert loaded.condition.scene == (SCENE if kind is Kind.SCENE else None)


@pytest.mark.parametrize(
    ("target", "changes", "code"),
    [
        ("x.AnnotatedObjectsCoco", {"encode_crop": False}, replace(SCENE, crop=False)),
        ("x.AnnotatedObjectsOpenImages", {"no_tokens": 8192}, SceneCode("open-images", 3, 8192)),
        ("x.AnnotatedObjectsOpenImages", {"no_tokens": 500}, "500 tokens|objects in 500"),
        ("x.AnnotatedObjectsCoco", {"no_object_classes": 80}, "80 things"),
        ("x.Pictures", {}, "Pictures"),
        ("x.AnnotatedObjectsCoco", {"max_objects_per_image": 0}, "0 objects"),
    ],
)
def test_what_the_data_of_a_scene_were_says_how_it_is_read(
    tmp_path: Path, target: str, changes: dict[str, Any], code: SceneCode | str
) -> None:
    path = tmp_path / "p.yaml"
    train = {"target": target, "params": {**toy_stage.SCENE_PARAMS, **changes}}
    path.write_text(yaml.safe_dump({"data": {"params": {"train": train}}}), encoding="utf-8")
    if isinstance(code, str):
        with pytest.raises(ModelFileError, match=code):
            read_scene_condition("objects_bbox", path)
    else:
        assert read_scene_condition("objects_bbox", path).scene == code
        middles = read_scene_condition("objects_center_points", path)
        assert middles.scene == replace(code, corners=False)
        with pytest.raises(ModelFileError, match="its condition is poses"):
            read_scene_condition("poses", path)


def test_only_what_painting_needs_is_kept(tmp_path: Path) -> None:
    file = published_stage(tmp_path, Kind.SEGMENTATION)
    folder = converted(tmp_path, file, half=True)
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "model.toml",
        "transformer.safetensors",
        "vqgan.safetensors",
        "condition.safetensors",
    }
    assert sum(path.stat().st_size for path in folder.iterdir()) < file.stat().st_size / 2


def test_a_model_of_imagenet_brings_the_words_of_its_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = gpt_config(Kind.CLASS, vocab=1000)
    larger = toy_files.vqgan_config(ch_mult=(1, 2), attn_resolutions=(), resolution=12, n_embed=1000)
    monkeypatch.setattr(toy_stage, "VQGAN_CONFIG", larger)
    monkeypatch.setitem(toy_stage.TARGETS, Kind.CLASS, ("taming.modules.util.Labelator", {"n_classes": 1000}))
    folder = converted(tmp_path, published_stage(tmp_path, Kind.CLASS, gpt=config))
    words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
    assert "red fox" in words["things"]["en"]
    assert "белый медведь" in words["things"]["ru"]
    assert {"fox", "медведь", "белка"} <= set(words["words"])


def test_without_being_asked_only_the_vqgan_is_taken(tmp_path: Path) -> None:
    folder = convert(Order(published_stage(tmp_path, Kind.PLACE), "toy", tmp_path / "models"))
    assert {path.name for path in folder.iterdir()} == {"model.toml", "vqgan.safetensors"}


def test_the_command_converts_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = published_stage(tmp_path, Kind.NOTHING)
    arguments = [str(file), "--name", "toy", "--models-dir", str(tmp_path / "models"), "--second-stage"]
    assert converting.main(arguments) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "models" / "toy")
    assert (tmp_path / "models" / "toy" / "transformer.safetensors").is_file()


NAN = torch.full((CODES, 32), torch.nan)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"transformer.head.weight": NAN}, "not finite: head.weight"),
        ({"transformer.head.weight": None}, "missing: head.weight"),
        ({"transformer.surprise": torch.ones(1)}, "not known: surprise"),
        ({"transformer.pos_emb": torch.ones(1, 9, 32)}, "wrong shape: pos_emb"),
        ({"transformer.tok_emb.weight": None}, "no second stage's transformer is in it"),
        ({"first_stage_model.decoder.conv_in.weight": None}, "no VQGAN is in it"),
        ({"cond_stage_model.quant_conv.bias": torch.full((32,), torch.inf)}, "not finite: quant_conv.bias"),
        ({"cond_stage_model.encoder.conv_in.weight": None}, "missing: encoder.conv_in.weight"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    tmp_path: Path, changes: dict[str, Tensor | None], words: str
) -> None:
    with pytest.raises(ModelFileError, match=words):
        converted(tmp_path, published_stage(tmp_path, Kind.DEPTH, changes))
    assert not (tmp_path / "models" / "toy").exists()


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"permuter_config": {"target": "taming.modules.transformer.permuter.ZCurve"}}, "the order ZCurve"),
        ({"downsample_cond_size": 64}, "downsample_cond_size"),
        ({"pkeep": 0.0}, "pkeep"),
        ({"cond_stage_config": "__is_first_stage__"}, "its condition is __is_first_stage__"),
        ({"cond_stage_config": {"target": "x.Dummy", "params": {}}}, "describes a Dummy"),
        ({"cond_stage_config": {"target": "x.DummyCondStage", "params": {}}}, "its condition is nothing"),
        ({"cond_stage_config": None}, "does not describe a second stage"),
        ({"transformer_config": {"target": "x.CodeGPT", "params": {}}}, "CodeGPT that Gala does not read"),
        ({"transformer_config": {"target": "x.GPT", "params": {"vocab_size": 40}}}, "block_size"),
    ],
)
def test_a_yaml_of_something_else_is_refused(tmp_path: Path, params: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelFileError, match=words):
        converted(tmp_path, published_stage(tmp_path, Kind.NOTHING, params=params))


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        (Kind.NOTHING, {"vocab": CODES + 1}, "tells 41 codes and the VQGAN has 40"),
        (Kind.PLACE, {"block": GRID**2}, "36 places are too few for 6x6 codes"),
        (Kind.PLACE, {"heads": 5}, "impossible size"),
        (Kind.PLACE, {"layers": 1 << 20}, "impossible size"),
    ],
)
def test_parts_that_speak_of_other_codes_are_refused(
    tmp_path: Path, kind: Kind, changes: dict[str, int], words: str
) -> None:
    weights = {name: n for name, n in changes.items() if name in ("vocab", "block")}
    file = published_stage(tmp_path, kind, gpt=gpt_config(kind, **weights))
    write_yaml(file.with_suffix(".yaml"), kind, gpt_config(kind, **changes), {})
    with pytest.raises(ModelFileError, match=words):
        converted(tmp_path, file)


def test_labels_whose_colours_nobody_knows_are_refused(tmp_path: Path) -> None:
    file = published_stage(tmp_path, Kind.SEGMENTATION)
    path = file.with_suffix(".yaml")
    tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    tree["model"]["params"]["cond_stage_config"]["params"]["ddconfig"]["in_channels"] = 151
    path.write_text(yaml.safe_dump(tree), encoding="utf-8")
    with pytest.raises(ModelFileError, match="151 channels"):
        converted(tmp_path, file)


def test_a_file_cut_short_or_without_its_yaml_is_refused(tmp_path: Path) -> None:
    file = published_stage(tmp_path, Kind.NOTHING)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelFileError, match="damaged, cut short"):
        converted(tmp_path, file)
    file.write_bytes(whole)
    file.with_suffix(".yaml").unlink()
    with pytest.raises(ModelFileError, match="the YAML that belongs to the checkpoint is missing"):
        converted(tmp_path, file)
