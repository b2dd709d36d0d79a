"""The search by words: SQLite's full-text index over the prompts, in either alphabet, by beginnings of words.

What a member types is text and nothing else: each word of it is quoted, and no sign in it means anything to
the index. Of many words the first `MOST_WORDS` count.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.generations import OPEN, SEEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Database
    from storage.generations import Sight

MOST_WORDS = 6
MOST_HITS = 200
MOST_CANDIDATES = 2000  #: of whoever's, before the asker's places are looked for in the index
PREFIX_FROM = 2  #: letters; a single one must be a whole word
STEM_FROM = 5  #: letters; shorter words have no ending that could be taken off
ENDING = 2  #: letters that are taken off where nothing is found otherwise

WORD = re.compile(r"[^\W_]+")

#: The newest prompts with the words, whoever may see them; and those of them that the asker may see.
NEWEST = "SELECT rowid AS id FROM words WHERE words MATCH :match ORDER BY rowid DESC LIMIT :most"
VISIBLE = (
    "SELECT g.id AS id, g.prompt AS prompt FROM json_each(:ids) i JOIN generations g ON g.id = i.value"  # noqa: S608 names of ours
    f" WHERE g.guild_id = :guild AND {SEEN} AND {OPEN} ORDER BY g.id DESC LIMIT :limit"
)
#: The same for places whose pictures are few among many: the index looks for the places, too.
FIND = (
    "SELECT words.rowid AS id, g.prompt AS prompt FROM words JOIN generations g ON g.id = words.rowid"  # noqa: S608 names of ours
    f" WHERE words MATCH :match AND g.guild_id = :guild AND {OPEN} ORDER BY words.rowid DESC LIMIT :limit"
)


@dataclass(frozen=True, slots=True)
class Hits:
    """Ids of generations, best first; `exact`: each has all the words."""

    ids: tuple[int, ...]
    exact: bool


class Words:
    """The index of the prompts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, text: str, sight: Sight, limit: int = MOST_HITS) -> Hits:
        """Find what the asker may see with all words of the text; else with any of them, endings aside.

        Raises `StorageError`.
        """
        words = words_of(text)
        if not words or not sight.places:
            return Hits((), True)
        for exact, query in ((True, all_of(words)), (False, any_of(words))):
            found = await self._newest(query, sight, limit)
            if found:
                return Hits(tuple(ranked(found, words)), exact)
        return Hits((), False)

    async def _newest(self, query: str, sight: Sight, limit: int) -> list[tuple[int, str]]:
        """Find the newest that the asker may see, first without having the index look for their places.

        Where much of it all is theirs, that would cost more than the words do.
        """
        match = f"prompt : ({query})"
        candidates = await self._database.all(NEWEST, {"match": match, "most": MOST_CANDIDATES})
        values = {
            "limit": limit,
            "guild": sight.guild_id,
            "me": sight.member_id,
            "here": sight.channel_id,
            "places": json.dumps(sorted(sight.places)),
            "ids": json.dumps([row["id"] for row in candidates]),
        }
        rows = await self._database.all(VISIBLE, values)
        if len(rows) < limit and len(candidates) == MOST_CANDIDATES:
            places = " OR ".join(f"p{place}" for place in sorted(sight.places))
            rows = await self._database.all(FIND, values | {"match": f"{match} AND place : ({places})"})
        return [(int(row["id"]), str(row["prompt"])) for row in rows]


def words_of(text: str) -> list[str]:
    """The words that are looked for, each once, without case and with е for ё."""
    folded = text.lower().replace("ё", "е")
    return list(dict.fromkeys(WORD.findall(folded)))[:MOST_WORDS]


def all_of(words: Sequence[str]) -> str:
    """A query for prompts in which a word begins with each of these."""
    return " AND ".join(map(_begins, words))


def any_of(words: Sequence[str]) -> str:
    """A query for prompts in which a word begins as any of these does, its ending aside."""
    stems = [word[:-ENDING] if len(word) >= STEM_FROM else word for word in words]
    return " OR ".join(map(_begins, dict.fromkeys(stems)))


def _begins(word: str) -> str:
    return f'"{word}"*' if len(word) >= PREFIX_FROM else f'"{word}"'


def ranked(found: Sequence[tuple[int, str]], words: Sequence[str]) -> list[int]:
    """Ids, those whose prompts have the most of the words first, whole or begun; else in their order."""

    def score(prompt: str) -> float:
        there = set(WORD.findall(prompt.lower().replace("ё", "е")))
        whole = sum(word in there for word in words)
        begun = sum(any(other.startswith(word) for other in there) for word in words)
        return whole + begun

    return [id_ for id_, _ in sorted(found, key=lambda each: -score(each[1]))]
