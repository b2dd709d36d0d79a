"""What holds for all tests: none depends on how fast the machine is."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("gala", deadline=None)
settings.load_profile("gala")
