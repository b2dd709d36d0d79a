"""Our CLIP and tokenizer against OpenAI's own, as packaged by clip-anytorch, with the same random weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from generation.clip import TwoTowers, build_clip
from generation.tokenizer import Tokenizer
from tests.generation.reference.originals import original

SIZES = {
    "residual network": (48, 64, (1, 1, 2, 1), 16, None, 12, 90, 64, 1, 2),
    "vision transformer": (48, 32, 2, 128, 8, 12, 90, 128, 2, 2),
}


@pytest.fixture(params=list(SIZES.values()), ids=list(SIZES))
def pair(request) -> tuple[TwoTowers, nn.Module]:
    """Ours, built from theirs' plain state dict, and theirs."""
    model = original("clip.model")
    torch.manual_seed(0)
    theirs = model.CLIP(*request.param)
    for name, parameter in theirs.named_parameters():
        if name.endswith("bn3.weight"):
            nn.init.ones_(parameter)
    for name, buffer in theirs.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(std=0.1)
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 1.5)
    theirs.eval()
    return build_clip(theirs.state_dict(), Path("theirs")), theirs


def close(ours: Tensor | None, theirs: Tensor | None) -> bool:
    """Equal to 1e-5 of the largest value."""
    assert ours is not None
    assert theirs is not None
    return bool((ours - theirs).abs().max() <= 1e-5 * theirs.abs().max())


def test_pictures_get_the_same_vectors_and_gradients(pair):
    ours, theirs = pair
    side = ours.config.image_resolution
    x = torch.randn(3, 3, side, side)
    mine, other = x.clone().requires_grad_(), x.clone().requires_grad_()
    vector, vector_other = ours.encode_image(mine), theirs.encode_image(other)
    weight = torch.randn_like(vector)
    (vector * weight).sum().backward()
    (vector_other * weight).sum().backward()
    assert close(vector, vector_other)
    assert close(mine.grad, other.grad)


def test_texts_get_the_same_vectors_and_gradients(pair):
    ours, theirs = pair
    tokens = torch.randint(0, 88, (4, 12))
    tokens[torch.arange(4), torch.tensor([3, 11, 5, 0])] = 89
    vector, vector_other = ours.encode_text(tokens), theirs.encode_text(tokens)
    weight = torch.randn_like(vector)
    (vector * weight).sum().backward()
    (vector_other * weight).sum().backward()
    assert close(vector, vector_other)
    assert close(ours.token_embedding.weight.grad, theirs.token_embedding.weight.grad)


def test_a_batch_in_training_moves_the_same_statistics(pair):
    ours, theirs = pair
    side = ours.config.image_resolution
    x = torch.randn(3, 3, side, side)
    assert close(ours.train().encode_image(x), theirs.train().encode_image(x))
    for (name, a), (_, b) in zip(ours.named_buffers(), theirs.named_buffers(), strict=True):
        assert torch.allclose(a, b, rtol=1e-5), name


def test_the_tokenizer_gives_the_same_numbers():
    simple = original("clip.simple_tokenizer")
    theirs = simple.SimpleTokenizer()
    ours = Tokenizer.load(Path(simple.default_bpe()))
    assert len(ours) == 49408
    assert (ours.start, ours.end) == (49406, 49407)
    for text in TEXTS:
        assert ours.encode(text) == theirs.encode(text), text


TEXTS = (
    "a cat on mars",
    "It's 10:30, they'll DON'T wait...",
    "кот в сапогах под радугой",
    "a\tb\n\n c   d",
    "schÃ¶n &amp;amp; gut",
    "naïve café, 日本語の犬 and 🦊🌈👩‍🚀",
    "1234567 x2 _under_score_ <b>html</b>",
    "",
    "   ",
    "ﬁne ½ Ⅷ مرحبا بالعالم",
)
