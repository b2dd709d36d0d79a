from __future__ import annotations

import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.database import Database
from storage.errors import StorageError
from storage.guilds import Access, ChannelSettings, Guilds, GuildSettings, LineState

GUILD, OTHER, CHANNEL = 10, 11, 20


@pytest.fixture
def guilds(database: Database) -> Guilds:
    return Guilds(database)


async def test_a_guild_that_chose_nothing_has_the_defaults(guilds: Guilds):
    assert await guilds.get(GUILD) == GuildSettings(GUILD)
    assert await guilds.get(0) == GuildSettings(0)
    assert await guilds.channel(GUILD, CHANNEL) == ChannelSettings(GUILD, CHANNEL)
    assert await guilds.channels(GUILD) == []
    assert await guilds.roles(GUILD) == {}


async def test_what_is_changed_stays_and_the_rest_is_left_alone(guilds: Guilds):
    await guilds.change(GUILD, language="ru", retention_days=30)
    changed = await guilds.change(GUILD, time_zone="Asia/Tokyo", log_channel_id=2**62)
    assert changed == GuildSettings(
        GUILD, language="ru", retention_days=30, time_zone="Asia/Tokyo", log_channel_id=2**62
    )
    assert await guilds.get(GUILD) == changed
    assert (await guilds.change(GUILD, language=None)).language is None


async def test_a_channels_settings_are_its_own(guilds: Guilds):
    await guilds.change_channel(GUILD, CHANNEL, painting=Access.ALLOWED)
    changed = await guilds.change_channel(GUILD, CHANNEL, painting=Access.DENIED)
    assert changed == ChannelSettings(GUILD, CHANNEL, Access.DENIED)
    assert await guilds.channels(GUILD, [CHANNEL, 21]) == [changed]
    assert await guilds.channels(GUILD, [21]) == []
    changed = await guilds.change_channel(GUILD, CHANNEL, results_channel_id=30)
    assert changed == ChannelSettings(GUILD, CHANNEL, Access.DENIED, 30)


@pytest.mark.parametrize("values", [{}, {"guild_id": 3}, {"no_such": 1}, {"language": "ru", "x; --": 1}])
async def test_only_settings_can_be_changed(guilds: Guilds, values: dict[str, object]):
    with pytest.raises(ValueError, match="not settings"):
        await guilds.change(GUILD, **values)


@pytest.mark.parametrize("values", [{"line": "bent"}, {"retention_days": 0}])
async def test_the_database_refuses_what_means_nothing(guilds: Guilds, values: dict[str, object]):
    with pytest.raises(StorageError):
        await guilds.change(GUILD, **values)
    assert await guilds.get(GUILD) == GuildSettings(GUILD)


async def test_lists_are_replaced_as_wholes_and_a_place_is_on_one_of_them(guilds: Guilds):
    await guilds.set_channels(GUILD, Access.ALLOWED, [1, 2])
    await guilds.set_channels(GUILD, Access.DENIED, [2, 3])
    await guilds.set_channels(GUILD, Access.ALLOWED, [4])
    found = {each.channel_id: each.painting for each in await guilds.channels(GUILD)}
    assert found == {1: None, 2: Access.DENIED, 3: Access.DENIED, 4: Access.ALLOWED}

    await guilds.set_roles(GUILD, Access.ALLOWED, [1, 2])
    await guilds.set_roles(GUILD, Access.DENIED, [2])
    await guilds.set_roles(GUILD, Access.ALLOWED, [])
    assert await guilds.roles(GUILD) == {2: Access.DENIED}


async def test_paused_guilds_are_known(guilds: Guilds):
    await guilds.change(GUILD, line=LineState.PAUSED)
    await guilds.change(OTHER, line=LineState.DRAINING)
    assert await guilds.paused() == {GUILD}
    assert (await guilds.get(OTHER)).line is LineState.DRAINING


CHANGES = st.one_of(
    st.fixed_dictionaries({"language": st.sampled_from([None, "ru"])}),
    st.fixed_dictionaries(
        {
            "time_zone": st.sampled_from(["UTC", "Asia/Tokyo"]),
            "retention_days": st.none() | st.integers(1, 99),
        }
    ),
    st.fixed_dictionaries({"line": st.sampled_from(LineState)}),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from([GUILD, OTHER]), CHANGES), max_size=8))
async def test_a_guilds_settings_never_touch_anothers(guilds: Guilds, steps):
    """Whatever is changed in one, the other is as it was; the same of channels and roles."""
    for guild, changes in steps:
        other = OTHER if guild == GUILD else GUILD
        before = (await guilds.get(other), await guilds.channels(other), await guilds.roles(other))
        await guilds.change(guild, **changes)
        await guilds.change_channel(guild, CHANNEL, painting=Access.ALLOWED)
        await guilds.set_channels(guild, Access.DENIED, [CHANNEL, 21])
        await guilds.set_roles(guild, Access.ALLOWED, [5])
        assert before == (await guilds.get(other), await guilds.channels(other), await guilds.roles(other))


async def test_every_query_is_answered_by_an_index(database: Database, guilds: Guilds):
    """None of them reads a table from end to end."""
    asked: list[tuple[str, tuple[object, ...]]] = []

    async def all_of(sql: str, values: tuple[object, ...] = ()) -> list[sqlite3.Row]:
        asked.append((sql, values))
        return await Database.all(database, sql, values)

    guilds._database = type("Ears", (), {"all": staticmethod(all_of)})()
    await guilds.get(1)
    await guilds.paused()
    await guilds.channels(1, [2])
    await guilds.roles(1)
    for sql, values in asked:
        plan = [row["detail"] for row in await database.all(f"EXPLAIN QUERY PLAN {sql}", values)]
        assert not [step for step in plan if step.startswith("SCAN guild") and "INDEX" not in step], plan
