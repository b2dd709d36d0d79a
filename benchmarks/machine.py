"""What a result must say of the machine that it was measured on."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")


def describe(device: str, threads: int) -> list[str]:
    """Lines: date, processor and its abilities, torch."""
    cores = len(os.sched_getaffinity(0))
    flags = set(_cpuinfo("flags").split())
    having = ", ".join(f"{flag} {'yes' if flag in flags else 'no'}" for flag in _FLAGS)
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f} (1 minute)",
        f"CPU {_cpuinfo('model name')}, {cores} of {os.cpu_count()} cores, {threads} threads; {having}",
        ", ".join(f"{name} {_version(name)}" for name in ("torch", "kornia", "clip-anytorch")),
    ]
    if device != "cpu":
        lines.append(f"GPU {torch.cuda.get_device_name()}")
    return lines


def _cpuinfo(name: str) -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "unknown")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
