"""What all these tests recorded of the bot is held against Discord's own description of its API."""

from __future__ import annotations

import os

import pytest

from tests.bot.loopback.spec import findings
from tests.bot.stage import RECORD


@pytest.fixture(scope="session", autouse=True)
def requests_follow_discords_description(tmp_path_factory):
    """Fails at the very end, with what is wrong; says nothing where the description is not at hand."""
    yield
    if not (os.environ.get("GALA_SPEC_CHECK") and os.environ.get("GALA_SPEC")):
        return
    folder = tmp_path_factory.getbasetemp()
    lines = [path.read_text(encoding="utf-8") for path in folder.rglob(RECORD)]
    together = folder / "all-requests.jsonl"
    together.write_text("".join(lines), encoding="utf-8")
    assert findings(together) == []
