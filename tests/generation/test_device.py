from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from generation.device import resolve
from generation.protocol import Settings

CPU = Settings(device="cpu")


def test_what_is_set_stays_set():
    settings = replace(CPU, dtype="float32", lanes=3, threads=2, memory_bytes=1000)
    assert resolve(settings) == settings


def test_nothing_is_left_to_choose():
    found = resolve(CPU)
    assert found.dtype in ("float32", "bfloat16")
    assert found.lanes == 1
    assert found.memory_bytes > 10**8
    assert resolve(found) == found


def test_an_unknown_device_is_an_error():
    with pytest.raises(KeyError):
        resolve(replace(CPU, device="abacus", dtype="float32"))


def test_torch_is_not_loaded_where_the_device_is_given():
    code = (
        "import sys; from generation.device import resolve; from generation.protocol import Settings\n"
        "resolve(Settings(device='cpu')); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
