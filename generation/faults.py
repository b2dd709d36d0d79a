"""Which of torch's errors say that memory has run out."""

from __future__ import annotations

import torch


def out_of_memory(error: MemoryError | RuntimeError) -> bool:
    """Torch's CPU allocator has no error class of its own."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return "can't allocate memory" in str(error) or "out of memory" in str(error)
