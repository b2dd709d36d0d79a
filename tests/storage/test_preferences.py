"""The rows of the preferences."""

from __future__ import annotations

import pytest

from storage.database import Database
from storage.preferences import Preference, Preferences


async def test_fields_are_changed_one_by_one_and_members_are_apart(tmp_path):
    async with Database.open(tmp_path / "gala.db") as database:
        preferences = Preferences(database)
        assert await preferences.get(1) == Preference()
        assert await preferences.change(1, steps=30, shape="3:2") == Preference(shape="3:2", steps=30)
        changed = await preferences.change(1, shape=None, unwanted="text", init_weight=1.5)
        assert changed == await preferences.get(1) == Preference(None, None, None, 30, 1.5, "text")
        await preferences.change(2, language="ru", style="night")
        await preferences.clear(1)
        assert await preferences.get(1) == Preference()
        assert await preferences.get(2) == Preference(language="ru", style="night")


@pytest.mark.parametrize("values", [{}, {"member_id": 2}, {"steps": 3, "colour": "red"}])
async def test_what_is_no_field_is_not_written(tmp_path, values):
    async with Database.open(tmp_path / "gala.db") as database:
        with pytest.raises(ValueError, match="not fields"):
            await Preferences(database).change(1, **values)
        assert await database.all("SELECT * FROM preferences") == []
