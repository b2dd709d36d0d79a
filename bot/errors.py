"""The errors whose text a person sees.

A member reads a `UserError` in their own language: it carries the id of a message in `bot/locales` and the
message's variables. An operator reads the others in English. Everything else is a fault of Gala's own, logged
under a code.
"""

from __future__ import annotations

import unicodedata

EXCERPT = 60  #: columns, at most, of the text that `PromptError.caret` shows


class GalaError(Exception):
    """The root of the tree."""


class UserError(GalaError):
    """Words for a member: what is wrong and what to do about it."""

    def __init__(self, message_id: str, /, **arguments: str | float) -> None:
        super().__init__(message_id, arguments)
        self.message_id = message_id
        self.arguments = arguments

    def __str__(self) -> str:
        return " ".join([self.message_id, *(f"{name}={value!r}" for name, value in self.arguments.items())])


class PromptError(UserError):
    """A prompt that cannot be read. `place` is an index into `text`, 0..len(text)."""

    def __init__(self, message_id: str, text: str, place: int, /, **arguments: str | float) -> None:
        super().__init__(message_id, **arguments)
        self.text = text
        self.place = place

    def caret(self) -> str:
        """Two lines for a fixed-width font: the text around the fault, and a `^` under it.

        Characters that have no width of their own, or would break the line, are left out or shown as a space.
        """
        start, end = _window(self.text, self.place)
        before = "".join(map(_shown, self.text[start : self.place]))
        after = "".join(map(_shown, self.text[self.place : end]))
        head = "…" if start else ""
        tail = "…" if end < len(self.text) else ""
        return f"{head}{before}{after}{tail}\n{' ' * (len(head) + _columns(before))}^"


class PromptForbidden(PromptError):
    """A prompt with words that the guild's filter forbids. `hit_id`: what may be appealed against."""

    def __init__(self, text: str, place: int, rule: str, hit_id: int) -> None:
        super().__init__("filter-refused", text, place, rule=rule)
        self.rule = rule
        self.hit_id = hit_id


class QueueFull(UserError):
    """No room in line: everywhere, in the guild, or for the member."""


class QuotaExceeded(UserError):
    """More than the rules of the guild or of the host allow this member now."""


class ConfigError(GalaError):
    """The operator's configuration is wrong. `key` is the dotted name, or empty where no key is at fault."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}" if key else problem)
        self.key = key
        self.problem = problem


class Undeliverable(GalaError):
    """The channel cannot be reached: it is gone, or closed to the bot."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Astray(Undeliverable):
    """So it is, and another channel is left to be tried."""


def _window(text: str, place: int) -> tuple[int, int]:
    """Bounds of an excerpt around `place` that takes at most EXCERPT columns."""
    start = end = place
    left = EXCERPT
    while left > 0 and (start > 0 or end < len(text)):
        if end < len(text):
            left -= _columns(_shown(text[end]))
            end += left >= 0
        if start > 0 and left > 0:
            left -= _columns(_shown(text[start - 1]))
            start -= left >= 0
    return start, end


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in {"Cc", "Cf", "Cs"} else character


def _columns(text: str) -> int:
    """Columns of a fixed-width font: East Asian wide characters take two, combining ones none."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
