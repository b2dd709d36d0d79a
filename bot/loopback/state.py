"""SimCord's backend with what a Discord seen over the wire needs besides: real time, a CDN, nonces."""

from __future__ import annotations

import asyncio
import datetime
import io
import mimetypes
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from PIL import Image
from simcord._clock import Clock
from simcord.backend import Backend
from simcord.backend.cdn import CdnStore
from simcord.backend.errors import BackendError, invalid_form_body
from simcord.backend.models import Channel, Message
from simcord.components import walk_components

Payload = dict[str, Any]


class WallClock(Clock):
    """Real time, where SimCord's own stands still on 1 January 2026."""

    def now(self) -> datetime.datetime:
        """The present, with a time zone."""
        return datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=self.elapsed)


class Pulse:
    """A number that grows with every change of the world, and a way to wait for it."""

    def __init__(self) -> None:
        self.revision = 0
        self._changed = asyncio.Event()

    def beat(self) -> None:
        """Something has changed."""
        self.revision += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def after(self, revision: int, timeout_s: float) -> bool:
        """Wait until something has changed since `revision`; False when nothing did in time."""
        if self.revision > revision:
            return True
        try:
            await asyncio.wait_for(self._changed.wait(), timeout_s)
        except TimeoutError:
            return self.revision > revision
        return True


class Cdn(CdnStore):
    """Uploads, served under the local Discord's own address."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""

    def store_attachment(
        self, attachment_id: int, channel_id: int, filename: str, data: bytes, description: str | None
    ) -> Payload:
        """Keep the bytes; the answer is Discord's attachment object."""
        stored = super().store_attachment(attachment_id, channel_id, filename, data, description)
        path = f"/attachments/{channel_id}/{attachment_id}/{filename}"
        self._blobs[path] = self._blobs.pop(stored["url"])
        stored["url"] = stored["proxy_url"] = self.base + quote(path)
        if description is None:
            del stored["description"]
        return stored | image_size(data)

    def type_of(self, path: str) -> str:
        """The media type by the file's name."""
        return mimetypes.guess_type(path)[0] or "application/octet-stream"


def image_size(data: bytes) -> Payload:
    """Width and height of a picture, as attachments carry them; nothing for other files."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            return {"width": image.width, "height": image.height}
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {}


class State(Backend):
    """All that this Discord knows. Every change of it beats the pulse."""

    def __init__(self) -> None:
        super().__init__(clock=WallClock())
        self.cdn: Cdn = Cdn()
        self.pulse = Pulse()
        self.locales: dict[int, str] = {}  #: user id to the locale of that member's client
        self.adult_channels: set[int] = set()
        self.boosters: dict[int, str] = {}  #: user id to the ISO time since when they boost their guilds
        self.closed_direct: set[int] = set()  #: users who take no direct messages
        self.asked: dict[int, float] = {}  #: interaction id to the monotonic time at which it was sent
        self.modal_origins: dict[int, int] = {}  #: a modal's submission to the interaction that showed it
        self.answered: dict[int, float] = {}  #: the same, of its first answer
        self.subscribers.append(lambda event, payload: self.pulse.beat())

    def emit(self, event: str, payload: Mapping[str, Any]) -> None:
        """Tell the gateway; SimCord's transcript, which only grows, is not kept."""
        super().emit(event, payload)
        self.transcript.clear()

    def _reopen(self, channel_id: int) -> None:
        """A message opens its thread again, if that was archived."""
        thread = self.channels.get(channel_id)
        if thread is not None and thread.thread_metadata is not None and thread.thread_metadata.archived:
            self.edit_channel(channel_id, {}, thread_metadata={"archived": False})

    def commit_message(self, message: Message, *, broadcast: bool = True) -> Message:
        """Publish a message whose embeds may speak of its own files."""
        message.embeds = resolve_embeds(message.embeds, message.attachments)
        message.attachments = [plain(item) for item in message.attachments]
        name_defaults(message.components)
        self._reopen(message.channel_id)
        sent = super().commit_message(message, broadcast=broadcast)
        self.pulse.beat()
        return sent

    def edit_message(self, channel_id: int, message_id: int, fields: Payload) -> Message:
        """Change a message; embeds may speak of the files that it then has."""
        known = fields.get("attachments", self.get_message(channel_id, message_id).attachments)
        if fields.get("embeds"):
            fields = fields | {"embeds": resolve_embeds(fields["embeds"], known)}
        name_defaults(fields.get("components") or [])
        if fields.get("attachments"):
            fields = fields | {"attachments": [plain(item) for item in fields["attachments"]]}
        edited = super().edit_message(channel_id, message_id, fields)
        self.pulse.beat()
        return edited

    def delete_message(self, channel_id: int, message_id: int) -> None:
        """Forget a message, also one that nobody else could see; a "thinking" one thinks no more."""
        super().delete_message(channel_id, message_id)
        for record in self.interactions.values():
            if record.message_id == message_id and record.loading:
                record.complete_deferred()
        self.pulse.beat()

    def complete_member(self, payload: Payload, user_id: int) -> Payload:
        """Add to a member's payload what SimCord leaves out."""
        payload["premium_since"] = self.boosters.get(user_id)
        return payload

    def complete_channel(self, payload: Payload) -> Payload:
        """Add to a channel's payload what SimCord leaves out."""
        payload["nsfw"] = int(payload["id"]) in self.adult_channels
        payload.setdefault("flags", 0)
        return payload

    def channel_named(self, name: str, guild_id: int) -> Channel:
        """The guild's channel of that name; LookupError says which there are."""
        wanted = name.removeprefix("#")
        channels = [self.channels[item] for item in self.get_guild(guild_id).channel_ids]
        found = next((channel for channel in channels if channel.name == wanted), None)
        if found is None:
            raise LookupError(f"no channel {name!r}; there are {[channel.name for channel in channels]}")
        return found


def name_defaults(components: list[Payload]) -> None:
    """Write the ids of what selects begin with as Discord does, as strings; discord.py sends numbers."""
    for item in walk_components(components):
        for value in item.get("default_values") or []:
            value["id"] = str(value["id"])


def plain(attachment: Payload) -> Payload:
    """An attachment without a description that says nothing."""
    return {key: value for key, value in attachment.items() if value is not None or key != "description"}


def resolve_embeds(embeds: list[Payload], attachments: list[Payload]) -> list[Payload]:
    """Replace `attachment://name` in embeds by the file's address."""
    by_name = {item["filename"]: item for item in attachments}
    return [_resolve_embed(embed, by_name) for embed in embeds]


def _resolve_embed(embed: Payload, by_name: Mapping[str, Payload]) -> Payload:
    resolved: Payload = {"type": "rich"} | embed
    for part, key in (("image", "url"), ("thumbnail", "url"), ("author", "icon_url"), ("footer", "icon_url")):
        section = embed.get(part) or {}
        url = section.get(key)
        if isinstance(url, str) and url.startswith("attachment://"):
            file = by_name.get(url.removeprefix("attachment://"))
            if file is None:
                raise invalid_form_body(f"embeds.{part}.{key}: {url} names no attached file")
            size = {side: file[side] for side in ("width", "height") if side in file}
            resolved[part] = section | {key: file["url"]} | (size if key == "url" else {})
    return resolved


def custom_ids(components: list[Payload]) -> list[str]:
    """All custom_ids of a message's components, in order."""
    return [item["custom_id"] for item in walk_components(components) if "custom_id" in item]


Subscriber = Callable[[str, Mapping[str, Any]], None]

__all__ = ["BackendError", "Cdn", "Channel", "Payload", "Pulse", "State", "Subscriber", "WallClock"]
