"""A real Chromium for the tests of the chat page."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

#: Debian's; GALA_CHROMIUM names another.
CHROMIUM = os.environ.get("GALA_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start it; skip when there is none, unless GALA_BROWSER=required."""
    if not Path(CHROMIUM).exists():
        reason = f"no browser at {CHROMIUM}; install Debian's chromium to run the tests of the page"
        if os.environ.get("GALA_BROWSER") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def opened(
    browser: Browser, url: str, *, width: int = 1200, height: int = 800, scheme: str = "light"
) -> AsyncIterator[Page]:
    """The chat page in a window of its own, loaded; any error in its scripts fails the test."""
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    faults: list[str] = []
    page = await context.new_page()
    page.set_default_timeout(10_000)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    try:
        await page.goto(url)
        await page.wait_for_selector("[aria-current=page]", state="attached")
        await page.wait_for_selector("#presence[data-here=yes]", state="attached")
        yield page
    finally:
        await context.close()
    assert faults == []
