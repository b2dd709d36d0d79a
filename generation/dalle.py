"""The transformer of ruDALL-E over text and image tokens, under the names of its published files.

Ramesh et al., "Zero-Shot Text-to-Image Generation" (2021) with the sandwich LayerNorms of CogView (Ding et
al., 2021). A sequence is `text_length` text tokens, then the grid's codes in raster order. There is no
padding mask: text id 0 at place t stands for a learned embedding of that place; all sequences are as long.
Version 2 prepends one more start token and shifts the codes by one cell of the masks; version 3 does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import torch
import torch.nn.functional as F
from torch import Tensor, nn

#: The start token that version 2 prepends.
_START = 2
#: How far a convolutional layer sees, in cells.
_REACH = 5

Attend = Callable[[Tensor, Tensor, Tensor], Tensor]


class Kind(IntEnum):
    """Which image tokens a layer sees; all see the whole text."""

    ROW = 0  #: the last `grid` tokens and the own
    COLUMN = 1  #: the column above
    CONVOLUTION = 2  #: eleven by eleven cells about the own


@dataclass(frozen=True, slots=True)
class DalleConfig:
    """Shape of a transformer. `text_vocab` is without the pads; the codes lie in a square of side `grid`."""

    layers: int
    hidden: int
    heads: int
    text_vocab: int
    text_length: int
    image_vocab: int
    grid: int
    version: int = 3

    @property
    def cells(self) -> int:
        """Image tokens."""
        return self.grid**2

    @property
    def prefix(self) -> int:
        """Sequence places before the first image token."""
        return self.text_length + (self.version == 2)

    @property
    def length(self) -> int:
        """Sequence places; version 2 has none for the last image token, which nothing follows."""
        return self.text_length + self.cells

    @property
    def text_rows(self) -> int:
        """Rows of the text embedding and of the head's text half: the vocabulary, then each place's pad."""
        return self.text_vocab + self.text_length

    def kind(self, layer: int) -> Kind:
        """The kind of a layer."""
        if layer % 4 == 1:
            return Kind.COLUMN
        return Kind.CONVOLUTION if layer == self.layers - 1 else Kind.ROW


def mask_table(config: DalleConfig) -> Tensor:
    """Bool [3, length, length]: whether, in a layer of that kind, the row's place sees the column's."""
    place = torch.arange(config.length)
    cell = place - config.text_length
    causal = place[None] <= place[:, None]
    row, column = cell // config.grid, cell % config.grid
    near = (row[:, None] - row[None]).abs(), (column[:, None] - column[None]).abs()
    if config.version == 2:
        near = tuple(torch.minimum(n, config.grid - n) for n in near)  # type: ignore[assignment]
    image = torch.stack(
        [
            place[:, None] - place[None] <= config.grid,
            column[:, None] == column[None],
            (near[0] <= _REACH) & (near[1] <= _REACH),
        ]
    )
    text_key, text_query = (cell < 0)[None], (cell < 0)[:, None]
    return causal & (text_key | text_query | image)


class Attention(nn.Module):
    """The projections of a self-attention; which keys are seen is the caller's affair."""

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query_key_value = nn.Linear(hidden, 3 * hidden)
        self.dense = nn.Linear(hidden, hidden)

    def forward(self, x: Tensor, attend: Attend) -> Tensor:
        """[B, t, hidden] → the same shape; `attend` gets q, k, v as [B, heads, t, d]."""
        qkv = linear(self.query_key_value, x)
        shape = (*x.shape[:2], self.heads, -1)
        q, k, v = (part.reshape(shape).transpose(1, 2) for part in qkv.chunk(3, -1))
        return linear(self.dense, attend(q, k, v).transpose(1, 2).flatten(2))


class MLP(nn.Module):
    """Four times as wide inside; GELU in its tanh form."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.dense_h_to_4h = nn.Linear(hidden, 4 * hidden)
        self.dense_4h_to_h = nn.Linear(4 * hidden, hidden)

    def forward(self, x: Tensor) -> Tensor:
        """[..., hidden] → the same shape."""
        return linear(self.dense_4h_to_h, F.gelu(linear(self.dense_h_to_4h, x), approximate="tanh"))


class Layer(nn.Module):
    """A residual attention and a residual MLP, each normalised before and after."""

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.input_layernorm = nn.LayerNorm(hidden)
        self.attention = Attention(hidden, heads)
        self.before_first_addition_layernorm = nn.LayerNorm(hidden)
        self.post_attention_layernorm = nn.LayerNorm(hidden)
        self.mlp = MLP(hidden)
        self.before_second_addition_layernorm = nn.LayerNorm(hidden)

    def forward(self, x: Tensor, attend: Attend) -> Tensor:
        """[B, t, hidden] → the same shape. The residual keeps its dtype, whatever that of the matrices."""
        attended = self.attention(self.input_layernorm(x), attend).to(x.dtype)
        x = x + self.before_first_addition_layernorm(attended)
        inner = self.mlp(self.post_attention_layernorm(x)).to(x.dtype)
        out: Tensor = x + self.before_second_addition_layernorm(inner)
        return out


class Transformer(nn.Module):
    """The layers and the norm after them."""

    def __init__(self, config: DalleConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(config.hidden, config.heads) for _ in range(config.layers))
        self.final_layernorm = nn.LayerNorm(config.hidden)


class Dalle(nn.Module):
    """The whole network. Text is int64 [B, text_length], 0 where there is none; codes are int64 [B, m]."""

    def __init__(self, config: DalleConfig) -> None:
        super().__init__()
        self.config = config
        self.text_embeddings = nn.Embedding(config.text_rows, config.hidden)
        self.image_embeddings = nn.Embedding(config.image_vocab, config.hidden)
        self.text_pos_embeddings = nn.Embedding(config.text_length + 1, config.hidden)
        self.image_row_embeddings = nn.Embedding(config.grid, config.hidden)
        self.image_col_embeddings = nn.Embedding(config.grid, config.hidden)
        self.transformer = Transformer(config)
        outputs = config.text_rows + config.image_vocab
        self.to_logits = nn.ModuleList([nn.LayerNorm(config.hidden), nn.Linear(config.hidden, outputs)])
        self.register_buffer("masks", mask_table(config), persistent=False)

    masks: Tensor  #: bool [3, length, length]

    def embed_text(self, text: Tensor) -> Tensor:
        """[B, text_length] → [B, prefix, hidden]."""
        places = torch.arange(self.config.text_length, device=text.device)
        ids = torch.where(text == 0, self.config.text_vocab + places, text)
        if self.config.version == 2:
            ids = F.pad(ids, (1, 0), value=_START)
        out: Tensor = self.text_embeddings(ids) + self.text_pos_embeddings.weight[: ids.shape[1]]
        return out

    def embed_codes(self, codes: Tensor, cells: Tensor) -> Tensor:
        """Codes and the cells of the grid that they lie in, of shapes that broadcast → [..., hidden]."""
        grid = self.config.grid
        out: Tensor = (
            self.image_embeddings(codes)
            + self.image_row_embeddings(cells // grid)
            + self.image_col_embeddings(cells % grid)
        )
        return out

    def hidden_states(self, x: Tensor) -> Tensor:
        """Embeddings [B, t, hidden] of the first t places → what `image_logits` and `text_logits` read."""
        masks = self.masks[:, : x.shape[1], : x.shape[1]]
        for i, layer in enumerate(self.transformer.layers):
            mask = masks[self.config.kind(i)]
            x = layer(x, lambda q, k, v, mask=mask: F.scaled_dot_product_attention(q, k, v, mask))
        return self.finish(x)

    def finish(self, x: Tensor) -> Tensor:
        """The two norms before the head, one after the other."""
        out: Tensor = self.to_logits[0](self.transformer.final_layernorm(x))
        return out

    def text_logits(self, x: Tensor) -> Tensor:
        """Float [..., text_rows]."""
        return self._head(x, slice(None, self.config.text_rows))

    def image_logits(self, x: Tensor) -> Tensor:
        """Float [..., image_vocab]; the state of place `prefix - 1 + n` foretells image token n."""
        return self._head(x, slice(self.config.text_rows, None))

    def _head(self, x: Tensor, rows: slice) -> Tensor:
        head = self.to_logits[1]
        assert isinstance(head, nn.Linear)
        weight, bias = head.weight[rows], head.bias[rows]
        return F.linear(x.to(weight.dtype), weight, bias).to(x.dtype)

    def forward(self, text: Tensor, codes: Tensor) -> Tensor:
        """Text and the first m codes → states [B, prefix + m, hidden], cut to `length`."""
        x = self.embed_text(text)
        if codes.shape[1]:
            cells = torch.arange(codes.shape[1], device=codes.device)
            x = torch.cat([x, self.embed_codes(codes, cells)], 1)[:, : self.config.length]
        return self.hidden_states(x)


def linear(layer: nn.Linear, x: Tensor) -> Tensor:
    """The layer in its own dtype, whatever that of `x`."""
    return F.linear(x.to(layer.weight.dtype), layer.weight, layer.bias)
