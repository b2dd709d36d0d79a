"""Styles: what the configuration may say, what becomes of a prompt, and both over the local Discord."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.check import styles
from bot.config import Config, Painting, load_config
from bot.errors import ConfigError, PromptError, UserError
from bot.preferring import with_flags
from bot.presets import STYLES, Style
from bot.prompt import format_prompt, parse
from bot.request import Choices
from bot.routing import Choosing, route
from bot.styles import check_styles, dress, find_style
from generation.models import CATALOGUE, Model
from storage.filters import FilterRule
from storage.quotas import Kind, Rule, Scope
from tests.bot.stage import CHANNEL, stage

PAGE = Path(__file__).parents[2] / "docs/prompts.md"
OIL = Style(
    label="Oil",
    label_ru="Масло",
    prompt="{prompt} | oil painting:0.4 --no photo --steps 40 --ar 3:2",
    prompt_ru="{prompt}, маслом",
)
AROUND = Style(label="Around", prompt="a drawing of {prompt}:2 | ink --model other --steps 9 --tile")
HERE = {"oil": OIL, "around": AROUND}


def dressed(text: str, style: str) -> str:
    prompt = parse(text)[0]
    return format_prompt(dress(with_flags(prompt, replace(prompt.flags, style=style)), HERE))


@pytest.mark.parametrize(
    ("text", "style", "made"),
    [
        ("a cat", "oil", "a cat | oil painting:0.4 | photo:-0.5 --ar 3:2 --steps 40"),
        (
            "a cat:50 | snow:25",
            "oil",
            "a cat:50 | snow:25 | oil painting:30 | photo:-37.5 --ar 3:2 --steps 40",
        ),
        ("a cat --steps 9", "oil", "a cat | oil painting:0.4 | photo:-0.5 --ar 3:2 --steps 9"),
        ("a cat --size 64x64", "oil", "a cat | oil painting:0.4 | photo:-0.5 --size 64x64 --steps 40"),
        ("a cat --no fog", "oil", "a cat | oil painting:0.4 | photo:-0.5 | fog:-0.5 --ar 3:2 --steps 40"),
        ("кот", "oil", "кот, маслом"),
        ("a cat", "None", "a cat"),
        ("a cat", "around", "a drawing of a cat:2 | ink --steps 9 --tile --model other"),
        ("кот", "around", "a drawing of кот:2 | ink --steps 9 --tile --model other"),
        ("a cat @0-40% | a dog @40-100% --model own", "around", None),
    ],
)
def test_a_style_is_written_into_the_prompt_and_what_a_member_says_goes_before(
    text: str, style: str, made: str | None
) -> None:
    expected = "a drawing of a cat:2 @0-40% | a drawing of a dog:2 @40-100% | ink:2 --tile --model own"
    assert dressed(text, style) == (made or expected)


def test_without_a_style_nothing_changes() -> None:
    prompt = parse("a cat:2 | snow @0-50% --no fog --steps 9")[0]
    assert dress(prompt, HERE) == prompt


@given(st.text(max_size=200), st.sampled_from(sorted({**STYLES, **HERE})))
def test_whatever_is_dressed_reads_back_or_is_refused_in_words(text: str, style: str) -> None:
    try:
        prompt = dress(parse(f"{text} --style {style}")[0], {**STYLES, **HERE})
    except UserError:
        return
    assert parse(format_prompt(prompt)) == (prompt,)
    assert prompt.flags.style is None


def test_a_style_is_found_by_its_name_and_labels() -> None:
    assert [find_style(typed, HERE) for typed in ("oil", "OIL", " масло ")] == ["oil"] * 3
    with pytest.raises(UserError, match="style-unknown") as caught:
        find_style("charcoal", HERE)
    assert caught.value.arguments["known"] == "oil, around"
    with pytest.raises(UserError, match="style-none"):
        find_style("charcoal", {})


def test_what_becomes_too_long_is_told() -> None:
    with pytest.raises(PromptError, match="prompt-too-long"):
        dressed("a" * 1999, "around")


def test_a_model_of_a_style_that_does_not_read_the_prompt_gives_way_and_so_do_its_steps() -> None:
    models = {**CATALOGUE, "latin": replace(CATALOGUE["pocket"], name="latin", languages=("en",))}
    styles = {"s": Style(label="S", prompt="{prompt}, oil --model latin --steps 7")}
    among = Choosing(Painting(), models, (CATALOGUE["abstract"],), styles)

    def painted(text: str) -> tuple[str, int, str | None]:
        request = route(parse(text)[0], Choices(), among)
        return request.model, request.steps, request.instead_of

    assert painted("a cat --style s") == ("latin", 7, None)
    assert painted("кот --style s") == ("abstract", 60, "latin")
    assert painted("кот --style s --model pocket") == ("pocket", 28, None)


# --- the configuration


def configured(tmp_path, text: str) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def test_styles_of_a_file_take_the_place_of_the_shipped_ones(tmp_path) -> None:
    assert set(configured(tmp_path, "").styles) == set(STYLES)
    made = configured(tmp_path, '[styles.ink]\nlabel = "Ink"\nprompt = "{prompt}, ink"\n')
    assert made.styles == {"ink": Style(label="Ink", prompt="{prompt}, ink")}


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ('prompt = "{prompt}, ink"', r"styles\.ink\.label: Field required"),
        ('label = "Ink"\nprompt = "ink"', r"styles\.ink\.prompt: needs \{prompt\}"),
        ('label = "Ink"\nprompt = "ink --no {prompt}"', r"styles\.ink\.prompt: needs \{prompt\}"),
        ('label = "Ink"\nprompt = "{prompt} --sed 7"', r"styles\.ink\.prompt: .*--sed.*--seed"),
        ('label = "Ink"\nprompt = "{prompt} --seed 7"', r"styles\.ink\.prompt: cannot say --seed"),
        ('label = "Ink"\nprompt = "{prompt}"\nprompt_ru = "тушь"', r"styles\.ink\.prompt_ru.*needs"),
        ('label = "Ink"\nprompt = "{prompt}"\npromt = "x"', r"styles\.ink\.promt: .*did you mean prompt\?"),
        ('label = ""\nprompt = "{prompt}"', r"styles\.ink\.label: must not be empty"),
    ],
)
def test_what_a_style_cannot_say_is_named_with_its_key(tmp_path, lines: str, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        configured(tmp_path, f"[styles.ink]\n{lines}\n")


def test_names_that_cannot_be_typed_and_models_that_are_not_there_are_named(tmp_path) -> None:
    with pytest.raises(ConfigError, match=r"styles\.dark ink: a name is of Latin letters"):
        check_styles({"dark ink": OIL}, CATALOGUE)
    with pytest.raises(ConfigError, match=r"styles\.None: members type this for no style at all"):
        check_styles({"None": OIL}, CATALOGUE)
    with pytest.raises(ConfigError, match=r"styles\.around\.prompt: no model 'other' paints here; .*pocket"):
        check_styles(HERE, CATALOGUE)
    with pytest.raises(ConfigError, match="no model 'other'"):
        check_styles(HERE, {"other": Model("other", "real-esrgan", 1, (64, 64), 8, "", "", ())})
    check_styles(Config().styles, CATALOGUE)
    absent = configured(tmp_path, '[styles.ink]\nlabel = "Ink"\nprompt = "{prompt} --model other"\n')
    assert "no model 'other' paints here" in styles(absent).state
    assert styles(absent).cure
    assert styles(Config()).state.startswith("night, sunset")


def test_the_page_about_prompts_shows_what_each_shipped_style_makes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, style in STYLES.items():
        row = re.search(rf"^\| `{name}` \*{style.label}\* \| `(.+)` \| `(.+)` \|$", page, re.MULTILINE)
        assert row is not None, name
        for words, shown in zip(("a house", "дом"), row.groups(), strict=True):
            made = dress(parse(f"{words} --style {name}")[0], STYLES)
            assert parse(shown.replace("\\|", "|")) == (made,)


# --- over the local Discord


@pytest.fixture
async def quiet(tmp_path):
    """A bot whose jobs stay in line."""
    async with stage(tmp_path) as built:
        furnish(built)
        yield built


def furnish(built):
    """The host's styles."""
    built.client.desk.styles.update(HERE)


async def asked(built, prompt, name="Ben", **options):
    """The job that /imagine makes of a prompt."""
    before = {job.id for job in await built.jobs.unfinished()}
    await built.discord.member(name).slash(CHANNEL, "imagine", prompt=prompt, **options)
    (job,) = [job for job in await built.jobs.unfinished() if job.id not in before]
    return job


async def whispered(built, words, name="Ben"):
    return await built.discord.member(name).wait_for(
        CHANNEL, lambda message: message.ephemeral and words in message.text
    )


async def test_the_option_the_label_and_the_flag_give_the_same_recipe(quiet):
    made = [await asked(quiet, "a cat", style=style) for style in ("oil", "Масло")]
    made.append(await asked(quiet, "a cat --style oil"))
    full = "a cat | oil painting:0.4 | photo:-0.5 --ar 3:2 --steps 40"
    assert [(job.prompt, job.steps) for job in made] == [(full, 40)] * 3
    await quiet.discord.member("Ben").wait_for(CHANNEL, lambda message: "oil painting" in message.text)


async def test_labels_are_suggested_in_the_members_language(quiet):
    for name, typed, label in (("Ben", "", "Oil"), ("Вера", "мас", "Масло"), ("Вера", "OIL", "Масло")):
        choices = await quiet.discord.member(name).autocomplete(
            CHANNEL, "imagine", "style", typed, prompt="a cat"
        )
        assert choices[0] == {"name": label, "value": "oil"}


async def test_a_style_that_is_not_there_is_told(quiet):
    await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a cat --style charcoal")
    await whispered(quiet, "no style “charcoal” here. You can choose from: oil, around")


async def test_a_style_goes_before_preferences_and_these_before_nothing(quiet):
    await quiet.client.desk.preferences.change(
        quiet.member_id("Ben"), steps=12, shape="64x64", unwanted="fog"
    )
    job = await asked(quiet, "a cat", style="oil")
    assert job.prompt == "a cat | oil painting:0.4 | photo:-0.5 | fog:-0.5 --ar 3:2 --steps 40"
    assert (await asked(quiet, "a cat")).steps == 12


async def test_a_filter_sees_the_words_of_a_style(quiet):
    guild_id = quiet.discord.guild_id
    await quiet.client.desk.screening.filters.add(FilterRule(guild_id, "painting", "painting"))
    await quiet.client.desk.screening.changed(guild_id)
    await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a cat", style="oil")
    await whispered(quiet, "painting")
    assert await quiet.jobs.unfinished() == []


async def test_a_quota_counts_the_steps_of_a_style(quiet):
    guild_id = quiet.discord.guild_id
    await quiet.quotas.set_rule(Rule(guild_id, Scope.ROLE, guild_id, Kind.STEPS, 30.0))
    await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="a cat", style="oil")
    await whispered(quiet, "30 steps")
    assert await quiet.jobs.unfinished() == []


async def test_a_style_that_has_become_another_changes_no_recipe(quiet):
    job = await asked(quiet, "a cat", style="oil")
    quiet.client.desk.styles.clear()
    card = await quiet.discord.member("Ben").wait_for(CHANNEL, lambda message: "oil painting" in message.text)
    await quiet.discord.member("Ben").click(card, label="Cancel")
    card = await quiet.discord.member("Ben").wait_for(CHANNEL, lambda message: "Try again" in message.labels)
    await quiet.discord.member("Ben").click(card, label="Try again")
    await quiet.discord.member("Ben").wait_for(
        CHANNEL, lambda message: "oil painting" in message.text and message.labels == ["Cancel"]
    )
    (again,) = await quiet.jobs.unfinished()
    assert parse(again.prompt)[0].phrases == parse(job.prompt)[0].phrases
    assert again.steps == 40


async def test_imagine_help_lists_the_styles(quiet):
    await quiet.discord.member("Вера").slash(CHANNEL, "imagine-help")
    card = await whispered(quiet, "Стили", "Вера")
    assert "`--style oil` Масло · `--style around` Around" in card.text
