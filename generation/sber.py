"""The VAE of ruDALL-E: a Gumbel VQGAN without a YAML, and the one whose decoder tells wavelets (512 px).

Its shapes tell all of its configuration but the groups of its norms, and the side that it was trained at.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from generation.checkpoints import Weights
from generation.levels import levels_of
from generation.tensors import ModelFileError, check_fits, shapes_only
from generation.vqgan import VQGAN, VQGANConfig

SIDE = 256  #: px, of what the encoder sees
_WAVELETS = "model."
_KEPT = ("encoder.", "decoder.", "quantize.", "quant_conv.", "post_quant_conv.")
_COMPUTED = "decoder.idwt."


def is_sber_vae(weights: Weights) -> bool:
    """Whether these are a Gumbel VQGAN's weights, or those of the one with wavelets."""
    return any(f"{prefix}quantize.proj.weight" in weights.state for prefix in ("", _WAVELETS))


def read_sber_vae(weights: Weights) -> tuple[VQGANConfig, dict[str, Tensor]]:
    """The configuration that the shapes tell, and the weights in taming's names. Raises `ModelFileError`."""
    wavelets = f"{_WAVELETS}decoder.decoder.conv_in.weight" in weights.state
    state = _untangled(weights.inside(_WAVELETS)) if wavelets else dict(weights.state)
    state = {name: tensor for name, tensor in state.items() if name.startswith(_KEPT)}
    try:
        config = _infer(state, wavelets=wavelets)
    except (KeyError, ValueError, ZeroDivisionError) as error:
        raise ModelFileError(f"{weights.path}: not the VAE of ruDALL-E ({error!r})") from error
    with shapes_only():
        model = VQGAN(config)
    check_fits(model, state, weights.path)
    return config, state


def _untangled(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The decoder with wavelets wraps the usual one, and brings its own `post_quant_conv`."""
    inner = "decoder."
    outside = {
        name: tensor
        for name, tensor in state.items()
        if not name.startswith((inner, "post_quant_conv.", _COMPUTED))
    }
    inside = {
        name.removeprefix(inner): tensor
        for name, tensor in state.items()
        if name.startswith(inner) and not name.startswith(_COMPUTED)
    }
    return {**outside, **inside}


def _infer(state: Mapping[str, Tensor], *, wavelets: bool) -> VQGANConfig:
    levels = levels_of(state, "encoder.down")
    ch = state["encoder.conv_in.weight"].shape[0]
    n_embed, embed_dim = state["quantize.embed.weight"].shape
    return VQGANConfig(
        ch=ch,
        ch_mult=tuple(width // ch for width in levels.widths),
        num_res_blocks=levels.blocks,
        attn_resolutions=tuple(SIDE >> i for i, attends in enumerate(levels.attend) if attends),
        resolution=SIDE,
        z_channels=state["encoder.conv_out.weight"].shape[0],
        embed_dim=embed_dim,
        n_embed=n_embed,
        out_ch=12 if wavelets else 3,
        gumbel=True,
        wavelets=wavelets,
    )
