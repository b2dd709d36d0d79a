"""The chat page as a member uses it."""

from __future__ import annotations

from playwright.async_api import expect


async def fresh(window, toy):
    """The page as Ada sees it, in a fresh channel, with nothing begun."""
    room = toy.room(topic="A fresh room")
    await become(window, "Ada")
    await window.click(f'[data-channel="{room}"]')
    await window.locator(".words").fill("")
    await expect(window.locator("#empty")).to_be_visible()
    return window


async def become(page, name: str) -> None:
    await page.locator(".person", has_text=name).click()
    await expect(page.locator("#me")).to_contain_text(name)
