"""`/privacy` and the daily round, over the local Discord."""

from __future__ import annotations

import io
import json
import time
import zipfile

import pytest

from bot.exporting import MARGIN_BYTES
from storage.cases import Case, CaseKind
from tests.bot.moderating import PNG, picture
from tests.bot.stage import CHANNEL, stage


@pytest.fixture
async def quiet(tmp_path):
    """A bot whose jobs stay in line."""
    async with stage(tmp_path) as built:
        yield built


async def files_of(built, message, name="Ben"):
    """What is in a message's ZIP file, by name."""
    data = await built.discord.member(name).download(message.files[0])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {each: archive.read(each) for each in archive.namelist()}


async def answer(built, outcome, name="Ben"):
    """The answer that only this member sees, once it is whole."""
    assert outcome.ephemeral
    return await built.discord.member(name).wait_for(
        CHANNEL, lambda message: message.ephemeral and not message.loading and message.id >= outcome.message
    )


async def test_a_member_gets_rows_and_pictures_and_nothing_of_others(quiet):
    mine = await picture(quiet)
    theirs = await picture(quiet, member_id=quiet.member_id("Noor"), prompt="hers")
    message = await answer(quiet, await quiet.discord.member("Ben").slash(CHANNEL, "privacy export"))
    assert "1 picture" in message.text and "last file" in message.text
    files = await files_of(quiet, message)
    assert files[f"pictures/{mine.code}.png"] == PNG
    assert not [name for name in files if theirs.code in name]
    (row,) = json.loads(files["generations.json"])
    assert (row["code"], row["prompt"]) == (mine.code, mine.prompt)
    assert "quota_ledger.json" in files and b"hers" not in b"".join(files.values())


async def test_what_does_not_fit_comes_in_more_files(quiet, monkeypatch):
    made = [await picture(quiet) for _ in range(3)]
    monkeypatch.setattr("bot.exporting.MOST_BYTES", MARGIN_BYTES + len(PNG) + 1)
    ben = quiet.discord.member("Ben")
    message = await answer(quiet, await ben.slash(CHANNEL, "privacy export"))
    names = set(await files_of(quiet, message))
    for number in (2, 3):
        assert message.labels == ["Next file"]
        message = await answer(quiet, await ben.click(message, label="Next file"))
        assert f"File {number} " in message.text
        names |= set(await files_of(quiet, message))
    assert message.labels == []
    assert {f"pictures/{each.code}.png" for each in made} <= names


async def test_a_picture_whose_file_is_lost_does_not_stop_it(quiet):
    made = await picture(quiet)
    await quiet.images.drop(made.picture_sha256)
    message = await answer(quiet, await quiet.discord.member("Ben").slash(CHANNEL, "privacy export"))
    assert "generations.json" in await files_of(quiet, message)


async def erase(built, name="Ben"):
    member = built.discord.member(name)
    question = await answer(built, await member.slash(CHANNEL, "privacy erase"), name)
    await member.click(question, custom_id=f"gala:privacy:erase:{built.member_id(name)}")


async def test_all_of_a_member_goes_everywhere_and_they_are_told(quiet):
    ben = quiet.discord.member("Ben")
    mine = await picture(quiet)
    await quiet.discord.member("Noor").click(await ben.message(CHANNEL, mine.message_id), label="Again")
    theirs = await picture(quiet, member_id=quiet.member_id("Noor"))
    await ben.slash(CHANNEL, "imagine", prompt="a lake")
    await ben.wait_for(CHANNEL, lambda message: "a lake" in message.text)
    await erase(quiet)
    await ben.wait_for("direct", lambda message: "is erased" in message.text, timeout_s=20)
    messages = await ben.wait_until(CHANNEL, lambda messages: all(m.id != mine.message_id for m in messages))
    assert theirs.message_id in [message.id for message in messages]
    privacy = quiet.client.desk.exporter.privacy
    assert set(await privacy.rows(quiet.member_id("Ben"))) <= {"quota_ledger", "jobs"}
    assert await quiet.images.get(theirs.picture_sha256) == PNG
    assert await quiet.client.desk.generations.get(theirs.code) is not None


async def test_who_thinks_better_of_it_loses_nothing(quiet):
    made = await picture(quiet)
    question = await answer(quiet, await quiet.discord.member("Ben").slash(CHANNEL, "privacy erase"))
    assert "1 picture" in question.text and question.labels == ["Erase everything"]
    assert await quiet.client.desk.generations.get(made.code) == made
    assert await quiet.client.desk.exporter.privacy.open() == []


async def test_nobody_erases_another(quiet):
    made = await picture(quiet)
    ben, noor = quiet.discord.member("Ben"), quiet.discord.member("Noor")
    message = await ben.message(CHANNEL, made.message_id)
    kept = quiet.discord.state.get_message(quiet.discord.channel_id(CHANNEL), made.message_id)
    row = next(item for item in kept.components[0]["components"] if item["type"] == 1)
    row["components"][0]["custom_id"] = f"gala:privacy:erase:{quiet.member_id('Ben')}"
    await noor.click(message, custom_id=row["components"][0]["custom_id"])
    told = await noor.wait_for(CHANNEL, lambda message: message.ephemeral)
    assert "Only the member" in told.text
    assert await quiet.client.desk.exporter.privacy.open() == []


async def test_what_is_before_the_moderators_stays_until_they_have_decided(quiet):
    ben = quiet.member_id("Ben")
    case = Case(quiet.discord.guild_id, CaseKind.FILTER, f"member {ben}", ben, 2, "a nude", time.time())
    await quiet.client.desk.cases.open(case)
    await erase(quiet)
    await quiet.discord.member("Ben").wait_for(
        "direct", lambda message: "is erased" in message.text, timeout_s=20
    )
    assert set(await quiet.client.desk.exporter.privacy.rows(ben)) == {"cases"}


async def test_a_guilds_old_pictures_go_but_not_its_favourites(quiet):
    old, loved, young = [await picture(quiet) for _ in range(3)]
    desk, database = quiet.client.desk, quiet.jobs._database
    for made in (old, loved):
        await database.all("UPDATE generations SET created_at = 5.0 WHERE id = ?", (made.id,))
    await desk.generations.give_heart(quiet.member_id("Noor"), loved.id, 6.0)
    await desk.eraser.round(quiet.client, desk, time.time())
    assert await desk.generations.get(old.code) is not None
    await quiet.guilds.change(quiet.discord.guild_id, retention_days=30)
    await desk.eraser.round(quiet.client, desk, time.time())
    assert await desk.generations.get(old.code) is None
    assert not quiet.images.path(old.picture_sha256).exists() or old.picture_sha256 == young.picture_sha256
    for made in (loved, young):
        assert await desk.generations.get(made.code) is not None
