"""The VQGAN of Esser et al., "Taming Transformers" (2021), under the state-dict names of its published files.

Layout, names and numbers are those of taming-transformers' `VQModel`, without its loss and discriminator.
`VQGANConfig` carries what the published YAML files call `ddconfig`, `n_embed` and `embed_dim`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from generation.codebook import Codebook, GumbelCodebook, nearest
from generation.frozen import attend, convolve
from generation.fused import norm_silu
from generation.tensors import ModelFileError, load_into, read_tensors, save_tensors
from generation.wavelets import inverse_haar


@dataclass(frozen=True, slots=True)
class VQGANConfig:
    """Shape of a VQGAN. Levels where a picture of `resolution` has a side in `attn_resolutions` attend."""

    ch: int
    ch_mult: tuple[int, ...]
    num_res_blocks: int
    attn_resolutions: tuple[int, ...]
    resolution: int
    z_channels: int
    embed_dim: int
    n_embed: int
    num_groups: int = 32
    in_channels: int = 3
    out_ch: int = 3
    gumbel: bool = False  #: a `GumbelVQ`: the encoder names a code itself instead of a place near one
    wavelets: bool = False  #: the decoder tells a picture's Haar wavelets: twice as large as what is encoded
    blind: bool = False  #: there is no encoder: it paints codes, and cannot see

    @property
    def factor(self) -> int:
        """Pixels per code and axis."""
        return int(2 ** (len(self.ch_mult) - 1 + self.wavelets))


class VQGAN(nn.Module):
    """Encoder, codebook and decoder. Pictures are [B, 3, H, W] in -1..1, H and W multiples of the factor."""

    def __init__(self, config: VQGANConfig) -> None:
        super().__init__()
        self.config = config
        if not config.blind:
            self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.quantize: Codebook | GumbelCodebook = (
            GumbelCodebook(config.n_embed, config.embed_dim, config.z_channels)
            if config.gumbel
            else Codebook(config.n_embed, config.embed_dim)
        )
        if not config.blind:
            self.quant_conv = nn.Conv2d(config.z_channels, config.embed_dim, 1)
        self.post_quant_conv = nn.Conv2d(config.embed_dim, config.z_channels, 1)

    def encode(self, x: Tensor) -> Tensor:
        """[B, 3, H, W] in -1..1 → z [B, embed_dim, H/f, W/f], not yet quantised.

        A Gumbel model has no such z: its encoder votes for codes, and z is the row of the winner.
        """
        if self.config.blind:
            raise ValueError("this VQGAN has no encoder")
        if self.config.wavelets:
            x = F.avg_pool2d(x, 2)
        z: Tensor = self.quant_conv(self.encoder(x))
        return self.lookup(self.quantize.vote(z)) if isinstance(self.quantize, GumbelCodebook) else z

    def quantise(self, z: Tensor) -> Tensor:
        """[B, embed_dim, h, w] → the nearest codes, int64 [B, h, w]."""
        return nearest(z, self.quantize.rows)

    def lookup(self, codes: Tensor) -> Tensor:
        """Codes [B, h, w] → their codebook rows, [B, embed_dim, h, w]."""
        return F.embedding(codes, self.quantize.rows).movedim(-1, 1)

    def decode(self, zq: Tensor, *, recompute: bool = False) -> Tensor:
        """Quantised z [B, embed_dim, h, w] → picture [B, 3, h*f, w*f], about -1..1; see `_through`."""
        out: Tensor = self.decoder(self.post_quant_conv(zq), recompute)
        return inverse_haar(out) if self.config.wavelets else out


def norm(channels: int, groups: int) -> nn.GroupNorm:
    """The one normalisation of the whole network."""
    return nn.GroupNorm(groups, channels, eps=1e-6)


class ResnetBlock(nn.Module):
    """Two normalised 3x3 convolutions beside a shortcut (a 1x1 convolution where the widths differ)."""

    def __init__(self, channels: int, out_channels: int, groups: int) -> None:
        super().__init__()
        self.norm1 = norm(channels, groups)
        self.conv1 = nn.Conv2d(channels, out_channels, 3, padding=1)
        self.norm2 = norm(out_channels, groups)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.nin_shortcut = nn.Conv2d(channels, out_channels, 1) if channels != out_channels else None

    def forward(self, x: Tensor) -> Tensor:
        """[B, channels, H, W] → [B, out_channels, H, W]."""
        h = convolve(self.conv1, norm_silu(self.norm1, x))
        h = convolve(self.conv2, norm_silu(self.norm2, h))
        return h + (x if self.nin_shortcut is None else convolve(self.nin_shortcut, x))


class AttnBlock(nn.Module):
    """Self-attention of one head over all places."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.norm = norm(channels, groups)
        self.q = nn.Conv2d(channels, channels, 1)
        self.k = nn.Conv2d(channels, channels, 1)
        self.v = nn.Conv2d(channels, channels, 1)
        self.proj_out = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] → the same shape."""
        h = self.norm(x)
        q, k, v = (
            convolve(layer, h).flatten(2).mT.unsqueeze(1) for layer in (self.q, self.k, self.v)
        )  # [B, 1, hw, C]
        attended = attend(q, k, v).squeeze(1).mT.reshape(x.shape)
        return x + convolve(self.proj_out, attended)


class Downsample(nn.Module):
    """Halves the size; padded at the right and the bottom only, as the published weights expect."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] → [B, C, H/2, W/2]."""
        mode = "circular" if self.conv.padding_mode == "circular" else "constant"
        out: Tensor = self.conv(F.pad(x, (0, 1, 0, 1), mode))
        return out


class Upsample(nn.Module):
    """Doubles the size by repetition, then a convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] → [B, C, 2H, 2W]."""
        return convolve(self.conv, F.interpolate(x, scale_factor=2.0, mode="nearest"))


class Middle(nn.Module):
    """The bottom of encoder and decoder."""

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__()
        self.block_1 = ResnetBlock(channels, channels, groups)
        self.attn_1 = AttnBlock(channels, groups)
        self.block_2 = ResnetBlock(channels, channels, groups)

    def forward(self, x: Tensor, recompute: bool = False) -> Tensor:
        """[B, C, H, W] → the same shape."""
        for block in (self.block_1, self.attn_1, self.block_2):
            x = _through(block, x, recompute)
        return x


class Level(nn.Module):
    """Blocks at one size, an attention after each where asked for, then the change of size."""

    def __init__(self, widths: tuple[int, ...], *, attend: bool, groups: int) -> None:
        super().__init__()
        out = widths[-1]
        self.block = nn.ModuleList(ResnetBlock(a, b, groups) for a, b in pairwise(widths))
        self.attn = nn.ModuleList(AttnBlock(out, groups) for _ in widths[1:] if attend)
        self.downsample: Downsample | None = None
        self.upsample: Upsample | None = None

    def forward(self, x: Tensor, recompute: bool = False) -> Tensor:
        """[B, widths[0], H, W] → [B, widths[-1], H', W']."""
        for i, block in enumerate(self.block):
            x = _through(block, x, recompute)
            if self.attn:
                x = _through(self.attn[i], x, recompute)
        if self.downsample is not None:
            x = self.downsample(x)
        if self.upsample is not None:
            x = self.upsample(x)
        return x


def _through(block: Callable[[Tensor], Tensor], x: Tensor, recompute: bool) -> Tensor:
    """`block(x)`; with `recompute` autograd keeps x alone of it (Chen et al., 2016)."""
    if recompute and x.requires_grad and torch.is_grad_enabled():
        block = partial(checkpoint, block, use_reentrant=False, preserve_rng_state=False)
    return block(x)


class Encoder(nn.Module):
    """Picture [B, 3, H, W] → [B, z_channels, H/f, W/f]."""

    def __init__(self, config: VQGANConfig) -> None:
        super().__init__()
        groups, levels = config.num_groups, len(config.ch_mult)
        width = config.ch
        self.conv_in = nn.Conv2d(config.in_channels, width, 3, padding=1)
        self.down = nn.ModuleList()
        for i, mult in enumerate(config.ch_mult):
            out = config.ch * mult
            attend = config.resolution // 2**i in config.attn_resolutions
            level = Level((width, *[out] * config.num_res_blocks), attend=attend, groups=groups)
            if i < levels - 1:
                level.downsample = Downsample(out)
            self.down.append(level)
            width = out
        self.mid = Middle(width, groups)
        self.norm_out = norm(width, groups)
        self.conv_out = nn.Conv2d(width, config.z_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Picture [B, 3, H, W] → [B, z_channels, H/f, W/f]."""
        x = self.conv_in(x)
        for level in self.down:
            x = level(x)
        out: Tensor = self.conv_out(norm_silu(self.norm_out, self.mid(x)))
        return out


class Decoder(nn.Module):
    """[B, z_channels, h, w] → picture [B, out_ch, h*f, w*f]; `up.0` is the level of the full size."""

    def __init__(self, config: VQGANConfig) -> None:
        super().__init__()
        groups = config.num_groups
        width = config.ch * config.ch_mult[-1]
        self.conv_in = nn.Conv2d(config.z_channels, width, 3, padding=1)
        self.mid = Middle(width, groups)
        levels: list[Level] = []
        for i, mult in reversed(list(enumerate(config.ch_mult))):
            out = config.ch * mult
            attend = config.resolution // 2**i in config.attn_resolutions
            level = Level((width, *[out] * (config.num_res_blocks + 1)), attend=attend, groups=groups)
            if i > 0:
                level.upsample = Upsample(out)
            levels.insert(0, level)
            width = out
        self.up = nn.ModuleList(levels)
        self.norm_out = norm(width, groups)
        self.conv_out = nn.Conv2d(width, config.out_ch, 3, padding=1)

    def forward(self, z: Tensor, recompute: bool = False) -> Tensor:
        """[B, z_channels, h, w] → picture [B, out_ch, h*f, w*f]."""
        x = self.mid(convolve(self.conv_in, z), recompute)
        for level in reversed(self.up):
            x = level(x, recompute)
        return convolve(self.conv_out, norm_silu(self.norm_out, x))


def save_vqgan(model: VQGAN, path: Path, dtype: torch.dtype = torch.float16) -> None:
    """Write weights as safetensors, the configuration as JSON in its metadata under `config`."""
    save_tensors(model.state_dict(), path, {"config": json.dumps(asdict(model.config))}, dtype)


def load_vqgan(path: Path, device: str = "cpu", dtype: torch.dtype = torch.float32) -> VQGAN:
    """A VQGAN in eval mode. Raises `ModelFileError`."""
    state, metadata = read_tensors(path)
    with torch.random.fork_rng(devices=[]):  # the initial weights draw from it
        model = VQGAN(read_config(metadata, path))
    load_into(model, state, path)
    return model.to(device, dtype).eval()


def read_config(metadata: dict[str, str], path: Path) -> VQGANConfig:
    """The configuration in a file's metadata; `path` is named in errors. Raises `ModelFileError`."""
    try:
        fields: dict[str, Any] = json.loads(metadata["config"])
        plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
        return VQGANConfig(**plain)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ModelFileError(f"{path}: no usable VQGAN configuration in its metadata ({error!r})") from error
