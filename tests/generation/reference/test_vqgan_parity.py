"""Our VQGAN against taming-transformers' own modules, with the same random weights."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from generation.vqgan import VQGAN, VQGANConfig
from tests.generation.reference.originals import taming_model

PLAIN = VQGANConfig(32, (1, 2), 1, (), 32, 32, 16, 64)
ATTENDING = VQGANConfig(8, (1, 2, 2), 2, (8,), 32, 12, 10, 50, num_groups=4)


@pytest.fixture(params=[PLAIN, ATTENDING], ids=["32 groups", "attention and 4 groups"])
def pair(request, monkeypatch) -> tuple[VQGAN, nn.Module]:
    """Ours and theirs, with theirs' weights in both."""
    config = request.param
    ddconfig = {
        "double_z": False,
        "z_channels": config.z_channels,
        "resolution": config.resolution,
        "in_channels": config.in_channels,
        "out_ch": config.out_ch,
        "ch": config.ch,
        "ch_mult": list(config.ch_mult),
        "num_res_blocks": config.num_res_blocks,
        "attn_resolutions": list(config.attn_resolutions),
        "dropout": 0.0,
    }
    torch.manual_seed(0)
    theirs = taming_model(ddconfig, config.n_embed, config.embed_dim, config.num_groups, monkeypatch)
    for name, parameter in theirs.named_parameters():
        if "norm" in name:
            nn.init.normal_(parameter, mean=1.0 if name.endswith("weight") else 0.0, std=0.3)
    ours = VQGAN(config).eval()
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def close(ours: Tensor | None, theirs: Tensor | None) -> bool:
    """Equal to 1e-5 of the largest value."""
    assert ours is not None
    assert theirs is not None
    return bool((ours - theirs).abs().max() <= 1e-5 * theirs.abs().max())


def test_the_encoder_gives_the_same_latents_and_gradients(pair):
    ours, theirs = pair
    x = torch.rand(2, 3, 32, 48) * 2 - 1
    mine, other = x.clone().requires_grad_(), x.clone().requires_grad_()
    z = ours.encode(mine)
    z_other = theirs.quant_conv(theirs.encoder(other))
    weight = torch.randn_like(z)
    (z * weight).sum().backward()
    (z_other * weight).sum().backward()
    assert close(z, z_other)
    assert close(mine.grad, other.grad)


def test_the_quantiser_picks_the_same_codes(pair):
    ours, theirs = pair
    z = torch.randn(2, ours.config.embed_dim, 5, 7) / ours.config.n_embed
    quantised, _, (_, _, indices) = theirs.quantize(z)
    codes = ours.quantise(z)
    assert codes.flatten().tolist() == indices.tolist()
    assert close(ours.lookup(codes), quantised)


def test_the_decoder_gives_the_same_picture_and_gradients(pair):
    ours, theirs = pair
    z = torch.randn(2, ours.config.embed_dim, 4, 6)
    mine, other = z.clone().requires_grad_(), z.clone().requires_grad_()
    picture = ours.decode(mine)
    picture_other = theirs.decoder(theirs.post_quant_conv(other))
    weight = torch.randn_like(picture)
    (picture * weight).sum().backward()
    (picture_other * weight).sum().backward()
    assert close(picture, picture_other)
    assert close(mine.grad, other.grad)
    gradients = {name: parameter.grad for name, parameter in theirs.decoder.named_parameters()}
    largest = max(gradient.abs().max() for gradient in gradients.values())
    for name, parameter in ours.decoder.named_parameters():
        assert (parameter.grad - gradients[name]).abs().max() <= 1e-5 * largest, name
