"""The file that makes pictures of DALL-E mini's codes: codebook and decoder of a VQGAN, and no encoder.

Its pictures are 0..1, where those of other VQGANs are -1..1; the difference moves into the last layer.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from generation.checkpoints import Weights
from generation.levels import levels_of
from generation.tensors import ModelFileError, check_fits, shapes_only
from generation.vqgan import VQGAN, VQGANConfig

SIDE = 256  #: px, of what it was trained on
_ROWS, _OURS = "embedding.weight", "quantize.embedding.weight"
_LAST = "decoder.conv_out"


def is_detokenizer(weights: Weights) -> bool:
    """Whether these are a VQGAN's codebook and decoder without its encoder."""
    return {_ROWS, "decoder.conv_in.weight"} <= weights.state.keys()


def read_detokenizer(weights: Weights) -> tuple[VQGANConfig, dict[str, Tensor]]:
    """The configuration that the shapes tell, and the weights in taming's names. Raises `ModelFileError`."""
    state = {_OURS if name == _ROWS else name: tensor for name, tensor in weights.state.items()}
    try:
        config = _infer(state)
    except (KeyError, ValueError, ZeroDivisionError) as error:
        raise ModelFileError(f"{weights.path}: not the detokenizer of DALL-E mini ({error!r})") from error
    with shapes_only():
        model = VQGAN(config)
    check_fits(model, state, weights.path)
    state[f"{_LAST}.weight"] = 2 * state[f"{_LAST}.weight"]
    state[f"{_LAST}.bias"] = 2 * state[f"{_LAST}.bias"] - 1
    return config, state


def _infer(state: Mapping[str, Tensor]) -> VQGANConfig:
    levels = levels_of(state, "decoder.up")
    ch = levels.widths[0]
    return VQGANConfig(
        ch=ch,
        ch_mult=tuple(width // ch for width in levels.widths),
        num_res_blocks=levels.blocks - 1,
        attn_resolutions=tuple(SIDE >> i for i, attends in enumerate(levels.attend) if attends),
        resolution=SIDE,
        z_channels=state["post_quant_conv.weight"].shape[0],
        embed_dim=state[_OURS].shape[1],
        n_embed=state[_OURS].shape[0],
        blind=True,
    )
