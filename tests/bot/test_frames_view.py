"""The frames of a making, looked through and made something of by members of the local Discord."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.locales import LOCALES, texts_for
from bot.views import frames
from generation.codec import decode_rgb
from storage.frames import MOST_FRAMES
from storage.jobs import Status
from tests.bot.samples import job
from tests.bot.stage import CHANNEL, stage
from tests.bot.test_films import painted

FAST = "a red car | slow@20"


@pytest.fixture
async def painting(tmp_path):
    async with stage(tmp_path, painter=True) as built:
        yield built


async def opened(built, member, result):
    await member.click(result, label="Frames")
    return await member.wait_for(CHANNEL, lambda found: found.ephemeral and found.files)


def place_shown(message):
    return int(message.files[0]["filename"][6:10])


async def turned(built, member, message, act):
    """The message once it shows another frame."""
    before = place_shown(message)
    await act
    return await member.wait_for(
        CHANNEL, lambda found: found.id == message.id and place_shown(found) != before
    )


async def test_frames_are_looked_through(painting):
    result, made = await painted(painting, FAST)
    ada = painting.discord.member("Ada")
    message = await opened(painting, ada, result)
    kept = [int(path.stem) for path in await painting.frames.of(made.id)]
    assert place_shown(message) == kept[-1]
    assert f"frame {len(kept)} of {len(kept)}" in message.text
    disabled = {button["label"] for button in message.buttons if button.get("disabled")}
    assert disabled == {"▶", "⏭"}
    message = await turned(painting, ada, message, ada.click(message, label="◀"))
    assert place_shown(message) == kept[-2]
    message = await turned(painting, ada, message, ada.click(message, label="⏮"))
    assert place_shown(message) == kept[0]
    message = await turned(painting, ada, message, ada.click(message, label="▶"))
    assert place_shown(message) == kept[1]
    jump = ada.select(message, f"{kept[-1]:04}", custom_id=f"gala:jump:{made.id}")
    message = await turned(painting, ada, message, jump)
    assert place_shown(message) == kept[-1]
    assert len(message.files) == 1


async def test_a_frame_becomes_a_result_of_its_own(painting):
    """The same run up to the frame's step: a child of the first, with the frame's very picture, whole."""
    result, first = await painted(painting, FAST)
    ada = painting.discord.member("Ada")
    message = await opened(painting, ada, result)
    message = await turned(painting, ada, message, ada.click(message, label="⏮"))
    step = frames.step_of(first, place_shown(message))
    await ada.click(message, label="Paint it up to here")
    taken = await ada.wait_for(CHANNEL, lambda found: "Film" in found.labels and found.id != result.id)
    child = await painting.jobs.get(taken.buttons[0]["custom_id"].split(":")[-1])
    assert (child.parent, child.seed, child.stop_step) == (first.code, first.seed, step)
    assert child.member_id == painting.member_id("Ada")
    assert f"stopped at {step} of 40 steps" in taken.text
    assert decode_rgb(await ada.download(taken.files[0])).shape == (48, 64, 3)


async def test_a_steered_picture_is_not_painted_up_to_a_frame(painting):
    """It would come out with other words than those of the frame; also an old button is refused."""
    result, first = await painted(painting, FAST)
    ada = painting.discord.member("Ada")
    old = await opened(painting, ada, result)
    await painting.jobs.change(first.id, {Status.FINISHED}, turns='[[3, "a cat", 40]]')
    await ada.click(old, label="Paint it up to here")
    await ada.wait_for(CHANNEL, lambda found: texts_for("en-US").get("frame-steered") in found.text)
    await ada.click(result, label="Frames")
    new = await ada.wait_for(CHANNEL, lambda found: found.ephemeral and found.files and found.id != old.id)
    assert "Paint it up to here" not in new.labels
    assert "Start anew from here" in new.labels


async def test_a_new_picture_starts_from_a_frame(painting):
    result, first = await painted(painting, FAST)
    ada = painting.discord.member("Ada")
    message = await opened(painting, ada, result)
    modal = await ada.click(message, label="Start anew from here")
    await ada.submit(modal, prompt="a blue sea")
    ticket = await ada.wait_for(CHANNEL, lambda found: "a blue sea" in found.text)
    child = await painting.jobs.get(ticket.buttons[0]["custom_id"].split(":")[-1])
    assert (child.parent, child.width, child.height) == (first.code, 64, 48)
    init = decode_rgb(await painting.images.get(child.init_sha256))
    assert init.shape == (48, 64, 3)


async def test_a_prompt_with_a_fault_is_told_from_the_modal(painting):
    result, _ = await painted(painting, FAST)
    ben = painting.discord.member("Ben")
    modal = await ben.click(await opened(painting, ben, result), label="Start anew from here")
    await ben.submit(modal, prompt="a cat --sea 7")
    told = await ben.wait_for(CHANNEL, lambda found: found.ephemeral and "^" in found.text)
    assert "no flag --sea" in told.text


async def test_frames_that_are_gone_are_told(painting):
    result, made = await painted(painting, FAST)
    ben = painting.discord.member("Ben")
    message = await opened(painting, ben, result)
    await painting.frames.drop(made.id)
    await ben.click(message, label="⏮")
    await ben.wait_for(CHANNEL, lambda found: "no frames of this picture" in found.text)


async def test_who_may_not_see_the_picture_sees_no_frame(painting):
    result, _ = await painted(painting, FAST)
    ben = painting.discord.member("Ben")
    message = await opened(painting, ben, result)
    painting.discord.misbehave.deny(CHANNEL, "read_message_history", member=painting.member_id("Ben"))
    for label in ("⏮", "Paint it up to here", "Start anew from here"):
        await ben.click(message, label=label)
        said = painting.requests("POST", "/callback")[-1]["json"]["data"]
        assert "no picture of this code" in said["content"]
        assert not said.get("attachments")


# -- the card ----------------------------------------------------------------------------------------------


@given(st.integers(1, 3000), st.integers(1, 3000))
def test_the_step_of_a_place_is_the_first_that_lies_there(step, steps):
    if step > steps:
        return
    place = step * MOST_FRAMES // steps
    found = frames.step_of(job(steps=steps), place)
    assert found <= step
    assert found == step or steps > MOST_FRAMES
    assert place == 0 or found * MOST_FRAMES // steps == place


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("count", [1, 2, 25, 26, 241])
def test_the_card_has_what_discord_allows(locale, count):
    places = list(range(count))
    for index in {0, count // 2, count - 1}:
        view = frames.scrubber(job(), places, index, texts_for(locale), "frame.webp")
        ids = [item["custom_id"] for item in walk(view.to_components()) if "custom_id" in item]
        assert len(set(ids)) == len(ids)
        menu = next(item for item in walk(view.to_components()) if "options" in item)
        values = [option["value"] for option in menu["options"]]
        assert len(values) == len(set(values)) == min(count, 25)
        assert (values[0], values[-1]) == ("0000", f"{count - 1:04}")


def walk(items):
    for item in items:
        yield item
        yield from walk(item.get("components", ()))
