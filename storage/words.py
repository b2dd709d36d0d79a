"""The search by words: SQLite's full-text index over the prompts, in either alphabet, by beginnings of words.

What a member types is text and nothing else: each word of it is quoted, and no sign in it means anything to
the index. Of many words the first `MOST_WORDS` count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.generations import OPEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Database
    from storage.generations import Sight

MOST_WORDS = 6
MOST_HITS = 200
PREFIX_FROM = 2  #: letters; a single one must be a whole word
STEM_FROM = 5  #: letters; shorter words have no ending that could be taken off
ENDING = 2  #: letters that are taken off where nothing is found otherwise

WORD = re.compile(r"[^\W_]+")

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
        places = " OR ".join(f"p{place}" for place in sorted(sight.places))
        for exact, query in ((True, all_of(words)), (False, any_of(words))):
            values = {
                "match": f"prompt : ({query}) AND place : ({places})",
                "limit": limit,
                "guild": sight.guild_id,
                "me": sight.member_id,
                "here": sight.channel_id,
            }
            rows = await self._database.all(FIND, values)
            if rows:
                found = [(int(row["id"]), str(row["prompt"])) for row in rows]
                return Hits(tuple(ranked(found, words)), exact)
        return Hits((), False)


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
