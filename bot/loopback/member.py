"""A member of the local Discord, for tests and the demo: speaks HTTP alone, so from any process."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

from bot.loopback.call import Upload
from bot.loopback.sight import Message, Outcome


class RefusedError(Exception):
    """The local Discord would not let the member do that; the text says why."""


class NotSeenError(AssertionError):
    """What was waited for did not come; the text tells what there was instead."""


class MemberClient:
    """Acts as one member. `channel` is a name ("painting"), an id, or "direct"; times out with an answer."""

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> MemberClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    # ------------------------------------------------------------------ deeds

    async def say(self, channel: str | int, content: str = "", *files: Upload) -> Message:
        """Post a message."""
        parts = {f"files[{index}]": item for index, item in enumerate(files)}
        raw = await self._post("say", {"channel": str(channel), "content": content}, parts)
        return Message(raw, str(channel))

    async def slash(
        self, channel: str | int, command: str, /, *, wait: bool = True, **options: Any
    ) -> Outcome:
        """Use a slash command, and (unless `wait` is false) await its first answer or failure.

        Options are strings, numbers, booleans, ids, or an `Upload`.
        """
        files = {name: value for name, value in options.items() if isinstance(value, Upload)}
        plain = {name: value for name, value in options.items() if name not in files}
        body = {"channel": str(channel), "command": command, "options": plain, "wait": wait}
        return await self._ask("slash", body, files)

    async def autocomplete(
        self, channel: str | int, command: str, option: str, value: str = "", /, **options: Any
    ) -> list[Mapping[str, Any]]:
        """What an option offers for the text typed so far, each with name and value."""
        body = {"channel": str(channel), "command": command, "option": option}
        outcome = await self._ask("autocomplete", body | {"value": value, "options": options})
        return outcome.choices

    async def click(
        self, message: Message, *, label: str = "", custom_id: str = "", wait: bool = True
    ) -> Outcome:
        """Click a button."""
        body = {"channel": message.raw["channel_id"], "message": str(message.id), "wait": wait}
        return await self._ask("click", body | {"label": label, "custom_id": custom_id})

    async def select(self, message: Message, *values: str, custom_id: str = "") -> Outcome:
        """Choose in a select menu; users, roles and channels by id."""
        body = {"channel": message.raw["channel_id"], "message": str(message.id)}
        return await self._ask("select", body | {"values": list(values), "custom_id": custom_id})

    async def submit(self, modal: Outcome, /, **values: Any) -> Outcome:
        """Send the modal that an interaction was answered with; values by custom_id, files as `Upload`."""
        files = {name: value for name, value in values.items() if isinstance(value, Upload)}
        plain = {name: value for name, value in values.items() if name not in files}
        return await self._ask("modal", {"interaction": str(modal.id), "values": plain}, files)

    async def menu(self, message: Message, command: str) -> Outcome:
        """Use a message's context command."""
        body = {"channel": message.raw["channel_id"], "message": str(message.id), "command": command}
        return await self._ask("menu", body)

    # ------------------------------------------------------------------ seeing

    async def commands(self, channel: str | int) -> list[Mapping[str, Any]]:
        """The slash commands that this member sees in a channel."""
        query = {"member": self.name, "channel": str(channel)}
        return list(await self._get("commands", query))

    async def messages(self, channel: str | int) -> list[Message]:
        """A channel's newest messages, oldest first."""
        _, messages = await self._look(channel)
        return messages

    async def message(self, channel: str | int, message_id: int) -> Message | None:
        """One message, if it is still there."""
        return next((item for item in await self.messages(channel) if item.id == message_id), None)

    async def outcome(self, interaction: Outcome) -> Outcome:
        """How an interaction stands now."""
        return self._outcome(await self._get(f"interactions/{interaction.id}", {}))

    async def wait_for(
        self, channel: str | int, wanted: Callable[[Message], object], *, timeout_s: float = 30.0
    ) -> Message:
        """Wait for a message that is as wanted: the newest such; NotSeenError tells what there was."""
        found: list[Message] = []

        def some(messages: list[Message]) -> bool:
            found[:] = [item for item in messages if wanted(item)]
            return bool(found)

        await self.wait_until(channel, some, timeout_s=timeout_s)
        return found[-1]

    async def wait_until(
        self, channel: str | int, wanted: Callable[[list[Message]], object], *, timeout_s: float = 30.0
    ) -> list[Message]:
        """Wait until a channel's messages are as wanted."""
        deadline = time.monotonic() + timeout_s
        revision, messages = await self._look(channel)
        while not wanted(messages):
            left = deadline - time.monotonic()
            if left <= 0:
                seen = "\n".join(f"- {item.author}: {item.text[:200]!r} {item.labels}" for item in messages)
                raise NotSeenError(f"not seen within {timeout_s} s in {channel}; there is\n{seen}")
            revision, messages = await self._look(channel, revision, min(left, 5.0))
        return messages

    async def download(self, file: Mapping[str, Any]) -> bytes:
        """An attachment's bytes."""
        async with self._http().get(file["url"]) as response:
            response.raise_for_status()
            return await response.read()

    # ------------------------------------------------------------------ plumbing

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    async def _look(
        self, channel: str | int, after: int | None = None, timeout_s: float = 0.0
    ) -> tuple[int, list[Message]]:
        query = {"member": self.name, "channel": str(channel)}
        if after is not None:
            query |= {"after": str(after), "timeout_s": str(timeout_s)}
        answer = await self._get("messages", query)
        return answer["revision"], [Message(item, str(channel)) for item in answer["messages"]]

    async def _get(self, path: str, query: Mapping[str, str]) -> Any:
        async with self._http().get(f"{self._url}/loopback/{path}", params=query) as response:
            return self._checked(await response.json())

    async def _post(
        self, path: str, body: Mapping[str, Any], files: Mapping[str, Upload] | None = None
    ) -> Any:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("payload_json", json.dumps({"member": self.name, **body}))
        for name, file in (files or {}).items():
            form.add_field(name, file.data, filename=file.filename, content_type="application/octet-stream")
        data: Any = form if files else json.dumps({"member": self.name, **body})
        async with self._http().post(f"{self._url}/loopback/{path}", data=data) as response:
            return self._checked(await response.json())

    @staticmethod
    def _checked(answer: Any) -> Any:
        if isinstance(answer, dict) and "error" in answer:
            raise RefusedError(answer["error"])
        return answer

    async def _ask(
        self, path: str, body: Mapping[str, Any], files: Mapping[str, Upload] | None = None
    ) -> Outcome:
        return self._outcome(await self._post(path, body, files))

    @staticmethod
    def _outcome(raw: Mapping[str, Any]) -> Outcome:
        return Outcome(
            id=int(raw["id"]),
            outcome=raw["outcome"],
            seconds=raw["seconds"],
            message=None if raw["message"] is None else int(raw["message"]),
            channel=raw["channel"],
            ephemeral=raw["ephemeral"],
            modal=raw["modal"],
            choices=raw["choices"] or [],
        )


async def misbehave(url: str, action: str, *arguments: Any, **options: Any) -> None:
    """Tell a local Discord in another process to misbehave; the actions are `Misbehaviour`'s methods."""
    body = {"action": action, "arguments": list(arguments), "options": options}
    async with aiohttp.ClientSession() as http, http.post(f"{url}/loopback/misbehave", json=body) as response:
        answer = await response.json()
        if "error" in answer:
            raise RefusedError(answer["error"])
    await asyncio.sleep(0)


__all__ = ["MemberClient", "Message", "NotSeenError", "Outcome", "RefusedError", "Upload", "misbehave"]
