"""What Discord allows, as numbers, and the buckets that count requests."""

from __future__ import annotations

import re
import time
from collections import deque
from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Discord's limits; a test makes them smaller. Edits and sends are counted for each channel."""

    first_answer_s: float = 3.0
    token_s: float = 15 * 60.0
    upload_limit_bytes: int = 10 * MIB
    request_limit_bytes: int = 25 * MIB
    max_files: int = 10
    edits: int = 5
    edits_window_s: float = 5.0
    sends: int = 5
    sends_window_s: float = 5.0
    webhook: int = 5  #: requests of one interaction token
    webhook_window_s: float = 2.0
    total: int = 50  #: requests of the bot, interactions apart
    total_window_s: float = 1.0
    nonce_s: float = 300.0
    announce: bool = True  #: send the X-RateLimit headers, by which discord.py avoids most 429s


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a bucket says of one request."""

    bucket: str
    limit: int
    remaining: int
    reset_after_s: float
    refused: bool
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    method: str
    path: re.Pattern[str]


_RULES = (
    _Rule("edits", "PATCH", re.compile(r"/channels/(\d+)/messages/\d+")),
    _Rule("sends", "POST", re.compile(r"/channels/(\d+)/messages")),
    _Rule("webhook", "*", re.compile(r"/webhooks/\d+/([^/]+)(?:/.*)?")),
)


class RateLimiter:
    """Sliding windows, one a bucket and major parameter."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._windows: dict[tuple[str, str], deque[float]] = {}

    def count(self, method: str, path: str) -> Verdict | None:
        """Count one request; None when no bucket knows its route."""
        for rule in _RULES:
            match = rule.path.fullmatch(path)
            if match and rule.method in (method, "*"):
                verdict = self._take(rule.name, match[1])
                return verdict if verdict.refused or rule.name == "webhook" else self._total() or verdict
        return None if path.startswith("/interactions/") else self._total()

    def _total(self) -> Verdict | None:
        verdict = self._take("total", "")
        return verdict if verdict.refused else None

    def _take(self, name: str, key: str) -> Verdict:
        limit: int = getattr(self._limits, name)
        window_s: float = getattr(self._limits, f"{name}_window_s")
        window = self._windows.setdefault((name, key), deque())
        now = time.monotonic()
        while window and window[0] <= now - window_s:
            window.popleft()
        refused = len(window) >= limit
        if not refused:
            window.append(now)
        reset = window[0] + window_s - now if window else window_s
        return Verdict(f"loopback-{name}", limit, limit - len(window), reset, refused, name == "total")


def headers_for(verdict: Verdict, *, announce: bool) -> dict[str, str]:
    """Headers that tell of the bucket; a refusal carries `Via`, or discord.py takes it for a ban."""
    headers: dict[str, str] = {}
    if announce and not verdict.everywhere:
        headers |= {
            "X-RateLimit-Bucket": verdict.bucket,
            "X-RateLimit-Limit": str(verdict.limit),
            "X-RateLimit-Remaining": str(verdict.remaining),
            "X-RateLimit-Reset": f"{time.time() + verdict.reset_after_s:.3f}",
            "X-RateLimit-Reset-After": f"{verdict.reset_after_s:.3f}",
        }
    if verdict.refused:
        headers |= {"Retry-After": f"{verdict.reset_after_s:.3f}", "Via": "1.1 loopback"}
        headers |= {"X-RateLimit-Scope": "global" if verdict.everywhere else "user"}
    return headers
