"""The showcase: offered by authors, taken back, and the best of each week announced once."""

from __future__ import annotations

import asyncio
import time

import pytest
from simcord.enums import ChannelType

from bot.assembly import pruned
from bot.errors import Undeliverable
from bot.periods import window, zone_of
from bot.views.showcase import Herald, take_back
from bot.views.traces import remove
from bot.weekly import Weekly
from storage.quotas import Period
from tests.bot.stage import CHANNEL, stage

HALL = "gallery-talk"
WEEK_S = 7 * 86_400


@pytest.fixture
async def painting(tmp_path):
    async with stage(tmp_path, painter=True) as built:
        yield built


async def painted(built, channel=CHANNEL):
    ben = built.discord.member("Ben")
    await ben.slash(channel, "imagine", prompt="a red car at sea", steps=3)
    result = await ben.wait_for(channel, lambda found: "Film" in found.labels)
    async with asyncio.timeout(10):
        while not (job := await built.jobs.get(result.buttons[0]["custom_id"].split(":")[-1])).told:
            await asyncio.sleep(0.02)
    return result, job


async def said(built, name, command, **options):
    """The words that a command is answered with, to the member alone."""
    member = built.discord.member(name)
    before = {message.id for message in await member.messages(CHANNEL)}
    await member.slash(CHANNEL, command, **options)
    answer = await member.wait_for(
        CHANNEL,
        lambda found: (
            found.id not in before and found.ephemeral and not found.loading and found.raw["content"]
        ),
    )
    return answer.raw["content"]


async def hall(built, channel_id=None):
    channel_id = channel_id or built.discord.channel_id(HALL)
    assert "The showcase is" in await said(built, "Ada", "showcase place", channel=channel_id)
    return channel_id


def weekly(built, clock):
    desk = built.client.desk
    return Weekly(desk.showcase, Herald(built.client, desk.guilds), clock)


async def test_an_author_shows_a_picture_once_and_its_provenance_stays(painting):
    result, job = await painted(painting)
    channel_id = await hall(painting)
    assert "It is in the showcase" in await said(painting, "Ben", "showcase add", code=job.code)
    assert "It is in the showcase" in await said(painting, "Ben", "showcase add", code=job.code)
    (shown,) = await painting.messages(HALL)
    assert shown.raw["message_reference"]["message_id"] == str(result.id)
    assert shown.raw["message_reference"]["type"] == 1
    assert str(channel_id) == shown.raw["channel_id"]


async def test_only_the_author_may_show_a_picture(painting):
    _, job = await painted(painting)
    await hall(painting)
    assert "Only the member who asked" in await said(painting, "Ada", "showcase add", code=job.code)
    assert await painting.messages(HALL) == []


async def test_only_admins_choose_the_place(painting):
    refused = await said(painting, "Ben", "showcase place", channel=painting.discord.channel_id(HALL))
    assert "The showcase is" not in refused
    _, job = await painted(painting)
    assert "has no showcase" in await said(painting, "Ben", "showcase add", code=job.code)


async def test_where_gala_may_not_write_it_says_so_and_one_can_try_again(painting):
    _, job = await painted(painting)
    await hall(painting, painting.discord.channel_id("announcements"))
    assert "may not write in the showcase" in await said(painting, "Ben", "showcase add", code=job.code)
    await hall(painting)
    assert "It is in the showcase" in await said(painting, "Ben", "showcase add", code=job.code)


async def test_pictures_for_adults_stay_with_adults(painting):
    _, job = await painted(painting, "after-dark")
    await hall(painting)
    assert "channel for adults" in await said(painting, "Ben", "showcase add", code=job.code)
    assert await painting.messages(HALL) == []


async def test_a_picture_is_taken_back_and_goes_with_its_result(painting):
    result, job = await painted(painting)
    await hall(painting)
    await said(painting, "Ben", "showcase add", code=job.code)
    assert "no longer in the showcase" in await said(painting, "Ben", "showcase remove", code=job.code)
    assert "is not in the showcase" in await said(painting, "Ben", "showcase remove", code=job.code)
    assert await painting.messages(HALL) == []
    await said(painting, "Ben", "showcase add", code=job.code)
    await painting.discord.member("Ben").click(result, label="Delete")
    await painting.discord.member("Ada").wait_until(HALL, lambda found: not found)


async def test_a_forum_has_a_post_with_the_tags_that_fit(painting):
    _, job = await painted(painting)
    state = painting.discord.state
    tags = [
        {"id": str(state.snowflake()), "name": name, "moderated": False, "emoji_id": None, "emoji_name": None}
        for name in ("Car", "Toy", "house")
    ]
    forum = state.create_channel(
        painting.discord.guild_id, "walls", type=ChannelType.FORUM, available_tags=tags
    )
    async with asyncio.timeout(10):
        while painting.client.get_channel(forum.id) is None:
            await asyncio.sleep(0.02)
    await painting.client.desk.guilds.change(painting.discord.guild_id, showcase_channel_id=forum.id)
    assert "It is in the showcase" in await said(painting, "Ben", "showcase add", code=job.code)
    made = painting.requests("POST", f"/channels/{forum.id}/threads")[-1]["json"]
    assert made["name"] == "a red car at sea"
    assert made["applied_tags"] == [tags[0]["id"], tags[1]["id"]]


# -- the best of the week ----------------------------------------------------------------------------------


async def loved(built):
    """A picture in the showcase that has a heart."""
    _, job = await painted(built)
    await hall(built)
    await said(built, "Ben", "showcase add", code=job.code)
    await built.client.wait_until_ready()
    desk = built.client.desk
    generation = await desk.generations.get(job.code)
    await desk.generations.give_heart(built.member_id("Ada"), generation.id, time.time())
    return job


def best_of(messages):
    return [message for message in messages if "The best of the week" in message.text]


async def test_the_best_of_a_week_is_announced_when_the_week_is_over_and_never_twice(painting):
    job = await loved(painting)
    await weekly(painting, time.time).look()
    assert best_of(await painting.messages(HALL)) == []
    for later in (WEEK_S, WEEK_S, WEEK_S + 3600):
        await weekly(painting, lambda later=later: time.time() + later).look()
    (told,) = best_of(await painting.messages(HALL))
    assert f"`{job.code}`" in told.text
    assert "1 heart" in told.text
    assert told.labels == ["Look at it", "Send to me"]
    assert len(painting.requests("PUT", f"/pins/{told.id}")) == 1


async def test_a_crash_between_telling_and_noting_announces_nothing_twice(painting):
    await loved(painting)
    desk = painting.client.desk

    class Forgetful(Herald):
        async def announce(self, week, best, offer, channel_id):
            await super().announce(week, best, offer, channel_id)
            raise Undeliverable("the bot has died here")

    def clock():
        return time.time() + WEEK_S

    await Weekly(desk.showcase, Forgetful(painting.client, desk.guilds), clock).look()
    await weekly(painting, clock).look()
    assert len(best_of(await painting.messages(HALL))) == 1
    start = window(Period.WEEK, time.time(), zone_of("UTC")).start
    assert (await desk.showcase.choose(painting.discord.guild_id, start, start + WEEK_S)).message_id


async def test_a_week_without_hearts_has_no_best(painting):
    _, job = await painted(painting)
    await hall(painting)
    await said(painting, "Ben", "showcase add", code=job.code)
    await weekly(painting, lambda: time.time() + WEEK_S).look()
    assert best_of(await painting.messages(HALL)) == []


# -- whatever makes a picture go ---------------------------------------------------------------------------


async def standing(built):
    """A picture that stands in the showcase, and was the best of a week."""
    job = await loved(built)
    await weekly(built, lambda: time.time() + WEEK_S).look()
    assert len(await built.messages(HALL)) == 2
    return await built.client.desk.generations.get(job.code)


async def by_its_author(built, made):
    result = await built.discord.member("Ben").message(CHANNEL, made.message_id)
    await built.discord.member("Ben").click(result, label="Delete")


async def by_erasure(built, made):
    await built.client.desk.exporter.privacy.ask(made.member_id, "en-US", time.time())
    built.client.desk.eraser.hurry()


async def by_moderators(built, made):
    await remove(built.client, built.client.desk, made)


async def by_age(built, made):
    await built.database.all("DELETE FROM hearts")
    await built.database.all("UPDATE generations SET created_at = 5.0")
    await built.guilds.change(made.guild_id, retention_days=30)
    built.client.desk.eraser.hurry()


async def by_pruning(built, made):
    await built.client.desk.past.forget(made.code, made.job_id)
    await pruned(built.client.desk, made)


async def by_blurring(built, made):
    await built.client.desk.generations.blur(made.code)
    await take_back(built.client, built.client.desk, made)


@pytest.mark.parametrize(
    "way",
    [by_its_author, by_erasure, by_moderators, by_age, by_pruning, by_blurring],
    ids=lambda f: f.__name__,
)
async def test_whatever_makes_a_picture_go_takes_it_out_of_the_showcase(painting, way):
    """With the announcement, which has its words, too."""
    made = await standing(painting)
    await way(painting, made)
    await painting.discord.member("Ada").wait_until(HALL, lambda found: not found)
    async with asyncio.timeout(10):
        while await painting.client.desk.showcase.leftovers():
            await asyncio.sleep(0.02)
    await weekly(painting, lambda: time.time() + WEEK_S).look()
    assert await painting.messages(HALL) == []  # nor is it announced again


async def test_what_discord_does_not_remove_now_is_removed_later(painting):
    made, desk = await standing(painting), painting.client.desk
    painting.discord.misbehave.fail("/channels/*/messages/*", method="DELETE", status=403, times=100)
    await remove(painting.client, desk, made)
    assert len(await desk.showcase.leftovers()) == 2
    assert await desk.generations.get(made.code) is None
    painting.discord.misbehave.calm()
    await desk.eraser.round(painting.client, desk, time.time())
    assert await desk.showcase.leftovers() == []
    assert await painting.messages(HALL) == []


async def test_what_nobody_can_remove_is_given_up(painting):
    desk = painting.client.desk
    await painting.database.all("INSERT INTO leftovers VALUES (5, 6, ?, 7.0)", (painting.discord.guild_id,))
    await desk.showcase.give_up(8.0)
    assert await desk.showcase.leftovers() == []
