"""The threads that Gala has made, on a real database."""

from __future__ import annotations

import pytest

from storage.database import Database
from storage.errors import StorageError
from storage.guilds import Guilds, Tidy
from storage.privacy import Privacy
from storage.threads import Threads, Whose

BEN, TODAY = Whose(10, 20, 30), Whose(10, 20, day="2026-11-24")


async def test_each_member_and_the_day_have_a_thread_of_a_channel(database: Database):
    threads = Threads(database)
    assert await threads.get(BEN) is None
    for number, whose in enumerate((BEN, TODAY, Whose(10, 21, 30), Whose(11, 20, 30), Whose(10, 20, 31))):
        await threads.keep(whose, 100 + number)
        assert await threads.get(whose) == 100 + number
    assert await threads.get(BEN) == 100
    await threads.keep(BEN, 2**62)
    assert await threads.get(BEN) == 2**62


async def test_of_the_days_only_the_newest_is_kept(database: Database):
    threads = Threads(database)
    await threads.keep(TODAY, 100)
    tomorrow = Whose(10, 20, day="2026-11-25")
    assert await threads.get(tomorrow) is None
    await threads.keep(tomorrow, 101)
    assert (await threads.get(TODAY), await threads.get(tomorrow)) == (None, 101)
    assert len(await database.all("SELECT 1 FROM threads")) == 1


async def test_a_members_thread_is_theirs_to_take_away(database: Database):
    threads, privacy = Threads(database), Privacy(database)
    await threads.keep(BEN, 100)
    await threads.keep(TODAY, 101)
    assert [row["thread_id"] for row in (await privacy.rows(30))["threads"]] == [100]
    await privacy.erase(30, 0.0)
    assert (await threads.get(BEN), await threads.get(TODAY)) == (None, 101)


async def test_tidiness_is_kept_and_nothing_else_is_called_so(database: Database):
    guilds = Guilds(database)
    assert (await guilds.change(10, tidy=Tidy.DAY)).tidy is Tidy.DAY
    assert (await guilds.change_channel(10, 20, tidy=Tidy.FINAL)).tidy is Tidy.FINAL
    assert (await guilds.channel(10, 20)).tidy is Tidy.FINAL
    with pytest.raises(StorageError):
        await guilds.change(10, tidy="spotless")
