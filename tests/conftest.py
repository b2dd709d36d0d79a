"""For all tests: how long an example may take is no property of the code."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("gala", deadline=None)
settings.load_profile("gala")
