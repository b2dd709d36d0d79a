"""The second stage: a transformer tells a VQGAN's codes, from a class, a scene, a painted or grey picture, or
nothing.

Several candidates are told at once. What fits the grid is told with a cache of keys and values, anything
larger by a window that slides over the picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from PIL import Image, ImageOps

from generation import codec
from generation.classes import class_of
from generation.conditions import SHOWN, Kind, places
from generation.engine import Refusal
from generation.engines.code_model import free_codes
from generation.engines.code_run import CodeRun
from generation.engines.common import read_init
from generation.engines.guided import Painter, to_tensor
from generation.engines.stage_model import StageModel
from generation.engines.starting import candidates_of, starts_drawn
from generation.engines.telling_run import MOST_ROWS, StagePrompt, Telling
from generation.engines.token_engine import Loaded, TokenEngine, read_phrases
from generation.protocol import Generate, Reason, Settings
from generation.scenes import BoxError, Crop, read_scene
from generation.sliding import Field


class SecondStageEngine(TokenEngine[StageModel]):
    """The engine. `info.max_pixels` is 0 while no model's files are there."""

    name: ClassVar[str] = "second-stage"
    most_areas: ClassVar[int] = 16

    def _open(self, name: str, files: Mapping[str, Path], network: Painter) -> StageModel:
        return StageModel.load(files, network, self._dtype)

    def _told_bytes(self, request: Generate, model: StageModel) -> int:
        """Keys and values of all places, or the windows that go through at once; and what is shown."""
        config, itemsize = model.gpt.config, model.dtype.itemsize
        rows = candidates_of(request, model)
        rows *= len(request.phrases) if model.condition.kind is Kind.CLASS else 1
        kept = 2 * itemsize * config.layers * config.block * config.width
        if model.field(request.width, request.height).slides:
            rows, kept = max(rows, MOST_ROWS), 0
        told = rows * (kept + config.block * config.width * (8 * itemsize + 12) + 16 * config.vocab)
        seen = 4 * model.eye.config.in_channels if model.eye else 0
        return told + seen * request.width * request.height

    def _begin(self, request: Generate, lane: int, loaded: Loaded[StageModel]) -> Telling:
        model = loaded.model
        return Telling(request, lane, model, _read_prompt(request, model), _given(request, model))

    def _step(self, group: Sequence[CodeRun]) -> None:
        """Each goes alone: its candidates and fronts are a batch already."""
        for run in group:
            assert isinstance(run, Telling)
            run.advance()

    def _refuse_bad(self, request: Generate) -> None:
        if starts_drawn(request):
            raise Refusal(Reason.BAD_REQUEST, "this engine has no grids")
        super()._refuse_bad(request)

    def _refuse_too_large(self, request: Generate, model: StageModel) -> None:
        most, asked = self.most_areas * model.side**2, request.width * request.height
        if asked > most:
            raise Refusal(Reason.TOO_LARGE, f"at most {most} pixels", _largest(request, model, most))


def create(settings: Settings) -> SecondStageEngine:
    """The engine on the device and in the precision that the settings ask for."""
    return SecondStageEngine(settings)


def _largest(request: Generate, model: StageModel, most: int) -> tuple[int, int]:
    """The largest size of the request's shape within so many pixels."""
    scale = sqrt(most / (request.width * request.height))
    width, height = (
        max(model.grid, int(side * scale) // model.factor) * model.factor
        for side in (request.width, request.height)
    )
    return width, height


def _read_prompt(request: Generate, model: StageModel) -> StagePrompt:
    weights, judged = read_phrases(request, model)  # a scene's CLIP reads its boxes, too
    shares = tuple(weights) if model.condition.kind is Kind.CLASS else (1.0,)
    conditions = _conditions(request, model).to(model.network.device)
    return StagePrompt(judged, lambda _step: weights, conditions, shares)


def _conditions(request: Generate, model: StageModel) -> torch.Tensor:
    """The tokens on which the codes stand: see `WindowTeller`. Raises `Refusal`."""
    field, kind, number = (
        model.field(request.width, request.height),
        model.condition.kind,
        model.condition.number,
    )
    match kind:
        case Kind.NOTHING:
            return torch.tensor([[number]])
        case Kind.CLASS:
            return torch.tensor([[_class(phrase.text, number)] for phrase in request.phrases])
        case Kind.PLACE:
            return places(field, model.factor, number)[None]
        case Kind.SCENE:
            return _scene(request, model, field)
        case _:
            assert model.eye is not None
            sight = model.eye.sight(kind, _shown(request, kind))
            codes: torch.Tensor = model.eye(sight.to(model.network.device))
            return codes[None]


def _scene(request: Generate, model: StageModel, field: Field) -> torch.Tensor:
    """The boxes as the window sees them, [1, length]; as each cell's window does, where it slides."""
    code = model.condition.scene
    assert code is not None
    try:
        boxes = read_scene(request.phrases, code.things)
    except BoxError as error:
        raise Refusal(Reason.BAD_REQUEST, str(error)) from error
    if len(boxes) > code.objects:
        raise Refusal(Reason.BAD_REQUEST, f"{len(boxes)} boxes; this model reads {code.objects}")
    if not field.slides:
        return torch.tensor([code.encode(boxes)])
    corners = [field.corner(cell) for cell in range(field.cells)]
    crops = {corner: code.encode(boxes, _crop(corner, field)) for corner in set(corners)}
    return torch.tensor([[crops[corner] for corner in corners]])


def _crop(corner: tuple[int, int], field: Field) -> Crop:
    """What the window at a corner (row, column) sees of the picture."""
    (top, left), side = corner, field.grid
    return (
        left / field.columns,
        top / field.rows,
        left / field.columns + side / field.columns,
        top / field.rows + side / field.rows,
    )


def _class(text: str, count: int) -> int:
    number = class_of(text, count)
    if number is None:
        raise Refusal(Reason.UNKNOWN_CLASS, f"{text[:40]!r} names none of {count} classes")
    return number


def _shown(request: Generate, kind: Kind) -> torch.Tensor:
    """The picture that the model is shown, [1, 3, H, W] in 0..1. Colours of labels are never blended."""
    if request.init is None:
        raise Refusal(Reason.NEEDS_PICTURE, f"this model paints from a picture of {kind}")
    if kind is Kind.DEPTH:
        return read_init(request)
    try:
        pixels = codec.decode_rgb(request.init)
    except codec.PictureError as error:
        raise Refusal(Reason.BAD_INIT, str(error)) from error
    size = (request.width, request.height)
    return to_tensor(np.asarray(ImageOps.fit(Image.fromarray(pixels), size, Image.Resampling.NEAREST)))


def _given(request: Generate, model: StageModel) -> torch.Tensor:
    """Codes of the init image's top rows, the more of them the greater its weight; 1 keeps half of them."""
    field = model.field(request.width, request.height)
    codes = free_codes(model, (field.rows, field.columns), candidates_of(request, model))
    if request.init is not None and model.condition.kind not in SHOWN:
        weight = max(0.0, request.init_weight)
        kept = min(round(field.rows * weight / (1 + weight)), field.rows - 1) * field.columns
        codes[:, :kept] = model.encode(read_init(request))[:kept]
    return codes
