"""taming-transformers' published files: a checkpoint and the YAML that says what it is.

Read are `VQModel`, `GumbelVQ` and the first stage inside a `Net2NetTransformer`; the rest of that one is the
affair of `generation.second_stage_files`. Kept are encoder, codebook and decoder; loss and optimiser go.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from generation.checkpoints import Weights, first_prefix
from generation.tensors import ModelFileError, check_fits, shapes_only
from generation.vqgan import VQGAN, VQGANConfig

MAX_YAML_BYTES = 1 << 20
_KEPT = ("encoder.", "decoder.", "quantize.", "quant_conv.", "post_quant_conv.")
_PREFIXES = ("", "first_stage_model.")
_PLAIN = ("VQModel", "VQNoDiscModel")
_GUMBEL = "GumbelVQ"
_FIRST_STAGE = "first_stage_config"


def is_vqgan(weights: Weights) -> bool:
    """Whether these are a VQGAN's weights, alone or inside a second stage's."""
    return first_prefix(weights, _PREFIXES, "decoder.conv_in.weight") is not None


def read_vqgan(weights: Weights, yaml_path: Path) -> tuple[VQGANConfig, dict[str, Tensor]]:
    """The configuration, and the weights that painting needs, checked against it. Raises `ModelFileError`."""
    prefix = first_prefix(weights, _PREFIXES, "decoder.conv_in.weight")
    if prefix is None:
        raise ModelFileError(
            f"{weights.path}: no VQGAN is in it; its names begin with {weights.prefixes()}, "
            "not with encoder, decoder, quantize or first_stage_model"
        )
    config = read_config(yaml_path)
    state = {name: t for name, t in weights.inside(prefix).items() if name.startswith(_KEPT)}
    if "quantize.used" in state:
        raise ModelFileError(f"{weights.path}: its codebook is remapped, which Gala does not read")
    with shapes_only():
        model = VQGAN(config)
    try:
        check_fits(model, state, weights.path)
    except ModelFileError as error:
        raise ModelFileError(f"{error}. The weights and {yaml_path} do not belong together.") from error
    return config, state


def read_config(path: Path) -> VQGANConfig:
    """The VQGAN that a published YAML describes. Raises `ModelFileError`."""
    tree = read_yaml(path)
    try:
        model: Mapping[str, Any] = tree["model"]
        while _FIRST_STAGE in model["params"]:
            model = model["params"][_FIRST_STAGE]
        kind = str(model["target"]).rpartition(".")[2]
        config = stage_config(kind, model["params"], path)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"{path}: does not describe a VQGAN ({error!r})") from error
    if (config.in_channels, config.out_ch) != (3, 3):
        raise ModelFileError(f"{path}: describes a model of other than RGB pictures")
    return config


def read_yaml(path: Path) -> Any:
    """What a YAML holds, in plain values. Raises `ModelFileError`."""
    try:
        import yaml
    except ImportError as error:
        raise ModelFileError(f"{path}: reading it needs PyYAML; run: pip install 'gala[engine]'") from error
    if not path.is_file():
        raise ModelFileError(f"{path}: the YAML that belongs to the checkpoint is missing")
    if path.stat().st_size > MAX_YAML_BYTES:
        raise ModelFileError(f"{path}: too large for a model's YAML")
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ModelFileError(f"{path}: not a readable YAML file ({error})") from error


def stage_config(kind: str, params: Mapping[str, Any], path: Path) -> VQGANConfig:
    """The VQGAN that a stage's parameters describe, of pictures with any number of channels."""
    if kind not in (*_PLAIN, _GUMBEL):
        raise ModelFileError(f"{path}: describes a {kind}; Gala reads {', '.join(_PLAIN)} and {_GUMBEL}")
    dd: Mapping[str, Any] = params["ddconfig"]
    if dd.get("double_z") or not dd.get("resamp_with_conv", True) or params.get("remap"):
        raise ModelFileError(f"{path}: double_z, remap or resampling without convolution is not read by Gala")
    config = VQGANConfig(
        ch=int(dd["ch"]),
        ch_mult=tuple(int(m) for m in dd["ch_mult"]),
        num_res_blocks=int(dd["num_res_blocks"]),
        attn_resolutions=tuple(int(r) for r in dd["attn_resolutions"]),
        resolution=int(dd["resolution"]),
        z_channels=int(dd["z_channels"]),
        embed_dim=int(params["embed_dim"]),
        n_embed=int(params["n_embed"]),
        in_channels=int(dd["in_channels"]),
        out_ch=int(dd["out_ch"]),
        gumbel=kind == _GUMBEL,
    )
    _check_sane(config, path)
    return config


def _check_sane(config: VQGANConfig, path: Path) -> None:
    """Bounds that any published model keeps by far, so that a broken YAML does not ask for terabytes."""
    sizes = (config.ch, config.z_channels, config.embed_dim, config.num_res_blocks, config.resolution)
    sound = all(0 < n <= 8192 for n in (*sizes, *config.ch_mult)) and 0 < config.n_embed <= 1 << 20
    if not sound or not 1 <= len(config.ch_mult) <= 8 or config.ch % config.num_groups:
        raise ModelFileError(f"{path}: describes a VQGAN of impossible size")
