from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage.vectors import Clip, Due, Placed, Vectors
from tests.storage.rows import GUILD, PLACE, a_generation

if TYPE_CHECKING:
    from storage.database import Database

OLD, NEW = "a" * 64, "b" * 64


@pytest.fixture
def vectors(database: Database) -> Vectors:
    return Vectors(database)


async def everything(vectors: Vectors, clip: Clip, home_id: int = GUILD) -> dict[int, bytes]:
    return {each.id: each.vector async for some in vectors.of_home(clip, home_id) for each in some}


async def see_all(vectors: Vectors, clip: Clip, vector: bytes) -> None:
    while due := await vectors.due(3):
        await vectors.put(clip, [(each, vector) for each in due])


async def test_every_generation_is_due_from_its_first_moment_newest_first(
    database: Database, vectors: Vectors
):
    ids = [await a_generation(database) for _ in range(5)]
    assert [each.id for each in await vectors.due(3)] == ids[:1:-1]
    assert await vectors.count_due() == 5
    assert (await vectors.due(1))[0].home_id == GUILD
    alone = await a_generation(database, guild_id=0, place_id=77)
    assert (await vectors.due(1)) == [Due(alone, 77, 77, (await vectors.due(1))[0].picture_sha256)]


async def test_vectors_are_kept_by_their_guild(database: Database, vectors: Vectors):
    clip = await vectors.use(OLD, "toy")
    first, second = await a_generation(database), await a_generation(database, place_id=21)
    other = await a_generation(database, guild_id=11)
    await see_all(vectors, clip, b"v")
    assert [each async for some in vectors.of_home(clip, GUILD) for each in some] == [
        Placed(first, PLACE, b"v"),
        Placed(second, 21, b"v"),
    ]
    assert await everything(vectors, clip, 11) == {other: b"v"}
    assert await vectors.count_due() == 0


async def test_what_cannot_be_looked_at_is_not_asked_for_again(database: Database, vectors: Vectors):
    clip = await vectors.use(OLD, "toy")
    await a_generation(database)
    await vectors.put(clip, [(each, None) for each in await vectors.due(1)])
    assert await vectors.due(1) == []
    assert await everything(vectors, clip) == {}
    await vectors.use(OLD, "toy")
    assert await vectors.due(1) == []


async def test_another_clip_sees_everything_anew_and_spaces_are_never_mixed(
    database: Database, vectors: Vectors
):
    assert await vectors.clip() is None
    old = await vectors.use(OLD, "toy")
    ids = {await a_generation(database) for _ in range(4)}
    await see_all(vectors, old, b"old")
    new = await vectors.use(NEW, "other")
    assert await vectors.clip() == new
    assert (new.sha256, new.model) == (NEW, "other")
    assert await vectors.count_due() == 4
    assert await everything(vectors, new) == {}
    await vectors.put(new, [(each, b"new") for each in await vectors.due(2)])
    assert set((await everything(vectors, new)).values()) == {b"new"}
    assert set((await everything(vectors, old)).values()) == {b"old"}
    back = await vectors.use(OLD, "toy")  # the host has thought better of it
    assert back.id == old.id
    assert await vectors.count_due() == 2, "what is in line stays there, and is put once more"
    await see_all(vectors, back, b"old")
    again = await vectors.use(NEW, "other")
    assert await vectors.count_due() == 2
    await see_all(vectors, again, b"new")
    assert await everything(vectors, again) == dict.fromkeys(ids, b"new")
    while await vectors.forget_others(again):
        pass
    assert await everything(vectors, old) == {}
    assert await everything(vectors, again) == dict.fromkeys(ids, b"new")


async def test_with_a_generation_go_its_vectors_and_its_place_in_line(database: Database, vectors: Vectors):
    clip = await vectors.use(OLD, "toy")
    seen = await a_generation(database)
    await see_all(vectors, clip, b"v")
    unseen = await a_generation(database)
    due = await vectors.due(1)
    await database.all("DELETE FROM generations WHERE id IN (?, ?)", (seen, unseen))
    await vectors.put(clip, [(due[0], b"late")])
    assert await vectors.count_due() == 0
    assert (await database.all("SELECT count(*) FROM vectors"))[0][0] == 0


async def test_a_picture_that_is_painted_again_is_looked_at_again(database: Database, vectors: Vectors):
    clip = await vectors.use(OLD, "toy")
    id_ = await a_generation(database)
    await see_all(vectors, clip, b"v")
    await database.all("UPDATE generations SET picture_sha256 = ? WHERE id = ?", ("f" * 64, id_))
    assert [each.id for each in await vectors.due(9)] == [id_]
    assert await everything(vectors, clip) == {}


async def test_many_are_read_in_parts(database: Database, vectors: Vectors, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("storage.vectors.ROWS_AT_ONCE", 3)
    clip = await vectors.use(OLD, "toy")
    ids = [await a_generation(database) for _ in range(8)]
    await see_all(vectors, clip, b"v")
    assert list(await everything(vectors, clip)) == ids
