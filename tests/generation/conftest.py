"""Toy tensors are faster on one thread, the more so where other tests run beside."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture(autouse=True)
def one_thread():
    """Where torch is loaded, it computes on one thread."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)
