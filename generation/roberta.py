"""XLM-RoBERTa (Conneau et al., 2020) as the text tower of a CLIP, as open_clip puts it together.

A plain post-norm transformer encoder, under the names of Hugging Face's `transformers`; the mean over all
tokens goes through two layers into CLIP's space.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.frozen import attend, linear

if TYPE_CHECKING:
    from generation.clip_config import CLIPConfig, RobertaSizes

PAD = 1  #: id of the padding; the first token has the position after it
_EPSILON = 1e-5


class Embeddings(nn.Module):
    """Tokens, their positions, and the one type of token that there is."""

    def __init__(self, vocab: int, positions: int, width: int) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(vocab, width)
        self.position_embeddings = nn.Embedding(positions, width)
        self.token_type_embeddings = nn.Embedding(1, width)
        self.LayerNorm = nn.LayerNorm(width, eps=_EPSILON)

    def forward(self, tokens: Tensor) -> Tensor:
        """int64 [B, n], no padding among them → [B, n, width]."""
        first = PAD + 1
        places = self.position_embeddings.weight[first : first + tokens.shape[1]]
        x = self.word_embeddings(tokens) + places + self.token_type_embeddings.weight
        out: Tensor = self.LayerNorm(x)
        return out


class SelfAttention(nn.Module):
    """Every token looks at all of them."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        """[B, n, width] → the same shape."""
        q, k, v = (self._heads(layer, x) for layer in (self.query, self.key, self.value))
        return attend(q, k, v).transpose(1, 2).flatten(2)

    def _heads(self, layer: nn.Linear, x: Tensor) -> Tensor:
        """[B, n, width] → [B, heads, n, width / heads]."""
        b, n, _ = x.shape
        return linear(x, layer.weight, layer.bias).view(b, n, self.heads, -1).transpose(1, 2)


class Added(nn.Module):
    """A layer whose result is added to what was before, and normalised."""

    def __init__(self, inner: int, width: int) -> None:
        super().__init__()
        self.dense = nn.Linear(inner, width)
        self.LayerNorm = nn.LayerNorm(width, eps=_EPSILON)

    def forward(self, x: Tensor, before: Tensor) -> Tensor:
        """[B, n, inner] and [B, n, width] → [B, n, width]."""
        out: Tensor = self.LayerNorm(linear(x, self.dense.weight, self.dense.bias) + before)
        return out


class Wide(nn.Module):
    """A layer and the exact GELU."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, inner)

    def forward(self, x: Tensor) -> Tensor:
        """[B, n, width] → [B, n, inner]."""
        return F.gelu(linear(x, self.dense.weight, self.dense.bias))


class Layer(nn.Module):
    """Attention, then two layers that look at each token alone."""

    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.attention = nn.ModuleDict({"self": SelfAttention(width, heads), "output": Added(width, width)})
        self.intermediate = Wide(width, inner)
        self.output = Added(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        """[B, n, width] → the same shape."""
        x = self.attention["output"](self.attention["self"](x), x)
        out: Tensor = self.output(self.intermediate(x), x)
        return out


class Encoder(nn.Module):
    """Layers, one after the other."""

    def __init__(self, layers: int, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.layer = nn.ModuleList(Layer(width, heads, inner) for _ in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        """[B, n, width] → the same shape."""
        for layer in self.layer:
            x = layer(x)
        return x


class RobertaTower(nn.Module):
    """Texts' tokens → vectors of CLIP's space."""

    def __init__(self, config: CLIPConfig, sizes: RobertaSizes) -> None:
        super().__init__()
        width = config.text_width
        embeddings = Embeddings(config.vocab_size, sizes.positions, width)
        encoder = Encoder(config.text_layers, width, config.text_heads, sizes.inner)
        self.transformer = nn.Sequential(OrderedDict(embeddings=embeddings, encoder=encoder))
        self.proj = nn.Sequential(
            nn.Linear(width, sizes.between, bias=False),
            nn.GELU(),
            nn.Linear(sizes.between, config.embed_dim, bias=False),
        )

    def forward(self, tokens: Tensor) -> Tensor:
        """int64 [B, n], padded with `PAD` → [B, embed_dim].

        Each text goes alone and without its padding: it needs no mask, less time, and its vector does not
        hang on what is read beside it.
        """
        return torch.cat([self._read(row[row != PAD][None]) for row in tokens])

    def _read(self, tokens: Tensor) -> Tensor:
        out: Tensor = self.proj(self.transformer(tokens).mean(1))
        return out
