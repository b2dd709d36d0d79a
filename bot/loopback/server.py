"""The local Discord as a whole: one server on 127.0.0.1."""

from __future__ import annotations

import asyncio
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from pathlib import Path

import yarl
from aiohttp import web

from bot.loopback.actions import Actions
from bot.loopback.call import Upload
from bot.loopback.control import Control
from bot.loopback.gateway import Gateway
from bot.loopback.limits import MIB, Limits
from bot.loopback.live import Live
from bot.loopback.member import MemberClient
from bot.loopback.misbehave import Misbehaviour
from bot.loopback.record import Recorder
from bot.loopback.rest import PREFIX, Rest
from bot.loopback.state import State
from bot.loopback.view import View
from bot.loopback.world import PEOPLE, ROOMS, Person, Room, add_room, found_guild

HOST = "127.0.0.1"
PAGE = Path(__file__).parent / "page"
#: The page loads nothing from elsewhere; pictures come from this server, previews from the browser itself.
PAGE_POLICY = "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'; base-uri 'none'"


class LocalDiscord:
    """A Discord for one bot; use it as an asynchronous context manager. Port 0 is any free one."""

    def __init__(
        self,
        *,
        port: int = 0,
        record: Path | None = None,
        limits: Limits | None = None,
        guild: str = "Gala's studio",
        people: tuple[Person, ...] = PEOPLE,
        rooms: tuple[Room, ...] = ROOMS,
        bot_name: str = "Gala",
    ) -> None:
        self.limits = limits or Limits()
        self.state = State()
        self.state.bot_user.name = bot_name
        self._guild_id = found_guild(self.state, guild, people, rooms).id
        bot_id = urlsafe_b64encode(str(self.state.bot_user.id).encode()).decode().rstrip("=")
        self.token = f"{bot_id}.loopback.{secrets.token_urlsafe(28)}"
        self.gateway = Gateway(self.state, self.token)
        self.misbehave = Misbehaviour(self.state, self.gateway, lambda: self._guild_id)
        self.actions = Actions(self.state, self.limits)
        self.view = View(self.state)
        self._recorder = Recorder(record) if record else None
        self._rest = Rest(
            self.state, self.token, self.limits, self.misbehave, self._recorder, lambda: self.gateway.url
        )
        self._live = Live(self.state, self.view, lambda: self.gateway.connected)
        self._port = port
        self._runner: web.AppRunner | None = None
        self._members: list[MemberClient] = []

    # ------------------------------------------------------------------ addresses

    @property
    def url(self) -> str:
        """The chat page."""
        return f"http://{HOST}:{self._port}"

    @property
    def endpoint(self) -> str:
        """What the bot is given, for `bot.loopback.redirect`."""
        return self.url

    @property
    def guild_id(self) -> int:
        """The first guild."""
        return self._guild_id

    def channel_id(self, name: str) -> int:
        """The id of a channel of the first guild."""
        return self.state.channel_named(name, self._guild_id).id

    def add_guild(
        self, name: str, people: tuple[Person, ...] = PEOPLE, rooms: tuple[Room, ...] = ROOMS
    ) -> int:
        """A further guild, which the bot joins now; its id. Channels of it are to be named by id."""
        return found_guild(self.state, name, people, rooms).id

    def add_channel(self, room: Room) -> int:
        """A further channel of the first guild; its id."""
        return add_room(self.state, self.state.get_guild(self._guild_id), room)

    def channels(self, guild_id: int) -> dict[str, int]:
        """A guild's channels, name to id."""
        channels = [self.state.channels[item] for item in self.state.get_guild(guild_id).channel_ids]
        return {channel.name or "": channel.id for channel in channels}

    def member(self, name: str) -> MemberClient:
        """Act as this member."""
        client = MemberClient(self.url, name)
        self._members.append(client)
        return client

    async def wait_ready(self, timeout_s: float = 30.0) -> None:
        """Wait until a bot is connected, or TimeoutError."""
        await self._until(lambda: self.gateway.connected, timeout_s)

    async def wait_gone(self, timeout_s: float = 30.0) -> None:
        """Wait until no bot is connected, or TimeoutError."""
        await self._until(lambda: not self.gateway.connected, timeout_s)

    async def wait_commands(self, timeout_s: float = 30.0) -> None:
        """Wait until the bot has registered commands, or TimeoutError."""
        await self._until(lambda: any(self.state.commands.values()), timeout_s)

    async def _until(self, condition: Callable[[], bool], timeout_s: float) -> None:
        async with asyncio.timeout(timeout_s):
            while not condition():
                await self.state.pulse.after(self.state.pulse.revision, timeout_s)

    # ------------------------------------------------------------------ life

    async def __aenter__(self) -> LocalDiscord:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Listen. OSError if the port is taken."""
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.state.cdn.base = f"{self.url}/cdn"
        self.gateway.url = str((yarl.URL(self.url) / "gateway/").with_scheme("ws"))

    async def close(self) -> None:
        """Drop all connections and stop."""
        for client in self._members:
            await client.close()
        await self._live.close()
        await self.gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._recorder is not None:
            self._recorder.close()

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=64 * MIB, middlewares=[_own_page_only])
        control = Control(self.state, self.actions, self.gateway, self.misbehave, lambda: self._guild_id)
        application.add_routes(control.routes())
        application.add_routes(
            [
                web.route("*", PREFIX + "/{path:.*}", self._rest.handle),
                web.get("/gateway/", self.gateway.handle),
                web.get("/cdn/{path:.*}", self._file),
                web.get("/loopback/live", self._live.handle),
                web.get("/", self._page),
                web.static("/page", PAGE),
            ]
        )
        return application

    async def _page(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html", headers={"Content-Security-Policy": PAGE_POLICY})

    async def _file(self, request: web.Request) -> web.Response:
        path = "/" + request.match_info["path"]
        data = self.state.cdn.get(path)
        if data is None:
            raise web.HTTPNotFound
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "max-age=86400"}
        return web.Response(body=data, content_type=self.state.cdn.type_of(path), headers=headers)


@web.middleware
async def _own_page_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Other sites' pages, open in the same browser, have no business here."""
    origin = request.headers.get("Origin")
    if request.url.host not in (HOST, "localhost") or (
        origin and yarl.URL(origin).host not in (HOST, "localhost")
    ):
        raise web.HTTPForbidden
    response = await handler(request)
    if request.path.startswith("/page/"):
        response.headers["Cache-Control"] = "no-cache"  # or a browser would show yesterday's page
    return response


__all__ = ["Limits", "LocalDiscord", "MemberClient", "Person", "Room", "Upload"]
