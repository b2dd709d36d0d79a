"""Time and memory of this very process."""

from __future__ import annotations

import ctypes
import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

MIB = 1 << 20
_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Lap:
    """How long something took, in seconds: on the clock, and of the processor."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Peak:
    """Bytes: at most in all, and beyond what stood before; on a GPU those of its allocator."""

    total: int
    beyond: int


def lap(action: Callable[[], object], device: str) -> Lap:
    """Time an action, waiting for the device at both ends."""
    settle(device)
    wall, cpu = time.perf_counter(), time.process_time()
    action()
    settle(device)
    return Lap(time.perf_counter() - wall, time.process_time() - cpu)


def settle(device: str) -> None:
    """Wait until the device has done all that it was asked for."""
    if device != "cpu":
        torch.cuda.synchronize()


class PeakMeter:
    """The peak of memory from its making on."""

    def __init__(self, device: str) -> None:
        self._device = device
        gc.collect()
        if device == "cpu":
            ctypes.CDLL(None).malloc_trim(0)
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the kernel forgets the old peak
            self._before = _resident("VmRSS")
        else:
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
            self._before = torch.cuda.memory_allocated()

    def read(self) -> Peak:
        """The peak so far."""
        total = _resident("VmHWM") if self._device == "cpu" else torch.cuda.max_memory_allocated()
        return Peak(total, total - self._before)


def _resident(name: str) -> int:
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))
