"""For all tests: how long an example may take is no property of the code."""

from __future__ import annotations

import gc

from hypothesis import settings

settings.register_profile("gala", deadline=None)
settings.load_profile("gala")


def pytest_collection_finish() -> None:
    """What is loaded by now stays: no garbage collection has to look through it again."""
    gc.collect()
    gc.freeze()
