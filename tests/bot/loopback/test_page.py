"""The chat page, in a real browser, with a real bot behind it."""

from __future__ import annotations

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.bot.loopback.browser import chromium, opened
from tests.bot.loopback.pages import become, fresh
from tests.bot.loopback.toy_bot import PNG

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


async def test_a_newcomer_is_told_what_to_type(page):
    await expect(page.locator("#empty h2")).to_have_text("An empty canvas")
    await expect(page.locator(".try")).to_have_text("/paint a red car under a rainbow")
    await page.locator(".try").click()
    await page.keyboard.press("Enter")
    await expect(page.locator(".container .text")).to_contain_text("a red car under a rainbow 64")
    await expect(page.locator("#empty")).to_be_hidden()


async def test_a_command_is_used_with_the_keyboard_alone(page):
    await page.keyboard.press("/")
    await expect(page.get_by_role("option")).to_contain_text(["/paint", "/rule", "/run", "/silence", "/talk"])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-name=what] textarea")).to_be_focused()
    await page.keyboard.type("a red")
    await expect(page.get_by_role("option")).to_have_text(["a red cat", "a red dog"])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await expect(page.locator("[data-name=what] textarea")).to_have_value("a red dog")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.keyboard.type("33")
    await page.keyboard.press("Enter")
    await expect(page.locator(".container .text")).to_contain_text("a red dog 33")
    await expect(page.locator(".words")).to_be_focused()


async def test_escape_puts_the_command_away(page):
    await page.keyboard.press("/")
    await page.keyboard.type("talk ")
    await expect(page.locator(".command")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(".command")).to_have_count(0)
    await expect(page.locator(".words")).to_be_focused()


async def test_a_number_out_of_range_is_refused_in_words(page):
    await page.locator(".words").fill("/paint x")
    await page.get_by_role("button", name="+ size").click()
    await page.keyboard.type("999")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("size: At most 512.")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("0x")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("size: This is not a number.")


async def test_a_picture_is_attached_and_seen_before_it_is_sent(page):
    await page.locator(".words").fill("/paint x")
    await page.get_by_role("button", name="+ init").click()
    async with page.expect_file_chooser() as chooser:
        await page.locator("[data-name=init] .option").click()
    await (await chooser.value).set_files({"name": "a.png", "mimeType": "image/png", "buffer": PNG})
    await expect(page.locator("[data-name=init] img")).to_be_visible()
    await page.get_by_role("button", name="Run").click()
    await expect(page.locator(".container .text")).to_contain_text(f"x 64 {len(PNG)} en-US")


async def test_admin_commands_are_shown_to_admins_alone(page):
    await become(page, "Ben")
    await page.keyboard.press("/")
    await expect(page.get_by_role("option").first).to_contain_text("/paint")
    await expect(page.get_by_role("option", name="/rule")).to_have_count(0)


async def test_commands_speak_the_members_language(page):
    await become(page, "Вера")
    await page.keyboard.press("/")
    await expect(page.get_by_role("option").filter(has_text="/рисуй")).to_contain_text("Нарисовать")
    await page.keyboard.type("рисуй кот")
    await expect(page.locator("[data-name=what] .label")).to_have_text("что")
    await page.keyboard.press("Enter")
    await expect(page.locator(".container .text")).to_contain_text("кот 64 0 ru")


async def test_buttons_menus_and_modals_work(page):
    await page.locator(".words").fill("/paint x")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Again").click()
    await expect(page.locator(".container .text")).to_have_text("again")
    await expect(page.get_by_role("button", name="Off")).to_be_disabled()
    await page.get_by_role("button", name="Ask").click()
    await expect(page.get_by_label("Words")).to_be_focused()
    await page.keyboard.type("hello")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.secret")).to_contain_text("you said hello")
    await page.locator(".several summary").click()
    await page.get_by_label("blue").check()
    await page.get_by_role("button", name="Choose").click()
    await expect(page.locator(".message.secret").last).to_contain_text("chose ['blue']")


async def test_focus_stays_on_a_button_whose_message_changes(page):
    await page.locator(".words").fill("/paint x")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Again").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".container .text")).to_have_text("again")
    await expect(page.get_by_role("button", name="Again")).to_be_focused()


async def test_an_ephemeral_message_is_shown_to_its_member_and_can_be_dismissed(page, toy):
    await page.locator(".words").fill("/talk")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="+ secret").click()
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.secret")).to_have_count(2)
    await expect(page.locator(".only-you").first).to_contain_text("Only you can see this")
    await page.get_by_role("button", name="Dismiss").first.click()
    await expect(page.locator(".message.secret")).to_have_count(1)
    await become(page, "Ben")
    await expect(page.locator(".message")).to_have_count(0)


async def test_a_command_that_nobody_answers_is_told(page):
    await page.locator(".words").fill("/silence")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.note")).to_contain_text("The bot did not answer in time.")


async def test_a_message_with_a_file_is_sent(page):
    await page.locator(".words").fill("look")
    await page.locator("#composer > input[type=file]").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"hello"}
    )
    await expect(page.locator(".chip")).to_contain_text("notes.txt")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message .file")).to_contain_text("notes.txt")
    await expect(page.locator(".chip")).to_have_count(0)


async def test_a_channel_that_is_deleted_is_left(page, toy):
    room = await page.locator("[aria-current=page]").get_attribute("data-channel")
    toy.discord.misbehave.delete_channel(room)
    await expect(page.locator("#title")).to_have_text("#painting")
    await expect(page.locator(f'[data-channel="{room}"]')).to_have_count(0)


async def test_a_direct_message_is_announced_and_read(page, toy):
    await toy.run("return 1")
    direct = page.locator("[data-channel]", has_text="Gala")
    await direct.click()
    await expect(page.locator("#title")).to_have_text("Gala")
    await expect(page.locator(".message").last).to_contain_text('"ok": 1')


async def test_a_bot_that_goes_away_is_seen_to_be_away(page, toy):
    toy.discord.misbehave.invalidate()
    await expect(page.locator("#presence")).to_have_text("Gala is away")
    await expect(page.locator("#presence")).to_have_text("Gala is here", timeout=20_000)


async def test_other_sites_cannot_act_for_a_member(toy):
    import aiohttp

    async with aiohttp.ClientSession() as http:
        for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
            async with http.get(f"{toy.discord.url}/loopback/state", headers=headers) as response:
                assert response.status == 403


async def test_a_select_of_channels_shows_what_was_chosen_and_can_be_emptied(page, toy):
    room = toy.room()
    code = f"""
    row = ui.ActionRow(ui.ChannelSelect(custom_id="toy:colour", min_values=0, placeholder="Where",
        channel_types=[discord.ChannelType.text],
        default_values=[discord.SelectDefaultValue.from_channel(discord.Object({room}))]))
    view = ui.LayoutView(); view.add_item(row)
    await channel.send(view=view)
    """
    await toy.run(code, room)
    await page.click(f'[data-channel="{room}"]')
    field = page.locator(".message select").last
    await expect(field).to_have_value(str(room))
    await field.select_option("")
    await expect(page.locator(".message").last).to_contain_text("chose []")
