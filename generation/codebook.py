"""A VQGAN's codebook, plain or of Gumbel's kind, and the search for the nearest row."""

from __future__ import annotations

import torch
from torch import Tensor, nn

#: Distances that are written out at once; at 1024 px and 16384 codes they would be four times as many.
_DISTANCES = 1 << 24


def nearest(z: Tensor, codebook: Tensor) -> Tensor:
    """Index of the codebook row [n, e] nearest to each column of z [B, e, h, w]: int64 [B, h, w].

    |z - c|² = |z|² + |c|² - 2 z·c; |z|² is the same for every c and is left out. Always in fp32:
    in bf16 a distance has too few digits to tell neighbours apart.
    """
    with torch.autocast(z.device.type, enabled=False), torch.no_grad():
        rows = z.detach().float().movedim(1, -1)
        codes = codebook.detach().float()
        flat = rows.reshape(-1, rows.shape[-1])
        norms, columns = codes.square().sum(1), codes.t()
        parts = torch.split(flat, max(1, _DISTANCES // len(codes)))
        found = [torch.addmm(norms, part, columns, alpha=-2.0).argmin(1) for part in parts]
        return torch.cat(found).view(rows.shape[:-1])


class Codebook(nn.Module):
    """Only holds the rows, under their published name `quantize.embedding.weight`."""

    def __init__(self, n_embed: int, embed_dim: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(n_embed, embed_dim)
        nn.init.uniform_(self.embedding.weight, -1.0 / n_embed, 1.0 / n_embed)

    @property
    def rows(self) -> Tensor:
        """The codebook, [n_embed, embed_dim]."""
        return self.embedding.weight


class GumbelCodebook(nn.Module):
    """The rows as `quantize.embed.weight`, and the encoder's vote for them, `quantize.proj`."""

    def __init__(self, n_embed: int, embed_dim: int, z_channels: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(n_embed, embed_dim)
        self.proj = nn.Conv2d(z_channels, n_embed, 1)

    @property
    def rows(self) -> Tensor:
        """The codebook, [n_embed, embed_dim]."""
        return self.embed.weight

    def vote(self, h: Tensor) -> Tensor:
        """[B, z_channels, h, w] → the most likely codes, int64 [B, h, w]; training draws them with noise."""
        votes: Tensor = self.proj(h)
        return votes.argmax(1)
