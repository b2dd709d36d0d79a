"""/preferences over the local Discord, and what /imagine makes of them."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace

import pytest

from bot.presets import STYLES, Style
from storage.filters import FilterRule
from storage.preferences import Preference
from storage.quotas import Kind, Rule, Scope
from tests.bot.stage import CHANNEL, TOY, stage


@pytest.fixture
async def quiet(tmp_path):
    """A bot whose jobs stay in line."""
    async with stage(tmp_path) as built:
        yield built


async def told(built, words="", name="Ben", channel=CHANNEL):
    """The newest message that only this member sees and that has these words."""
    return await built.discord.member(name).wait_for(
        channel, lambda message: message.ephemeral and not message.loading and words in message.text
    )


async def panel(built, name="Ben", words="Your preferences"):
    outcome = await built.discord.member(name).slash(CHANNEL, "preferences")
    assert outcome.ephemeral
    return await told(built, words, name)


async def choose(built, message, field, value, words="Kept"):
    await built.discord.member("Ben").select(message, value, custom_id=f"gala:prefer:{field}")
    return await told(built, words)


async def fill_in(built, message, **values):
    ben = built.discord.member("Ben")
    form = await ben.click(message, custom_id="gala:prefer:form")
    assert form.outcome == "modal"
    typed = {"shape": "", "steps": "", "init_weight": "", "unwanted": "", **values}
    return await ben.submit(form, **typed)


async def prefer(built, **values):
    return await built.client.desk.preferences.change(built.member_id("Ben"), **values)


async def asked(built, prompt="a red car", name="Ben", **options):
    """The job that /imagine makes of a prompt."""
    before = {job.id for job in await built.jobs.unfinished()}
    await built.discord.member(name).slash(CHANNEL, "imagine", prompt=prompt, **options)
    (job,) = [job for job in await built.jobs.unfinished() if job.id not in before]
    return job


async def test_what_is_chosen_is_kept_shown_and_painted(quiet):
    message = await choose(quiet, await panel(quiet), "shape", "3:2")
    await fill_in(quiet, message, shape="128x64", steps="12", init_weight="2", unwanted="text, @everyone")
    message = await told(quiet, "**Steps**: 12")
    assert "**Weight of an attached picture**: 2" in message.text
    assert "text, \\@everyone" in message.text
    kept = await quiet.client.desk.preferences.get(quiet.member_id("Ben"))
    assert kept == Preference(None, None, "128x64", 12, 2.0, "text, @everyone")
    job = await asked(quiet)
    assert (job.width, job.height, job.steps, job.init_weight) == (128, 64, 12, 2.0)
    assert job.prompt == "a red car | text:-0.5 | @everyone:-0.5 --size 128x64 --steps 12 --iw 2"
    other = await asked(quiet, name="Noor")
    assert (other.width, other.steps, other.prompt) == (64, 5, "a red car")


async def test_options_and_flags_win(quiet):
    await prefer(quiet, shape="128x64", steps=12, unwanted="text")
    job = await asked(quiet, "a red car --steps 9 --no fog", size="1:1")
    assert (job.width, job.height, job.steps) == (64, 64, 9)
    assert job.prompt == "a red car | fog:-0.5 --ar 1:1 --steps 9"


async def test_they_hold_in_direct_messages_too(quiet):
    await prefer(quiet, steps=12)
    await quiet.discord.member("Ben").slash("direct", "imagine", prompt="a red car")
    (job,) = await quiet.jobs.unfinished()
    assert (job.guild_id, job.steps) == (0, 12)


async def test_reset_makes_everything_usual_again(quiet):
    await prefer(quiet, steps=12, language="ru")
    message = await panel(quiet, words="Ваши предпочтения")
    await quiet.discord.member("Ben").click(message, label="Сбросить")
    assert "as usual again" in (await told(quiet, "✅")).text
    assert await quiet.client.desk.preferences.get(quiet.member_id("Ben")) == Preference()
    assert (await asked(quiet)).steps == 5


async def test_gala_answers_in_the_chosen_language(quiet):
    message = await choose(quiet, await panel(quiet), "language", "ru", "Сохранено")
    assert "Ваши предпочтения" in message.text
    await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a {red car")
    await told(quiet, "скобка")
    assert (await asked(quiet)).locale == "ru"
    await quiet.guilds.change(quiet.discord.guild_id, language="en-US")
    assert (await asked(quiet)).locale == "en-US"  # what everybody sees is the guild's


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"steps": "9999"}, "1,000 steps at most"),
        ({"shape": "10x10"}, "cannot be painted"),
        ({"shape": "big"}, "--size cannot be “big”"),
        ({"unwanted": "text --seed 3"}, "Leave the other flags out"),
        ({"unwanted": "text --style night"}, "Leave the other flags out"),
    ],
)
async def test_what_cannot_be_preferred_is_told_and_not_kept(quiet, typed, words):
    await fill_in(quiet, await panel(quiet), **typed)
    await told(quiet, words)
    assert await quiet.client.desk.preferences.get(quiet.member_id("Ben")) == Preference()


async def test_a_model_that_is_gone_is_told_and_the_usual_one_paints(quiet):
    await prefer(quiet, model="gone-`model`", steps=9999)
    message = await panel(quiet)
    assert "The model gone-\\`model\\` is not here any more" in message.text
    assert "1,000 steps at most now" in message.text
    job = await asked(quiet)
    assert (job.model, job.steps) == ("toy", 5)
    assert "(model, steps)" in (await told(quiet, "Some of your preferences")).text


@pytest.mark.parametrize(
    ("kind", "amount", "detail", "name", "painted"),
    [
        (Kind.STEPS, 10.0, "", "steps", ("second", 128, 5)),
        (Kind.PIXELS, 5000.0, "", "shape", ("second", 64, 12)),
        (Kind.ENGINES, 1.0, "toy", "model", ("toy", 128, 12)),
    ],
)
async def test_a_servers_rules_bind_and_do_not_block(quiet, kind, amount, detail, name, painted):
    quiet.client.desk.models["second"] = replace(TOY, name="second", engine="other")
    await prefer(quiet, model="second", shape="128x128", steps=12)
    guild_id = quiet.discord.guild_id
    await quiet.quotas.set_rule(Rule(guild_id, Scope.ROLE, guild_id, kind, amount, detail=detail))
    job = await asked(quiet)
    assert (job.model, job.width, job.steps) == painted
    assert f"({name})" in (await told(quiet, "Some of your preferences")).text


async def test_words_that_a_server_forbids_are_left_out_and_no_refusal_is_noted(quiet):
    await prefer(quiet, unwanted="nudes")
    screening, guild_id = quiet.client.desk.screening, quiet.discord.guild_id
    await screening.filters.add(FilterRule(guild_id, "nudes", "nudes", False, "", 1, 1.0))
    await screening.changed(guild_id)
    assert (await asked(quiet)).prompt == "a red car"
    await told(quiet, "(what is never wanted)")
    assert await quiet.database.all("SELECT * FROM filter_hits") == []


async def test_a_preferred_style_dresses_prompts_that_name_none(quiet):
    quiet.client.desk.styles.update(STYLES)
    message = await choose(quiet, await panel(quiet), "style", "night")
    assert "**Style** of prompts that name none" in message.text
    assert (await asked(quiet)).prompt == "a red car at night"
    assert (await asked(quiet, "дом")).prompt == "дом ночью"
    assert (await asked(quiet, "a red car --style sunset")).prompt == "a red car at sunset"
    assert (await asked(quiet, "a red car --style none")).prompt == "a red car"
    assert (await asked(quiet, style="snow")).prompt == "a red car in the snow"
    assert (await asked(quiet, style="none")).prompt == "a red car"
    assert (await asked(quiet, name="Noor")).prompt == "a red car"


async def test_no_style_is_offered_to_whoever_prefers_one(quiet):
    ben = quiet.discord.member("Ben")
    assert await ben.autocomplete(CHANNEL, "imagine", "style", "no style") == []
    await prefer(quiet, style="night")
    offered = await ben.autocomplete(CHANNEL, "imagine", "style", "no style")
    assert [(choice["name"], choice["value"]) for choice in offered] == [("No style", "none")]


async def test_a_style_that_is_gone_is_told_and_passed_over(quiet):
    await prefer(quiet, style="ink")
    assert "There is no style “ink” here any more" in (await panel(quiet)).text
    assert (await asked(quiet)).prompt == "a red car"
    await told(quiet, "(style)")


async def test_a_style_that_a_server_forbids_is_passed_over(quiet):
    """For its words, or for steps that only it asks for."""
    screening, guild_id = quiet.client.desk.screening, quiet.discord.guild_id
    await screening.filters.add(FilterRule(guild_id, "night", "night", False, "", 1, 1.0))
    await screening.changed(guild_id)
    quiet.client.desk.styles.update(STYLES)
    await prefer(quiet, style="night")
    assert (await asked(quiet)).prompt == "a red car"
    await told(quiet, "(style)")
    assert await quiet.database.all("SELECT * FROM filter_hits") == []
    quiet.client.desk.styles["long"] = Style(label="Long", prompt="{prompt} --steps 50")
    await quiet.quotas.set_rule(Rule(guild_id, Scope.ROLE, guild_id, Kind.STEPS, 10.0))
    await prefer(quiet, style="long")
    assert (await asked(quiet, "a blue car")).prompt == "a blue car"


async def test_a_style_keeps_the_other_preferences(quiet):
    """What it says itself goes before them; where it cannot be had, they are there all the same."""
    quiet.client.desk.styles["wide"] = Style(label="Wide", prompt="{prompt} --size 128x64")
    await prefer(quiet, style="wide", shape="64x128", steps=12)
    assert (await asked(quiet)).prompt == "a red car --size 128x64 --steps 12"
    await prefer(quiet, style="ink")
    assert (await asked(quiet)).prompt == "a red car --size 64x128 --steps 12"


async def test_a_prompts_own_fault_is_told_as_ever(quiet):
    await prefer(quiet, steps=12)
    await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a car --model none")
    await told(quiet, "There is no model “none” here")
    assert await quiet.jobs.unfinished() == []


async def test_they_are_exported_and_erased(quiet):
    await prefer(quiet, unwanted="text")
    ben = quiet.discord.member("Ben")
    await ben.slash(CHANNEL, "privacy export")
    data = await ben.download((await told(quiet, "last file")).files[0])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        (row,) = json.loads(archive.read("preferences.json"))
    assert row["unwanted"] == "text"
    await ben.slash(CHANNEL, "privacy erase")
    await ben.click(await told(quiet, "Erase all"), custom_id=f"gala:privacy:erase:{quiet.member_id('Ben')}")
    await ben.wait_for("direct", lambda message: "is erased" in message.text, timeout_s=20)
    assert await quiet.client.desk.preferences.get(quiet.member_id("Ben")) == Preference()


async def test_a_press_that_discord_would_not_offer_changes_nothing(quiet):
    message = await panel(quiet)
    seen = quiet.discord.state.get_message(quiet.discord.channel_id(CHANNEL), message.id)
    data = {"custom_id": "gala:prefer:model", "component_type": 3, "values": ["none such"], "id": 0}
    actions = quiet.discord.actions
    await actions.wait_outcome(actions._send_component(quiet.member_id("Ben"), seen, data))
    assert await quiet.client.desk.preferences.get(quiet.member_id("Ben")) == Preference()
