"""/loopback/: members' deeds, views and misbehaviour over HTTP, for the page and for other processes."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web
from simcord.backend.errors import BackendError, SetupError
from simcord.backend.models import Interaction

from bot.loopback.actions import ActionError, Actions
from bot.loopback.call import Upload
from bot.loopback.gateway import Gateway
from bot.loopback.misbehave import Misbehaviour
from bot.loopback.state import Payload, State
from bot.loopback.view import View

LONGEST_WAIT_S = 60.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Order:
    """A member's request: who, where, and what."""

    body: Payload
    member: int = 0
    channel: int = 0
    files: dict[str, Upload] = field(default_factory=dict)


class Control:
    """The handlers. A refusal is 400 with {"error": text}."""

    def __init__(
        self,
        state: State,
        actions: Actions,
        gateway: Gateway,
        misbehaviour: Misbehaviour,
        guild: Callable[[], int],
    ) -> None:
        self._state = state
        self._actions = actions
        self._gateway = gateway
        self._misbehaviour = misbehaviour
        self._guild = guild
        self._view = View(state)

    def routes(self) -> list[web.RouteDef]:
        """All routes of this part."""
        asks = {
            "slash": self._slash,
            "autocomplete": self._autocomplete,
            "click": self._click,
            "select": self._select,
            "modal": self._modal,
            "menu": self._menu,
        }
        return [
            web.get("/loopback/state", self._guarded(self._overview)),
            web.get("/loopback/commands", self._guarded(self._commands)),
            web.get("/loopback/messages", self._guarded(self._messages)),
            web.get("/loopback/interactions/{id}", self._guarded(self._interaction)),
            web.post("/loopback/say", self._guarded(self._say)),
            web.post("/loopback/direct", self._guarded(self._direct)),
            web.post("/loopback/misbehave", self._guarded(self._misbehave)),
            *[web.post(f"/loopback/{name}", self._guarded(self._asking(ask))) for name, ask in asks.items()],
        ]

    @staticmethod
    def _guarded(
        handler: Callable[[web.Request], Awaitable[Any]],
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def guarded(request: web.Request) -> web.Response:
            try:
                return web.json_response(await handler(request))
            except (ActionError, BackendError, SetupError, LookupError, TypeError, ValueError) as error:
                return web.json_response({"error": str(error)}, status=400)

        return guarded

    def _asking(self, ask: Callable[[Order], Interaction]) -> Callable[[web.Request], Awaitable[Payload]]:
        async def asking(request: web.Request) -> Payload:
            order = await self._order(request)
            record = ask(order)
            if not order.body.get("wait", True):
                return self._actions.outcome(record)
            return await self._actions.wait_outcome(record)

        return asking

    # ------------------------------------------------------------------ reading

    async def _order(self, request: web.Request) -> Order:
        order = Order({})
        if request.content_type.startswith("multipart/"):
            async for part in await request.multipart():
                if not isinstance(part, BodyPartReader):
                    continue
                data = bytes(await part.read(decode=True))
                if part.name == "payload_json":
                    order.body = json.loads(data)
                elif part.name and part.filename is not None:
                    order.files[part.name] = Upload(part.filename, data)
        elif request.can_read_body:
            order.body = json.loads(await request.read())
        order.member = self._member(order.body.get("member"))
        if "channel" in order.body:
            order.channel = self._channel(order.member, str(order.body["channel"]))
        return order

    def _member(self, given: Any) -> int:
        people = self._view.people()
        found = next((item for item in people if str(given) in (item["id"], item["name"])), None)
        if found is None:
            raise LookupError(f"no member {given!r}; there are {[item['name'] for item in people]}")
        return int(found["id"])

    def _channel(self, member: int, given: str) -> int:
        if given == "direct":
            return self._actions.direct_channel(member).id
        return int(given) if given.isdecimal() else self._state.channel_named(given, self._guild()).id

    # ------------------------------------------------------------------ views

    async def _overview(self, request: web.Request) -> Payload:
        people = self._view.people()
        member = self._member(request.query.get("member", people[0]["id"]))
        overview = self._view.overview(member, connected=self._gateway.connected)
        return overview | {"revision": self._state.pulse.revision}

    async def _commands(self, request: web.Request) -> list[Payload]:
        member = self._member(request.query["member"])
        return self._actions.commands(member, self._channel(member, request.query["channel"]))

    async def _messages(self, request: web.Request) -> Payload:
        """`after`: wait until the world has changed since that revision."""
        member = self._member(request.query["member"])
        after = request.query.get("after")
        if after is not None:
            timeout_s = min(float(request.query.get("timeout_s", 1.0)), LONGEST_WAIT_S)
            await self._state.pulse.after(int(after), timeout_s)
        channel = self._channel(member, request.query["channel"])
        self._state.get_channel(channel)
        revision = self._state.pulse.revision
        return {"revision": revision, "messages": self._view.messages(member, channel)}

    async def _interaction(self, request: web.Request) -> Payload:
        record = self._state.interactions[int(request.match_info["id"])]
        return self._actions.outcome(record)

    # ------------------------------------------------------------------ deeds

    async def _say(self, request: web.Request) -> Payload:
        order = await self._order(request)
        content = str(order.body.get("content", ""))
        files = list(order.files.values())
        message = self._actions.say(order.member, order.channel, content, files)
        return self._view.message(message)

    async def _direct(self, request: web.Request) -> Payload:
        order = await self._order(request)
        return {"id": str(self._actions.direct_channel(order.member).id)}

    async def _misbehave(self, request: web.Request) -> Payload:
        body = await request.json()
        await self._misbehaviour.perform(body["action"], body.get("arguments", []), body.get("options", {}))
        _log.info("misbehaving: %s", body["action"])
        return {}

    def _slash(self, order: Order) -> Interaction:
        options = order.body.get("options") or {}
        return self._actions.slash(order.member, order.channel, order.body["command"], options, order.files)

    def _autocomplete(self, order: Order) -> Interaction:
        body = order.body
        options = body.get("options") or {}
        return self._actions.autocomplete(
            order.member, order.channel, body["command"], body["option"], str(body["value"]), options
        )

    def _click(self, order: Order) -> Interaction:
        body = order.body
        names = {key: str(body[key]) for key in ("custom_id", "label") if body.get(key)}
        return self._actions.click(order.member, order.channel, int(body["message"]), **names)

    def _select(self, order: Order) -> Interaction:
        body = order.body
        values = [str(item) for item in body["values"]]
        custom_id = str(body.get("custom_id") or "")
        return self._actions.select(
            order.member, order.channel, int(body["message"]), values, custom_id=custom_id
        )

    def _modal(self, order: Order) -> Interaction:
        values = order.body.get("values") or {}
        return self._actions.submit(order.member, int(order.body["interaction"]), values, order.files)

    def _menu(self, order: Order) -> Interaction:
        return self._actions.menu(
            order.member, order.channel, order.body["command"], int(order.body["message"])
        )
