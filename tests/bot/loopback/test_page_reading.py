"""What the chat page shows of messages, and whether it can be read, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.bot.loopback.browser import chromium, opened
from tests.bot.loopback.pages import fresh

#: How many elements stand out of the window on the right.
OVERFLOWING = """[...document.querySelectorAll('.room *')]
    .filter(item => item.getBoundingClientRect().right > innerWidth + 1).length"""
MOVING = """[...document.querySelectorAll('*')]
    .filter(item => getComputedStyle(item).animationName !== 'none').length"""
CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    expect.set_options(timeout=15_000)
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def window(browser, toy):
    async with opened(browser, toy.discord.url) as window:
        yield window


@pytest_asyncio.fixture(loop_scope="module")
async def page(window, toy):
    """The page as Ada sees it, in a fresh channel, with nothing begun."""
    return await fresh(window, toy)


async def test_an_edit_appears_while_one_looks(page, toy):
    room = int(await page.locator("[aria-current=page]").get_attribute("data-channel"))
    code = """
    message = await channel.send("1 of 2")
    await asyncio.sleep(0.5)
    await message.edit(content="2 of 2", attachments=[picture()])
    """
    started = await toy.start(code, room)
    await expect(page.locator(".message .text").last).to_have_text("1 of 2")
    await expect(page.locator(".message .text").last).to_have_text("2 of 2")
    await expect(page.locator(".message .picture img")).to_be_visible()
    assert (await toy.report(started))["ok"] is None


async def test_a_thread_stands_below_its_channel_and_is_called_by_its_name(page, toy):
    room = int(await page.locator("[aria-current=page]").get_attribute("data-channel"))
    state = toy.discord.state
    thread = state.create_thread(room, "sketches", next(iter(state.users)))
    entry = page.locator(f'li:has([data-channel="{room}"]) + li [data-channel="{thread.id}"]')
    await expect(entry).to_contain_text("↳")
    await toy.ben.say(room, f"look: <#{thread.id}>")
    await expect(page.locator(".message .text").last).to_contain_text("#sketches")
    await entry.click()
    await toy.ben.say(thread.id, "a sketch")
    await expect(page.locator(".message .text").last).to_have_text("a sketch")
    state.edit_channel(thread.id, {}, thread_metadata={"archived": True})
    await expect(entry).to_have_count(0)


async def test_text_is_text_and_never_html(page, toy):
    room = int(await page.locator("[aria-current=page]").get_attribute("data-channel"))
    evil = "<img src=x onerror=alert(1)> <b>b</b> [x](javascript:alert(1)) **bold** <@1> `<i>`"
    await toy.ben.say(room, evil)
    words = page.locator(".message .text")
    await expect(words).to_contain_text("<img src=x onerror=alert(1)> <b>b</b> [x](javascript:alert(1)) bold")
    assert await words.locator("img, b, i, a").count() == 0
    assert await words.locator("strong").inner_text() == "bold"


async def test_markdown_and_timestamps_are_rendered(page, toy):
    room = int(await page.locator("[aria-current=page]").get_attribute("data-channel"))
    await toy.ben.say(
        room, "# Head\n- one\n- two\n> quote\n```py\ncode()\n```\n||hidden|| <t:0:R> ~~s~~ __u__"
    )
    words = page.locator(".message .text")
    await expect(words.locator("h3, li, blockquote, pre, s, u")).to_have_count(7)
    await expect(words.locator("time")).to_contain_text("years ago")
    await expect(words.locator(".spoiler span")).to_be_hidden()
    await words.locator(".spoiler").click()
    await expect(words.locator(".spoiler span")).to_be_visible()


async def test_a_picture_is_enlarged_and_put_back(page):
    await page.locator(".words").fill("/paint x")
    await page.keyboard.press("Enter")
    await page.locator(".picture").click()
    await expect(page.locator("#lightbox img")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#lightbox")).to_be_hidden()
    await expect(page.locator(".picture")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 390, 1200])
async def test_it_fits_and_can_be_read_at_every_width(browser, toy, width, scheme):
    room = toy.room()
    await toy.ben.slash(room, "paint", what="long " * 60)
    await toy.ben.say(room, "x" * 300)
    async with opened(browser, toy.discord.url, width=width, height=740, scheme=scheme) as page:
        if width < 760:
            await page.click("#menu")
            await expect(page.locator("#side")).to_be_in_viewport()
        await page.click(f'[data-channel="{room}"]')
        await expect(page.locator(".message")).to_have_count(2)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        assert await page.evaluate(OVERFLOWING) == 0
        assert await page.evaluate(CONTRAST) == []


async def test_nothing_moves_for_those_who_want_it_so(page):
    assert await page.evaluate(MOVING) == 0
