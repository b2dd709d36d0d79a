"""DALL-E mini and mega: English text goes through an encoder, a decoder tells the picture's codes.

As the engine `dalle` (several candidates, the best kept; lanes that share a batch; windows for what is larger
than the grid), with another network, always guided by the difference that the text makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from generation.engine import Refusal
from generation.engines.dalle import DalleEngine
from generation.engines.guided import Painter
from generation.engines.mini_model import MiniModel
from generation.english import ForeignText, plain
from generation.protocol import Generate, Reason, Settings


class DalleMiniEngine(DalleEngine):
    """The engine. It starts from nothing or from codes of its own, and reads English alone."""

    name: ClassVar[str] = "dalle-mini"

    def _refuse_bad(self, request: Generate) -> None:
        super()._refuse_bad(request)
        if request.init is not None and request.candidate is None:
            raise Refusal(Reason.BAD_INIT, "this engine has no encoder to see a picture with")
        try:
            for phrase in request.phrases:
                plain(phrase.text)
        except ForeignText as error:
            raise Refusal(Reason.BAD_REQUEST, f"this model reads English only: {error}") from error

    def _open(self, name: str, files: Mapping[str, Path], network: Painter) -> MiniModel:
        return MiniModel.load(files, network, self._dtype)


def create(settings: Settings) -> DalleMiniEngine:
    """The engine on the device and in the precision that the settings ask for."""
    return DalleMiniEngine(settings)
