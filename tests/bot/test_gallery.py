"""The gallery, codes, hearts and albums, used by members of the local Discord."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from simcord.components import walk_components

from bot.locales import texts_for
from storage.jobs import Status
from tests.bot.browsing import CODE, page, paint
from tests.bot.stage import CHANNEL, stage


@pytest.fixture
async def built(tmp_path):
    """A bot whose jobs stay in line."""
    async with stage(tmp_path) as found:
        yield found


async def answer(built, name, channel=CHANNEL):
    """The newest message that only this member sees."""
    return await built.discord.member(name).wait_for(channel, lambda message: message.ephemeral)


async def turned(built, name, shown, label):
    """Press a button of a page; the page that comes."""
    member, before = built.discord.member(name), shown.text
    await member.click(shown, label=label)
    after = await member.wait_for(CHANNEL, lambda message: message.id == shown.id and message.text != before)
    return after, CODE.findall(after.text)


async def test_pages_go_from_new_to_old_and_back(built):
    codes = [(await paint(built, number)).code for number in range(1, 24)][::-1]
    shown, first = await page(built, "Вера")
    assert first == codes[:9]
    assert len(shown.raw["attachments"]) == 9
    assert "новые" in shown.text
    second, found = await turned(built, "Вера", shown, texts_for("ru").get("button-older"))
    assert found == codes[9:18]
    third, found = await turned(built, "Вера", second, texts_for("ru").get("button-older"))
    assert found == codes[18:]
    assert texts_for("ru").get("button-older") not in third.labels
    _, found = await turned(built, "Вера", third, texts_for("ru").get("button-newer"))
    assert found == codes[9:18]


async def test_lists_are_narrowed(built):
    mine = await paint(built, 1)
    other = await paint(built, 2, member="Noor", model="toy-2")
    await built.generations.give_heart(built.member_id("Ben"), other.id, 1.0)
    assert (await page(built, show="mine"))[1] == [mine.code]
    assert (await page(built, show="favourites"))[1] == [other.code]
    assert (await page(built, show="loved"))[1] == [other.code, mine.code]
    assert (await page(built, member=built.member_id("Noor")))[1] == [other.code]
    assert (await page(built, model="toy-2"))[1] == [other.code]
    assert (await page(built, until="2001-01-01"))[1] == []
    assert (await page(built, until=f"{datetime.now(UTC):%Y-%m-%d}"))[1] == [other.code, mine.code]


@pytest.mark.parametrize(
    ("option", "value"), [("until", "yesterday"), ("until", "2026-13-01"), ("model", "a,b")]
)
async def test_what_cannot_be_read_is_told(built, option, value):
    await built.discord.member("Ben").slash(CHANNEL, "gallery", **{option: value})
    told = await answer(built, "Ben")
    assert value in told.text


async def test_an_old_or_crafted_button_gets_no_more_than_a_member_may_see(built):
    await paint(built, 1)
    shown, _ = await page(built)
    ben = built.discord.member("Ben")
    seen = built.discord.state.get_message(built.discord.channel_id(CHANNEL), shown.id)
    pressed = next(each["custom_id"] for each in shown.buttons if each["custom_id"].startswith("gala:open:"))
    for crafted, words in (
        ("gala:past:n,zzz:1.1.q", "no longer knows"),
        ("gala:past:n:1.q", "no longer knows"),
        ("gala:open:abcdefgh", "no picture of this code"),
    ):
        (button,) = [each for each in walk_components(seen.components) if each.get("custom_id") == pressed]
        button["custom_id"] = pressed = crafted
        before = await ben.messages(CHANNEL)
        await ben.click(shown, custom_id=crafted)
        told = await answer(built, "Ben")
        assert told.id not in {message.id for message in before}
        assert words in told.text
        assert not told.files


async def test_a_page_past_the_end_says_so_and_leads_back(built):
    made = [await paint(built, number) for number in range(10)]
    shown, _ = await page(built)
    await built.client.desk.past.forget(made[0].code, made[0].job_id)
    ben = built.discord.member("Ben")
    await ben.click(shown, label=texts_for("en-US").get("button-older"))
    past = await ben.wait_for(CHANNEL, lambda found: texts_for("en-US").get("gallery-past-end") in found.text)
    await ben.click(past, label=texts_for("en-US").get("button-newest"))
    first = await ben.wait_for(CHANNEL, lambda found: found.id == past.id and found.files)
    assert len(first.files) == 9


async def test_a_picture_whose_file_is_gone_says_so_and_is_painted_again(built):
    lost = await paint(built, 3, prompt="a red car", model="toy", engine="toy", width=64, height=48, steps=5)
    built.images.path(lost.picture_sha256).unlink()
    shown, codes = await page(built)
    assert codes == [lost.code]
    assert "its file is gone" in shown.text
    ben = built.discord.member("Ben")
    await ben.slash(CHANNEL, "show", code=f" {lost.code.upper()} ")
    card = await ben.wait_for(CHANNEL, lambda message: "Paint it again" in message.labels)
    await ben.click(card, label="Paint it again")
    await ben.wait_for(CHANNEL, lambda message: "Place in line" in message.text)
    (again,) = [found for found in await built.jobs.unfinished() if found.status is Status.QUEUED]
    assert (again.seed, again.parent, again.width, again.height) == (3, lost.code, 64, 48)


async def test_a_code_shows_the_recipe_and_the_kin(built):
    parent = await paint(built, 1, prompt="a `red` car | fog:-1")
    child = await paint(built, 2, parent=parent.code, member="Noor")
    hidden = await paint(built, 4, parent=parent.code, member="Noor")
    await built.generations.hide(hidden.code, hidden=True)
    ben = built.discord.member("Ben")
    await ben.slash(CHANNEL, "show", code=parent.code)
    card = await ben.wait_for(CHANNEL, lambda message: "Recipe" in message.labels)
    assert f"↓ {child.code}" in card.labels
    assert f"↓ {hidden.code}" not in card.labels
    assert len(card.raw["attachments"]) == 1
    await ben.click(card, label="Recipe")
    told = await ben.wait_for(CHANNEL, lambda message: "/imagine prompt:" in message.text)
    assert "ˋredˋ" in told.text
    assert f"--seed {parent.seed}" in told.text
    await ben.click(card, label=f"↓ {child.code}")
    other = await ben.wait_for(CHANNEL, lambda message: f"↑ {parent.code}" in message.labels)
    assert "Hide" not in other.labels  # it is Noor's


async def test_an_unknown_and_a_foreign_code_get_the_very_same_answer(built):
    foreign = await paint(built, 1)
    for code in ("zzzzzz", foreign.code, "'; DROP TABLE jobs", "x" * 4000):
        if code == foreign.code:
            await built.database.all("UPDATE generations SET guild_id = 77")
        await built.discord.member("Ben").slash(CHANNEL, "show", code=code)
    told = [
        message.text for message in await built.discord.member("Ben").messages(CHANNEL) if message.ephemeral
    ]
    assert len(told) == 4
    assert set(told) == {texts_for("en-US").get("code-unknown")}


async def test_hearts_are_counted_on_the_result(built):
    loved = await paint(built, 1, posted=True)
    (message,) = await built.messages()
    assert loved.code in message.text
    for name, label in (("Ben", "♥"), ("Noor", "♥ 1"), ("Ben", "♥ 2")):
        await built.discord.member(name).click(message, label=label)
        number = {"♥": "♥ 1", "♥ 1": "♥ 2", "♥ 2": "♥ 1"}[label]
        message = await built.discord.member("Ada").wait_for(
            CHANNEL, lambda found, number=number: number in found.labels
        )
    assert len(message.raw["attachments"]) == 1
    generation = await built.generations.get(loved.code)
    assert generation.hearts == 1


async def test_albums_are_a_member_s_own(built):
    first, second = await paint(built, 1, posted=True), await paint(built, 2, posted=True)
    one, two = await built.messages()
    ben = built.discord.member("Ben")
    modal = await ben.click(one, label="Save…")
    assert modal.outcome == "modal"
    (field,) = [part["component"]["custom_id"] for part in modal.modal["components"]]
    await ben.submit(modal, **{field: "Sea [x](http://y)"})
    told = await ben.wait_for(CHANNEL, lambda message: "Saved in" in message.text)
    assert "\\[x\\]" in told.text
    (album,) = await built.albums.of(built.member_id("Ben"))
    await ben.click(two, label="Save…")
    menu = await ben.wait_for(CHANNEL, lambda message: "Into which album" in message.text)
    await ben.select(menu, str(album.id), custom_id=f"gala:album:{second.code}")
    await ben.wait_for(CHANNEL, lambda message: message.text.count("Saved in") and message.id != told.id)
    choices = await ben.autocomplete(CHANNEL, "album open", "album", "sea")
    assert [choice["name"] for choice in choices] == [album.name]
    await ben.slash(CHANNEL, "album open", album=album.name)
    shown = await ben.wait_for(CHANNEL, lambda message: "###" in message.text)
    assert CODE.findall(shown.text) == [second.code, first.code]
    noor = built.discord.member("Noor")
    for command, options in (("open", {}), ("delete", {}), ("rename", {"name": "x"})):
        await noor.slash(CHANNEL, f"album {command}", album=album.name, **options)
    words = {message.text for message in await noor.messages(CHANNEL) if message.ephemeral}
    assert words == {texts_for("en-GB").get("album-unknown")}
    await ben.slash(CHANNEL, "album remove", album=album.name, code=first.code)
    await ben.slash(CHANNEL, "album rename", album=album.name, name="See")
    await ben.slash(CHANNEL, "album delete", album="See")
    assert await built.albums.of(built.member_id("Ben")) == []
    assert await built.generations.get(first.code) is not None


async def test_a_hidden_picture_is_its_author_s_alone(built):
    mine = await paint(built, 1)
    ben = built.discord.member("Ben")
    await ben.slash(CHANNEL, "show", code=mine.code)
    card = await ben.wait_for(CHANNEL, lambda message: "Hide" in message.labels)
    await ben.click(card, label="Hide")
    await ben.wait_for(CHANNEL, lambda message: "only you see it" in message.text)
    assert (await page(built, "Noor"))[1] == []
    assert (await page(built, "Ben"))[1] == [mine.code]


async def test_deleting_a_result_removes_all_that_is_kept(built):
    gone = await paint(built, 1, posted=True)
    await page(built)  # makes the thumbnail
    message = next(found for found in await built.messages() if not found.ephemeral)
    await built.discord.member("Ben").click(message, label="Delete")
    ben = built.discord.member("Ben")
    await ben.wait_for(CHANNEL, lambda found: texts_for("en-US").get("deleted") in found.text)
    assert await built.generations.get(gone.code) is None
    assert not built.images.path(gone.picture_sha256).exists()
    assert not list((built.record.parent / "thumbnails").glob("*/*"))
