"""The numbers, and the buckets that count."""

from __future__ import annotations

from bot.loopback.limits import MIB, Limits, RateLimiter, headers_for


def test_the_limits_are_discords():
    limits = Limits()
    assert (limits.first_answer_s, limits.token_s, limits.upload_limit_bytes) == (3, 900, 10 * MIB)
    assert (limits.request_limit_bytes, limits.max_files) == (25 * MIB, 10)
    assert (limits.edits, limits.edits_window_s) == (5, 5)


def test_each_channel_has_a_bucket_of_its_own():
    limiter = RateLimiter(Limits(edits=1, edits_window_s=60))
    verdicts = [limiter.count("PATCH", f"/channels/{channel}/messages/7") for channel in (1, 1, 2)]
    assert [verdict.refused for verdict in verdicts if verdict] == [False, True, False]


def test_a_refusal_tells_when_to_come_back():
    limiter = RateLimiter(Limits(sends=1, sends_window_s=30))
    limiter.count("POST", "/channels/1/messages")
    verdict = limiter.count("POST", "/channels/1/messages")
    assert verdict is not None and verdict.refused
    headers = headers_for(verdict, announce=False)
    assert 29 < float(headers["Retry-After"]) <= 30
    assert headers["Via"]


def test_all_requests_together_are_counted_and_interactions_are_not():
    limiter = RateLimiter(Limits(total=2, total_window_s=60))
    verdicts = [limiter.count("GET", "/users/@me") for _ in range(3)]
    assert [verdict is not None and verdict.everywhere for verdict in verdicts] == [False, False, True]
    assert limiter.count("POST", "/interactions/1/token/callback") is None
