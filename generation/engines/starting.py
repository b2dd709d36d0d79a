"""What a draft is given before it begins: how many candidates to draw, and the codes that are not drawn."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from generation.codec import PictureError, decode_rgb
from generation.engine import Refusal
from generation.engines.code_model import CodeModel, free_codes
from generation.engines.common import read_init
from generation.engines.guided import to_tensor
from generation.protocol import Generate, Reason
from generation.recipes import read_recipe
from generation.sheets import cut, read_codes

MOST_PICTURES = 9  #: of a sheet


def candidates_of(request: Generate, model: CodeModel) -> int:
    """How many are drawn: all that are to be shown, or as many as the model's best is chosen from."""
    if request.grid > 1:
        return request.grid
    return 1 if is_picked(request) else model.drafting.candidates


def is_picked(request: Generate) -> bool:
    """Whether the run is to be one of a sheet's pictures, whole."""
    return request.candidate is not None and request.keep is None


def starts_drawn(request: Generate) -> bool:
    """Whether the request can only be met by drawing codes."""
    return request.grid > 1 or request.candidate is not None or request.keep is not None


def refuse_bad_start(request: Generate) -> None:
    """Raise `Refusal` for numbers that no draft can begin with."""
    if not 1 <= request.grid <= MOST_PICTURES:
        raise Refusal(Reason.BAD_REQUEST, f"a grid of {request.grid}; at most {MOST_PICTURES}")
    if request.keep is not None and not 0 <= request.keep <= 1:
        raise Refusal(Reason.BAD_REQUEST, f"{request.keep} of the rows")
    if request.init is None and (request.keep is not None or request.candidate is not None):
        raise Refusal(Reason.BAD_REQUEST, "there is no picture to keep anything of")


def given_codes(request: Generate, model: CodeModel, sha256: str, shape: tuple[int, int]) -> Tensor:
    """Codes [candidates, cells] of a draft of (rows, columns), `FREE` where they are drawn.

    The init image gives its top rows: `keep` of them, or the more of them the greater its weight (1 keeps
    half); a sheet's picture that is picked, all. `sha256` is the model's. Raises `Refusal`.
    """
    forced = free_codes(model, shape, candidates_of(request, model))
    if request.init is not None:
        kept = kept_rows(request, model, shape) * shape[1]
        forced[:, :kept] = _start(request, model, sha256, shape)[:kept]
    return forced


def kept_rows(request: Generate, model: CodeModel, shape: tuple[int, int]) -> int:
    """How many rows of the draft stay."""
    weight = max(0.0, request.init_weight)
    share = weight / (1 + weight) if request.keep is None else request.keep
    if is_picked(request):
        return shape[0]
    side = shape[0] * model.network.config.factor
    if _is_direct(request, side, shape[1] * model.network.config.factor):
        most = shape[0] - (request.keep is None)  # a weight, however great, leaves a row to draw
        return min(round(shape[0] * share), most)
    whole = max(request.width, request.height)  # the draft is a square of which the picture is the middle
    return round(shape[0] * ((whole - request.height) / 2 + share * request.height) / whole)


def _start(request: Generate, model: CodeModel, sha256: str, shape: tuple[int, int]) -> Tensor:
    """The codes of the picture to start from, [cells]."""
    if request.candidate is None:
        return model.encode(_fitted(read_init(request), request, model, shape))
    codes = _codes_of_sheet(request, sha256, math.prod(shape))
    if codes is not None:
        return torch.from_numpy(codes.astype(np.int64)).to(model.network.device)
    if model.network.config.blind:
        raise Refusal(Reason.BAD_INIT, "another version has drawn the sheet, and this model sees no pictures")
    picture = to_tensor(_picture_of_sheet(request))
    if picture.shape[2:] != (request.height, request.width):
        raise Refusal(Reason.BAD_INIT, "the pictures of the sheet have another size")
    return model.encode(_fitted(picture, request, model, shape))


def _codes_of_sheet(request: Generate, sha256: str, cells: int) -> NDArray[np.int32] | None:
    """The very codes of the picture; None where another model has drawn them."""
    assert request.candidate is not None
    count, codes = _rows_of_sheet(request, sha256, cells)
    return codes[request.candidate - 1] if 1 <= request.candidate <= count else None


def basis_of_sheet(request: Generate, sha256: str, cells: int) -> Tensor:
    """The tokens [cells] of the picture that was shown when the sheet was drawn. Raises `Refusal`."""
    count, rows = _rows_of_sheet(request, sha256, cells)
    if len(rows) <= count:
        raise Refusal(Reason.BAD_INIT, "the sheet does not say what its pictures stand on")
    return torch.from_numpy(rows[count].astype(np.int64))


def _rows_of_sheet(request: Generate, sha256: str, cells: int) -> tuple[int, NDArray[np.int32]]:
    """How many pictures it has, their codes, and behind them what they stand on where that is known."""
    assert request.init is not None
    recipe, codes = read_recipe(request.init), read_codes(request.init)
    known = recipe is not None and recipe.made.model_sha256 == sha256
    if recipe is None or not known or codes is None or codes.shape[1] != cells:
        return 0, np.empty((0, cells), np.int32)
    return (recipe.grid, codes) if len(codes) - recipe.grid in (0, 1) else (0, codes[:0])


def _picture_of_sheet(request: Generate) -> NDArray[np.uint8]:
    assert request.init is not None
    assert request.candidate is not None
    recipe = read_recipe(request.init)
    if recipe is None:
        raise Refusal(Reason.BAD_INIT, "the picture to start from is no sheet")
    try:
        return cut(decode_rgb(request.init), recipe.grid, request.candidate - 1)
    except (PictureError, ValueError) as error:
        raise Refusal(Reason.BAD_INIT, str(error)) from error


def _fitted(picture: Tensor, request: Generate, model: CodeModel, shape: tuple[int, int]) -> Tensor:
    """The picture as large as the draft; one of another shape becomes the middle of a square."""
    height, width = (side * model.network.config.factor for side in shape)
    if _is_direct(request, height, width):
        return picture
    spare = max(request.width, request.height)
    across, down = (spare - request.width) // 2, (spare - request.height) // 2
    sides = (across, spare - request.width - across, down, spare - request.height - down)
    resize = partial(F.interpolate, mode="bicubic", align_corners=False, antialias=True)
    return resize(F.pad(picture, sides, mode="replicate"), (height, width)).clamp(0, 1)


def _is_direct(request: Generate, height: int, width: int) -> bool:
    """Whether the draft's codes are those of the picture itself."""
    return (request.height, request.width) == (height, width)
