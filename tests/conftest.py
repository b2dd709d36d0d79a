"""For all tests: how long an example may take, or its making, is no property of the code."""

from __future__ import annotations

import gc

from hypothesis import HealthCheck, settings

settings.register_profile("gala", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gala")


def pytest_collection_finish() -> None:
    """What is loaded by now stays: no garbage collection has to look through it again."""
    gc.collect()
    gc.freeze()
