from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.questions import NoAnswer
from bot.searching import MOST_RESULTS
from bot.visibility import Sight
from storage.searches import Way
from tests.bot.seeking import EYES, seeking
from tests.generation.pipe import TOY
from tests.generation.test_questions import plain
from tests.storage.rows import MEMBER, PLACE


async def test_a_picture_is_found_by_what_is_in_it(tmp_path: Path):
    async with seeking(tmp_path) as one:
        red, green, blue = [await one.paint(colour) for colour in ("red", "green", "blue")]
        await one.embedder.catch_up()
        assert await one.ids("red") == [red, blue, green]
        assert (await one.ids("синий"))[0] == blue
        assert (await one.ids("something green"))[0] == green
        late = await one.paint("red", place_id=PLACE)
        await one.embedder.catch_up()  # and the guild's vectors are in memory by now
        assert (await one.ids("red"))[:2] == [late, red]


async def test_words_find_words_and_both_find_what_either_does(tmp_path: Path):
    async with seeking(tmp_path) as one:
        named = await one.paint("blue", "a red boat")
        painted = await one.paint("red", "a car")
        await one.paint("green", "a tree")
        await one.embedder.catch_up()
        assert await one.ids("red", Way.WORDS) == [named]
        assert (await one.ids("red", Way.MEANING))[0] == painted
        assert (await one.ids("red", Way.BOTH))[:2] == [named, painted]
        nearest = await one.find("boat sinks", Way.WORDS)
        assert [each.id for each in nearest.generations] == [named]
        assert nearest.note == "search-nearest"
        instead = await one.find("zeppelin red", Way.WORDS)
        assert (instead.generations[0].id, instead.note) == (named, "search-nearest")
        instead = await one.find("scarlet", Way.WORDS)
        assert (len(instead.generations), instead.note) == (3, "search-instead")


async def test_more_like_this_finds_its_like_and_not_itself(tmp_path: Path):
    async with seeking(tmp_path) as one:
        first, second, other = [await one.paint(colour) for colour in ("red", "yellow", "blue")]
        await one.embedder.catch_up()
        (generation, *_) = (await one.find("red", Way.MEANING)).generations
        assert generation.id == first
        results = await one.searcher.find(await one.searcher.begin_like(EYES, generation, None), EYES)
        assert [each.id for each in results.generations] == [second, other]


async def test_more_like_what_was_painted_a_moment_ago(tmp_path: Path):
    async with seeking(tmp_path) as one:
        red, _ = [await one.paint(colour) for colour in ("red", "blue")]
        await one.embedder.catch_up()
        await one.paint("red", "new")
        (new,) = (await one.find("new", Way.WORDS)).generations
        with pytest.raises(UserError, match="search-not-seen"):
            await one.searcher.begin_like(EYES, new, None)
        search = await one.searcher.begin_like(EYES, new, await one.images.get(new.picture_sha256))
        for _ in range(2):  # before and after it was looked at
            found = await one.searcher.find(search, EYES)
            assert found.generations[0].id == red
            assert new.id not in [each.id for each in found.generations]
            await one.embedder.catch_up()


async def test_more_like_a_picture_of_anybodys(tmp_path: Path):
    async with seeking(tmp_path) as one:
        with pytest.raises(UserError, match="search-not-seen"):
            await one.searcher.begin_like_picture(EYES, plain(9, 9, 250))
        _, blue = [await one.paint(colour) for colour in ("red", "blue")]
        await one.embedder.catch_up()
        search = await one.searcher.begin_like_picture(EYES, plain(9, 9, 250))
        assert (await one.searcher.find(search, EYES)).generations[0].id == blue
        again = await one.searcher.get(search.id)
        assert (await one.searcher.find(again, EYES)).generations[0].id == blue
        with pytest.raises(UserError, match="search-not-seen"):
            await one.searcher.begin_like_picture(EYES, b"no picture")


async def test_before_anything_was_looked_at_words_still_find(tmp_path: Path):
    async with seeking(tmp_path) as one:
        red = await one.paint("red", "a red car")
        assert await one.ids("red", Way.MEANING) == []
        results = await one.find("red")
        assert [each.id for each in results.generations] == [red]
        assert results.due == 1


async def test_each_look_asks_anew_who_may_see_what(tmp_path: Path):
    async with seeking(tmp_path) as one:
        here = await one.paint("red", "red")
        there = await one.paint("red", "red", place_id=21, channel_id=21)
        secret = await one.paint("red", "red", private=1, member_id=99, channel_id=22)
        await one.paint("red", "red", guild_id=11)
        await one.embedder.catch_up()
        wide = replace(EYES, places=frozenset({PLACE, 21}))
        search = await one.searcher.begin(EYES, "red", Way.BOTH)
        for sight, expected in (
            (EYES, {here}),
            (wide, {here, there}),
            (replace(wide, channel_id=22), {here, there, secret}),
            (replace(wide, member_id=99), {here, there, secret}),
            (replace(EYES, places=frozenset()), set()),
        ):
            for way in (Way.BOTH, Way.MEANING, Way.WORDS):
                found = await one.searcher.find(replace(search, way=way), sight)
                assert {each.id for each in found.generations} == expected, (sight, way)


async def test_in_direct_messages_everybody_finds_their_own(tmp_path: Path):
    async with seeking(tmp_path) as one:
        mine = await one.paint("red", "red", guild_id=0, place_id=500, channel_id=500)
        await one.paint("red", "red", guild_id=0, place_id=501, channel_id=501, member_id=99)
        await one.embedder.catch_up()
        sight = Sight(0, MEMBER, 500, frozenset({500}))
        for way in (Way.BOTH, Way.MEANING, Way.WORDS):
            assert await one.ids("red", way, sight) == [mine]


async def test_what_is_deleted_is_found_no_more(tmp_path: Path):
    async with seeking(tmp_path) as one:
        red, gone = await one.paint("red", "red"), await one.paint("red", "red")
        await one.embedder.catch_up()
        (newest, _) = (await one.find("red")).generations
        await one.database.all("DELETE FROM generations WHERE id = ?", (gone,))
        await one.searcher.forget(newest)
        for way in (Way.BOTH, Way.MEANING, Way.WORDS):
            assert await one.ids("red", way) == [red]


async def test_the_results_end(tmp_path: Path):
    async with seeking(tmp_path) as one:
        for _ in range(MOST_RESULTS + 3):
            await one.paint("red", "red")
        await one.embedder.catch_up()
        assert len(await one.ids("red", Way.BOTH)) == MOST_RESULTS


async def test_when_the_painter_is_away_words_are_left(tmp_path: Path):
    async with seeking(tmp_path) as one:
        red = await one.paint("red", "a red car")
        await one.embedder.catch_up()
        await one.worker.close()
        results = await one.find("red")
        assert [each.id for each in results.generations] == [red]
        assert results.note == "search-words-only"
        with pytest.raises(NoAnswer):
            await one.find("red", Way.MEANING)


async def test_a_search_keeps_what_its_words_mean(tmp_path: Path):
    """The next page needs no CLIP."""
    async with seeking(tmp_path) as one:
        red = await one.paint("red")
        await one.embedder.catch_up()
        search = await one.searcher.begin(EYES, "red", Way.MEANING)
        await one.searcher.find(search, EYES)
        await one.worker.close()
        again = await one.searcher.get(search.id)
        assert [each.id for each in (await one.searcher.find(again, EYES)).generations] == [red]


async def test_whatever_is_typed_is_looked_for(tmp_path: Path):
    async with seeking(tmp_path) as one:
        await one.paint("red")
        await one.embedder.catch_up()
        for text in ("x" * 5000, "🌊🔥", '" OR *', "NEAR(a b) AND place:p20", "\x00", "a\nb"):
            for way in (Way.BOTH, Way.MEANING):
                assert len(await one.ids(text, way)) == 1
            assert (await one.find(text, Way.WORDS)).note == "search-instead"


async def test_nothing_to_look_for_and_a_search_that_is_gone_are_told_in_words(tmp_path: Path):
    async with seeking(tmp_path, start=False) as one:
        for text in ("", "  \n "):
            with pytest.raises(UserError, match="search-empty"):
                await one.searcher.begin(EYES, text, Way.BOTH)
        with pytest.raises(UserError, match="search-gone"):
            await one.searcher.get("0000000000")


# --- the embedder


async def test_a_lost_picture_is_passed_over_and_the_others_are_seen(tmp_path: Path):
    async with seeking(tmp_path) as one:
        lost = await one.paint("blue", "blue")
        red = await one.paint("red")
        (row,) = await one.database.all("SELECT picture_sha256 FROM generations WHERE id = ?", (lost,))
        one.images.path(row[0]).unlink()
        await one.embedder.catch_up()
        assert await one.ids("red") == [red]
        assert await one.vectors.count_due() == 0


async def test_another_clip_looks_at_everything_again(tmp_path: Path):
    """The toy's CLIP is another under another dtype; searches in between see one space alone."""
    async with seeking(tmp_path) as one:
        red = await one.paint("red")
        await one.embedder.catch_up()
        before = await one.vectors.clip()
        search = await one.searcher.begin(EYES, "red", Way.MEANING)
        await one.searcher.find(search, EYES)
    async with seeking(tmp_path, settings=replace(TOY, dtype="bfloat16")) as one:
        await one.embedder.catch_up()
        after = await one.vectors.clip()
        assert before is not None
        assert after is not None
        assert before.sha256 != after.sha256
        again = await one.searcher.get(search.id)
        assert [each.id for each in (await one.searcher.find(again, EYES)).generations] == [red]
        rows = await one.database.all("SELECT clip_id FROM vectors")
        assert [row[0] for row in rows] == [after.id]


async def test_the_embedder_runs_on_through_trouble(tmp_path: Path):
    async with seeking(tmp_path, start=False) as one:
        one.worker.questions._patience_s = one.worker.questions._background_s = 0.02
        await one.paint("red")
        running = asyncio.create_task(one.embedder.run())
        await asyncio.sleep(0.1)
        assert not running.done()
        one.worker.questions._patience_s = one.worker.questions._background_s = 20
        await one.worker.start()
        async with asyncio.timeout(20):
            while await one.vectors.count_due():
                await asyncio.sleep(0.01)
        running.cancel()
