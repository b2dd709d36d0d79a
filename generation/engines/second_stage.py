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
from generation.decoding import FREE
from generation.engine import Refusal
from generation.engines.code_model import free_codes
from generation.engines.code_run import CodeRun
from generation.engines.common import read_init
from generation.engines.drafting import Draft, DraftPrompt, advance_together
from generation.engines.guided import Painter, to_tensor
from generation.engines.seating import Seats
from generation.engines.stage_model import StageModel
from generation.engines.starting import basis_of_sheet, candidates_of, given_codes
from generation.engines.telling_run import MOST_ROWS, Telling
from generation.engines.token_engine import Loaded, TokenEngine, read_phrases
from generation.protocol import Generate, Reason, Settings
from generation.scenes import BoxError, Crop, read_scene
from generation.sliding import Field


class SecondStageEngine(TokenEngine[StageModel]):
    """The engine. `info.max_pixels` is 0 while no model's files are there."""

    name: ClassVar[str] = "second-stage"
    most_areas: ClassVar[int] = 16

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._seats = Seats(self._settings.lanes)

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

    def _begin(self, request: Generate, lane: int, loaded: Loaded[StageModel]) -> CodeRun:
        model = loaded.model
        prompt, forced = _read_prompt(request, loaded), _forced(request, loaded)
        if model.field(request.width, request.height).slides:
            return Telling(request, lane, model, prompt, forced)
        decoder, slot = self._seats.find(request.model, (len(prompt.texts), len(forced)), lane, model.decoder)
        given = int((forced[0] != FREE).cumprod(0).sum())
        return self._seats.take(Draft(request, lane, model, decoder, slot, prompt, forced, given=given))

    def _step(self, group: Sequence[CodeRun]) -> None:
        advance_together([run for run in group if isinstance(run, Draft)])
        for run in group:
            if isinstance(run, Telling):
                run.advance()

    def _refuse_too_large(self, request: Generate, model: StageModel) -> None:
        most, asked = self.most_areas * model.side**2, request.width * request.height
        if asked > most:
            raise Refusal(Reason.TOO_LARGE, f"at most {most} pixels", _largest(request, model, most))
        if model.condition.kind in SHOWN and request.keep is not None and request.candidate is None:
            raise Refusal(Reason.BAD_REQUEST, "the picture is shown to this model, and no part of it is kept")


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


def _read_prompt(request: Generate, loaded: Loaded[StageModel]) -> DraftPrompt:
    model = loaded.model
    weights, judged = read_phrases(request, model)  # a scene's CLIP reads its boxes, too
    shares = weights if model.condition.kind is Kind.CLASS else [1.0]
    conditions = _conditions(request, loaded).to(model.network.device)
    basis = conditions[0] if model.condition.kind in SHOWN else None
    return DraftPrompt(judged, lambda _step: weights, conditions, lambda _step: shares, basis=basis)


def _conditions(request: Generate, loaded: Loaded[StageModel]) -> torch.Tensor:
    """The tokens on which the codes stand: see `WindowTeller`. Raises `Refusal`."""
    model = loaded.model
    field, kind = model.field(request.width, request.height), model.condition.kind
    number = model.condition.number
    match kind:
        case Kind.NOTHING:
            return torch.tensor([[number]])
        case Kind.CLASS:
            return torch.tensor([[_class(phrase.text, number)] for phrase in request.phrases])
        case Kind.PLACE:
            return places(field, model.factor, number)[None]
        case Kind.SCENE:
            return _scene(request, model, field)
        case _ if request.candidate is not None:
            return basis_of_sheet(request, loaded.sha256, field.cells)[None]
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


def _forced(request: Generate, loaded: Loaded[StageModel]) -> torch.Tensor:
    """Codes [candidates, cells], `FREE` where they are drawn; a picture that is shown gives none."""
    model = loaded.model
    shape = model.shape(request.width, request.height)
    if model.condition.kind in SHOWN and request.candidate is None:
        return free_codes(model, shape, candidates_of(request, model))
    return given_codes(request, model, loaded.sha256, shape)
