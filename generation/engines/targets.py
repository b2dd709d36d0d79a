"""Target images: what a picture is to resemble, as the CLIPs see it (VQGAN+CLIP's image prompts).

As in Crowson's notebook a target is looked at once, through cutouts like those of the picture in the making,
and each of its K cutouts becomes a row of the prompt: the loss is the mean distance of all pairs.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from generation import codec
from generation.cutouts import CutoutSettings, draw_views, make_cutouts
from generation.engine import Refusal
from generation.engines.beginnings import generator_for
from generation.engines.guided import Viewer, to_tensor
from generation.engines.prompts import Extra
from generation.protocol import Generate, Reason, Target

#: Cutouts that CLIP sees at a time; no graph is kept of them.
_AT_ONCE = 8
#: Where the targets' random numbers are counted from, downwards: steps are from 0 on, and -1 is the start.
_FIRST = -2


def target_extras(request: Generate, cutouts: CutoutSettings) -> list[Extra]:
    """The request's targets. The seed decides the cutouts, the same for every CLIP. Raises `Refusal`."""
    return [
        Extra(
            partial(_look, read_target(target, request), cutouts, request.seed, _FIRST - number),
            target.weight,
            target.stop,
            cutouts.count,
        )
        for number, target in enumerate(request.targets)
    ]


def read_target(target: Target, request: Generate) -> Tensor:
    """The picture in its own shape, with no more pixels than are painted: [1, 3, h, w] in 0..1.

    Raises `Refusal`.
    """
    try:
        picture = Image.fromarray(codec.decode_rgb(target.picture))
    except codec.PictureError as error:
        raise Refusal(Reason.BAD_TARGET, str(error)) from error
    scale = (request.width * request.height / (picture.width * picture.height)) ** 0.5
    if scale < 1:
        size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    return to_tensor(np.asarray(picture))


@torch.no_grad()
def _look(picture: Tensor, cutouts: CutoutSettings, seed: int, step: int, viewer: Viewer) -> Tensor:
    """The vectors of the picture's cutouts, [K, D]."""
    picture = picture.to(viewer.device)
    views = draw_views(cutouts, picture.shape[3], picture.shape[2], generator_for(seed, step))
    parts = (views.part(first, _AT_ONCE) for first in range(0, len(views), _AT_ONCE))
    return torch.cat([viewer.judge(make_cutouts(picture, part, viewer.side)) for part in parts])
