"""A second stage in memory: the transformer, what it hangs on, the VQGAN, and the CLIP if there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import torch
from torch import Tensor

from generation.codebook import nearest
from generation.conditions import Condition, Eye, Kind
from generation.decoding import FREE
from generation.engines.draft_model import AT_ONCE, check_codes
from generation.engines.guided import Painter, Viewer
from generation.gpt import GPT
from generation.sampling import Sampling
from generation.second_stage_files import TRANSFORMER, load_second_stage
from generation.sliding import Field

CANDIDATES = 4
#: As the authors sampled: classes of ImageNet, faces, and all that sees a picture.
SAMPLINGS: Mapping[Kind, Sampling] = MappingProxyType(
    {
        Kind.CLASS: Sampling(1.0, 600, 0.92),
        Kind.NOTHING: Sampling(1.0, 250, 1.0),
        Kind.PLACE: Sampling(1.0, 100, 1.0),
        Kind.SEGMENTATION: Sampling(1.0, 100, 1.0),
        Kind.DEPTH: Sampling(1.0, 100, 1.0),
    }
)


@dataclass(frozen=True, slots=True)
class StageModel:
    """All parts. The network is a `Viewer`, too, where the model names a CLIP."""

    gpt: GPT
    condition: Condition
    grid: int
    eye: Eye | None
    network: Painter
    dtype: torch.dtype  #: of the matrices, and of keys and values
    grey: int  #: the code of mid-grey

    @classmethod
    def load(cls, files: Mapping[str, Path], network: Painter, dtype: torch.dtype) -> StageModel:
        """Read the transformer and its condition, to go with a VQGAN. Raises `ModelFileError`."""
        loaded = load_second_stage(files, network.device, dtype)
        check_codes(files[TRANSFORMER], loaded.gpt.config.vocab, network)
        side = loaded.grid * network.config.factor
        grey = encode(network, torch.full((1, 3, side, side), 0.5)).mode().values
        return cls(loaded.gpt, loaded.condition, loaded.grid, loaded.eye, network, dtype, int(grey))

    @property
    def viewer(self) -> Viewer | None:
        """The CLIP."""
        return self.network.viewer

    @property
    def factor(self) -> int:
        """Pixels per code and side."""
        return self.network.config.factor

    @property
    def side(self) -> int:
        """The pixels of a side of what it was trained on, and of the smallest picture."""
        return self.grid * self.factor

    @property
    def sampling(self) -> Sampling:
        """How codes are drawn."""
        return SAMPLINGS[self.condition.kind]

    def field(self, width: int, height: int) -> Field:
        """The picture's codes."""
        return Field(height // self.factor, width // self.factor, self.grid)

    @torch.no_grad()
    def decode(self, codes: Tensor, columns: int) -> Tensor:
        """Codes [n, cells], `FREE` where there is none yet → pictures [n, 3, H, W] in 0..1."""
        whole = torch.where(codes == FREE, self.grey, codes)
        parts = torch.split(whole.view(len(codes), -1, columns), AT_ONCE)
        return torch.cat([self.network.paint(self.network.rows(part)) for part in parts])


@torch.no_grad()
def encode(network: Painter, picture: Tensor) -> Tensor:
    """A picture [1, 3, H, W] in 0..1 → its codes [cells]."""
    return nearest(network.latent(picture), network.codebook).flatten()
