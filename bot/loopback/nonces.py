"""`enforce_nonce`: a message that is sent a second time is not made a second time."""

from __future__ import annotations

import re
import time
from typing import Any

from simcord.backend import serializers

from bot.loopback.call import Call
from bot.loopback.state import Payload, State

_SEND = re.compile(r"/channels/(\d+)/messages")


class Nonces:
    """The nonces of the last minutes, by channel. The bot is the only author who sends any."""

    def __init__(self, state: State, life_s: float) -> None:
        self._state = state
        self._life_s = life_s
        self._sent: dict[tuple[int, str], tuple[float, int]] = {}

    def known(self, call: Call) -> Payload | None:
        """The message that an enforced nonce has made already, if it is still there."""
        key = self._key(call)
        if key is None or not call.body.get("enforce_nonce"):
            return None
        sent_at, message_id = self._sent.get(key, (0.0, 0))
        message = self._state.messages.get(key[0], {}).get(message_id)
        if message is None or time.monotonic() - sent_at > self._life_s:
            return None
        payload: Payload = dict(serializers.message_payload(self._state, message))
        return payload | {"nonce": key[1]}

    def remember(self, call: Call, body: Any) -> None:
        """Note the nonce of a message that was just made."""
        key = self._key(call)
        if key is not None:
            self._sent[key] = (time.monotonic(), int(body["id"]))
            body["nonce"] = key[1]

    @staticmethod
    def _key(call: Call) -> tuple[int, str] | None:
        match = _SEND.fullmatch(call.path)
        if call.method != "POST" or not match or not isinstance(call.body, dict):
            return None
        nonce = call.body.get("nonce")
        return None if nonce in (None, "") else (int(match[1]), str(nonce))
