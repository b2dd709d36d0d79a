"""Styles: what a host's presets write into a prompt, just as if it had been typed. Pure.

    prompt = "{prompt} | watercolour:0.4 --no photo --steps 40"
    prompt = "a watercolour of {prompt}"

So the recipe has all of it, and what comes of the picture goes by that, whatever becomes of the style. Beside
the parts that a member writes, those of a style weigh as if all of the member's together weighed 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.errors import ConfigError, UserError
from bot.flags import NAME
from bot.prompt import Prompt, format_prompt, parse
from generation.languages import RUSSIAN, languages_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.flags import Flags
    from bot.presets import Style
    from generation.models import Model
    from generation.protocol import Phrase

HERE: Final = "{prompt}"
NONE: Final = "none"  #: what is typed for no style, not even a preferred one
_MARK: Final = "⦃prompt⦄"  # braces are choices in a prompt
NOT_OF_A_STYLE: Final = ("seed", "keep", "n", "tw", "target", "style")


def read_template(text: str) -> Prompt:
    """What a style says, with a mark for the member's prompt. Raises `PromptError`, `ValueError`."""
    template = parse(text.replace(HERE, _MARK), limit=1)[0]
    marked = [phrase for phrase in template.phrases if _MARK in phrase.text]
    if not marked or any(phrase.weight <= 0 for phrase in marked):
        raise ValueError(f"needs {HERE}, in a part that weighs more than zero")
    for name in NOT_OF_A_STYLE:
        if getattr(template.flags, name) is not None:
            raise ValueError(f"cannot say --{name}, which is for members")
    return template


PLAIN: Final = read_template(HERE)


def check_styles(styles: Mapping[str, Style], models: Mapping[str, Model]) -> None:
    """Refuse names that cannot be typed, and models that do not paint here. Raises `ConfigError`."""
    known = sorted(name for name, model in models.items() if model.paints)
    for name, style in styles.items():
        if not NAME.fullmatch(name):
            raise ConfigError(f"styles.{name}", "a name is of Latin letters, digits, dots and dashes")
        if name.casefold() == NONE:
            raise ConfigError(f"styles.{name}", "members type this for no style at all; call it otherwise")
        for key, text in (("prompt", style.prompt), ("prompt_ru", style.prompt_ru)):
            model = read_template(text).flags.model if text else None
            if model is not None and model not in known:
                problem = f"no model {model!r} paints here; there are {', '.join(known)}"
                raise ConfigError(f"styles.{name}.{key}", problem)


def template_for(prompt: Prompt, styles: Mapping[str, Style]) -> Prompt:
    """What the prompt's style says in the prompt's language. Raises `UserError` for one that is not there."""
    name = None if prompt.flags.style is None else find_style(prompt.flags.style, styles)
    if name is None or name == NONE:
        return PLAIN
    style = styles[name]
    russian = style.prompt_ru and RUSSIAN in languages_of(phrase.text for phrase in prompt.phrases)
    return read_template(style.prompt_ru if russian else style.prompt)


def find_style(typed: str, styles: Mapping[str, Style]) -> str:
    """The name of a style typed by its name or label, or `NONE`. Raises `UserError`, with all names."""
    wanted = " ".join(typed.casefold().split())
    if wanted == NONE:
        return NONE
    for name, style in styles.items():
        if wanted and wanted in (name.casefold(), style.label.casefold(), style.label_ru.casefold()):
            return name
    if not styles:
        raise UserError("style-none", style=typed[:40])
    raise UserError("style-unknown", style=typed[:40], known=", ".join(styles))


def label_of(style: Style, locale: str) -> str:
    """A style's label in a member's language."""
    return style.label_ru if locale.startswith(RUSSIAN) and style.label_ru else style.label


def dress(prompt: Prompt, styles: Mapping[str, Style], *, model: bool = True) -> Prompt:
    """The prompt with all that its style says. Raises `UserError`."""
    template = template_for(prompt, styles)
    return worded(flagged(prompt, template, model=model), template)


def flagged(prompt: Prompt, template: Prompt, *, model: bool = True) -> Prompt:
    """The prompt with the flags of its style, as far as it has none itself.

    Without `model` they leave out the model, and the steps that are meant for it.
    """
    own, wished = prompt.flags, template.flags
    if own.model is not None or own.engine is not None or not model:
        steps = wished.steps if wished.model is None and wished.engine is None else None
        wished = replace(wished, model=None, engine=None, steps=steps)
    if own.size is not None or own.ar is not None:
        wished = replace(wished, size=None, ar=None)
    return replace(prompt, flags=_filled(own, wished))


def _filled(own: Flags, wished: Flags) -> Flags:
    names = type(own).__dataclass_fields__
    said = {name: first for name in names if (first := getattr(own, name)) is not None}
    return replace(wished, **{**said, "style": None})


def worded(prompt: Prompt, template: Prompt) -> Prompt:
    """The prompt with the words of a style. Raises `PromptError` where that becomes too long."""
    if template.phrases == PLAIN.phrases:
        return prompt
    wanted = [phrase for phrase in prompt.phrases if phrase.weight > 0]
    unwanted = [phrase for phrase in prompt.phrases if phrase.weight <= 0]
    whole = sum(phrase.weight for phrase in wanted)
    phrases = [made for part in template.phrases for made in _made(part, wanted, whole)]
    return parse(format_prompt(replace(prompt, phrases=(*phrases, *unwanted))))[0]


def _made(part: Phrase, wanted: Iterable[Phrase], whole: float) -> list[Phrase]:
    """A style's part, or one for each of the member's that it is said around."""
    if _MARK not in part.text:
        return [replace(part, weight=_short(part.weight * whole))]
    return [
        replace(own, text=part.text.replace(_MARK, own.text), weight=_short(own.weight * part.weight))
        for own in wanted
    ]


def _short(weight: float) -> float:
    return float(f"{weight:.6g}")
