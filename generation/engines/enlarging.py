"""A run of Real-ESRGAN: the tiles of a picture, enlarged one after another onto a canvas."""

from __future__ import annotations

import hashlib
from itertools import product

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from safetensors import SafetensorError
from safetensors.torch import load as unpack
from safetensors.torch import save as pack
from torch import Tensor

from generation import codec
from generation.engine import Refusal
from generation.engines.guided import to_tensor
from generation.engines.painting import CheckpointError
from generation.protocol import Generate, Reason
from generation.rrdbnet import RRDBNet

__all__ = ("CROSSING", "CheckpointError", "Enlargement", "read_source", "tile_side")

_FORMAT = 1
_ENLARGED = 512  #: px, the side of a tile when it comes out, at most
CROSSING = 16  #: px of what comes in, that a tile sees of its neighbours: so that there are no seams
_FINER = 2  #: a canvas is at most so many times finer than the picture that was asked for


def tile_side(scale: int) -> int:
    """Of a tile when it goes in, in px, at most."""
    return _ENLARGED // scale


def read_source(request: Generate, scale: int) -> Tensor:
    """The picture to enlarge, [1, 3, h, w] in 0..1, cut to the aspect that is asked for. Raises `Refusal`.

    It keeps its own pixels, unless so many of them would come out that they were thrown away again.
    """
    assert request.init is not None
    try:
        picture = Image.fromarray(codec.decode_rgb(request.init))
    except codec.PictureError as error:
        raise Refusal(Reason.BAD_INIT, str(error)) from error
    own = min(picture.width / request.width, picture.height / request.height)
    share = min(own, _FINER / scale)
    size = max(1, round(request.width * share)), max(1, round(request.height * share))
    return to_tensor(np.asarray(ImageOps.fit(picture, size, Image.Resampling.LANCZOS)))


class Enlargement:
    """One picture in the making. `canvas` is uint8 [scale·h, scale·w, 3]."""

    loss, settled = None, False

    def __init__(self, request: Generate, lane: int, network: RRDBNet, source: Tensor) -> None:
        """`source` is [1, 3, h, w] in 0..1, on the network's device."""
        self.request, self.lane = request, lane
        self._network, self._scale = network, network.config.scale
        self._height, self._width = source.shape[2:]
        # What is folded in two must be even.
        self._source = F.pad(source, (0, self._width % 2, 0, self._height % 2), mode="replicate")
        side = tile_side(self._scale)
        self._tiles = list(product(_spans(self._height, side), _spans(self._width, side)))
        self.canvas = _plain(source, self._scale)
        self.step = 0

    @property
    def steps(self) -> int:
        """Steps in all; the tiles are spread evenly over them."""
        return self.request.steps

    def advance(self) -> bool:
        """One step; False where what came out is no picture."""
        first, last = self._done(self.step), self._done(self.step + 1)
        self.step += 1
        return all(self._enlarge(rows, columns) for rows, columns in self._tiles[first:last])

    @torch.inference_mode()
    def _enlarge(self, rows: range, columns: range) -> bool:
        top, left = (max(0, span.start - CROSSING) for span in (rows, columns))
        seen = self._source[:, :, top : rows.stop + CROSSING, left : columns.stop + CROSSING]
        large = self._network(seen.contiguous(memory_format=torch.channels_last))[0]
        if not bool(large.isfinite().all()):
            return False
        pixels = (large.clamp(0, 1) * 255).round().to("cpu", torch.uint8).permute(1, 2, 0).numpy()
        place = self._larger(rows, 0), self._larger(columns, 0)
        self.canvas[place] = pixels[self._larger(rows, top), self._larger(columns, left)]
        return True

    def _larger(self, span: range, start: int) -> slice:
        """Where the span lies in an enlarged picture whose first row, or column, was `start`."""
        return slice((span.start - start) * self._scale, (span.stop - start) * self._scale)

    def snapshot(self) -> bytes:
        """The whole state."""
        numbers = torch.tensor([_FORMAT, self.step, *self._identity()])
        return pack({"canvas": torch.from_numpy(self.canvas), "numbers": numbers})

    def restore(self, data: bytes) -> None:
        """Go on from a snapshot. Raises `CheckpointError`."""
        try:
            state = unpack(data)
            version, step, *identity = state["numbers"].tolist()
            canvas = state["canvas"].numpy()
        except (SafetensorError, KeyError, ValueError) as error:
            raise CheckpointError(f"not a checkpoint: {error!r}") from error
        if version != _FORMAT or identity != self._identity() or not 0 <= step <= self.steps:
            raise CheckpointError("the checkpoint belongs to another request")
        if canvas.shape != self.canvas.shape or canvas.dtype != self.canvas.dtype:
            raise CheckpointError("the checkpoint does not fit the model")
        self.canvas, self.step = canvas.copy(), step

    def _done(self, step: int) -> int:
        """How many tiles are done after so many steps."""
        return -(-len(self._tiles) * step // self.steps)

    def _identity(self) -> list[int]:
        request = self.request
        digest = hashlib.blake2b(request.init or b"", digest_size=7).digest()
        return [request.width, request.height, request.steps, request.seed, int.from_bytes(digest)]


def _spans(length: int, most: int) -> list[range]:
    """The length in even spans of nearly the same extent; the last may be odd."""
    side = -(-length // -(-length // most))
    side += side % 2
    return [range(start, min(start + side, length)) for start in range(0, length, side)]


def _plain(source: Tensor, scale: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The picture enlarged by cubic interpolation: uint8 [scale·h, scale·w, 3]."""
    small = (source[0] * 255).round().to("cpu", torch.uint8).permute(1, 2, 0).numpy()
    size = (small.shape[1] * scale, small.shape[0] * scale)
    return np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)).copy()
