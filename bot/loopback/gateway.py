"""The gateway: sessions over WebSocket, with sequence numbers, RESUME and the ways it can fail."""

from __future__ import annotations

import asyncio
import copy
import json
import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from aiohttp import WSMsgType, web
from simcord import intents as rules
from simcord.backend import serializers

from bot.loopback import answers
from bot.loopback.state import Payload, State

HEARTBEAT_INTERVAL_S = 41.25
REPLAY_LENGTH = 1000
#: Discord's bits of the intents.
INTENT_BITS = {
    "guilds": 0, "members": 1, "moderation": 2, "emojis_and_stickers": 3, "integrations": 4, "webhooks": 5,
    "invites": 6, "voice_states": 7, "presences": 8, "guild_messages": 9, "guild_reactions": 10,
    "guild_typing": 11, "dm_messages": 12, "dm_reactions": 13, "dm_typing": 14, "message_content": 15,
    "guild_scheduled_events": 16, "auto_moderation_configuration": 20, "auto_moderation_execution": 21,
    "guild_polls": 24, "dm_polls": 25,
}  # fmt: skip


class Op(IntEnum):
    """Gateway opcodes."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE_STATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class Close(IntEnum):
    """Close codes."""

    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    DISALLOWED_INTENTS = 4014


@dataclass(slots=True)
class Session:
    """One bot's stream of events; it outlives its connection, so that RESUME can catch up."""

    intents: int
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    sequence: int = 0
    sent: deque[Payload] = field(default_factory=lambda: deque(maxlen=REPLAY_LENGTH))
    outbox: asyncio.Queue[Payload] | None = None

    def wants(self, intent: str | None) -> bool:
        """Whether the bot asked for this intent."""
        return intent is None or bool(self.intents >> INTENT_BITS[intent] & 1)

    def dispatch(self, event: str, payload: Mapping[str, Any]) -> None:
        """Number the event, keep it for a RESUME, send it if somebody listens."""
        self.sequence += 1
        frame = {"op": Op.DISPATCH, "s": self.sequence, "t": event, "d": payload}
        self.sent.append(frame)
        if self.outbox is not None:
            self.outbox.put_nowait(frame)


class Gateway:
    """All sessions, and the WebSocket handler that feeds them."""

    def __init__(self, state: State, token: str, url: str = "") -> None:
        self.url = url
        self.identifies = 0
        self.resumes = 0
        self.allow_privileged = False
        self._state = state
        self._token = token
        self._sessions: dict[str, Session] = {}
        self._sockets: set[web.WebSocketResponse] = set()
        state.subscribers.append(self.publish)

    @property
    def connected(self) -> bool:
        """Whether a bot is listening now."""
        return any(session.outbox is not None for session in self._sessions.values())

    def publish(self, event: str, payload: Mapping[str, Any]) -> None:
        """Give an event to every session that asked for its kind."""
        for session in self._sessions.values():
            if session.wants(rules.required_intent(event, payload)):
                session.dispatch(event, self._shape(session, event, payload))

    def _shape(self, session: Session, event: str, payload: Mapping[str, Any]) -> Payload:
        shaped: Payload = copy.deepcopy(dict(payload))
        bot = self._state.bot_user.id
        if event in ("MESSAGE_CREATE", "MESSAGE_UPDATE") and not session.wants("message_content"):
            rules.censor_message(shaped, bot, backend=self._state)
        if event == "GUILD_CREATE":
            shaped["members"] = [item for item in shaped["members"] if int(item["user"]["id"]) == bot]
        return answers.complete(shaped, self._state)  # type: ignore[no-any-return]

    # ------------------------------------------------------------------ misbehaviour

    async def cut(self) -> None:
        """Drop every connection without a word, as a broken line does; what follows waits for a RESUME."""
        for session in self._sessions.values():
            session.outbox = None
        for socket in list(self._sockets):
            if socket._writer is not None and socket._writer.transport is not None:
                socket._writer.transport.abort()

    async def close(self) -> None:
        """Close every connection in order."""
        for socket in list(self._sockets):
            await socket.close(code=1001)

    def ask_to_reconnect(self) -> None:
        """Op 7: the bot is to come back and RESUME."""
        self._tell({"op": Op.RECONNECT, "d": None})

    def invalidate(self, *, resumable: bool = False) -> None:
        """Op 9: the session is over; unless resumable the bot has to identify anew."""
        frame = {"op": Op.INVALID_SESSION, "d": resumable}
        self._tell(frame)
        if not resumable:
            for session in self._sessions.values():
                session.id = secrets.token_hex(16)
            self._sessions = {session.id: session for session in self._sessions.values()}

    def _tell(self, frame: Payload) -> None:
        for session in self._sessions.values():
            if session.outbox is not None:
                session.outbox.put_nowait(frame)

    # ------------------------------------------------------------------ the connection

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, from HELLO to its end."""
        socket = web.WebSocketResponse(max_msg_size=0, compress=False)
        await socket.prepare(request)
        outbox: asyncio.Queue[Payload] = asyncio.Queue()
        outbox.put_nowait({"op": Op.HELLO, "d": {"heartbeat_interval": int(HEARTBEAT_INTERVAL_S * 1000)}})
        writer = asyncio.create_task(self._write(socket, outbox))
        self._sockets.add(socket)
        try:
            await self._read(socket, outbox)
        finally:
            self._sockets.discard(socket)
            for session in self._sessions.values():
                if session.outbox is outbox:
                    session.outbox = None
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            self._state.pulse.beat()
        return socket

    async def _write(self, socket: web.WebSocketResponse, outbox: asyncio.Queue[Payload]) -> None:
        while True:
            frame = await outbox.get()
            try:
                await socket.send_str(json.dumps(frame))
            except ConnectionError:
                return

    async def _read(self, socket: web.WebSocketResponse, outbox: asyncio.Queue[Payload]) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                frame = json.loads(message.data)
                op = Op(frame["op"])
            except (ValueError, KeyError, TypeError):
                await socket.close(code=Close.DECODE_ERROR)
                return
            close = self._receive(op, frame.get("d"), outbox)
            if close is not None:
                await socket.close(code=close)
                return

    def _receive(self, op: Op, data: Any, outbox: asyncio.Queue[Payload]) -> Close | None:
        if op is Op.HEARTBEAT:
            outbox.put_nowait({"op": Op.HEARTBEAT_ACK, "d": None})
        elif op is Op.IDENTIFY:
            return self._identify(data, outbox)
        elif op is Op.RESUME:
            return self._resume(data, outbox)
        elif op is Op.REQUEST_MEMBERS:
            self._send_members(data, outbox)
        return None

    def _identify(self, data: Payload, outbox: asyncio.Queue[Payload]) -> Close | None:
        if data["token"] != self._token:
            return Close.AUTHENTICATION_FAILED
        session = Session(int(data["intents"]))
        privileged = ("members", "presences", "message_content")
        if not self.allow_privileged and any(session.wants(name) for name in privileged):
            return Close.DISALLOWED_INTENTS
        session.outbox = outbox
        self.identifies += 1
        # A session that nobody listens to any more dies when the bot identifies anew.
        self._sessions = {key: old for key, old in self._sessions.items() if old.outbox is not None}
        self._sessions[session.id] = session
        session.dispatch("READY", self._ready(session, data.get("shard") or [0, 1]))
        for guild in self._state.guilds.values() if session.wants("guilds") else ():
            created = serializers.guild_create_payload(self._state, guild)
            session.dispatch("GUILD_CREATE", self._shape(session, "GUILD_CREATE", created))
        self._state.pulse.beat()
        return None

    def _ready(self, session: Session, shard: list[int]) -> Payload:
        return {
            "v": 10,
            "user": serializers.user_payload(self._state.bot_user),
            "guilds": [{"id": str(guild), "unavailable": True} for guild in self._state.guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.url,
            "shard": shard,
            "application": {"id": str(self._state.application_id), "flags": 0},
        }

    def _resume(self, data: Payload, outbox: asyncio.Queue[Payload]) -> Close | None:
        if data["token"] != self._token:
            return Close.AUTHENTICATION_FAILED
        session = self._sessions.get(data["session_id"])
        missed = -1 if session is None else session.sequence - int(data["seq"])
        if session is None or not 0 <= missed <= len(session.sent):
            outbox.put_nowait({"op": Op.INVALID_SESSION, "d": False})
            return None
        self.resumes += 1
        session.outbox = outbox
        for frame in list(session.sent)[len(session.sent) - missed :]:
            outbox.put_nowait(frame)
        session.dispatch("RESUMED", {})
        self._state.pulse.beat()
        return None

    def _send_members(self, data: Payload, outbox: asyncio.Queue[Payload]) -> None:
        guild = self._state.guilds.get(int(data["guild_id"]))
        session = next((item for item in self._sessions.values() if item.outbox is outbox), None)
        if guild is None or session is None:
            return
        raw = data.get("user_ids") or []
        asked = {int(item) for item in (raw if isinstance(raw, list) else [raw])}
        query = str(data.get("query") or "").lower()
        members = [
            serializers.member_payload(self._state, guild, member)
            for member in guild.members.values()
            if (
                member.user_id in asked if asked else self._state.users[member.user_id].name.startswith(query)
            )
        ]
        chunk: Payload = {"guild_id": str(guild.id), "members": members, "chunk_index": 0, "chunk_count": 1}
        if data.get("nonce"):
            chunk["nonce"] = data["nonce"]
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk)
