"""What a member prefers, put into a prompt where that says nothing itself. Pure.

A preference is written into the prompt as flags, just as if it had been typed; so the recipe has it, and
whatever comes of the picture goes by it. One that cannot be had is passed over, and named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.errors import PromptError, UserError
from bot.prompt import Prompt, format_prompt, parse
from bot.request import checked_size, checked_steps

if TYPE_CHECKING:
    from bot.flags import Flags
    from storage.preferences import Preference

PROMPT: Final = "…"  #: that asks for nothing, in no language
#: What can be preferred of a picture, in the order in which it is put in.
FIELDS: Final = ("model", "shape", "steps", "init_weight", "unwanted")


def put_in(
    prompt: Prompt, preference: Preference, fits: Callable[[str, Prompt], bool]
) -> tuple[Prompt, tuple[str, ...]]:
    """The prompt with what is preferred, and the names of the `FIELDS` that were passed over.

    `fits` says whether the prompt can be had with the field that was just put in.
    """
    own, passed = prompt.flags, []
    for name in FIELDS:
        try:
            wished = WAYS[name](prompt, own, preference)
        except PromptError:  # it was written to an older grammar
            passed.append(name)
            continue
        if wished is None:
            continue
        if fits(name, wished):
            prompt = wished
        else:
            passed.append(name)
    return prompt, tuple(passed)


def in_style(prompt: Prompt, preference: Preference) -> Prompt | None:
    """The prompt in the preferred style; None where there is none, or the prompt names one itself."""
    if preference.style is None or prompt.flags.style is not None:
        return None
    return with_flags(prompt, replace(prompt.flags, style=preference.style))


def _model(prompt: Prompt, own: Flags, preference: Preference) -> Prompt | None:
    if preference.model is None or own.model is not None or own.engine is not None:
        return None
    return with_flags(prompt, replace(prompt.flags, model=preference.model))


def _shape(prompt: Prompt, own: Flags, preference: Preference) -> Prompt | None:
    if preference.shape is None or own.size is not None or own.ar is not None:
        return None
    shape = typed(shape=preference.shape).flags
    return with_flags(prompt, replace(prompt.flags, ar=shape.ar, size=shape.size))


def _steps(prompt: Prompt, own: Flags, preference: Preference) -> Prompt | None:
    """Steps go with the model that they were chosen for: one that was named has steps of its own."""
    if preference.steps is None or own.steps is not None or own.model not in (None, preference.model):
        return None
    return with_flags(prompt, replace(prompt.flags, steps=preference.steps))


def _init_weight(prompt: Prompt, own: Flags, preference: Preference) -> Prompt | None:
    if preference.init_weight is None or own.iw is not None:
        return None
    return with_flags(prompt, replace(prompt.flags, iw=preference.init_weight))


def _unwanted(prompt: Prompt, own: Flags, preference: Preference) -> Prompt | None:
    del own
    if preference.unwanted is None or any(phrase.weight < 0 for phrase in prompt.phrases):
        return None
    longer = Prompt((*prompt.phrases, *typed(unwanted=preference.unwanted).phrases[1:]), prompt.flags)
    return parse(format_prompt(longer))[0]  # it may be too long now


WAYS: Final = {
    "model": _model,
    "shape": _shape,
    "steps": _steps,
    "init_weight": _init_weight,
    "unwanted": _unwanted,
}


def with_flags(prompt: Prompt, flags: Flags) -> Prompt:
    """The prompt with other flags."""
    return replace(prompt, flags=flags)


def typed(*, shape: str = "", steps: str = "", init_weight: str = "", unwanted: str = "") -> Prompt:
    """What was typed into fields, read as the flags that they stand for. Raises `PromptError`."""
    return parse(" ".join([PROMPT, *_flags(shape, steps, init_weight, unwanted)]), limit=1)[0]


def _flags(shape: str, steps: str, init_weight: str, unwanted: str) -> Iterator[str]:
    shape = "".join(shape.split())
    named = {"ar" if ":" in shape else "size": shape, "steps": steps, "iw": init_weight, "no": unwanted}
    yield from (f"--{flag} {value.strip()}" for flag, value in named.items() if value.strip())


def read_typed(
    shape: str, steps: str, init_weight: str, unwanted: str, *, max_steps: int
) -> dict[str, str | int | float | None]:
    """What was typed, as fields of a preference; nothing typed is None. Raises `UserError`."""
    flags = typed(shape=shape, steps=steps, init_weight=init_weight, unwanted=unwanted).flags
    if flags.ar is not None:
        checked_size((100 * flags.ar[0], 100 * flags.ar[1]))  # a strip is none in any size
    if flags.size is not None:
        checked_size(flags.size)
    if flags.steps is not None:
        checked_steps(flags.steps, max_steps)
    if any(getattr(flags, name) is not None for name in ("seed", "model", "engine", "style")):
        raise UserError("preferences-other-flag")
    return {
        "shape": "".join(shape.split()) or None,
        "steps": flags.steps,
        "init_weight": flags.iw,
        "unwanted": " ".join(unwanted.split()) or None,
    }


def unwanted_in(prompt: Prompt) -> Iterable[str]:
    """What is not wanted in the picture."""
    return [phrase.text for phrase in prompt.phrases if phrase.weight < 0]


def all_texts(prompt: Prompt) -> Iterable[str]:
    """What the prompt says, wanted or not."""
    return [phrase.text for phrase in prompt.phrases]
