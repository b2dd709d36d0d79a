"""Second stages of toy size with random weights, as their authors publish them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
import yaml
from torch import Tensor, nn

from generation.conditions import Eye, Kind
from generation.gpt import GPT, GPTConfig
from generation.scenes import SceneCode
from generation.vqgan import VQGAN, VQGANConfig
from tests.generation import toy_files

GRID = 6
CODES = 40
#: Twelve px and factor 2: a grid of six.
VQGAN_CONFIG = toy_files.vqgan_config(ch_mult=(1, 2), attn_resolutions=(), resolution=12, n_embed=CODES)
#: Enough for COCO's things, and a square.
SCENE_CODES = 196
SCENE = SceneCode("coco", objects=3, tokens=SCENE_CODES, groups=False)
CHANNELS = {Kind.DEPTH: 1, Kind.SEGMENTATION: 182}
SCENE_DATA = "taming.data.annotated_objects_coco.AnnotatedObjectsCoco"
SCENE_PARAMS: dict[str, Any] = {
    "no_tokens": SCENE_CODES,
    "max_objects_per_image": 3,
    "use_group_parameter": True,
    "encode_crop": True,
}
TARGETS = {
    Kind.CLASS: ("taming.modules.util.Labelator", {"n_classes": 7}),
    Kind.SCENE: ("taming.models.dummy_cond_stage.DummyCondStage", {"conditional_key": "objects_bbox"}),
    Kind.PLACE: ("taming.modules.misc.coord.CoordStage", {"n_embed": CODES, "down_factor": 2}),
}


def gpt_config(kind: Kind, **changes: Any) -> GPTConfig:
    before = {Kind.NOTHING: 1, Kind.CLASS: 1, Kind.SCENE: SCENE.length}.get(kind, GRID**2)
    sizes: dict[str, Any] = {"layers": 2, "width": 32, "heads": 4, "vocab": codes_of(kind)}
    return GPTConfig(**{**sizes, "block": GRID**2 + before, **changes})


def codes_of(kind: Kind) -> int:
    return SCENE_CODES if kind is Kind.SCENE else CODES


def toy_gpt(config: GPTConfig) -> GPT:
    """Random weights, far enough from nothing for every part to matter."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = GPT(config).eval()
        for name, parameter in model.named_parameters():
            if ".ln" in name or name.startswith("ln_f"):
                nn.init.normal_(parameter, 1.0 if name.endswith("weight") else 0.0, 0.3)
            else:
                nn.init.normal_(parameter, std=0.3)
    return model.requires_grad_(False)


def eye_config(kind: Kind) -> VQGANConfig:
    return toy_files.vqgan_config(
        ch_mult=(1, 1), attn_resolutions=(), resolution=12, n_embed=CODES, in_channels=CHANNELS[kind]
    )


def toy_eye(kind: Kind) -> Eye:
    with torch.random.fork_rng():
        torch.manual_seed(4)
        eye = Eye(eye_config(kind)).eval()
        nn.init.normal_(eye.quantize.rows, std=0.1)
    return eye


def vqgan_config(kind: Kind) -> VQGANConfig:
    return replace(VQGAN_CONFIG, n_embed=SCENE_CODES) if kind is Kind.SCENE else VQGAN_CONFIG


def toy_vqgan(kind: Kind = Kind.CLASS) -> VQGAN:
    """Its codes differ enough to be seen."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = VQGAN(vqgan_config(kind)).eval()
        nn.init.normal_(model.quantize.rows, std=1.0)
    return model


def published_stage(
    folder: Path,
    kind: Kind,
    changes: Mapping[str, Tensor | None] = MappingProxyType({}),
    params: Mapping[str, Any] = MappingProxyType({}),
    gpt: GPTConfig | None = None,
) -> Path:
    """A trainer's checkpoint and its YAML beside it; `changes` of weights, `params` of the YAML's."""
    config = gpt or gpt_config(kind)
    model = toy_gpt(config)
    state: dict[str, Tensor | None] = {f"transformer.{name}": t for name, t in model.state_dict().items()}
    mask = torch.tril(torch.ones(1, 1, config.block, config.block))
    state |= {f"transformer.blocks.{i}.attn.mask": mask for i in range(config.layers)}
    vqgan = toy_files.with_losses(toy_vqgan(kind).state_dict())
    state |= {f"first_stage_model.{name}": t for name, t in vqgan.items()}
    if kind in CHANNELS:
        seen = toy_files.with_losses(toy_eye(kind).state_dict())
        seen |= {"colorize": torch.ones(3, 2, 1, 1), "decoder.conv_in.weight": torch.ones(2, 2, 1, 1)}
        state |= {f"cond_stage_model.{name}": t for name, t in seen.items()}
    path = toy_files.save_lightning(
        folder / "last.ckpt", {name: t for name, t in {**state, **changes}.items() if t is not None}
    )
    write_yaml(folder / "last.yaml", kind, config, params)
    return path


def write_yaml(path: Path, kind: Kind, gpt: GPTConfig, params: Mapping[str, Any]) -> None:
    first = toy_files.write_yaml(path, vqgan_config(kind))
    inner = yaml.safe_load(first.read_text(encoding="utf-8"))["model"]
    condition: Any = "__is_unconditional__"
    if kind in TARGETS:
        condition = {"target": TARGETS[kind][0], "params": TARGETS[kind][1]}
    elif kind in CHANNELS:
        toy_files.write_yaml(path, eye_config(kind))
        condition = yaml.safe_load(path.read_text(encoding="utf-8"))["model"]
        dd = condition["params"]["ddconfig"]
        dd["in_channels"] = dd["out_ch"] = CHANNELS[kind]
        if kind is Kind.SEGMENTATION:
            condition["target"] = "taming.models.vqgan.VQSegmentationModel"
            condition["params"]["n_labels"] = CHANNELS[kind]
    sizes = {
        "vocab_size": gpt.vocab,
        "block_size": gpt.block,
        "n_layer": gpt.layers,
        "n_head": gpt.heads,
        "n_embd": gpt.width,
    }
    model = {
        "base_learning_rate": 4.5e-06,
        "target": "taming.models.cond_transformer.Net2NetTransformer",
        "params": {
            "cond_stage_key": "objects_bbox" if kind is Kind.SCENE else str(kind),
            "transformer_config": {"target": "taming.modules.transformer.mingpt.GPT", "params": sizes},
            "first_stage_config": inner,
            "cond_stage_config": condition,
            **params,
        },
    }
    data: dict[str, Any] = {"params": {"batch_size": 2}}
    if kind is Kind.SCENE:
        data["params"]["train"] = {"target": SCENE_DATA, "params": dict(SCENE_PARAMS)}
    path.write_text(yaml.safe_dump({"model": model, "data": data}), encoding="utf-8")
