"""What is said of a prompt's language: that a model does not read it, and who paints in its place. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.routing import asked_of, readers, reads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.locales import Texts
    from bot.prompt import Prompt
    from generation.models import Model

SHOWN_MODELS: Final = 5


def instead(prompt: Prompt, model: str, usual: str, texts: Texts, shown: Callable[[str], str] = str) -> str:
    """That a model paints because the usual one has not learned the language. `shown`: names, as one may."""
    names = {"model": shown(model), "usual": shown(usual)}
    return texts.get("language-instead", **names, language=language_of(prompt))


def unlearned(
    prompt: Prompt, model: Model, others: Sequence[Model], texts: Texts, shown: Callable[[str], str] = str
) -> str | None:
    """That a model has not learned the language, and who has; None where it has."""
    if reads(model, prompt):
        return None
    known = ", ".join(f"--model {shown(name)}" for name in readers(prompt, others)[:SHOWN_MODELS])
    arguments = {"model": shown(model.name), "language": language_of(prompt)}
    if not known:
        return texts.get("language-unlearned-alone", **arguments)
    return texts.get("language-unlearned", **arguments, known=known)


def language_of(prompt: Prompt) -> str:
    """The one language of a prompt, as in `generation.languages`; "several" where there are more."""
    asked = asked_of(prompt)
    return asked[0] if len(asked) == 1 else "several"
