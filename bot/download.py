"""Downloads a large file from somebody's host: resumed, bounded, checked, and only then there.

What has arrived lies in `<name>.part`, beside it in `<name>.part.json` what the host calls that version. A
part is continued only while the host still offers the same version; the end is checked by size and SHA-256,
and a file that is not as it should be never gets its name.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL

from bot.errors import GalaError
from generation.published import Source

CHUNK_BYTES = 1 << 20
MAX_REDIRECTS = 10
MARGIN_BYTES = 256 << 20  #: left free on the disk
SLACK = 1.5  #: a file may be so much larger than about what its source tells
MIN_CAP_BYTES = 16 << 20
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})

#: Bytes that have arrived, and bytes in all (None while nobody knows).
Report = Callable[[int, int | None], None]


class DownloadError(GalaError):
    """A file that could not be had, or is not what it should be; the text is for the host."""


class _Passing(Exception):
    """A fault that another attempt may not meet."""

    def __init__(self, reason: str, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to try again. Attempts count only as long as nothing arrives."""

    attempts: int = 5
    wait_s: float = 1.0  #: doubled each time
    most_s: float = 30.0


def cap_bytes(source: Source) -> int:
    """The most that may come down for this file."""
    return source.size or max(MIN_CAP_BYTES, int(source.about_bytes * SLACK))


@dataclass(slots=True)
class Part:
    """What has arrived of a file so far."""

    path: Path
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    version: Mapping[str, str] = field(default_factory=dict)  #: the address, and the host's validator

    @classmethod
    def find(cls, path: Path) -> Part:
        """Take up what an earlier download left."""
        part = cls(path)
        try:
            version = json.loads(part.notes.read_text(encoding="utf-8"))
            with path.open("rb") as file:
                part.digest = hashlib.file_digest(file, "sha256")
            part.size, part.version = path.stat().st_size, {str(k): str(v) for k, v in version.items()}
        except (OSError, ValueError, AttributeError):
            part.clear({})
        return part

    @property
    def notes(self) -> Path:
        """Where the version is written down."""
        return self.path.with_name(f"{self.path.name}.json")

    def clear(self, version: Mapping[str, str]) -> None:
        """Begin anew with this version."""
        self.size, self.digest, self.version = 0, hashlib.sha256(), version
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(b"")
        self.notes.write_text(json.dumps(dict(version)), encoding="utf-8")

    def append(self, data: bytes) -> None:
        """Write what came."""
        with self.path.open("r+b") as file:
            file.seek(self.size)
            file.write(data)
            file.truncate()
        self.digest.update(data)
        self.size += len(data)

    def finish(self, target: Path) -> None:
        """Give the file its name, once it is safely on the disk."""
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        self.path.replace(target)
        self.notes.unlink(missing_ok=True)

    def drop(self) -> None:
        """Throw away what has come."""
        self.path.unlink(missing_ok=True)
        self.notes.unlink(missing_ok=True)


async def download(
    session: aiohttp.ClientSession,
    source: Source,
    target: Path,
    report: Report = lambda *_: None,
    patience: Patience = Patience(),
) -> str:
    """Bring the file to `target` from the first of its addresses that works; returns its SHA-256.

    Raises `DownloadError`. What has arrived by then is kept for the next time, unless it is wrong.
    """
    faults = []
    for url in source.urls:
        part = await asyncio.to_thread(Part.find, target.with_name(f"{target.name}.part"))
        try:
            await _bring(session, source, url, part, report, patience)
            return await asyncio.to_thread(_checked, source, url, part, target)
        except DownloadError as error:
            faults.append(str(error))
    raise DownloadError("\n".join(faults))


async def _bring(
    session: aiohttp.ClientSession,
    source: Source,
    url: str,
    part: Part,
    report: Report,
    patience: Patience,
) -> None:
    """Try until the whole file has come, or nothing more comes."""
    fruitless = 0
    while True:
        before = part.size
        try:
            return await _attempt(session, source, url, part, report)
        except (_Passing, aiohttp.ClientError, TimeoutError) as error:
            fruitless = 0 if part.size > before else fruitless + 1
            if fruitless >= patience.attempts:
                raise DownloadError(f"{source.name}: {url}: {_reason(error)}") from error
            wait_s = min(patience.most_s, patience.wait_s * 2**fruitless)
            await asyncio.sleep(max(wait_s, getattr(error, "wait_s", 0.0)))
        except OSError as error:
            raise DownloadError(f"{part.path}: {error.strerror or error}") from error


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__


async def _attempt(
    session: aiohttp.ClientSession, source: Source, url: str, part: Part, report: Report
) -> None:
    async with await _open(session, url, _resuming(source, url, part)) as response:
        if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            if response.headers.get("Content-Range") == f"bytes */{part.size}":
                return  # there was no more to come
            await asyncio.to_thread(part.clear, {})
            raise _Passing("the host cannot continue; beginning anew")
        _check_answer(source, url, response)
        if response.status != HTTPStatus.PARTIAL_CONTENT or not _continues(response, part):
            await asyncio.to_thread(part.clear, _version(url, response))
        total = _total(response, part)
        _check_size(source, url, part, total)
        async for data in response.content.iter_chunked(CHUNK_BYTES):
            if part.size + len(data) > cap_bytes(source):
                raise _too_large(source, url)
            await asyncio.to_thread(part.append, data)
            report(part.size, total)
    if total is not None and part.size < total:
        raise _Passing(f"cut after {part.size:,} of {total:,} bytes")


def _resuming(source: Source, url: str, part: Part) -> dict[str, str]:
    """Ask for the rest of this version; without a validator only where a known hash will tell in the end."""
    headers = {"Accept-Encoding": "identity"}
    validator = part.version.get("validator", "") if part.version.get("url") == url else ""
    if part.size and (validator or (source.sha256 and part.version)):
        headers["Range"] = f"bytes={part.size}-"
        if validator:
            headers["If-Range"] = validator
    return headers


async def _open(
    session: aiohttp.ClientSession, url: str, headers: Mapping[str, str]
) -> aiohttp.ClientResponse:
    """Follow redirects one by one, so that none leads away from the web or from TLS."""
    for _ in range(MAX_REDIRECTS + 1):
        exact = URL(url, encoded=url.isascii() and " " not in url)  # signatures do not survive re-quoting
        response = await session.get(exact, headers=headers, allow_redirects=False)
        if response.status not in REDIRECTS or "Location" not in response.headers:
            return response
        response.release()
        url = next_url(url, response.headers["Location"])
    raise DownloadError(f"{url}: more than {MAX_REDIRECTS} redirects")


def next_url(url: str, location: str) -> str:
    """Where a redirect leads. Raises `DownloadError` for anything but http(s), and from https to http."""
    target = urljoin(url, location)
    before, after = urlsplit(url).scheme, urlsplit(target).scheme
    if after not in ("http", "https"):
        raise DownloadError(f"{url}: redirects to {target[:80]!r}, which is not on the web")
    if before == "https" and after == "http":
        raise DownloadError(f"{url}: redirects to {target[:80]!r}, away from encryption")
    return target


def _check_answer(source: Source, url: str, response: aiohttp.ClientResponse) -> None:
    if response.status in PASSING:
        wait = response.headers.get("Retry-After", "")
        raise _Passing(
            f"the host answers {response.status}", min(60.0, float(wait)) if wait.isdecimal() else 0
        )
    if response.status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        raise DownloadError(f"{source.name}: {url}: the host answers {response.status} {response.reason}")
    if response.content_type == "text/html":
        raise DownloadError(f"{source.name}: {url}: the host sends a web page instead of the file")


def _continues(response: aiohttp.ClientResponse, part: Part) -> bool:
    found = response.headers.get("Content-Range", "")
    if not found.startswith(f"bytes {part.size}-"):
        raise _Passing(f"the host sends another range than asked for ({found[:60]!r})")
    return True


def _version(url: str, response: aiohttp.ClientResponse) -> dict[str, str]:
    """The host's strong validator; a weak ETag promises too little."""
    etag = response.headers.get("ETag", "")
    strong = etag if etag.startswith('"') else response.headers.get("Last-Modified", "")
    return {"url": url, "validator": "" if "Content-Encoding" in response.headers else strong}


def _total(response: aiohttp.ClientResponse, part: Part) -> int | None:
    if response.content_length is None or "Content-Encoding" in response.headers:
        return None
    return part.size + response.content_length


def _check_size(source: Source, url: str, part: Part, total: int | None) -> None:
    """Before anything comes: is it the right size, and does it fit?"""
    if total is not None and source.size and total != source.size:
        raise DownloadError(f"{source.name}: {url}: {total:,} bytes instead of {source.size:,}")
    if total is not None and total > cap_bytes(source):
        raise _too_large(source, url)
    needed = (total or source.about_bytes) - part.size + MARGIN_BYTES
    free = shutil.disk_usage(part.path.parent).free
    if free < needed:
        raise DownloadError(
            f"{source.name}: {part.path.parent} has {free / 1e9:.1f} GB free, {needed / 1e9:.1f} are needed"
        )


def _too_large(source: Source, url: str) -> DownloadError:
    return DownloadError(
        f"{source.name}: {url}: is larger than {cap_bytes(source):,} bytes, the most that it may be"
    )


def _checked(source: Source, url: str, part: Part, target: Path) -> str:
    """Compare with what is known, then let the file have its name. Raises `DownloadError`."""
    digest = str(part.digest.hexdigest())
    if source.size and part.size != source.size:
        part.drop()
        raise DownloadError(f"{source.name}: {url}: {part.size:,} bytes instead of {source.size:,}")
    if source.sha256 and digest != source.sha256:
        part.drop()
        raise DownloadError(
            f"{source.name}: {url}: has the SHA-256 {digest} instead of {source.sha256}; thrown away"
        )
    part.finish(target)
    return digest
