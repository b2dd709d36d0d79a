"""Telling the local Discord to misbehave."""

from __future__ import annotations

import asyncio
import fnmatch
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simcord.backend import permissions
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.loopback.gateway import Gateway
from bot.loopback.state import Channel, Payload, State


@dataclass(slots=True)
class Fault:
    """What happens to the next `times` requests whose method and path (without /api/v10) match.

    `after` lets the request do its work first, and only then loses its answer.
    """

    method: str
    path: str
    times: int
    status: int = 0  #: 0: the answer is Discord's own
    code: int = 0
    message: str = ""
    delay_s: float = 0.0
    after: bool = False

    def matches(self, method: str, path: str) -> bool:
        """Whether this request is meant."""
        return self.times > 0 and self.method in ("*", method) and fnmatch.fnmatch(path, self.path)


class Misbehaviour:
    """The ways in which a Discord can let a bot down, each a method; also as POST /loopback/misbehave."""

    def __init__(self, state: State, gateway: Gateway, guild: Callable[[], int]) -> None:
        self._state = state
        self._gateway = gateway
        self._guild = guild
        self.faults: list[Fault] = []

    def _channel(self, channel: int | str) -> Channel:
        if isinstance(channel, int) or channel.isdecimal():
            return self._state.get_channel(int(channel))
        return self._state.channel_named(channel, self._guild())

    # ------------------------------------------------------------------ the gateway

    async def cut(self) -> None:
        """Drop the gateway's connections, as a broken line does."""
        await self._gateway.cut()

    def reconnect(self) -> None:
        """Op 7: the bot has to come back and RESUME."""
        self._gateway.ask_to_reconnect()

    def invalidate(self, *, resumable: bool = False) -> None:
        """Op 9: the session is gone (or, if resumable, only doubted)."""
        self._gateway.invalidate(resumable=resumable)

    # ------------------------------------------------------------------ REST

    def fail(
        self,
        path: str = "*",
        *,
        method: str = "*",
        times: int = 1,
        status: int = 500,
        code: int = 0,
        after: bool = False,
    ) -> None:
        """Answer the next requests with an error; `path` may hold * and ?.

        With `after` the request does its work and only its answer is lost, which is how doubles are made.
        """
        message = "Internal Server Error" if status >= 500 else "Injected"
        self.faults.append(Fault(method, path, times, status, code, message, after=after))

    def delay(self, delay_s: float, path: str = "*", *, method: str = "*", times: int = 1) -> None:
        """Let the next requests wait before they are looked at."""
        self.faults.append(Fault(method, path, times, delay_s=delay_s))

    async def apply(self, method: str, path: str) -> Fault | None:
        """Wait if told to; the fault whose error is to be given, if any."""
        for fault in list(self.faults):
            if not fault.matches(method, path):
                continue
            fault.times -= 1
            if fault.times == 0:
                self.faults.remove(fault)
            if fault.delay_s:
                await asyncio.sleep(fault.delay_s)
            if fault.status:
                return fault
        return None

    def calm(self) -> None:
        """Forget all faults that have not happened yet."""
        self.faults.clear()

    # ------------------------------------------------------------------ the world

    def expire_tokens(self) -> None:
        """Every interaction's 15 minutes are over."""
        past = self._state.iso_after(-1)
        for record in self._state.interactions.values():
            record.expires_at = past

    def delete_channel(self, channel: int | str) -> None:
        """The channel and its messages are gone."""
        self._state.delete_channel(self._channel(channel).id)

    def delete_message(self, channel: int | str, message: int) -> None:
        """A moderator deletes a message."""
        self._state.delete_message(self._channel(channel).id, message)

    def deny(self, channel: int | str, *names: str, member: int | None = None) -> None:
        """Take rights in a channel away from the bot or a member, by the names that discord.py gives them."""
        self._overwrite(self._channel(channel), deny=self._bits(names), member=member)

    def allow(self, channel: int | str) -> None:
        """Give the bot back what was denied in a channel."""
        self._overwrite(self._channel(channel), deny=0)

    def _overwrite(self, channel: Channel, deny: int, member: int | None = None) -> None:
        overwrite = Overwrite(member or self._state.bot_user.id, OverwriteType.MEMBER, deny=deny)
        self._state.set_overwrite(channel.id, overwrite)

    def close_direct(self, member: int) -> None:
        """A member takes no direct messages from here on: 50007."""
        self._state.closed_direct.add(member)

    def remove_member(self, member: int) -> None:
        """A member leaves the guild."""
        self._state.remove_member(self._guild(), member)

    @staticmethod
    def _bits(names: tuple[str, ...]) -> int:
        bits = 0
        for name in names:
            bits |= permissions.flag(name)
        return bits

    async def perform(self, action: str, arguments: list[Any], options: Payload) -> None:
        """Do what a request over HTTP asks for; LookupError for an action that does not exist."""
        actions = {
            "cut", "reconnect", "invalidate", "fail", "delay", "calm", "expire_tokens", "delete_channel",
            "delete_message", "deny", "allow", "close_direct", "remove_member",
        }  # fmt: skip
        if action not in actions:
            raise LookupError(f"no such misbehaviour: {action}; there are {sorted(actions)}")
        result = getattr(self, action)(*arguments, **options)
        if inspect.isawaitable(result):
            await result
