"""A network that tells codes, and what turns them into pictures and ranks them; whatever the network."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from generation.decoding import FREE
from generation.engines.guided import Painter
from generation.sampling import Sampling
from generation.tensors import ModelFileError

TRANSFORMER = "transformer.safetensors"
#: Candidates that are decoded in one go.
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Drafting:
    """How candidates are made with a given model. The defaults suit the published ones."""

    candidates: int = 4
    sampling: Sampling = field(default_factory=Sampling)


class CodeModel:
    """A network that tells codes, the VQGAN that decodes them, and the CLIP that judges, if there is one.

    `grid` is the codes of a side that the network tells, `image_vocab` how many different ones there are.
    """

    def __init__(self, network: Painter, drafting: Drafting, grid: int, image_vocab: int) -> None:
        self.network, self.drafting, self.grid, self.image_vocab = network, drafting, grid, image_vocab
        self._grey: int | None = None  #: found when it is first asked for

    @property
    def factor(self) -> int:
        """Pixels per code and side."""
        return self.network.config.factor

    @property
    def side(self) -> int:
        """The pixels of a side of its pictures; a larger one takes several windows."""
        return self.grid * self.factor

    def shape(self, width: int, height: int) -> tuple[int, int]:
        """Rows and columns of the codes of a picture of so many pixels."""
        return height // self.factor, width // self.factor

    @torch.no_grad()
    def decode(self, codes: Tensor, across: int | None = None, *, tile: bool = False) -> Tensor:
        """Codes [n, cells], `FREE` where there is none yet → pictures [n, 3, H, W] in 0..1.

        `across`: codes of a row; as many as the grid has, unless told. `tile`: its edges fit each other, for
        the decoder goes on at the other one (as min-dalle's does from one picture of a grid into the next).
        """
        whole = self.filled(codes).unflatten(1, (-1, across or self.grid))  # type: ignore[no-untyped-call]
        parts = torch.split(whole, AT_ONCE)
        return torch.cat([self.network.paint(self.network.rows(part), tile=tile) for part in parts])

    @property
    def finishing_bytes(self) -> int:
        """What `finish` takes at its peak."""
        return 0

    def finish(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """What becomes of a whole picture, uint8 [H, W, 3]; [H, W, 4] where it is cut out."""
        return pixels

    def encode(self, picture: Tensor) -> Tensor:
        """A picture [1, 3, H, W] in 0..1 → its codes [cells]."""
        return self.network.codes(picture).flatten()

    def filled(self, codes: Tensor) -> Tensor:
        """Codes [n, cells] with something in the cells that are `FREE`: grey."""
        return torch.where(codes == FREE, self.grey, codes)

    @property
    def grey(self) -> int:
        """The code of mid-grey."""
        if self._grey is None:
            codes = self.encode(torch.full((1, 3, self.side, self.side), 0.5))
            self._grey = int(codes.mode().values)
        return self._grey


def check_codes(path: Path, image_vocab: int, network: Painter) -> None:
    """Raise `ModelFileError` unless the VQGAN has just the codes that the transformer tells."""
    if image_vocab != network.config.n_embed:
        raise ModelFileError(f"{path}: speaks of other codes than the VQGAN's")


def free_codes(model: CodeModel, shape: tuple[int, int], candidates: int) -> Tensor:
    """No code is forced: [candidates, cells] of a picture of (rows, columns)."""
    return torch.full((candidates, shape[0] * shape[1]), FREE, device=model.network.device)
