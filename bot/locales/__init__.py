"""Every text that a member reads, in Project Fluent: one file a language.

Numbers come out in the language's own form; what must not be grouped (seeds, ids) is passed as a string.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from fluent.runtime import FluentBundle, FluentResource

DEFAULT = "en-US"
LOCALES = (DEFAULT, "ru")


class Texts:
    """One language's texts."""

    def __init__(self, locale: str) -> None:
        source = (files(__name__) / f"{locale}.ftl").read_text(encoding="utf-8")
        self.locale = locale
        self._bundle = FluentBundle([locale], use_isolating=False)
        self._bundle.add_resource(FluentResource(source))

    def get(self, message_id: str, /, **arguments: str | float) -> str:
        """Return the text. Raises KeyError for an unknown message and for a variable that was not given."""
        pattern = self._bundle.get_message(message_id).value
        if pattern is None:
            raise KeyError(message_id)
        text, errors = self._bundle.format_pattern(pattern, arguments)
        if errors:
            raise KeyError(message_id, errors)
        return str(text)


def texts_for(locale: str | None) -> Texts:
    """Return the texts nearest to one of Discord's locale codes, English where nothing is near."""
    return _read(nearest_locale(locale))


@cache
def _read(locale: str) -> Texts:
    return Texts(locale)


def nearest_locale(locale: str | None) -> str:
    """Choose among LOCALES: the same code, else the same language, else English."""
    language = (locale or DEFAULT).partition("-")[0]
    return next((known for known in LOCALES if known.partition("-")[0] == language), DEFAULT)
