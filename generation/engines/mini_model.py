"""DALL-E mini or mega, its vocabulary, and the detokenizer that makes pictures of its codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from generation.dalle_mini import DalleMini
from generation.decoding import FREE
from generation.engines.code_model import TRANSFORMER, Drafting, check_codes
from generation.engines.draft_model import CaptionModel
from generation.engines.guided import Painter
from generation.mini_decoding import MiniDecoder
from generation.mini_files import load_dalle_mini
from generation.mini_text import MiniTexts
from generation.sampling import Sampling

#: Codes by the text's difference tenfold, as its authors' notebook has it (their "condition scale").
MINI = Drafting(4, Sampling(temperature=1.0, top_k=256, top_p=1.0, guidance=10.0))


class MiniModel(CaptionModel):
    """With the encoder and decoder of DALL-E mini."""

    def __init__(
        self, pair: DalleMini, network: Painter, texts: MiniTexts, drafting: Drafting = MINI
    ) -> None:
        super().__init__(network, drafting, pair.config.grid, pair.config.image_vocab)
        self.pair, self.texts = pair, texts

    @classmethod
    def load(cls, files: Mapping[str, Path], network: Painter, dtype: torch.dtype) -> MiniModel:
        """Read the pair and its vocabulary, to go with a VQGAN. Raises `ModelFileError`."""
        pair = load_dalle_mini(files[TRANSFORMER], network.device, dtype)
        check_codes(files[TRANSFORMER], pair.config.image_vocab, network)
        texts = MiniTexts.load(files["vocab.json"], files["merges.txt"], pair.config.text_vocab)
        return cls(pair, network, texts)

    def branches(self, captions: Sequence[str]) -> Tensor:
        """The empty caption is start and end. Raises `ForeignText`."""
        wanted = ["", *captions] if self.drafting.sampling.guidance is not None else captions
        rows = [self.texts.read(caption, self.pair.config.text_length) for caption in wanted]
        return torch.from_numpy(np.stack(rows)).to(self.network.device)

    def decoder(self, slots: int, branches: int, candidates: int, dtype: torch.dtype) -> MiniDecoder:
        """Room for so many runs of so many captions and candidates each."""
        return MiniDecoder(self.pair, self.drafting.sampling, slots, branches, candidates, dtype)

    def cache_bytes(self, phrases: int, candidates: int, itemsize: int) -> int:
        """What keys and values of a run of so many phrases and candidates take, the text's among them."""
        config, rows = self.pair.config, self.rows(phrases, candidates)
        places = rows * config.cells + rows // candidates * config.text_length
        return 2 * itemsize * config.layers * places * config.hidden

    def filled(self, codes: Tensor) -> Tensor:
        """The candidate's first code where there is none; `decode` shows none of it."""
        return torch.where(codes == FREE, codes[:, :1].clamp(min=0), codes)

    def decode(self, codes: Tensor, across: int | None = None, *, tile: bool = False) -> Tensor:
        """Codes [n, cells] → pictures [n, 3, H, W] in 0..1, grey where there is no code.

        Nothing tells which code is grey, for there is no encoder that could be asked.
        """
        free = (codes == FREE).unflatten(1, (1, -1, across or self.grid))  # type: ignore[no-untyped-call]
        for side in (2, 3):
            free = free.repeat_interleave(self.network.config.factor, side)
        return torch.where(free, 0.5, super().decode(codes, across, tile=tile))
