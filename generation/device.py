"""What the machine can do, where the settings leave it open. torch is imported only where it must be."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generation.protocol import Settings

LANES = {"cpu": 1, "cuda": 4}  # on a CPU side by side gains nothing
MEMORY_SHARE = 0.7  # of what is free, for all runs together


def resolve(settings: Settings) -> Settings:
    """The same settings with nothing left to choose, but for `threads`: 0 stays what torch chooses."""
    device = _device() if settings.device == "auto" else settings.device
    return replace(
        settings,
        device=device,
        dtype=fastest_dtype(device) if settings.dtype == "auto" else settings.dtype,
        lanes=settings.lanes or LANES[device],
        memory_bytes=settings.memory_bytes or int(_free_bytes(device) * MEMORY_SHARE),
    )


def set_threads(count: int) -> None:
    """Bound torch's threads, where an engine has loaded torch."""
    torch = sys.modules.get("torch")
    if torch is not None and count > 0:
        torch.set_num_threads(count)


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


@cache
def fastest_dtype(device: str) -> str:
    """The numbers it multiplies fastest; a CPU without bfloat16 of its own is very slow in that."""
    if device == "cuda":
        import torch

        return "bfloat16" if torch.cuda.is_bf16_supported() else "float32"
    flags = _first_line(Path("/proc/cpuinfo"), "flags").split()
    return "bfloat16" if {"avx512_bf16", "amx_bf16"} & set(flags) else "float32"


def _free_bytes(device: str) -> int:
    if device == "cuda":
        import torch

        return int(torch.cuda.mem_get_info()[0])
    words = _first_line(Path("/proc/meminfo"), "MemAvailable").split()
    free = (
        int(words[1]) * 1024 if len(words) > 1 else os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    )
    return min(free, _container_bytes(free))


def _container_bytes(otherwise: int) -> int:
    try:
        return int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii"))
    except (OSError, ValueError):  # no container, or no bound ("max")
        return otherwise


def _first_line(path: Path, start: str) -> str:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return ""
    return next((line for line in lines if line.startswith(start)), "")
