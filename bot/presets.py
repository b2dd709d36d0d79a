"""The presets of a configuration, with those of a host whose file names none. `bot.styles` applies them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from bot.errors import PromptError
from bot.locales import texts_for
from bot.styles import read_template


class Section(BaseModel):
    """What all sections hold to."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _read_template(text: str) -> str:
    """The prompt of a style, if it can be read."""
    try:
        read_template(text)
    except PromptError as error:
        words = texts_for("en-US").get(error.message_id, **error.arguments)
        raise PydanticCustomError("template", "{words}", {"words": words}) from None
    except ValueError as error:
        raise PydanticCustomError("template", "{words}", {"words": str(error)}) from None
    return text


Template = Annotated[str, AfterValidator(_read_template)]


class Style(Section):
    """What a preset says: see `bot.styles`. `prompt_ru` is for Russian prompts; without it, `prompt` is."""

    label: Annotated[str, Field(min_length=1, max_length=80)]
    label_ru: Annotated[str, Field(max_length=80)] = ""
    prompt: Template
    prompt_ru: Template | Literal[""] = ""


#: Those of a host whose file names none. The first four are also known to the models that come with Gala.
STYLES: Mapping[str, Style] = MappingProxyType(
    {
        name: Style(label=label, label_ru=label_ru, prompt=prompt, prompt_ru=prompt_ru)
        for name, label, label_ru, prompt, prompt_ru in (
            ("night", "At night", "Ночью", "{prompt} at night", "{prompt} ночью"),
            ("sunset", "At sunset", "На закате", "{prompt} at sunset", "{prompt} на закате"),
            ("snow", "In the snow", "В снегу", "{prompt} in the snow", "{prompt} в снегу"),
            ("space", "In space", "В космосе", "{prompt} in space", "{prompt} в космосе"),
            (
                "watercolour",
                "Watercolour",
                "Акварель",
                "{prompt} | a watercolour painting:0.4 --no photo",
                "{prompt} | рисунок акварелью:0.4 --no фотография",
            ),
            (
                "oil",
                "Oil painting",
                "Масло",
                "an oil painting of {prompt}, thick brush strokes",
                "{prompt}, картина маслом, густые мазки",
            ),
            ("tile", "Seamless tile", "Бесшовный узор", "{prompt} --tile", "{prompt} --tile"),
        )
    }
)
