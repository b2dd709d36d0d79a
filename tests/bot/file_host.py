"""A host of files on the loopback that can be told to misbehave, as hosts of large files do."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(slots=True)
class FileHost:
    """Serves `files` by path. What it does wrong is said by the other fields."""

    files: dict[str, bytes] = field(default_factory=dict)
    cut_after: list[int] = field(default_factory=list)  #: bytes of each of the next answers, then whole ones
    statuses: list[int] = field(default_factory=list)  #: of the next answers, before any file
    ranges: bool = True
    validators: bool = True
    chunked: bool = False  #: no Content-Length
    wrong_range: bool = False
    content_type: str = "application/octet-stream"
    redirects: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)  #: path and Range of every request
    raw: list[str] = field(default_factory=list)  #: path and query of every request, as sent
    base: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        self.raw.append(request.raw_path)
        self.asked.append((path, request.headers.get("Range", "")))
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        if path in self.redirects:
            return web.Response(status=302, headers={"Location": self.redirects[path]})
        if path not in self.files:
            return web.Response(status=404)
        return await self.send(request, self.files[path])

    async def send(self, request: web.Request, data: bytes) -> web.StreamResponse:
        etag = f'"{hashlib.md5(data).hexdigest()}"'
        start = self.start_of(request, etag)
        if start >= len(data) > 0:
            return web.Response(status=416, headers={"Content-Range": f"bytes */{len(data)}"})
        response = web.StreamResponse(status=206 if start else 200)
        response.content_type = self.content_type
        if self.validators:
            response.headers["ETag"] = etag
        if start:
            shown = start + 1 if self.wrong_range else start
            response.headers["Content-Range"] = f"bytes {shown}-{len(data) - 1}/{len(data)}"
        if not self.chunked:
            response.content_length = len(data) - start
        await response.prepare(request)
        cut = self.cut_after.pop(0) if self.cut_after else len(data)
        await response.write(data[start : start + cut])
        if start + cut < len(data):
            await asyncio.sleep(0.05)  # so that it was read
            assert request.transport is not None
            request.transport.close()
        return response

    def start_of(self, request: web.Request, etag: str) -> int:
        wanted = request.headers.get("Range", "")
        if not wanted or not self.ranges or request.headers.get("If-Range", etag) != etag:
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))


@asynccontextmanager
async def file_host() -> AsyncIterator[FileHost]:
    """A host on a free port."""
    host = FileHost()
    app = web.Application()
    app.router.add_get("/{path:.*}", host.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        address = runner.addresses[0]
        host.base = f"http://{address[0]}:{address[1]}"
        yield host
    finally:
        await runner.cleanup()
