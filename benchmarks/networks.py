"""The published networks' real sizes with random weights, in files for Gala and for the peer alike."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import nn

from benchmarks.cases import Files
from generation.clip import CLIP, CLIPConfig, save_clip
from generation.tokenizer import Tokenizer
from generation.vqgan import VQGAN, VQGANConfig, save_vqgan

#: vqgan_imagenet_f16_16384
VQGAN_F16 = VQGANConfig(128, (1, 1, 2, 2, 4), 2, (16,), 256, 256, 256, 16384)
#: ViT-B/32
CLIP_B32 = CLIPConfig(512, 224, (12,), 768, 32, 77, 49408, 512, 12)
#: For a look at whether the benchmark works, not at how fast anything is.
VQGAN_TINY = VQGANConfig(32, (1, 1, 1, 1, 1), 1, (16,), 256, 32, 32, 64)
CLIP_TINY = CLIPConfig(32, 64, (2,), 64, 32, 77, 49408, 64, 1)

#: A native size that no run exceeds: each step is then of the whole size.
_DESCRIPTION = """
engine = "vqgan-clip"
factor = 16
native = [4096, 4096]
steps = 500
files = [{ name = "vqgan.safetensors" }, { name = "clip.safetensors" }, { name = "bpe.txt" }]
"""
_YAML = """
model:
  target: taming.models.vqgan.VQModel
  params:
    embed_dim: {embed_dim}
    n_embed: {n_embed}
    ddconfig: {{double_z: false, z_channels: {z_channels}, resolution: {resolution}, in_channels: 3,
      out_ch: 3, ch: {ch}, ch_mult: {ch_mult}, num_res_blocks: {num_res_blocks},
      attn_resolutions: {attn_resolutions}, dropout: 0.0}}
    lossconfig: {{target: torch.nn.Identity, params: {{}}}}
"""


def write_networks(folder: Path, *, tiny: bool = False) -> Files:
    """Write random weights: for Gala as safetensors in float16, for the peer as they are published."""
    files = Files(folder)
    own = files.models_dir / files.model
    own.mkdir(parents=True)
    torch.manual_seed(0)
    vqgan, clip = VQGAN(VQGAN_TINY if tiny else VQGAN_F16), CLIP(CLIP_TINY if tiny else CLIP_B32)
    nn.init.normal_(vqgan.quantize.rows, std=0.5)
    for model in (vqgan, clip):
        model.half().float()  # so that both sides have the very same numbers
    _write_own(own, vqgan, clip)
    _write_peers(files, vqgan, clip)
    return files


def _write_own(folder: Path, vqgan: VQGAN, clip: CLIP) -> None:
    save_vqgan(vqgan, folder / "vqgan.safetensors")
    save_clip(clip, folder / "clip.safetensors")
    Tokenizer.load(_merges()).save(folder / "bpe.txt")
    (folder / "model.toml").write_text(_DESCRIPTION, encoding="utf-8")


def _write_peers(files: Files, vqgan: VQGAN, clip: CLIP) -> None:
    config = vqgan.config
    names = ("embed_dim", "n_embed", "z_channels", "resolution", "ch", "num_res_blocks")
    numbers = {name: getattr(config, name) for name in names}
    lists = {"ch_mult": list(config.ch_mult), "attn_resolutions": list(config.attn_resolutions)}
    files.vqgan_yaml.write_text(_YAML.format(**numbers, **lists), encoding="utf-8")
    torch.save({"state_dict": vqgan.state_dict()}, files.vqgan_checkpoint)
    torch.save(clip.half().state_dict(), files.clip_checkpoint)


def _merges() -> Path:
    """OpenAI's merges, which come with the extra `reference`."""
    spec = find_spec("clip")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("the package clip-anytorch is absent; it comes with the extra `reference`")
    return Path(spec.submodule_search_locations[0]) / "bpe_simple_vocab_16e6.txt.gz"
