"""taming-transformers' second stages: a checkpoint and the YAML that says what it is.

Kept are the transformer, the VQGAN that makes pictures of its codes, and the encoder through which it sees a
condition. The optimiser, which is half of the file, goes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from generation.checkpoints import Weights
from generation.conditions import SHOWN, Condition, Eye, Kind
from generation.gpt import GPT, GPTConfig, half_matrices
from generation.palette import FIRST_LABEL
from generation.scene_files import read_scene_condition
from generation.scenes import SceneCode
from generation.taming import read_vqgan, read_yaml, stage_config
from generation.tensors import ModelFileError, check_fits, load_into, read_tensors, shapes_only
from generation.vqgan import VQGANConfig
from generation.vqgan import read_config as read_vqgan_config

TRANSFORMER, EYE = "transformer.safetensors", "condition.safetensors"
_PREFIX: Final = "transformer."
_EYE_PREFIX: Final = "cond_stage_model."
_EYE_KEPT: Final = ("encoder.", "quant_conv.", "quantize.")
_UNCONDITIONAL: Final = "__is_unconditional__"
_IMPOSSIBLE: Final = 1 << 17


@dataclass(frozen=True, slots=True)
class SecondStage:
    """What a published file holds of a model, checked."""

    gpt: GPTConfig
    condition: Condition
    grid: int  #: codes a side of what it was trained on
    vqgan: VQGANConfig
    eye: VQGANConfig | None
    gpt_state: Mapping[str, Tensor]
    vqgan_state: Mapping[str, Tensor]
    eye_state: Mapping[str, Tensor]


def is_second_stage(weights: Weights) -> bool:
    """Whether a transformer over codes is among these weights."""
    return f"{_PREFIX}tok_emb.weight" in weights.state


def read_second_stage(weights: Weights, yaml_path: Path) -> SecondStage:
    """Everything that painting needs, checked against the YAML. Raises `ModelFileError`."""
    if not is_second_stage(weights):
        raise ModelFileError(
            f"{weights.path}: no second stage's transformer is in it; its names begin with "
            f"{weights.prefixes()}, not with transformer"
        )
    params = _params(yaml_path)
    vqgan, vqgan_state = read_vqgan(weights, yaml_path)
    try:
        condition, eye = _condition(params, vqgan.factor, yaml_path)
        gpt = _gpt(params["transformer_config"], yaml_path)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelFileError(f"{yaml_path}: does not describe a second stage ({error!r})") from error
    state = {name: t for name, t in weights.inside(_PREFIX).items() if not name.endswith("attn.mask")}
    seen = weights.inside(_EYE_PREFIX) if eye else {}
    eye_state = {name: t for name, t in seen.items() if name.startswith(_EYE_KEPT)}
    stage = SecondStage(
        gpt, condition, vqgan.resolution // vqgan.factor, vqgan, eye, state, vqgan_state, eye_state
    )
    _check(stage, weights.path, yaml_path)
    return stage


def _params(path: Path) -> Mapping[str, Any]:
    try:
        model = read_yaml(path)["model"]
        kind, params = str(model["target"]).rpartition(".")[2], dict(model["params"])
        permuter = params.get("permuter_config") or {"target": "Identity"}
        order = str(permuter["target"]).rpartition(".")[2]
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"{path}: does not describe a second stage ({error!r})") from error
    if kind != "Net2NetTransformer":
        raise ModelFileError(f"{path}: describes a {kind}; Gala reads Net2NetTransformer")
    if order != "Identity":
        raise ModelFileError(f"{path}: its codes are in the order {order}; Gala reads them in raster order")
    if params.get("downsample_cond_size", -1) > 0 or params.get("pkeep", 1) <= 0:
        raise ModelFileError(f"{path}: downsample_cond_size and pkeep 0 are not read by Gala")
    return params


def _condition(params: Mapping[str, Any], factor: int, path: Path) -> tuple[Condition, VQGANConfig | None]:
    stage = params["cond_stage_config"]
    if stage == _UNCONDITIONAL or params.get("unconditional"):
        return Condition(Kind.NOTHING, int(params.get("sos_token", 0))), None
    if isinstance(stage, str):
        raise ModelFileError(f"{path}: its condition is {stage}, which Gala does not read")
    kind, inner = str(stage["target"]).rpartition(".")[2], stage.get("params", {})
    match kind:
        case "SOSProvider":
            return Condition(Kind.NOTHING, int(inner.get("sos_token", 0))), None
        case "Labelator":
            return Condition(Kind.CLASS, int(inner["n_classes"])), None
        case "DummyCondStage":
            return read_scene_condition(str(params["cond_stage_key"]), path), None
        case "CoordStage":
            if int(inner["down_factor"]) != factor:
                raise ValueError(f"places of {inner['down_factor']} px, codes of {factor}")
            return Condition(Kind.PLACE, int(inner["n_embed"])), None
        case _:
            eye = stage_config("VQModel" if kind == "VQSegmentationModel" else kind, inner, path)
            return Condition(_shown(eye, path), eye.in_channels), eye


def _shown(eye: VQGANConfig, path: Path) -> Kind:
    if eye.in_channels == 1:
        return Kind.DEPTH
    if eye.in_channels not in FIRST_LABEL:
        known = " or ".join(map(str, FIRST_LABEL))
        raise ModelFileError(
            f"{path}: its condition has {eye.in_channels} channels; Gala reads depth (1) and the labels of "
            f"COCO-Stuff ({known})"
        )
    return Kind.SEGMENTATION


def _gpt(stage: Mapping[str, Any], path: Path) -> GPTConfig:
    kind, params = str(stage["target"]).rpartition(".")[2], stage["params"]
    if kind != "GPT" or params.get("n_unmasked"):
        raise ModelFileError(f"{path}: its transformer is a {kind} that Gala does not read")
    config = GPTConfig(
        layers=int(params.get("n_layer", 12)),
        width=int(params.get("n_embd", 256)),
        heads=int(params.get("n_head", 8)),
        vocab=int(params["vocab_size"]),
        block=int(params["block_size"]),
    )
    sizes = (config.layers, config.width, config.heads, config.vocab, config.block)
    if not all(0 < size <= _IMPOSSIBLE for size in sizes) or config.width % config.heads:
        raise ModelFileError(f"{path}: describes a transformer of impossible size")
    return config


def _check(stage: SecondStage, path: Path, yaml_path: Path) -> None:
    """Shapes, numbers, and whether the parts speak of the same codes."""
    with shapes_only():
        parts = [(GPT(stage.gpt), stage.gpt_state)]
        if stage.eye is not None:
            parts.append((Eye(stage.eye), stage.eye_state))  # type: ignore[arg-type]
    for model, state in parts:
        try:
            check_fits(model, state, path)
        except ModelFileError as error:
            raise ModelFileError(f"{error}. The weights and {yaml_path} do not belong together.") from error
    _check_vocabulary(stage, path)


def _check_vocabulary(stage: SecondStage, path: Path) -> None:
    gpt, condition = stage.gpt, stage.condition
    if gpt.vocab != stage.vqgan.n_embed:
        raise ModelFileError(
            f"{path}: the transformer tells {gpt.vocab} codes and the VQGAN has {stage.vqgan.n_embed}; "
            "they do not belong together"
        )
    tokens = condition.number if stage.eye is None else stage.eye.n_embed
    if tokens > gpt.vocab or (condition.kind is Kind.NOTHING and condition.number >= gpt.vocab):
        raise ModelFileError(f"{path}: its conditions go beyond the {gpt.vocab} tokens of the transformer")
    if stage.eye is not None and (stage.eye.factor, stage.eye.resolution) != (
        stage.vqgan.factor,
        stage.vqgan.resolution,
    ):
        raise ModelFileError(f"{path}: its condition has another grid than its codes")
    needed = stage.grid**2 + condition.length(stage.grid**2) - 1
    if gpt.block < needed:
        raise ModelFileError(f"{path}: {gpt.block} places are too few for {stage.grid}x{stage.grid} codes")


def metadata_of(stage: SecondStage) -> dict[str, str]:
    """What the transformer's file must tell, since its shapes do not."""
    told = {"heads": stage.gpt.heads, "grid": stage.grid, **asdict(stage.condition)}
    return {"config": json.dumps(told)}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A transformer in eval mode, and what it hangs on."""

    gpt: GPT
    condition: Condition
    grid: int
    eye: Eye | None


def load_second_stage(files: Mapping[str, Path], device: torch.device, dtype: torch.dtype) -> Loaded:
    """The matrices of the transformer in `dtype`, the rest in float32. Raises `ModelFileError`."""
    path = files[TRANSFORMER]
    state, metadata = read_tensors(path)
    try:
        told = json.loads(metadata["config"])
        scene = SceneCode(**told["scene"]) if told.get("scene") else None
        condition, grid = Condition(Kind(told["kind"]), int(told["number"]), scene), int(told["grid"])
        config = _infer(state, int(told["heads"]))
    except (KeyError, ValueError, TypeError) as error:
        raise ModelFileError(f"{path}: not a second stage's transformer ({error!r})") from error
    with torch.random.fork_rng(devices=[]):  # the initial weights draw from it
        gpt = GPT(config)
    load_into(gpt, state, path)
    eye = _load_eye(files[EYE]).to(device) if condition.kind in SHOWN else None
    return Loaded(half_matrices(gpt.to(device), dtype).requires_grad_(False).eval(), condition, grid, eye)


def _infer(state: Mapping[str, Tensor], heads: int) -> GPTConfig:
    vocab, width = state["tok_emb.weight"].shape
    layers = sum(name.endswith(".attn.key.weight") for name in state)
    if heads < 1 or width % heads:
        raise ValueError(f"{heads} heads of a width of {width}")
    return GPTConfig(layers, width, heads, vocab, math.prod(state["pos_emb"].shape[:2]))


def _load_eye(path: Path) -> Eye:
    state, metadata = read_tensors(path)
    with torch.random.fork_rng(devices=[]):
        eye = Eye(read_vqgan_config(metadata, path))
    load_into(eye, state, path)
    return eye.requires_grad_(False).eval()
