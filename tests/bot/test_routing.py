"""Which model paints where the usual one does not read the prompt: by itself, and over the local Discord."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.config import Painting
from bot.errors import UserError
from bot.locales import texts_for
from bot.preferring import PROMPT
from bot.prompt import parse
from bot.request import Choices, Request, check_init
from bot.routing import Choosing, asked_of, in_turn, readers, route
from bot.tongue import instead, unlearned
from bot.views.departures import larger
from generation.models import CATALOGUE, Model, ModelFile
from storage.quotas import Kind, Rule, Scope
from tests.bot import test_films as film
from tests.bot.stage import CHANNEL, TOY, stage

MINI = Model("mini", "dalle-mini", 16, (256, 256), 16, "", "", (), least=256, languages=("en",))
RUSSIAN = Model("russian", "dalle", 8, (256, 256), 32, "", "", (), least=256, languages=("ru",))
WORLDLY = replace(CATALOGUE["pocket"], name="worldly", languages=(), files=())
LATIN = replace(WORLDLY, name="latin", languages=("en",))
CLASSES = Model("classes", "second-stage", 16, (256, 256), 16, "", "", (), least=256, reads="class")
LARGER = Model("larger", "real-esrgan", 1, (64, 64), 8, "", "", ())
MODELS = {m.name: m for m in (*CATALOGUE.values(), CLASSES, LARGER, MINI, RUSSIAN)}


def among(usual: str, *more: Model, given: bool = False) -> Choosing:
    """A host with these models, and the usual one of them."""
    models = {**MODELS, **{model.name: model for model in more}}

    def accepts(request: Request) -> None:
        check_init([request], models, given=given)

    return Choosing(Painting(model=usual), models, in_turn(models.values(), None), {}, accepts)


def painted(text: str, usual: str, *more: Model, given: bool = False) -> tuple[str, str | None]:
    """The model that paints, and the one in whose place."""
    request = route(parse(text)[0], Choices(), among(usual, *more, given=given))
    return request.model, request.instead_of


@pytest.mark.parametrize(
    ("text", "usual", "model"),
    [
        ("a red house", "mini", None),
        ("7", "mini", None),
        ("красный дом, VQGAN", "russian", None),
        ("красный дом", "pocket", None),
        ("красный дом", "mini", "russian"),
        ("a red house", "russian", "mini"),
        ("a cat --no дом", "mini", "pocket"),  # what is not wanted is read, too
        ("дом --no text, blur", "russian", None),
        ("a cat in a house | красный", "russian", "pocket"),  # the only one that reads both
    ],
)
def test_the_first_that_reads_it_paints(text: str, usual: str, model: str | None) -> None:
    assert painted(text, usual) == ((usual, None) if model is None else (model, usual))


def test_those_of_the_host_come_before_the_shipped_ones_and_all_by_name() -> None:
    names = [model.name for model in in_turn({**MODELS, "worldly": WORLDLY}.values(), None)]
    assert names == ["mini", "russian", "worldly", "pocket", "abstract"]


def test_one_whose_files_are_missing_is_not_asked(tmp_path) -> None:
    lacking = replace(RUSSIAN, files=(ModelFile("transformer.safetensors"),))
    assert in_turn([lacking, MINI], tmp_path) == (MINI,)


def test_letters_of_neither_are_read_by_those_that_name_no_language() -> None:
    assert painted("猫", "pocket", WORLDLY) == ("worldly", "pocket")
    assert painted("猫", "pocket") == ("pocket", None)


def test_one_that_cannot_be_had_is_passed_over() -> None:
    """A picture to start from, which DALL-E mini does not see; spans, which ruDALL-E does not heed."""
    assert painted("a red house", "russian", given=True) == ("pocket", "russian")
    assert painted("лес @0-40% | город @40-100%", "latin", LATIN) == ("pocket", "latin")


def test_where_nobody_reads_it_the_usual_one_paints_if_it_can_make_out_the_letters() -> None:
    alone = replace(among("russian"), others=(RUSSIAN,))
    assert route(parse("a red house")[0], Choices(), alone).model == "russian"
    with pytest.raises(UserError) as caught:
        route(parse("猫")[0], Choices(), among("mini"))
    assert caught.value.message_id == "model-english-alone"


def test_a_model_that_was_named_paints() -> None:
    assert painted("a red house --model russian", "pocket") == ("russian", None)
    chosen = route(parse("a red house")[0], Choices(model="russian"), among("mini"))
    assert (chosen.model, chosen.instead_of) == ("russian", None)


@pytest.mark.parametrize("text", ["a cat | красный дом --model mini", "a cat --no краска --model mini"])
def test_but_not_where_it_would_have_to_leave_letters_out(text: str) -> None:
    with pytest.raises(UserError) as caught:
        painted(text, "pocket")
    error = caught.value
    assert (error.message_id, error.arguments["letter"]) == ("model-english-only", "к")
    assert error.arguments["known"] == "abstract, pocket"
    for locale, words in (("en-US", "reads English only"), ("ru", "только английский")):
        said = texts_for(locale).get(error.message_id, **error.arguments)
        assert words in said
        assert "abstract, pocket" in said


def test_english_with_accents_and_emoji_is_read() -> None:
    assert painted("a naïve café 🚀", "mini") == ("mini", None)
    assert painted("smørrebrød", "mini") == ("pocket", "mini")  # it would have to leave out the ø


def test_it_is_said_who_paints_and_who_could() -> None:
    russian, english = texts_for("ru"), texts_for("en-US")
    prompt = parse("красный дом")[0]
    assert instead(prompt, "a", "b", english) == "a paints this, since b has not learned Russian."
    assert instead(prompt, "a", "b", russian) == "Рисует a: модель b не училась русскому."
    assert unlearned(prompt, RUSSIAN, (), english) is None
    said = unlearned(parse("a red house")[0], RUSSIAN, (MINI, RUSSIAN), english)
    assert said is not None
    assert "russian has not learned English" in said
    assert said.endswith("These have: --model mini")
    alone = unlearned(parse("a house by the sea | дом")[0], RUSSIAN, (MINI, RUSSIAN), english)
    assert alone is not None
    assert "all the languages of this prompt" in alone
    assert "No other model" in alone


def test_readers_are_named_in_their_turn() -> None:
    assert readers(parse("дом")[0], in_turn(MODELS.values(), None)) == ("russian", "pocket", "abstract")


# --- over the local Discord

ENGLISH, CYRILLIC = (
    replace(TOY, name=name, languages=(language,), files=())
    for name, language in (("english", "en"), ("cyrillic", "ru"))
)


@pytest.fixture
async def quiet(tmp_path):
    """A bot whose jobs stay in line; its usual model has read English."""
    async with stage(tmp_path) as built:
        learn(built, ENGLISH, CYRILLIC)
        yield built


def learn(built, *others):
    """The host's models: the usual one has read English."""
    desk = built.client.desk
    desk.models.update({model.name: model for model in (replace(TOY, languages=("en",)), *others)})
    desk.others[:] = others


async def asked(built, prompt, command="imagine", **options):
    """The job that comes of a prompt."""
    before = {job.id for job in await built.jobs.unfinished()}
    await built.discord.member("Ben").slash(CHANNEL, command, prompt=prompt, **options)
    (job,) = [job for job in await built.jobs.unfinished() if job.id not in before]
    return job


async def whispered(built, words):
    return await built.discord.member("Ben").wait_for(
        CHANNEL, lambda message: message.ephemeral and words in message.text
    )


async def ticket(built, words):
    return await built.discord.member("Ben").wait_for(
        CHANNEL, lambda message: not message.ephemeral and words in message.text
    )


async def test_a_prompt_is_sent_to_a_model_that_reads_it_and_the_ticket_says_so(quiet):
    job = await asked(quiet, "красный дом")
    assert (job.model, job.instead_of, job.prompt) == ("cyrillic", "toy", "красный дом")
    await ticket(quiet, "cyrillic paints this, since toy has not learned Russian.")
    plain = await asked(quiet, "a red house")
    assert (plain.model, plain.instead_of) == ("toy", None)


async def test_a_guild_that_does_not_permit_it_is_heard_and_the_member_told(quiet):
    learn(quiet, ENGLISH, replace(CYRILLIC, engine="other"))
    guild_id = quiet.discord.guild_id
    await quiet.quotas.set_rule(Rule(guild_id, Scope.ROLE, guild_id, Kind.ENGINES, 1.0, detail="toy"))
    job = await asked(quiet, "красный дом")
    assert (job.model, job.instead_of) == ("toy", None)
    await whispered(quiet, "toy has not learned Russian")


async def test_what_a_member_prefers_is_passed_over_with_the_same_line(quiet):
    preferences = quiet.client.desk.preferences
    await preferences.change(quiet.member_id("Ben"), model="english", steps=9, shape="128x64")
    job = await asked(quiet, "красный дом")
    assert (job.model, job.instead_of) == ("cyrillic", "english")
    assert (job.steps, job.width) == (5, 128)  # steps were chosen for the other
    job = await asked(quiet, "a red house")
    assert (job.model, job.steps) == ("english", 9)


async def test_who_names_a_model_gets_it_and_hears_who_reads_the_prompt(quiet):
    job = await asked(quiet, "красный дом --model english")
    assert (job.model, job.instead_of) == ("english", None)
    await whispered(quiet, "These have: --model cyrillic")


async def test_each_of_several_goes_its_own_way(quiet):
    await quiet.discord.member("Ben").slash(CHANNEL, "imagine", prompt="{a red house, красный дом}")
    await ticket(quiet, "красный дом")
    jobs = await quiet.jobs.unfinished()
    assert [(job.model, job.instead_of) for job in jobs] == [("toy", None), ("cyrillic", "toy")]


def test_what_stands_for_any_picture_asks_for_no_language() -> None:
    """So that /quota counts pictures of the usual model, whatever that reads."""
    assert asked_of(parse(PROMPT)[0]) == ()


# --- what comes of a picture


@pytest.fixture
async def painting(tmp_path):
    """A bot that paints, and whose usual model has read English."""
    async with stage(tmp_path, painter=True) as built:
        learn(built, CYRILLIC)
        yield built


async def test_steering_to_a_language_that_the_model_lacks_is_told(painting):
    ben = painting.discord.member("Ben")
    await ben.slash(CHANNEL, "imagine", prompt="a red car | slow@20", steps=1000)
    card = await ben.wait_for(CHANNEL, lambda message: "Steer" in message.labels, timeout_s=30)
    await ben.submit(await ben.click(card, label="Steer"), prompt="синяя лодка", steps="60")
    await whispered(painting, "toy has not learned Russian")


async def test_new_words_from_a_frame_go_to_who_reads_them_and_the_old_ones_stay(painting):
    result, first = await film.painted(painting, "a red car | slow@20")
    ben = painting.discord.member("Ben")
    await ben.click(result, label="Frames")
    frames = await ben.wait_for(CHANNEL, lambda found: found.ephemeral and found.files)
    for words, model, usual in (("a blue sea", "toy", None), ("синее море", "cyrillic", "toy")):
        await ben.submit(await ben.click(frames, label="Start anew from here"), prompt=words)
        await ticket(painting, words)
        made = await newest(painting, words)
        assert (made.model, made.instead_of, made.parent) == (model, usual, first.code)


async def newest(built, words):
    """The latest job of these words."""
    rows = await built.database.all("SELECT id FROM jobs WHERE prompt = ? ORDER BY created_at DESC", (words,))
    return await built.jobs.get(rows[0]["id"])


async def test_a_film_goes_to_a_model_that_reads_its_story(quiet):
    assert (await asked(quiet, "лес @0-50% | город @50-100%", "zoom", frames=10)).model == "cyrillic"
    learn(quiet, ENGLISH, replace(CYRILLIC, engine="dalle"))  # it paints no films
    job = await asked(quiet, "лес", "zoom", frames=10)
    assert (job.model, job.instead_of) == ("toy", None)
    await whispered(quiet, "toy has not learned Russian")


async def test_what_a_token_engine_has_told_is_painted_on_by_one_that_reads_its_prompt(quiet):
    desk = quiet.client.desk
    desk.models["told"] = replace(TOY, name="told", engine="dalle")
    told = quiet.job(model="told", engine="dalle", prompt="красный дом", width=32, height=32)
    assert larger(told, desk).model == "cyrillic"
    assert larger(replace(told, prompt="a red house"), desk).model == "toy"
    assert larger(replace(told, prompt="猫"), desk).model == "toy"
