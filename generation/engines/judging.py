"""A model's CLIP, asked about pictures and texts of any origin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from generation.engine import Refusal
from generation.engines.guided import Viewer, to_tensor
from generation.protocol import Reason


class ClipJudge:
    """The CLIP that guides, or ranks. It sees pictures as their scores are taken: whole, made square."""

    def __init__(self, network: Viewer, clip_sha256: str) -> None:
        self._network = network
        self.clip_sha256 = clip_sha256
        self.scale = network.scale

    @torch.no_grad()
    def see(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """uint8 [H, W, 3], of any sizes → [N, D], of unit length."""
        network = self._network
        views = [network.view_whole(to_tensor(picture).to(network.device)) for picture in pictures]
        return _unit(network.judge(torch.cat(views)))

    @torch.no_grad()
    def read(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts → [N, D], of unit length."""
        return _unit(self._network.read(texts))


def judge_of(model: str, viewer: Viewer | None, clip_sha256: str) -> ClipJudge:
    """The CLIP of the model of that name. Raises `Refusal` where it names none."""
    if viewer is None:
        raise Refusal(Reason.MODEL_MISSING, f"the model {model!r} names no CLIP")
    return ClipJudge(viewer, clip_sha256)


def _unit(vectors: Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = F.normalize(vectors, dim=-1).cpu().numpy()
    return array
