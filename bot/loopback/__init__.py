"""A local Discord on 127.0.0.1, for the demo and the tests.

Real, unmodified discord.py connects to it from another process: REST under /api/v10, the gateway's
WebSocket, a CDN, and a chat page in the browser over the same state. It stands on SimCord's backend.

For the bot (imports discord, nothing else of this package)::

    bot.loopback.redirect(endpoint)            # before the client is made

For the demo and the tests (needs the extra `demo`)::

    from bot.loopback.server import LocalDiscord, Limits

    async with LocalDiscord(port=0, record=Path("requests.jsonl")) as discord:
        discord.url, discord.endpoint, discord.token      # the page; what the bot is given; its token
        await discord.wait_ready()                        # a bot has connected and its guilds are sent
        ada = discord.member("Ada")                       # Ada (admin), Ben, Вера (ru), Noor (en-GB)
        ticket = await ada.slash("painting", "imagine", prompt="a red car", init=Upload("a.png", data))
        ticket.outcome, ticket.seconds, ticket.message    # first answer: "message", "deferred", "failed", ...
        message = await ada.wait_for("painting", lambda message: message.files, timeout_s=60)
        await ada.click(message, label="Again")
        discord.misbehave.cut()                           # and fail(), delay(), expire_tokens(), ...

`bot.loopback.member.MemberClient(url, "Ada")` is what `discord.member` returns; it speaks HTTP alone and
so works from any process.
"""

from __future__ import annotations


def redirect(endpoint: str) -> None:
    """Point discord.py at the local Discord. To be called before a client is made; there is no way back."""
    import discord
    import discord.gateway
    import discord.http
    import yarl

    base = yarl.URL(endpoint)
    discord.http.Route.BASE = str(base / "api/v10")
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = (base / "gateway/").with_scheme("ws")
    discord.Asset.BASE = str(base / "cdn")
