"""Several pictures at once: asked for, shown as one message, and gone on from, over the local Discord."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from bot.errors import UserError
from bot.locales import texts_for
from bot.loopback.server import Upload
from bot.prompt import parse
from bot.request import Choices, check_init, resolve
from bot.views import cards
from bot.views.messages import Parcel, channel_of
from generation.codec import decode_rgb, encode_png
from generation.models import CATALOGUE
from generation.recipes import read_recipe
from generation.sheets import cut
from storage.quotas import Kind, Period, Rule, Scope
from tests.bot.stage import CHANNEL, PAINTING, TOY, stage
from tests.bot.test_departures import words

PNG = encode_png(np.full((40, 60, 3), 200, np.uint8))
FOUR = ["U1", "U2", "U3", "U4", "V1", "V2", "V3", "V4", "Again", "Film"]


@pytest.fixture
async def built(tmp_path):
    """A bot that paints."""
    async with stage(tmp_path, painter=True) as built:
        yield built


async def painted(built, name="Ben", after=0, **options):
    """The member's result, and its job."""
    member = built.discord.member(name)
    if options:
        await member.slash(CHANNEL, "imagine", **options)
    result = await member.wait_for(
        CHANNEL, lambda message: "Film" in message.labels and message.id > after, timeout_s=30
    )
    (again,) = (button for button in result.buttons if button["label"] == "Again")
    return result, await built.jobs.get(again["custom_id"][-8:])


async def limit(built, amount):
    guild = built.discord.guild_id
    await built.quotas.set_rule(Rule(guild, Scope.ROLE, guild, Kind.PICTURES, amount, Period.DAY))


async def sheet_of(built, job):
    return decode_rgb(await built.images.get(job.picture_sha256))


# -- asking ------------------------------------------------------------------------------------------------


async def test_four_pictures_come_as_one_message_best_first(built):
    result, job = await painted(built, prompt="a red car", grid=4, seed=4)
    assert result.labels[:10] == FOUR
    assert job.grid == 4
    assert json.loads(job.scores) == [0.5, 0.375, 0.25, 0.125]
    assert "likeness 1: 0.50 · 2: 0.38 · 3: 0.25 · 4: 0.12" in result.text
    assert "4 × 64×64" in result.text
    assert len(result.files) == 1
    shown = decode_rgb(await built.discord.member("Ben").download(result.files[0]))
    assert np.array_equal(shown, await sheet_of(built, job))
    assert len({cut(shown, 4, place).tobytes() for place in range(4)}) == 4
    recipe = read_recipe(await built.images.get(job.picture_sha256))
    assert recipe is not None
    assert recipe.grid == 4


async def test_nine_have_menus_in_place_of_buttons(built):
    result, job = await painted(built, prompt="a red car --n 9")
    assert job.grid == 9
    assert result.labels[:2] == ["Again", "Film"]
    ben = built.discord.member("Ben")
    await ben.select(result, "8", custom_id=f"gala:picks:{job.id}")
    alone, made = await painted(built, after=result.id)
    assert (made.candidate, made.grid, made.keep) == (8, 1, None)
    await ben.select(result, "2", custom_id=f"gala:redraws:{job.id}")
    _, made = await painted(built, after=alone.id)
    assert (made.candidate, made.grid, made.keep) == (2, 9, 0.5)


async def test_a_grid_counts_as_many_pictures(built):
    await limit(built, 9.0)
    for _ in range(2):
        await painted(built, prompt="a red car", grid=4)
    assert (await built.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a car", grid=4)).ephemeral
    said = (await words(built)).text
    assert "Each member here has 9 pictures a day, and 1 is left; you have asked for 4 at once" in said
    await limit(built, 3.0)
    await built.discord.member("Noor").slash(CHANNEL, "imagine", prompt="a car", grid=4)
    assert "3 pictures a day at most, and you have asked for 4" in (await words(built, "Noor")).text
    rows = await built.database.all("SELECT pictures FROM quota_ledger ORDER BY id", ())
    assert [row["pictures"] for row in rows] == [4, 4]


async def test_the_top_of_an_attached_picture_is_kept(built):
    result, job = await painted(built, prompt="a red car", init=Upload("a.png", PNG), keep=40)
    assert job.keep == 0.4
    assert "the top 40 % kept" in result.text
    await built.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a red car --keep 40%")
    assert "no picture whose top could be kept" in (await words(built)).text


def test_a_model_that_draws_no_codes_has_neither():
    def asked(text):
        return resolve(parse(text)[0], Choices(), PAINTING, CATALOGUE)

    four = asked("a car --n 4 --keep 50% --model pocket")
    assert (four.grid, four.keep) == (4, 0.5)
    check_init([four], CATALOGUE, given=True)
    for text, message_id in (("a car --n 4", "grid-not-here"), ("a car --keep 9%", "keep-not-here")):
        with pytest.raises(UserError) as caught:
            asked(f"{text} --model abstract")
        assert caught.value.message_id == message_id


def test_a_model_that_is_shown_a_picture_has_grids_and_keeps_nothing_of_it():
    known = {"map": replace(CATALOGUE["pocket"], name="map", engine="second-stage", reads="segmentation")}

    def asked(text):
        return resolve(parse(text)[0], Choices(model="map"), PAINTING, known)

    four = asked("a valley --n 4")
    assert four.grid == 4
    check_init([four], known, given=True)
    for locale, said in (
        ("en-US", "is shown the attached picture"),
        ("ru", "смотрит на приложенную картинку"),
    ):
        with pytest.raises(UserError, match="keep-of-shown") as caught:
            asked("a valley --keep 50%")
        assert said in texts_for(locale).get(caught.value.message_id, **caught.value.arguments)


# -- going on ----------------------------------------------------------------------------------------------


async def test_what_was_shown_to_a_model_stays_with_the_pictures_of_its_sheet(built):
    built.client.desk.models["toy"] = replace(TOY, reads="depth")
    result, grid = await painted(built, prompt="a hill", grid=4, init=Upload("a.png", PNG))
    await built.discord.member("Ben").click(result, label="V2")
    lower, job = await painted(built, after=result.id)
    assert (job.candidate, job.keep, job.init_sha256) == (2, 0.5, grid.picture_sha256)
    await built.discord.member("Ben").click(result, label="U3")
    alone, job = await painted(built, after=lower.id)
    assert (job.candidate, job.keep) == (3, None)
    await built.discord.member("Ben").click(alone, label="Again")
    last, job = await painted(built, after=alone.id)
    assert (job.candidate, job.keep, job.init_sha256) == (3, 0.0, grid.picture_sha256)
    assert "kept" not in last.text


async def test_one_of_them_becomes_a_picture_of_its_own(built):
    result, grid = await painted(built, prompt="a red car", grid=4, seed=4, steps=14)
    await built.discord.member("Noor").click(result, label="U3")
    alone, job = await painted(built, "Noor", after=result.id)
    assert np.array_equal(await sheet_of(built, job), cut(await sheet_of(built, grid), 4, 2))
    assert (job.member_id, job.parent) == (built.member_id("Noor"), grid.code)
    assert (job.grid, job.candidate, job.keep, job.seed, job.steps) == (1, 3, None, 4, 14)
    assert job.init_sha256 == grid.picture_sha256
    assert "from picture 3 of a grid" in alone.text
    assert {"Vary", "Upscale", "Frames"} <= set(alone.labels)
    await built.discord.member("Ben").click(alone, label="Again")
    _, again = await painted(built, after=alone.id)
    assert (again.grid, again.candidate, again.init_sha256, again.parent) == (1, None, None, job.code)
    assert again.steps == 14


async def test_a_past_grid_has_its_buttons_where_it_is_shown_again(built):
    result, grid = await painted(built, prompt="a red car", grid=4)
    noor = built.discord.member("Noor")
    await noor.slash(CHANNEL, "show", code=grid.code)
    shown = await noor.wait_for(CHANNEL, lambda message: message.ephemeral and "V4" in message.labels)
    await noor.click(shown, label="U4")
    _, alone = await painted(built, "Noor", after=result.id)
    assert (alone.candidate, alone.parent) == (4, grid.code)


async def test_the_top_of_one_is_kept_and_the_rest_drawn_anew(built):
    result, grid = await painted(built, prompt="a red car --n 4", seed=4)
    await built.discord.member("Noor").click(result, label="V2")
    second, job = await painted(built, "Noor", after=result.id)
    whole, before = await sheet_of(built, job), cut(await sheet_of(built, grid), 4, 1)
    for place in range(4):
        assert np.array_equal(cut(whole, 4, place)[:32], before[:32])
        assert not np.array_equal(cut(whole, 4, place)[32:], before[32:])
    assert job.seed != grid.seed
    assert job.parent == grid.code
    assert "the top 50 % kept" in second.text
    assert second.labels[:10] == FOUR
    await built.discord.member("Ben").click(second, label="Again")
    third, again = await painted(built, after=second.id)
    assert (again.grid, again.candidate, again.keep) == (4, 2, 0.5)
    assert again.init_sha256 == grid.picture_sha256
    assert third.labels[:10] == FOUR


async def test_what_is_gone_or_not_there_is_told(built):
    result, job = await painted(built, prompt="a red car", grid=4)
    noor = built.discord.member("Noor")
    row = [("pick", "U1", ":1"), ("pick", "U5", ":5"), ("larger", "Larger", "")]
    made = [cards.button(action, job, label, cards.SECONDARY, more) for action, label, more in row]
    forged = await channel_of(built.client, job).send(view=cards.card(cards.FINISHED, cards.buttons(*made)))
    message = await noor.message(CHANNEL, forged.id)
    for label in ("U5", "Larger"):
        await noor.click(message, label=label)
        assert "no longer knows this picture" in (await words(built, "Noor")).text
    await built.generations.hide(job.code, hidden=True)
    await noor.click(result, label="U1")
    assert (await words(built, "Noor")).text == texts_for("en-US").get("code-unknown")
    await built.discord.member("Ben").click(result, label="Delete")
    await words(built)
    await noor.click(message, label="U1")
    assert (await words(built, "Noor")).text == texts_for("en-US").get("picture-lost")
    assert await built.jobs.count_waiting() == 0


async def test_a_grid_in_the_making_cannot_be_steered_but_kept_as_it_is(built):
    ben = built.discord.member("Ben")
    await ben.slash(CHANNEL, "imagine", prompt="a red car | slow@50", grid=4, steps=400)
    card = await ben.wait_for(
        CHANNEL, lambda message: "Keep as it is" in message.labels and re.search("step [1-9]", message.text)
    )
    assert "Steer" not in card.labels
    await ben.click(card, label="Keep as it is")
    result, job = await painted(built)
    assert job.stop_step is not None
    assert job.scores is None
    assert "likeness" not in result.text
    await ben.click(result, label="U1")
    _, alone = await painted(built, after=result.id)
    assert alone.steps == 400


async def test_the_buttons_work_after_a_restart(tmp_path):
    async with stage(tmp_path, painter=True) as built:
        _, grid = await painted(built, prompt="a red car", grid=4)
    async with stage(tmp_path, painter=True) as built:
        here = built.discord.guild_id, built.discord.channel_id(CHANNEL)
        for table in ("jobs", "generations"):  # another local Discord has other ids
            moved = f"UPDATE {table} SET guild_id = ?1, channel_id = ?2, place_id = ?2, created_at = 1e9"
            await built.database.all(moved, here)
        old = await built.jobs.get(grid.id)
        assert old is not None
        picture = await built.images.get(old.picture_sha256 or "")
        sent = await Parcel(built.client, channel_of(built.client, old), old, picture, look=False).send()
        ben = built.discord.member("Ben")
        message = await ben.message(CHANNEL, sent)
        assert message is not None
        await ben.click(message, label="U2")
        _, alone = await painted(built, after=sent)
        assert (alone.candidate, alone.parent) == (2, grid.code)
