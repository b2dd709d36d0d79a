"""Published checkpoints are read whole, and nothing in them is run."""

from __future__ import annotations

import io
import os
import pickle
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from generation.checkpoints import KNOWN_COMPANIONS, read_weights
from generation.tensors import ModelFileError
from tests.generation import toy_files


@pytest.mark.parametrize("zipped", [True, False])
def test_a_lightning_checkpoint_gives_its_weights(tmp_path: Path, zipped: bool) -> None:
    """Callbacks keyed by a class, optimiser states and numpy numbers stand in no one's way."""
    state = {"encoder.w": torch.randn(3, 4), "loss.x": torch.ones(2)}
    path = toy_files.save_lightning(tmp_path / "last.ckpt", state, zipped=zipped)
    read = read_weights(path)
    assert set(read.state) == set(state)
    assert torch.equal(read.state["encoder.w"], state["encoder.w"])


@pytest.mark.parametrize("name", [n for n in KNOWN_COMPANIONS if n.startswith(("omegaconf", "main"))])
def test_a_trainers_objects_are_inert(tmp_path: Path, name: str) -> None:
    """An object of each known class, with state, is read without its library."""
    path = tmp_path / "model.ckpt"
    with toy_files.foreign_class(name) as foreign:
        thing = foreign()
        thing.__dict__.update(_metadata={"ref_type": dict}, _content={"lr": thing})
        torch.save({"state_dict": {"w": torch.ones(2)}, "hyper_parameters": thing}, path)
    assert set(read_weights(path).state) == {"w"}


def test_plain_state_dicts_and_safetensors_are_read(tmp_path: Path) -> None:
    """And the prefix that data-parallel training leaves is taken off."""
    state = {"module.visual.w": torch.ones(2), "module.logit_scale": torch.ones(())}
    torch.save(state, tmp_path / "a.bin")
    torch.save({"epoch": 3, "name": "x", "state_dict": state}, tmp_path / "b.pt")
    save_file({"visual.w": torch.ones(2)}, tmp_path / "c.safetensors")
    assert set(read_weights(tmp_path / "a.bin").state) == {"visual.w", "logit_scale"}
    assert set(read_weights(tmp_path / "b.pt").state) == {"visual.w", "logit_scale"}
    assert set(read_weights(tmp_path / "c.safetensors").state) == {"visual.w"}


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_that_would_run_something_is_refused(tmp_path: Path, zipped: bool) -> None:
    """It is named, and it did not run; unpickled carelessly it would have."""
    content = {"state_dict": {"w": torch.ones(2)}, "x": Bomb(tmp_path / "ran")}
    torch.save(content, tmp_path / "evil.ckpt", _use_new_zipfile_serialization=zipped)
    with pytest.raises(ModelFileError, match=r"evil\.ckpt: refused.* posix"):
        read_weights(tmp_path / "evil.ckpt")
    assert not (tmp_path / "ran").exists()
    torch.load(tmp_path / "evil.ckpt", weights_only=False)
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("share", [0.2, 0.6, 0.97])
@pytest.mark.parametrize("zipped", [True, False])
def test_a_truncated_file_is_refused(tmp_path: Path, share: float, zipped: bool) -> None:
    """Wherever it is cut."""
    path = toy_files.save_lightning(tmp_path / "last.ckpt", {"w": torch.randn(999)}, zipped=zipped)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ModelFileError, match=r"last\.ckpt: "):
        read_weights(path)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, zipped: bool) -> None:
    """Bytes knocked out anywhere raise nothing but words."""
    whole = toy_files.save_lightning(tmp_path / "x.ckpt", {"w": torch.ones(4)}, zipped=zipped).read_bytes()
    chance = random.Random(7)
    refused = 0
    for _ in range(200):
        damaged = bytearray(whole)
        for _ in range(4):
            damaged[chance.randrange(min(len(whole), 2000))] = chance.randrange(256)
        (tmp_path / "x.ckpt").write_bytes(damaged)
        try:
            read_weights(tmp_path / "x.ckpt")
        except ModelFileError:
            refused += 1
    assert refused > 50


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([torch.ones(2)], "holds no state dict, but a list"),
        ({"state_dict": {"a": 1}}, "holds no tensors"),
        ({"w": torch.ones(1).expand(10**6, 10**6)}, "claims"),
        ({"w": torch.eye(3).to_sparse()}, "sparse"),
    ],
)
def test_what_is_no_checkpoint_is_told(tmp_path: Path, content: object, words: str) -> None:
    torch.save(content, tmp_path / "x.pt")
    with pytest.raises(ModelFileError, match=words):
        read_weights(tmp_path / "x.pt")


def test_a_missing_and_a_foreign_file_are_told(tmp_path: Path) -> None:
    (tmp_path / "page.ckpt").write_text("<!doctype html><title>Log in</title>")
    (tmp_path / "x.safetensors").write_bytes(b"\xff" * 64)
    for name, words in (
        ("gone.ckpt", "no such file"),
        ("page.ckpt", "not a checkpoint|refused"),
        ("x.safetensors", "safetensors"),
    ):
        with pytest.raises(ModelFileError, match=words):
            read_weights(tmp_path / name)


def test_an_archive_that_unpacks_to_more_than_it_is_is_refused(tmp_path: Path) -> None:
    """A gigabyte of zeros in a megabyte is not unpacked."""
    path = tmp_path / "bomb.ckpt"
    torch.save({"w": torch.zeros(10**6)}, path)
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))
    assert len(packed.getvalue()) < 100_000
    path.write_bytes(packed.getvalue())
    with pytest.raises(ModelFileError, match="packed"):
        read_weights(path)


def test_companions_make_no_tensors(tmp_path: Path) -> None:
    """A class of the closed list in the place of a weight is no weight."""
    with toy_files.foreign_class("omegaconf.listconfig.ListConfig") as foreign:
        (tmp_path / "x.ckpt").write_bytes(b"")
        torch.save({"state_dict": {"w": foreign(), "v": torch.ones(1)}}, tmp_path / "x.ckpt")
    assert set(read_weights(tmp_path / "x.ckpt").state) == {"v"}


def test_plain_pickle_is_refused(tmp_path: Path) -> None:
    """A pickle that torch did not write is not read at all."""
    (tmp_path / "x.ckpt").write_bytes(pickle.dumps({"w": Bomb(tmp_path / "ran")}))
    with pytest.raises(ModelFileError):
        read_weights(tmp_path / "x.ckpt")
    assert not (tmp_path / "ran").exists()
