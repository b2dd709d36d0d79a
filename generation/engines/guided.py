"""The networks behind VQGAN+CLIP: one that paints from a latent, and those that look at it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from generation.clip import TwoTowers, load_clip, normalise_pixels
from generation.clip_files import ClipFile, guides, ranker
from generation.clip_towers import fold_quick_gelus
from generation.codebook import nearest
from generation.cutouts import resampling
from generation.fused import fold_batch_norms
from generation.gradients import clamp_with_gradient, straight_through
from generation.models import OpenModel
from generation.tiling import tiled
from generation.tokens import Vocabulary
from generation.vocabulary import load_vocabulary
from generation.vqgan import VQGAN, VQGANConfig, load_vqgan


class Painter:
    """A frozen VQGAN on a device. The network runs in `dtype`, latents and distances in float32."""

    def __init__(self, vqgan: VQGAN, device: torch.device, dtype: torch.dtype) -> None:
        self.config: VQGANConfig = vqgan.config
        self.codebook = vqgan.quantize.rows.detach().float().to(device)  # [n, e]
        self.low = self.codebook.min(0).values.view(1, -1, 1, 1)
        self.high = self.codebook.max(0).values.view(1, -1, 1, 1)
        self.device, self.dtype = device, dtype
        self._vqgan = vqgan.requires_grad_(False).eval()
        self._tiled: VQGAN | None = None  #: made when it is first asked for
        self._vqgan.to(device, dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]

    @property
    def viewer(self) -> Viewer | None:
        """The CLIP beside it that answers questions, if there is one."""
        return None

    def paint(self, z: Tensor, *, recompute: bool = False, tile: bool = False) -> Tensor:
        """[1, e, h, w] → picture [1, 3, H, W] in 0..1, float32; gradients pass codebook and clamp."""
        return clamp_with_gradient(self.develop(z, recompute=recompute, tile=tile), 0.0, 1.0)

    def develop(self, z: Tensor, *, recompute: bool = False, tile: bool = False) -> Tensor:
        """[1, e, h, w] → the picture before it is clamped to 0..1.

        `recompute`: with less memory and more time, see `VQGAN.decode`. `tile`: its edges fit each other.
        """
        rows = F.embedding(nearest(z, self.codebook), self.codebook).movedim(-1, 1)
        quantised = straight_through(rows, z).to(self.dtype, memory_format=torch.channels_last)
        picture = self._network(tile).decode(quantised, recompute=recompute).float()
        return (picture + 1) / 2

    @torch.no_grad()
    def latent(self, picture: Tensor, *, tile: bool = False) -> Tensor:
        """Picture [1, 3, H, W] in 0..1 → z [1, e, h, w], quantised."""
        return self.rows(self.codes(picture, tile=tile))

    @torch.no_grad()
    def codes(self, picture: Tensor, *, tile: bool = False) -> Tensor:
        """Picture [1, 3, H, W] in 0..1 → codes [1, h, w]."""
        z = self._network(tile).encode(
            (picture * 2 - 1).to(self.device, self.dtype, memory_format=torch.channels_last)
        )
        return nearest(z.float(), self.codebook)

    def _network(self, tile: bool) -> VQGAN:
        if tile and self._tiled is None:
            self._tiled = tiled(self._vqgan)
        return self._tiled if tile and self._tiled is not None else self._vqgan

    def rows(self, codes: Tensor) -> Tensor:
        """Codes [1, h, w] → z [1, e, h, w]."""
        return F.embedding(codes.to(self.device), self.codebook).movedim(-1, 1).contiguous()


class Viewer:
    """A frozen CLIP on a device. The image tower runs in `dtype`, the text tower in float32."""

    def __init__(
        self, clip: TwoTowers, vocabulary: Vocabulary, device: torch.device, dtype: torch.dtype
    ) -> None:
        self.side = clip.config.image_resolution
        self.width = clip.config.embed_dim  #: D, of its vectors
        self.scale = float(clip.logit_scale.detach().exp())  #: by what the CLIP multiplies cosines
        self.device, self.dtype = device, dtype
        fold_batch_norms(clip.visual)
        fold_quick_gelus(clip.visual)
        self._context = clip.config.context_length
        self._clip = clip.requires_grad_(False).eval().to(device)
        self._clip.visual.to(dtype=dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._vocabulary = vocabulary

    @classmethod
    def load(
        cls, files: Mapping[str, Path], clip: ClipFile, device: torch.device, dtype: torch.dtype
    ) -> Viewer:
        """Read a CLIP and its vocabulary. Raises `ModelFileError`."""
        network = load_clip(files[clip.file])
        return cls(network, load_vocabulary(files[clip.vocabulary], network.config), device, dtype)

    def judge(self, views: Tensor) -> Tensor:
        """Pixels 0..1, [N, 3, side, side] → vectors [N, D], float32."""
        pixels = normalise_pixels(views).to(self.dtype, memory_format=torch.channels_last)
        return self._clip.encode_image(pixels).float()

    @torch.no_grad()
    def read(self, texts: Sequence[str]) -> Tensor:
        """Texts → vectors [P, D], float32."""
        tokens = torch.from_numpy(self._vocabulary.tokenize(texts, self._context))
        return self._clip.encode_text(tokens.to(self.device)).float()

    @torch.no_grad()
    def view_whole(self, picture: Tensor) -> Tensor:
        """The whole picture [1, 3, H, W] as one view, squeezed to a square: [1, 3, side, side]."""
        down, across = (
            resampling(torch.zeros(1), torch.tensor([float(n)]), n, self.side).to(self.device)
            for n in picture.shape[2:]
        )
        return down @ picture @ across.mT


class GuidedModel(Painter):
    """A VQGAN, and the CLIPs that look at what it paints, in the model's order."""

    def __init__(
        self, vqgan: VQGAN, viewers: Mapping[ClipFile, Viewer], device: torch.device, dtype: torch.dtype
    ) -> None:
        super().__init__(vqgan, device, dtype)
        self.viewers = viewers

    @property
    def viewer(self) -> Viewer:
        """The CLIP that answers questions."""
        return self.ranker()

    def ranker(self, asked: Collection[str] | None = None) -> Viewer:
        """The CLIP that judges what is painted of a prompt in these languages."""
        clip = ranker(self.viewers, asked)
        assert clip is not None  # no model is described so
        return self.viewers[clip]

    def guides(self, asked: Collection[str]) -> list[tuple[Viewer, float]]:
        """The CLIPs that guide a prompt in these languages, and their shares, which sum to 1."""
        return [(self.viewers[clip], share) for clip, share in guides(self.viewers, asked).items()]


def load_network(found: OpenModel, device: torch.device, dtype: torch.dtype, *, guided: bool) -> Painter:
    """A model's VQGAN, with those of its CLIPs that rank, and where it is guided also those that guide.

    Raises `ModelFileError`.
    """
    wanted = [clip for clip in found.model.clips if clip.ranks or (guided and clip.weight > 0)]
    vqgan = load_vqgan(found.files["vqgan.safetensors"])
    if not wanted:
        return Painter(vqgan, device, dtype)
    viewers = {clip: Viewer.load(found.files, clip, device, dtype) for clip in wanted}
    return GuidedModel(vqgan, viewers, device, dtype)


def to_tensor(pixels: NDArray[np.uint8]) -> Tensor:
    """uint8 [H, W, 3] → float32 [1, 3, H, W] in 0..1."""
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1).unsqueeze(0) / 255


def to_pixels(picture: Tensor) -> NDArray[np.uint8]:
    """[1, 3, H, W] in 0..1 → uint8 [H, W, 3]."""
    values = (picture.detach()[0].permute(1, 2, 0) * 255).round().to(torch.uint8)
    array: NDArray[np.uint8] = values.cpu().numpy()
    return array
