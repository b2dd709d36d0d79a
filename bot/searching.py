"""The search: by meaning (what a CLIP sees), by the words of the prompts, or both fused; and more of a kind.

Nothing is remembered of who may see what: each look asks anew. The vectors of the guilds that were searched
last are kept in memory.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.nearest import Space, Spaces, fuse, unpack
from bot.questions import NoAnswer
from storage.searches import Search, Way, new_search_id
from storage.vectors import Clip, Due, home_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.nearest import Vector
    from bot.questions import Questions
    from bot.visibility import Sight
    from storage.generations import Generation
    from storage.searches import Searches
    from storage.vectors import Vectors
    from storage.words import Words

MOST_RESULTS = 90  #: what comes later is like nothing that was asked for
MOST_OFFERED = 9  #: where nothing was found, of what is nearest
MOST_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class Results:
    """What a search has found, best first. `note` is the id of a text to be said with it, or empty."""

    search: Search
    generations: tuple[Generation, ...]
    note: str = ""
    due: int = 0  #: pictures that the CLIP has not looked at yet, of all guilds


class Searcher:
    """Finds pictures. Every method may raise `StorageError`."""

    def __init__(
        self,
        searches: Searches,
        words: Words,
        vectors: Vectors,
        questions: Questions,
        model: str,
        memory_bytes: int,
    ) -> None:
        self._searches, self._words, self._vectors = searches, words, vectors
        self._questions, self._model = questions, model
        self._spaces = Spaces(memory_bytes)
        self._turn = asyncio.Lock()  # one guild is loaded, changed or ranked at a time

    # --- what members do

    async def begin(self, sight: Sight, text: str, way: Way) -> Search:
        """Keep a new search for some words. Raises `UserError` where there is nothing to look for."""
        words = " ".join(text[:MOST_CHARACTERS].split())
        if not words:
            raise UserError("search-empty")
        return await self._keep(sight, words, way, None)

    async def begin_like(self, sight: Sight, generation: Generation, picture: bytes | None) -> Search:
        """Keep a new search for what looks like a generation; `picture` is its own, in case it is new.

        Raises `UserError` where it can be looked at neither before nor now.
        """
        clip = await self._vectors.clip()
        if clip is not None and await self._vectors.has(clip, generation.id):
            return await self._keep(sight, "", Way.LIKE, generation.id)
        if picture is None:
            raise UserError("search-not-seen")
        return await self._begin_like(sight, picture, generation.id)

    async def begin_like_picture(self, sight: Sight, picture: bytes) -> Search:
        """Keep a new search for what looks like a picture of anybody's. Raises `UserError`."""
        return await self._begin_like(sight, picture, None)

    async def _begin_like(self, sight: Sight, picture: bytes, generation_id: int | None) -> Search:
        clip = await self._vectors.clip()
        answer = await self._questions.embed(self._model, pictures=[picture])
        vector = answer.pictures[0]
        if vector is None or clip is None or clip.sha256 != answer.clip_sha256:
            raise UserError("search-not-seen")
        search = await self._keep(sight, "", Way.LIKE, generation_id)
        await self._searches.learn(search.id, clip.id, vector)
        return replace(search, clip_id=clip.id, vector=vector)

    async def get(self, search_id: str) -> Search:
        """A search that was made before. Raises `UserError` where it is no longer kept."""
        search = await self._searches.get(search_id)
        if search is None:
            raise UserError("search-gone")
        return search

    async def find(self, search: Search, sight: Sight) -> Results:
        """What the search finds now, for whoever looks. Raises `UserError`."""
        clip = await self._vectors.clip()
        due = await self._vectors.count_due()
        if search.way is Way.WORDS:
            return await self._by_words_or_nearest(search, clip, sight)
        try:
            near = await self._by_meaning(search, clip, sight)
        except NoAnswer:
            if search.way is Way.BOTH:
                return replace(await self._by_words(search, sight), note="search-words-only")
            raise
        if search.way is not Way.BOTH:
            return Results(search, await self._shown(sight, near), "", due)
        hits = await self._words.find(search.words, sight)
        ids = fuse(hits.ids if hits.exact else (), near)
        return Results(search, await self._shown(sight, ids), "", due)

    # --- the embedder's side

    async def placed(self, clip: Clip, due: Due, vector: bytes) -> None:
        """Take a new vector into a space that is in memory."""
        async with self._turn:
            space = self._spaces.get((clip.id, due.home_id))
            if space is not None:
                space.add(due.id, due.place_id, unpack(vector))

    async def forget(self, generation: Generation) -> None:
        """Let a deleted generation go from memory."""
        clip = await self._vectors.clip()
        if clip is None:
            return
        async with self._turn:
            space = self._spaces.get((clip.id, home_of(generation.guild_id, generation.place_id)))
            if space is not None:
                space.remove(generation.id)

    # --- ways to search

    async def _by_words_or_nearest(self, search: Search, clip: Clip | None, sight: Sight) -> Results:
        """By words; where nothing has them, what is nearest by meaning, if that can be told."""
        results = await self._by_words(search, sight)
        if results.generations:
            return results
        try:
            near = await self._by_meaning(search, clip, sight)
        except NoAnswer:
            return results
        shown = await self._shown(sight, near)
        return Results(search, shown[:MOST_OFFERED], "search-instead" if shown else "")

    async def _by_words(self, search: Search, sight: Sight) -> Results:
        hits = await self._words.find(search.words, sight)
        shown = await self._shown(sight, hits.ids)
        return Results(search, shown, "" if hits.exact or not shown else "search-nearest")

    async def _by_meaning(self, search: Search, clip: Clip | None, sight: Sight) -> list[int]:
        """Ids of what the asker may see by its place, nearest first. Raises `NoAnswer`."""
        if clip is None:
            return []
        home_id = home_of(sight.guild_id, sight.channel_id)
        async with self._turn:
            space = await self._space(clip, home_id)
        query = await self._query(search, clip, space)
        if query is None or not len(space):
            return []
        async with self._turn:
            ranking = await asyncio.to_thread(space.rank, query, sight.places)
        found = []
        for each in ranking:
            if each.id != search.generation_id:
                found.append(each.id)
            if len(found) == 2 * MOST_RESULTS:  # some of them may be in private threads
                break
        return found

    async def _query(self, search: Search, clip: Clip, space: Space) -> Vector | None:
        """The vector that is looked for; None where there is none (yet). Raises `NoAnswer`."""
        if search.generation_id is not None and (own := space.vector(search.generation_id)) is not None:
            return own
        if search.clip_id == clip.id and search.vector is not None:
            return unpack(search.vector)
        if not search.words:
            return None
        answer = await self._questions.embed(self._model, texts=[search.words])
        if answer.clip_sha256 != clip.sha256:  # the pictures have not been looked at by this one yet
            return None
        await self._searches.learn(search.id, clip.id, answer.texts[0])
        return unpack(answer.texts[0])

    async def _space(self, clip: Clip, home_id: int) -> Space:
        """All vectors of a guild, from memory or else from the database."""
        key = (clip.id, home_id)
        space = self._spaces.get(key)
        if space is None:
            async for some in self._vectors.of_home(clip, home_id):
                if space is None:
                    space = Space(len(some[0].vector) // 2)
                ids, places = [each.id for each in some], [each.place_id for each in some]
                space.extend(ids, places, b"".join(each.vector for each in some))
            if space is not None:
                self._spaces.put(key, space)
        self._spaces.fit()
        return space or Space(0)

    async def _shown(self, sight: Sight, ids: Sequence[int]) -> tuple[Generation, ...]:
        shown = await self._searches.shown(sight, ids[: 3 * MOST_RESULTS])
        return tuple(shown[:MOST_RESULTS])

    async def _keep(self, sight: Sight, words: str, way: Way, generation_id: int | None) -> Search:
        search = Search(
            id=new_search_id(),
            member_id=sight.member_id,
            guild_id=sight.guild_id,
            words=words,
            way=way,
            generation_id=generation_id,
            clip_id=None,
            vector=None,
            made_at=time.time(),
        )
        await self._searches.add(search)
        return search
