"""Archives of published CLIPs: the weights are read, nothing is run, and damaged ones are refused."""

from __future__ import annotations

import io
import pickle
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from generation.clip import load_clip
from generation.convert import Order, convert
from generation.tensors import ModelFileError
from generation.torchscript import read_torchscript
from tests.generation import toy_files
from tests.generation.test_convert_clip import order

__all__ = ["order"]  # the fixture


@pytest.mark.parametrize("resnet", [False, True])
def test_an_archive_gives_the_weights_that_torch_would_load(tmp_path: Path, resnet: bool) -> None:
    """Vision transformers and ResNets: names, types and numbers are those of `torch.jit.load`."""
    path = toy_files.save_archive(tmp_path / "x.pt", toy_files.clip(resnet=resnet))
    state = read_torchscript(path)
    with pytest.warns(DeprecationWarning):
        loaded = torch.jit.load(path).state_dict()
    assert set(state) == set(loaded)
    assert all(torch.equal(state[name], loaded[name]) for name in loaded)
    assert all(state[name].dtype == loaded[name].dtype for name in loaded)
    assert state["visual.conv1.weight"].dtype == torch.float16


class Scripted(torch.nn.Module):
    """A module whose archive also holds lists and dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = torch.nn.Linear(3, 2)
        self.sizes: list[int] = [1, 2]
        self.names: dict[str, float] = {"a": 0.5}
        self.register_buffer("crossed", torch.arange(6.0).reshape(2, 3).T)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.inner(x) * self.names["a"] + self.sizes[0]
        return out


def test_a_scripted_archive_is_read_too(tmp_path: Path) -> None:
    """Lists, dictionaries and transposed tensors included."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(Scripted()).save(str(tmp_path / "x.pt"))
    state = read_torchscript(tmp_path / "x.pt")
    assert set(state) == {"inner.weight", "inner.bias", "crossed"}
    assert torch.equal(state["crossed"], torch.arange(6.0).reshape(2, 3).T)


def rewritten(path: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    """The archive with each entry passed through `change`."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for entry in old.infolist():
            data = change(entry.filename, old.read(entry))
            if data is not None:
                new.writestr(entry.filename, data)
    path.write_bytes(out.getvalue())


def test_an_archive_is_never_run(order: Order) -> None:
    """Its program may be anything: it is not even opened."""
    toy_files.save_archive(order.file, toy_files.clip())
    rewritten(order.file, lambda name, data: b"import os" if "/code/" in name else data)
    assert load_clip(convert(order) / "clip.safetensors").config == toy_files.clip_config()


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> Any:
        return Path.mkdir, (self.folder,)


def test_an_archive_whose_tree_would_run_something_is_refused(order: Order, tmp_path: Path) -> None:
    evil = pickle.dumps(Bomb(tmp_path / "ran"), protocol=2)
    toy_files.save_archive(order.file, toy_files.clip())
    rewritten(order.file, lambda name, data: evil if name.endswith("/data.pkl") else data)
    with pytest.raises(ModelFileError, match="refused, nothing of it was run: it asks for"):
        convert(order)
    assert not (tmp_path / "ran").exists()
    pickle.loads(evil)
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("entry", "data", "words"),
    [
        ("/data/3", None, "data/3 is missing"),
        ("/data/3", b"\0\0", "not the size"),
        ("/data.pkl", b"\x80\x02}.", "not an archive of one model"),
        ("/data.pkl", b"\x80\x02", "damaged"),
        ("/data.pkl", None, "not an archive of one model"),
        ("/byteorder", b"big", "another byte order"),
    ],
)
def test_a_damaged_archive_is_refused(order: Order, entry: str, data: bytes | None, words: str) -> None:
    toy_files.save_archive(order.file, toy_files.clip())
    rewritten(order.file, lambda name, old: data if name.endswith(entry) else old)
    with pytest.raises(ModelFileError, match=words):
        convert(order)


def test_a_truncated_archive_is_refused(order: Order) -> None:
    path = toy_files.save_archive(order.file, toy_files.clip())
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(ModelFileError, match=r"clip\.pt: "):
        convert(order)


def test_modules_in_a_circle_are_refused(order: Order) -> None:
    """A tree that holds itself would never end."""
    circle = b"\x80\x02c__torch__\nM\n)\x81q\x00}X\x01\x00\x00\x00ah\x00sb."
    toy_files.save_archive(order.file, toy_files.clip())
    rewritten(order.file, lambda name, data: circle if name.endswith("/data.pkl") else data)
    with pytest.raises(ModelFileError, match="circle"):
        convert(order)


def test_a_tensor_beyond_its_bytes_is_refused(order: Order) -> None:
    """A shape of terabytes over a few bytes, by a stride of zero."""
    path = toy_files.save_archive(order.file, toy_files.clip())
    shape = struct.pack("<BHBHB", ord("M"), 516, ord("K"), 64, 0)[:5]
    huge = b"J\xff\xff\xff\x7f" + b"K\x40"
    with zipfile.ZipFile(path) as archive:
        tree = next(archive.read(n) for n in archive.namelist() if n.endswith("/data.pkl"))
    assert tree.count(shape) >= 1
    rewritten(path, lambda name, data: data.replace(shape, huge) if name.endswith("/data.pkl") else data)
    with pytest.raises(ModelFileError, match="reaches beyond its bytes"):
        convert(order)
