"""Steer: a job that its author gives another prompt on the way, and what may come in between."""

from __future__ import annotations

import json
import os
import re
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.errors import PromptForbidden
from bot.turns import turnings
from generation.codec import decode_rgb
from storage.filters import FilterRule
from storage.jobs import Status
from tests.bot.dispatching import Channel, House, a_house, assert_posted, order
from tests.bot.stage import CHANNEL, stage
from tests.generation.pipe import TOY

LONG = 10_000


async def until_step(house: House, job_id: str, step: int) -> None:
    """Until a frame of this step or a later one has come."""
    await house.until(
        lambda: any(job.id == job_id and frame.step >= step for job, frame, _ in house.channel.frames)
    )


async def test_a_job_is_steered_twice_and_its_row_says_where(tmp_path: Path):
    async with a_house(tmp_path) as house:
        job = await house.dispatcher.submit(order("slow@10", steps=LONG))
        await until_step(house, job.id, 3)
        assert await house.dispatcher.helm.steer(job.id, "a blue boat", LONG) is not None
        await until_step(house, job.id, 10)
        assert await house.dispatcher.helm.steer(job.id, "a green hill", 60) is not None
        (job,) = await house.wait(job.id)
        first, second = turnings(job)
        assert 3 <= first.step < second.step <= 60
        assert (second.prompt, second.steps) == ("a green hill", 60)
        assert (job.steps, job.stop_step) == (LONG, None)
        assert_posted(house.channel, job)
        assert await house.dispatcher.helm.steer(job.id, "too late", 99) is None


async def test_what_waits_or_is_cancelled_is_not_steered(tmp_path: Path):
    async with a_house(tmp_path, settings=replace(TOY, lanes=1)) as house:
        busy = await house.dispatcher.submit(order("slow@20", steps=LONG))
        waiting = await house.dispatcher.submit(order())
        assert await house.dispatcher.helm.steer(waiting.id, "a boat", 5) is None
        await until_step(house, busy.id, 1)
        await house.dispatcher.cancel(busy.id)
        assert await house.dispatcher.helm.steer(busy.id, "a boat", 5) is None


async def test_a_steered_job_survives_the_generation_process(tmp_path: Path):
    settings = replace(TOY, checkpoint_interval_s=0.1)
    async with a_house(tmp_path, settings=settings) as house:
        job = await house.dispatcher.submit(order("slow@10", steps=LONG))
        await until_step(house, job.id, 5)
        await house.dispatcher.helm.steer(job.id, "a blue boat", 80)
        await until_step(house, job.id, 40)
        assert house.worker.pid is not None
        os.kill(house.worker.pid, signal.SIGKILL)
        (job,) = await house.wait(job.id)
        assert job.crashes == 1
        assert_posted(house.channel, job)


async def test_a_turn_that_was_never_heard_of_is_taken_all_the_same(tmp_path: Path):
    """The bot dies between the row and the pipe."""
    channel = Channel()
    async with a_house(tmp_path, channel, abrupt=True) as house:
        job = await house.dispatcher.submit(order("slow@20", steps=LONG))
        await until_step(house, job.id, 5)
        await house.jobs.change(job.id, {Status.RUNNING}, turns='[[5, "a blue boat", 30]]')
    async with a_house(tmp_path, channel) as house:
        (job,) = await house.wait(job.id)
        assert job.status is Status.FINISHED
        assert job.stop_step is None


@pytest.fixture
async def painting(tmp_path):
    """A bot that paints."""
    async with stage(tmp_path, painter=True) as built:
        yield built


async def begun(built, name="Ben"):
    """A running card of the member's."""
    member = built.discord.member(name)
    await member.slash(CHANNEL, "imagine", prompt="a red car | slow@20", steps=1000)
    return await member.wait_for(CHANNEL, lambda message: len(message.labels) == 3, timeout_s=30)


async def test_the_author_steers_a_running_picture(painting):
    card = await begun(painting)
    ben = painting.discord.member("Ben")
    assert card.labels == ["Keep as it is", "Steer", "Cancel"]
    modal = await ben.click(card, label="Steer")
    assert modal.modal["title"] == "Steer this picture"
    answer = await ben.submit(modal, prompt="a blue boat", steps="70")
    assert answer.outcome != "failed"
    await ben.wait_for(CHANNEL, lambda message: re.search(r"from step \d+: a blue boat", message.text))
    result = await ben.wait_for(CHANNEL, lambda message: "Again" in message.labels, timeout_s=20)
    assert re.search(r"from step \d+: a blue boat", result.text)
    assert "70 steps" in result.text
    await ben.click(result, label="Again")
    ticket = await ben.wait_for(CHANNEL, lambda message: message.id > result.id and message.labels)
    again = await painting.jobs.get(ticket.buttons[0]["custom_id"][-8:])
    assert (again.prompt.startswith("a blue boat"), again.steps, again.turns) == (True, 70, None)


@pytest.mark.parametrize("label", ["Again", "Vary"])
async def test_a_picture_whose_file_is_gone_is_painted_again_with_all_that_it_took(painting, label):
    """Its turns, and the picture that it started from; to the very pixels."""
    ben = painting.discord.member("Ben")
    card = await begun(painting)
    modal = await ben.click(card, label="Steer")
    await ben.submit(modal, prompt="a blue boat", steps="70")
    result = await ben.wait_for(CHANNEL, lambda message: "Again" in message.labels, timeout_s=20)
    if label == "Vary":
        await ben.click(result, label="Vary")
        asked = await ben.wait_for(CHANNEL, lambda message: "A little" in message.labels)
        await ben.click(asked, label="A little")
        first = result
        result = await ben.wait_for(
            CHANNEL, lambda message: "Film" in message.labels and message.id != first.id, timeout_s=20
        )
    job = await painting.jobs.get(result.buttons[0]["custom_id"][-8:])
    before = decode_rgb(await painting.images.get(job.picture_sha256))
    painting.images.path(job.picture_sha256).unlink()
    await ben.slash(CHANNEL, "show", code=job.code)
    shown = await ben.wait_for(CHANNEL, lambda message: "Paint it again" in message.labels)
    await ben.click(shown, label="Paint it again")
    again = await ben.wait_for(
        CHANNEL, lambda message: "Film" in message.labels and message.id > shown.id, timeout_s=20
    )
    made = await painting.jobs.get(again.buttons[0]["custom_id"][-8:])
    assert (made.parent, made.turns, made.origin) == (job.code, job.turns, job.origin)
    assert made.turns if label == "Again" else made.origin == "near"
    assert np.array_equal(decode_rgb(await painting.images.get(made.picture_sha256)), before)


async def test_what_is_steered_to_is_held_against_filter_and_quotas(tmp_path: Path):
    """Also where it is painted again by somebody else."""
    async with stage(tmp_path) as built:
        desk, guild_id = built.client.desk, built.discord.guild_id
        turned = {"steps": 5, "turns": '[[3, "a nude", 500]]'}
        screening = desk.screening
        await screening.filters.add(FilterRule(guild_id, "nude", "nude", False, "", 1, 1.0))
        await screening.changed(guild_id)
        asked = replace(order(**turned), guild_id=guild_id)
        with pytest.raises(PromptForbidden):
            await desk.dispatcher.submit(asked)
        assert desk.dispatcher.ask(asked).steps == 500


async def test_a_schedule_can_be_steered_to_and_stands_in_the_modal(painting):
    card = await begun(painting)
    ben = painting.discord.member("Ben")
    scheduled = "a boat:2 @0-40% | a hill @30-100%"
    await ben.submit(await ben.click(card, label="Steer"), prompt=scheduled, steps="")
    await ben.wait_for(CHANNEL, lambda message: "from step" in message.text)
    modal = await ben.click(card, label="Steer")
    assert scheduled in json.dumps(modal.modal)
    job = await painting.jobs.get(card.buttons[0]["custom_id"][-8:])
    (boat, hill) = turnings(job)[0].turn().phrases
    assert (boat.to_percent, hill.from_percent) == (40, 30)
    await ben.click(card, label="Cancel")


async def test_only_the_author_steers_and_what_cannot_be_read_is_told(painting):
    card = await begun(painting, "Вера")
    ben, vera = painting.discord.member("Ben"), painting.discord.member("Вера")
    assert (await ben.click(card, label="Сменить курс")).ephemeral
    modal = await vera.click(card, label="Сменить курс")
    for typed, words in (
        ({"prompt": "a:-1", "steps": "9"}, "больше нуля"),
        ({"prompt": "a boat", "steps": "много"}, "не число шагов"),
        ({"prompt": "a boat", "steps": "999999"}, "1000"),
        ({"prompt": "{a, b}", "steps": ""}, "1"),
    ):
        await vera.submit(modal, **typed)
        said = await vera.wait_for(CHANNEL, lambda message: message.ephemeral)
        assert words in said.text.replace("\u00a0", "")
        modal = await vera.click(card, label="Сменить курс")
    job = await painting.jobs.get(card.buttons[0]["custom_id"][-8:])
    assert job.turns is None
