"""The encoder and decoder of DALL-E mini and mega, under the names of their published torch files.

Dayma et al., "DALL·E Mini" (2021): BART (Lewis et al., 2019) with the norms of NormFormer (Shleifer et al.,
2021) and gated linear units (Shazeer, 2020). Text goes through the encoder; the decoder looks at it and tells
the codes of a square picture one by one, in raster order. No matrix has a bias, and the norms that stand
before a matrix have no scale: it would be the matrix's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.dalle import Attend, linear

#: The token that stands where there is no text; it is never looked at.
PAD = 1
_EPS = 1e-5

Look = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class DalleMiniConfig:
    """Shape of the pair. The image embedding has `image_rows`, of which the first `image_vocab` are codes."""

    layers: int
    hidden: int
    heads: int
    gated: int  #: the width within the gated linear units
    text_vocab: int
    text_length: int
    image_rows: int
    image_vocab: int
    grid: int
    start: int  #: the token before the first code

    @property
    def cells(self) -> int:
        """Codes of a picture."""
        return self.grid**2


class Centred(nn.Module):
    """A LayerNorm without a scale."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        """[..., width] → the same shape."""
        return F.layer_norm(x, self.bias.shape, None, self.bias, _EPS)


class Attention(nn.Module):
    """The projections of an attention; which keys are seen is the caller's affair."""

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.k_proj, self.v_proj = matrix(hidden, hidden), matrix(hidden, hidden)
        self.q_proj, self.out_proj = matrix(hidden, hidden), matrix(hidden, hidden)

    def forward(self, x: Tensor, attend: Attend) -> Tensor:
        """Self-attention, [B, t, hidden] → the same shape; `attend` gets q, k, v as [B, heads, t, d]."""
        return self.look(x, lambda q: attend(q, *self.keys(x)))

    def keys(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of [B, t, hidden], each [B, heads, t, d]."""
        return self._split(linear(self.k_proj, x)), self._split(linear(self.v_proj, x))

    def look(self, x: Tensor, look: Look) -> Tensor:
        """Attention to keys that the caller has, [B, t, hidden] → the same shape."""
        attended = look(self._split(linear(self.q_proj, x)))
        return linear(self.out_proj, attended.transpose(1, 2).flatten(2)).to(x.dtype)

    def _split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)


class GLU(nn.Module):
    """A gated linear unit between two norms; the gate is a GELU."""

    def __init__(self, hidden: int, gated: int) -> None:
        super().__init__()
        self.ln0, self.ln1 = Centred(hidden), Centred(gated)
        self.fc0, self.fc1, self.fc2 = matrix(hidden, gated), matrix(hidden, gated), matrix(gated, hidden)

    def forward(self, x: Tensor) -> Tensor:
        """[..., hidden] → the same shape."""
        z = self.ln0(x)
        inner = F.gelu(linear(self.fc0, z)).to(x.dtype) * linear(self.fc1, z)
        return linear(self.fc2, self.ln1(inner)).to(x.dtype)


class EncoderLayer(nn.Module):
    """A residual attention, normalised before and after, and a residual gated unit."""

    def __init__(self, config: DalleMiniConfig) -> None:
        super().__init__()
        self.pre_self_attn_layer_norm = Centred(config.hidden)
        self.self_attn = Attention(config.hidden, config.heads)
        self.self_attn_layer_norm = nn.LayerNorm(config.hidden, _EPS)
        self.glu = GLU(config.hidden, config.gated)

    def attended(self, x: Tensor, attend: Attend) -> Tensor:
        """[B, t, hidden] → the same shape, in the residual's dtype, whatever that of the matrices."""
        seen = self.self_attn(self.pre_self_attn_layer_norm(x), attend)
        out: Tensor = x + self.self_attn_layer_norm(seen)
        return out

    def forward(self, x: Tensor, attend: Attend) -> Tensor:
        """[B, t, hidden] → the same shape."""
        x = self.attended(x, attend)
        out: Tensor = x + self.glu(x)
        return out


class DecoderLayer(EncoderLayer):
    """Between the two, a residual attention to the text."""

    def __init__(self, config: DalleMiniConfig) -> None:
        super().__init__(config)
        self.pre_encoder_attn_layer_norm = Centred(config.hidden)
        self.encoder_attn = Attention(config.hidden, config.heads)
        self.encoder_attn_layer_norm = nn.LayerNorm(config.hidden, _EPS)

    def decode(self, x: Tensor, attend: Attend, look: Look) -> Tensor:
        """[B, t, hidden] → the same shape; `look` answers queries [B, heads, t, d] with what the text has."""
        x = self.attended(x, attend)
        seen = self.encoder_attn.look(self.pre_encoder_attn_layer_norm(x), look)
        x = x + self.encoder_attn_layer_norm(seen)
        out: Tensor = x + self.glu(x)
        return out


class Encoder(nn.Module):
    """Text int64 [B, text_length], `PAD` where there is none → states [B, text_length, hidden]."""

    def __init__(self, config: DalleMiniConfig) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(config.text_vocab, config.hidden)
        self.embed_positions = nn.Embedding(config.text_length, config.hidden)
        self.layernorm_embedding = nn.LayerNorm(config.hidden, _EPS)
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.layers))
        self.final_ln = Centred(config.hidden)

    def forward(self, text: Tensor) -> Tensor:
        """Each token sees all that are not `PAD`."""
        seen = (text != PAD)[:, None, None]
        x = self.layernorm_embedding(self.embed_tokens(text) + self.embed_positions.weight)
        for layer in self.layers:
            x = layer(x, partial(F.scaled_dot_product_attention, attn_mask=seen))
        out: Tensor = self.final_ln(x)
        return out


class Decoder(nn.Module):
    """Codes, each from those before it and the text's states."""

    def __init__(self, config: DalleMiniConfig) -> None:
        super().__init__()
        self.codes = config.image_vocab
        self.embed_tokens = nn.Embedding(config.image_rows, config.hidden)
        self.embed_positions = nn.Embedding(config.cells, config.hidden)
        self.layernorm_embedding = nn.LayerNorm(config.hidden, _EPS)
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.layers))
        self.final_ln = Centred(config.hidden)
        self.lm_head = matrix(config.hidden, config.image_rows)

    @property
    def blocks(self) -> list[DecoderLayer]:
        """The layers, as what they are."""
        return [layer for layer in self.layers if isinstance(layer, DecoderLayer)]

    def embed(self, tokens: Tensor, cells: Tensor) -> Tensor:
        """Tokens and the cells that they foretell, of shapes that broadcast → [..., hidden]."""
        out: Tensor = self.layernorm_embedding(self.embed_tokens(tokens) + self.embed_positions(cells))
        return out

    def logits(self, x: Tensor) -> Tensor:
        """States [..., hidden] → float [..., image_vocab]; tokens that are no codes are left out."""
        states, rows = self.final_ln(x), self.lm_head.weight[: self.codes]
        return F.linear(states.to(rows.dtype), rows).to(x.dtype)


class DalleMini(nn.Module):
    """The pair. Text is int64 [B, text_length], `PAD` where there is none; codes are int64 [B, m]."""

    def __init__(self, config: DalleMiniConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)

    def forward(self, text: Tensor, codes: Tensor) -> Tensor:
        """Text and the first m codes → logits [B, m + 1, image_vocab] of the codes that follow, m < cells."""
        return self.decoder.logits(self.see(self.encoder(text), text, codes))

    def see(self, states: Tensor, text: Tensor, codes: Tensor) -> Tensor:
        """What the encoder made of the text, the text, the first m codes → [B, m + 1, hidden]."""
        seen = (text != PAD)[:, None, None]
        tokens = F.pad(codes, (1, 0), value=self.config.start)
        x = self.decoder.embed(tokens, torch.arange(tokens.shape[1], device=tokens.device))
        causal = partial(F.scaled_dot_product_attention, is_causal=True)
        for layer in self.decoder.blocks:
            keys, values = layer.encoder_attn.keys(states)
            x = layer.decode(x, causal, partial(_look, keys=keys, values=values, seen=seen))
        return x


def _look(q: Tensor, keys: Tensor, values: Tensor, seen: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(q, keys, values, seen)


def matrix(inputs: int, outputs: int) -> nn.Linear:
    """A matrix without a bias, as all are here."""
    return nn.Linear(inputs, outputs, bias=False)
