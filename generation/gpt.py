"""The transformer of a VQGAN's second stage: a GPT over codes, under the names of its published files.

Esser et al., "Taming Transformers" (2021), section 3.2; the layout is that of taming-transformers' copy of
minGPT. A sequence is what the picture hangs on, as tokens, then codes in raster order; both are rows of one
table. Every place sees those before it and itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Attend = Callable[[Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class GPTConfig:
    """Shape of a transformer. `block` is the longest sequence that it has places for."""

    layers: int
    width: int
    heads: int
    vocab: int
    block: int


class Attention(nn.Module):
    """The projections of a self-attention; what is attended to is the caller's affair."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.key = nn.Linear(width, width)
        self.query = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor, attend: Attend) -> Tensor:
        """[B, t, width] → the same shape; `attend` gets q, k, v as [B, heads, t, d]."""
        x = x.to(self.proj.weight.dtype)
        shape = (*x.shape[:2], self.heads, -1)
        q, k, v = (layer(x).reshape(shape).transpose(1, 2) for layer in (self.query, self.key, self.value))
        out: Tensor = self.proj(attend(q, k, v).to(x.dtype).transpose(1, 2).flatten(2))
        return out


class Block(nn.Module):
    """A residual attention and a residual MLP, each normalised before."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.ln1 = nn.LayerNorm(width)
        self.ln2 = nn.LayerNorm(width)
        self.attn = Attention(width, heads)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor, attend: Attend) -> Tensor:
        """[B, t, width] → the same shape. The residual keeps its dtype, whatever that of the matrices."""
        x = x + self.attn(self.ln1(x), attend).to(x.dtype)
        inner = self.ln2(x).to(self.attn.proj.weight.dtype)
        out: Tensor = x + self.mlp(inner).to(x.dtype)
        return out


class GPT(nn.Module):
    """The whole network."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.tok_emb = nn.Embedding(config.vocab, config.width)
        self.pos_emb = nn.Parameter(torch.zeros(1, config.block, config.width))
        self.blocks = nn.ModuleList(Block(config.width, config.heads) for _ in range(config.layers))
        self.ln_f = nn.LayerNorm(config.width)
        self.head = nn.Linear(config.width, config.vocab, bias=False)

    @property
    def device(self) -> torch.device:
        """Where its weights lie."""
        return self.pos_emb.device

    def states(self, tokens: Tensor, attends: Callable[[int], Attend] | None = None) -> Tensor:
        """Tokens [B, t] at the first places → what `logits` reads, [B, t, width].

        `attends` gives the attention of each layer; without it every place sees the tokens up to itself.
        """
        return self.through(self.embed(tokens, torch.arange(tokens.shape[1], device=self.device)), attends)

    def embed(self, tokens: Tensor, places: Tensor) -> Tensor:
        """Tokens and their places, of shapes that broadcast → [..., width]."""
        out: Tensor = self.tok_emb(tokens) + self.pos_emb[0, places]
        return out

    def through(self, x: Tensor, attends: Callable[[int], Attend] | None = None) -> Tensor:
        """Embedded tokens [B, t, width] through the layers → the same shape; see `states`."""
        chosen = repeat(within) if attends is None else map(attends, range(len(self.blocks)))
        for block, attend in zip(self.blocks, chosen, strict=False):
            x = block(x, attend)
        return x

    def logits(self, states: Tensor) -> Tensor:
        """[..., width] → [..., vocab]: of the token that comes next."""
        x = self.ln_f(states)
        return F.linear(x.to(self.head.weight.dtype), self.head.weight).to(x.dtype)

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens [B, t] → logits [B, t, vocab]."""
        return self.logits(self.states(tokens))


def within(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Attention of every place to those before it and itself."""
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def half_matrices(model: GPT, dtype: torch.dtype) -> GPT:
    """The matrices of layers and head in another dtype; norms, embeddings and the residual keep float32."""
    for module in model.modules():
        if isinstance(module, nn.Linear):
            module.to(dtype)
    return model
