"""Toy files in the forms in which models are published: the same structure and names, a few numbers."""

from __future__ import annotations

import sys
import types
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import Tensor

from generation.clip import CLIP, CLIPConfig
from generation.tokenizer import Tokenizer
from generation.vqgan import VQGAN, VQGANConfig

MERGES = (("a", "b"), ("c", "d</w>"))
TOKENS = 512 + len(MERGES) + 2


def vqgan_config(**changes: Any) -> VQGANConfig:
    sizes: dict[str, Any] = {
        "ch": 32,
        "ch_mult": (1, 2),
        "num_res_blocks": 1,
        "attn_resolutions": (8,),
        "resolution": 16,
        "z_channels": 32,
        "embed_dim": 32,
        "n_embed": 20,
    }
    return VQGANConfig(**{**sizes, **changes})


def vqgan(**changes: Any) -> VQGAN:
    torch.manual_seed(0)
    return VQGAN(vqgan_config(**changes)).eval()


def write_yaml(path: Path, config: VQGANConfig, *, wrapped: bool = False) -> Path:
    """As the published ones: OmegaConf's plain YAML, the loss and the data still in it."""
    dd = {
        "double_z": False,
        "z_channels": config.z_channels,
        "resolution": config.resolution,
        "in_channels": 3,
        "out_ch": 3,
        "ch": config.ch,
        "ch_mult": list(config.ch_mult),
        "num_res_blocks": config.num_res_blocks,
        "attn_resolutions": list(config.attn_resolutions),
        "dropout": 0.0,
    }
    model: dict[str, Any] = {
        "base_learning_rate": 4.5e-06,
        "target": f"taming.models.vqgan.{'GumbelVQ' if config.gumbel else 'VQModel'}",
        "params": {
            "embed_dim": config.embed_dim,
            "n_embed": config.n_embed,
            "ddconfig": dd,
            "lossconfig": {"target": "taming.modules.losses.vqperceptual.VQLPIPSWithDiscriminator"},
        },
    }
    if wrapped:
        stages = {"transformer_config": {"target": "x.GPT"}, "first_stage_config": model}
        model = {"target": "taming.models.cond_transformer.Net2NetTransformer", "params": stages}
    path.write_text(yaml.safe_dump({"model": model, "data": {"params": {"batch_size": 2}}}), encoding="utf-8")
    return path


@contextmanager
def foreign_class(name: str) -> Iterator[type]:
    """A class that pickles find under a dotted name of somebody else's, as long as this lasts."""
    module_name, _, class_name = name.rpartition(".")
    made = type(class_name, (), {"__module__": module_name})
    parts = module_name.split(".")
    added = [n for i in range(len(parts)) if (n := ".".join(parts[: i + 1])) not in sys.modules]
    for module in added:
        sys.modules[module] = types.ModuleType(module)
    setattr(sys.modules[module_name], class_name, made)
    try:
        yield made
    finally:
        delattr(sys.modules[module_name], class_name)
        for module in added:
            del sys.modules[module]


def lightning(state: Mapping[str, Tensor]) -> dict[Any, Any]:
    """A trainer's file around the weights, without its callbacks."""
    return {
        "epoch": 3,
        "global_step": 12,
        "pytorch-lightning_version": "1.0.8",
        "state_dict": dict(state),
        "optimizer_states": [{"state": {0: {"exp_avg": torch.zeros(7)}}, "param_groups": [{"lr": 1e-6}]}],
        "lr_schedulers": [],
        "best": np.float64(0.5),
    }


def save_lightning(path: Path, state: Mapping[str, Tensor], *, zipped: bool = True) -> Path:
    """With `callbacks` keyed by a class of pytorch-lightning, as the published files have it."""
    with foreign_class("pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint") as callback:
        content = {**lightning(state), "callbacks": {callback: {"best_model_score": torch.tensor(0.5)}}}
        torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path


def with_losses(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What training leaves beside the VQGAN: LPIPS and a discriminator."""
    return {**state, "loss.perceptual_loss.lin0.weight": torch.ones(5), "loss.discriminator.w": torch.ones(5)}


def clip_config(*, resnet: bool = False, **changes: Any) -> CLIPConfig:
    sizes: dict[str, Any] = {
        "embed_dim": 16,
        "image_resolution": 32,
        "vision_layers": (1, 1, 1, 1) if resnet else (2,),
        "vision_width": 8 if resnet else 64,
        "vision_patch_size": None if resnet else 16,
        "context_length": 8,
        "vocab_size": TOKENS,
        "text_width": 64,
        "text_layers": 1,
    }
    return CLIPConfig(**{**sizes, **changes})


def clip(*, resnet: bool = False, **changes: Any) -> CLIP:
    torch.manual_seed(1)
    return CLIP(clip_config(resnet=resnet, **changes)).eval()


def save_archive(path: Path, model: CLIP, *, half: bool = True) -> Path:
    """As OpenAI's: a traced program with halves inside and three numbers beside the weights."""
    side = model.config.image_resolution
    model = deepcopy(model)
    for name in ("input_resolution", "context_length", "vocab_size"):
        model.register_buffer(name, torch.tensor(8))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what torch thinks of tracing by now
        inputs = {"encode_image": torch.zeros(1, 3, side, side)}
        traced = torch.jit.trace_module(model, inputs, check_trace=False)
        if half:
            traced.half()
            traced.token_embedding.float()
        traced.save(str(path))
    return path


def save_vocabulary(path: Path) -> Path:
    Tokenizer(MERGES).save(path)
    return path
