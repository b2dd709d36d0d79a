"""A second stage in memory: the transformer, what it hangs on, the VQGAN, and the CLIP if there is one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import torch

from generation.conditions import Kind
from generation.engines.code_model import TRANSFORMER, CodeModel, Drafting, check_codes
from generation.engines.guided import Painter
from generation.sampling import Sampling
from generation.second_stage_files import Loaded, load_second_stage
from generation.sliding import Field
from generation.stage_decoding import StageDecoder

#: As the authors sampled: classes of ImageNet, faces, and all that sees a picture.
SAMPLINGS: Mapping[Kind, Sampling] = MappingProxyType(
    {
        Kind.CLASS: Sampling(1.0, 600, 0.92),
        Kind.NOTHING: Sampling(1.0, 250, 1.0),
        Kind.PLACE: Sampling(1.0, 100, 1.0),
        Kind.SEGMENTATION: Sampling(1.0, 100, 1.0),
        Kind.DEPTH: Sampling(1.0, 100, 1.0),
        Kind.SCENE: Sampling(1.0, 100, 1.0),
    }
)


class StageModel(CodeModel):
    """With a VQGAN's own transformer; `dtype` is that of its matrices, and of keys and values."""

    def __init__(self, stage: Loaded, network: Painter, dtype: torch.dtype) -> None:
        drafting = Drafting(sampling=SAMPLINGS[stage.condition.kind])
        super().__init__(network, drafting, stage.grid, stage.gpt.config.vocab)
        self.gpt, self.condition, self.eye, self.dtype = stage.gpt, stage.condition, stage.eye, dtype

    @classmethod
    def load(cls, files: Mapping[str, Path], network: Painter, dtype: torch.dtype) -> StageModel:
        """Read the transformer and its condition, to go with a VQGAN. Raises `ModelFileError`."""
        stage = load_second_stage(files, network.device, dtype)
        check_codes(files[TRANSFORMER], stage.gpt.config.vocab, network)
        return cls(stage, network, dtype)

    def field(self, width: int, height: int) -> Field:
        """The picture's codes."""
        return Field(*self.shape(width, height), self.grid, early=self.condition.kind is Kind.SCENE)

    def decoder(self, slots: int, branches: int, candidates: int) -> StageDecoder:
        """Room for so many runs of the grid's size, of so many conditions and candidates each."""
        cells = self.grid**2
        sequence = self.condition.length(cells), cells
        shape = slots, branches, candidates
        return StageDecoder(self.gpt, self.drafting.sampling, shape, sequence, self.dtype)
