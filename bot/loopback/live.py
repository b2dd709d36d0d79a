"""Live updates for the page: a WebSocket that tells each browser what changed in what its member sees."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web
from simcord.backend.errors import BackendError

from bot.loopback.state import Payload, State
from bot.loopback.view import View

SMALLEST_INTERVAL_S = 0.04


class Watch:
    """One browser tab: whom it looks through, where, and what it has been told."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.member = 0
        self.channel = 0
        self.told: dict[str, str] = {}
        self.overview = ""
        self.unread: dict[int, int] = {}

    def turn(self, member: int, channel: int) -> None:
        """Look elsewhere: everything is to be told anew."""
        self.member, self.channel = member, channel
        self.told, self.overview = {}, ""


class Live:
    """Tells differences, computed from the state, so that a page can never drift away from it."""

    def __init__(self, state: State, view: View, connected: Callable[[], bool]) -> None:
        self._state = state
        self._view = view
        self._connected = connected
        self._sockets: set[web.WebSocketResponse] = set()

    async def close(self) -> None:
        """Send all pages away."""
        for socket in list(self._sockets):
            await socket.close(code=1001)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """One page. It sends {"member", "channel"} whenever it looks elsewhere."""
        socket = web.WebSocketResponse(heartbeat=30.0)
        await socket.prepare(request)
        self._sockets.add(socket)
        watch = Watch(socket)
        teller = asyncio.create_task(self._tell_changes(watch))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    order = json.loads(message.data)
                    watch.turn(int(order["member"]), int(order.get("channel") or 0))
                    self._state.pulse.beat()
        finally:
            teller.cancel()
            await asyncio.gather(teller, return_exceptions=True)
            self._sockets.discard(socket)
        return socket

    async def _tell_changes(self, watch: Watch) -> None:
        while True:
            revision = self._state.pulse.revision
            if watch.member:
                try:
                    await self._tell(watch)
                except ConnectionError:
                    return
            await self._state.pulse.after(revision, 3600.0)
            await asyncio.sleep(SMALLEST_INTERVAL_S)

    async def _tell(self, watch: Watch) -> None:
        overview = self._view.overview(watch.member, connected=self._connected())
        text = json.dumps(overview)
        if text != watch.overview:
            watch.overview = text
            await watch.socket.send_json({"type": "overview", "overview": overview})
        change = self._difference(watch)
        if change["messages"] or change["gone"] or change["fresh"]:
            await watch.socket.send_json(change)

    def _difference(self, watch: Watch) -> Payload:
        fresh = not watch.told
        try:
            messages: list[Payload] = self._view.messages(watch.member, watch.channel)
        except (BackendError, KeyError):
            messages = []
        now: dict[str, str] = {item["id"]: json.dumps(item) for item in messages}
        changed: list[Any] = [item for item in messages if watch.told.get(item["id"]) != now[item["id"]]]
        gone = [key for key in watch.told if key not in now]
        watch.told = now
        # An empty channel is told once: a mark that is no message keeps it from being told again.
        watch.told.setdefault("", "")
        if "" in gone:
            gone.remove("")
        change: Payload = {
            "type": "messages",
            "channel": str(watch.channel),
            "messages": changed,
            "gone": gone,
        }
        return change | {"member": str(watch.member), "fresh": fresh}
