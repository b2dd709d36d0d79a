"""DALL-E in ruDALL-E's architecture: a transformer tells a picture's codes, the CLIP picks the best one.

Several candidates of a prompt are drawn at once, and the runs of all lanes share a batch of a fixed shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from generation.engine import Refusal
from generation.engines.code_run import CodeRun
from generation.engines.draft_model import CaptionModel, DraftModel, drafting_of
from generation.engines.drafting import Draft, advance_together, draft_prompt
from generation.engines.guided import Painter
from generation.engines.seating import Seats
from generation.engines.starting import candidates_of, given_codes
from generation.engines.token_engine import Loaded, TokenEngine, read_phrases
from generation.engines.windows import count_windows
from generation.protocol import Generate, Reason, Settings

#: Of the grid's size, that a picture may take: eight times as wide as high, or twice as large both ways.
MOST_WINDOWS = 16


class DalleEngine(TokenEngine[CaptionModel]):
    """The engine. `info.max_pixels` is 0 while no model's files are there."""

    name: ClassVar[str] = "dalle"
    most_areas: ClassVar[int] = 8

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._seats = Seats(self._settings.lanes)

    def _open(self, name: str, files: Mapping[str, Path], network: Painter) -> CaptionModel:
        return DraftModel.load(files, network, self._dtype, drafting_of(name))

    def _told_bytes(self, request: Generate, model: CaptionModel) -> int:
        return model.cache_bytes(len(request.phrases), candidates_of(request, model), self._dtype.itemsize)

    def _begin(self, request: Generate, lane: int, loaded: Loaded[CaptionModel]) -> Draft:
        model = loaded.model
        shape = model.shape(request.width, request.height)
        weights, judged = read_phrases(request, model)
        captions = [phrase.text for phrase in request.phrases]
        prompt = draft_prompt(model, captions, judged, lambda _step: weights)
        forced = given_codes(request, model, loaded.sha256, shape)
        make = partial(model.decoder, dtype=self._dtype)
        decoder, slot = self._seats.find(request.model, (len(prompt.texts), len(forced)), lane, make)
        return self._seats.take(Draft(request, lane, model, decoder, slot, prompt, forced, shape))

    def _step(self, group: Sequence[CodeRun]) -> None:
        advance_together([run for run in group if isinstance(run, Draft)])

    def _refuse_too_large(self, request: Generate, model: CaptionModel) -> None:
        count = count_windows(*model.shape(request.width, request.height), model.grid)
        if count > MOST_WINDOWS:
            words = f"{count} windows of {model.side}x{model.side} px; at most {MOST_WINDOWS}"
            raise Refusal(Reason.TOO_LARGE, words, (2 * model.side, 2 * model.side))


def create(settings: Settings) -> DalleEngine:
    """The engine on the device and in the precision that the settings ask for."""
    return DalleEngine(settings)
