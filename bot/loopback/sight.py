"""What a member of the local Discord sees: messages, and how an interaction went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_LOADING = 1 << 7
_EPHEMERAL = 1 << 6


@dataclass(frozen=True, slots=True)
class Message:
    """A message as this member sees it; `raw` is Discord's object."""

    raw: Mapping[str, Any]
    channel: str

    @property
    def id(self) -> int:
        """The message's snowflake."""
        return int(self.raw["id"])

    @property
    def author(self) -> str:
        """The author's name."""
        return str(self.raw["author"]["username"])

    @property
    def by_bot(self) -> bool:
        """Whether the bot sent it."""
        return bool(self.raw["author"].get("bot"))

    @property
    def loading(self) -> bool:
        """Whether it says that the bot is thinking."""
        return bool(self.raw["flags"] & _LOADING)

    @property
    def ephemeral(self) -> bool:
        """Whether only one member sees it."""
        return bool(self.raw["flags"] & _EPHEMERAL)

    @property
    def files(self) -> list[Mapping[str, Any]]:
        """The attachments, each with filename, size, url."""
        return list(self.raw["attachments"])

    @property
    def components(self) -> list[Mapping[str, Any]]:
        """All components, however deep, in order."""
        return list(_walk(self.raw["components"]))

    @property
    def buttons(self) -> list[Mapping[str, Any]]:
        """The buttons, each with label, custom_id, style, disabled."""
        return [item for item in self.components if item["type"] == 2]

    @property
    def labels(self) -> list[str]:
        """The labels of the buttons that can be clicked."""
        return [item.get("label", "") for item in self.buttons if not item.get("disabled")]

    @property
    def text(self) -> str:
        """All that is written: content, embeds, text displays."""
        parts = [self.raw["content"]]
        for embed in self.raw["embeds"]:
            parts += [embed.get("title", ""), embed.get("description", "")]
            parts += [f"{item['name']}: {item['value']}" for item in embed.get("fields", [])]
        parts += [item["content"] for item in self.components if item["type"] == 10]
        return "\n".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an interaction was first answered.

    `outcome`: message, deferred, update, deferred_update, modal, autocomplete, failed, or None (not yet).
    """

    id: int
    outcome: str | None
    seconds: float | None
    message: int | None
    channel: str
    ephemeral: bool
    modal: Mapping[str, Any] | None
    choices: list[Mapping[str, Any]] = field(default_factory=list)


def _walk(components: list[Any]) -> Iterator[Mapping[str, Any]]:
    for item in components:
        yield item
        yield from _walk(item.get("components") or [])
        for key in ("accessory", "component"):
            if isinstance(item.get(key), dict):
                yield from _walk([item[key]])
