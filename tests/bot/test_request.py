"""What a prompt and a model make of each other, before anything is queued."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.config import Painting
from bot.errors import UserError
from bot.prompt import parse
from bot.request import Choices, Request, check_init, resolve
from generation.models import CATALOGUE, Model

MINI = Model("mini", "dalle-mini", 16, (256, 256), 16, "", "", (), least=256)
MODELS = {**CATALOGUE, "mini": MINI, "mega": replace(MINI, name="mega")}


def asked(prompt: str) -> Request:
    return resolve(parse(prompt)[0], Choices(), Painting(), MODELS)


def test_a_picture_to_start_from_goes_with_engines_that_can_see() -> None:
    for given in (True, False):
        check_init([asked("a cat"), asked("a dog")], MODELS, given=given)
    check_init([asked("a dog --model mega")], MODELS, given=False)
    check_init([replace(asked("a dog --model mega"), candidate=2)], MODELS, given=True)  # codes of its own
    with pytest.raises(UserError, match="init-not-seen") as caught:
        check_init([asked("a cat"), asked("a dog --model mega")], MODELS, given=True)
    assert caught.value.arguments == {"model": "mega"}


@pytest.mark.parametrize("reads", ["segmentation", "depth"])
def test_a_model_that_is_shown_a_picture_does_not_begin_without_one(reads: str) -> None:
    model = Model("map", "second-stage", 16, (256, 256), 16, "", "", (), least=256, reads=reads)
    models = {**MODELS, "map": model}
    request = resolve(parse("a valley --model map")[0], Choices(), Painting(), models)
    check_init([request], models, given=True)
    with pytest.raises(UserError, match=f"needs-{reads}"):
        check_init([request], models, given=False)
