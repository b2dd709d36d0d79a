"""REST: /api/v10 over HTTP, checked, counted, recorded and handed to SimCord."""

from __future__ import annotations

import copy
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web
from simcord.backend import errors
from simcord.backend.errors import BackendError
from simcord.http import router, routes

from bot.loopback import answers, rules
from bot.loopback.call import Call, Upload
from bot.loopback.limits import Limits, RateLimiter, Verdict, headers_for
from bot.loopback.misbehave import Misbehaviour
from bot.loopback.nonces import Nonces
from bot.loopback.record import Recorder
from bot.loopback.state import Payload, State

PREFIX = "/api/v10"
EMPTY = "Cannot send an empty message"
ROUTES = routes  #: importing the package is what registers SimCord's handlers
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a JSON body (None: no body)."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    injected: bool = False


class Rest:
    """The one handler of all routes."""

    def __init__(
        self,
        state: State,
        token: str,
        limits: Limits,
        misbehaviour: Misbehaviour,
        recorder: Recorder | None,
        gateway_url: Callable[[], str],
    ) -> None:
        self.calls = 0
        self._state = state
        self._token = token
        self._limits = limits
        self._misbehaviour = misbehaviour
        self._recorder = recorder
        self._gateway_url = gateway_url
        self._limiter = RateLimiter(limits)
        self._nonces = Nonces(state, limits.nonce_s)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request as Discord would."""
        self.calls += 1
        call = Call(request.method, request.path.removeprefix(PREFIX), dict(request.query))
        began = time.time()
        try:
            await self._read(request, call)
            answer = await self._answer(call, request.headers.get("Authorization", ""))
        except BackendError as error:
            answer = Answer(error.status, error.to_json())
        self._record(call, answer, began)
        self._state.pulse.beat()
        return self._respond(answer)

    # ------------------------------------------------------------------ reading

    async def _read(self, request: web.Request, call: Call) -> None:
        length = request.content_length or 0
        if length > self._limits.request_limit_bytes:
            await request.release()
            raise rules.too_large()
        if request.content_type.startswith("multipart/"):
            await self._read_parts(request, call)
        elif request.can_read_body:
            call.body = _parse(await request.read())

    async def _read_parts(self, request: web.Request, call: Call) -> None:
        scalars: Payload = {}
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            data = bytes(await part.read(decode=True))
            if part.name == "payload_json":
                call.body = _parse(data)
            elif part.filename is not None:
                call.files.append(Upload(part.filename, data))
            elif part.name:
                scalars[part.name] = data.decode()
        if call.body is None and scalars:
            call.body = scalars
        rules.describe_files(call.body, call.files)

    # ------------------------------------------------------------------ answering

    async def _answer(self, call: Call, authorization: str) -> Answer:
        verdict = self._limiter.count(call.method, call.path)
        if verdict is not None and verdict.refused:
            return self._refuse(verdict)
        headers = headers_for(verdict, announce=self._limits.announce) if verdict else {}
        fault = await self._misbehaviour.apply(call.method, call.path)
        if fault is None or fault.after:
            answer = self._perform(call, authorization)
            if fault is None:
                return Answer(answer.status, answer.body, headers)
        return Answer(fault.status, {"code": fault.code, "message": fault.message}, headers, injected=True)

    def _refuse(self, verdict: Verdict) -> Answer:
        body = {
            "message": "You are being rate limited.",
            "retry_after": round(verdict.reset_after_s, 3),
            "global": verdict.everywhere,
        }
        return Answer(429, body, headers_for(verdict, announce=self._limits.announce))

    def _perform(self, call: Call, authorization: str) -> Answer:
        try:
            self._authorize(call, authorization)
            rules.check(call, self._state, self._limits)
            before = self._nonces.known(call)
            made = before if before is not None else self._dispatch(call)
            body = answers.complete(copy.deepcopy(made), self._state)
        except router.RouteNotImplemented as error:
            _log.error("no such route here: %s %s", call.method, call.path)
            return Answer(error.status, error.to_json())
        except BackendError as error:
            if EMPTY in error.message:
                error = BackendError(400, 50006, EMPTY)
            return Answer(error.status, error.to_json())
        except (KeyError, TypeError, ValueError) as error:
            return Answer(400, errors.invalid_form_body(f"{type(error).__name__}: {error}").to_json())
        return Answer(204 if body is None else 200, body)

    def _authorize(self, call: Call, authorization: str) -> None:
        """Interactions and webhooks carry their right in the path, everything else in the header."""
        if call.segments[0] in ("interactions", "webhooks"):
            token = call.segments[2] if len(call.segments) > 2 else ""
            self._check_token(call.segments[0], token)
        elif authorization != f"Bot {self._token}":
            raise BackendError(401, 0, "401: Unauthorized")

    def _check_token(self, kind: str, token: str) -> None:
        record = self._state.interactions.get(self._state.interaction_tokens.get(token, 0))
        expired = (
            record is not None
            and record.expires_at is not None
            and self._state.now_iso() >= record.expires_at
        )
        if expired and kind == "webhooks":
            raise BackendError(401, 50027, "Invalid Webhook Token")

    def _dispatch(self, call: Call) -> Any:
        if call.path in ("/gateway", "/gateway/bot"):
            start = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
            rest = {"shards": 1, "session_start_limit": start} if call.path.endswith("bot") else {}
            return {"url": self._gateway_url(), **rest}
        body = router.dispatch(
            self._state, call.method, call.path, json=call.body, params=call.query, files=list(call.files)
        )
        self._state.http_requests.clear()
        self._nonces.remember(call, body)
        match = rules.CALLBACK.fullmatch(call.path)
        if match:
            self._state.answered[int(match[1])] = time.monotonic()
        return body

    # ------------------------------------------------------------------ telling

    def _record(self, call: Call, answer: Answer, began: float) -> None:
        if self._recorder is None:
            return
        entry: Payload = {"method": call.method, "path": PREFIX + call.path, "query": call.query}
        entry |= {"json": call.body, "files": [item.filename for item in call.files]}
        entry |= {"status": answer.status, "response": answer.body, "time": round(began, 3)}
        entry |= {"seconds": round(time.time() - began, 4)}
        if answer.injected:
            entry["injected"] = True
        self._recorder.write(entry)

    @staticmethod
    def _respond(answer: Answer) -> web.Response:
        if answer.body is None:
            return web.Response(status=answer.status, headers=dict(answer.headers))
        # discord.py compares the content type as a whole: a charset would make it keep the text.
        headers = {"Content-Type": "application/json", **answer.headers}
        return web.Response(status=answer.status, body=json.dumps(answer.body).encode(), headers=headers)


def _parse(data: bytes) -> Any:
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError as error:
        raise BackendError(400, 50109, "The request body contains invalid JSON.") from error
