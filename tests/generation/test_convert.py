"""Published VQGANs become model folders that paint the same, or are refused in words."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from generation.codebook import GumbelCodebook
from generation.convert import Order, convert, main
from generation.hashes import sha256_of
from generation.models import ModelError, catalogue, open_model, verify
from generation.tensors import ModelFileError
from generation.vqgan import VQGAN, load_vqgan
from tests.generation import toy_files


def same_pictures(model: VQGAN, other: VQGAN) -> bool:
    """The same codes decode to the same picture, and the same picture to the same codes."""
    codes = torch.arange(16).reshape(1, 4, 4)
    picture = torch.linspace(-1, 1, 3 * 16 * 16).reshape(1, 3, 16, 16)
    decoded = [m.decode(m.lookup(codes)) for m in (model, other)]
    encoded = [m.quantise(m.encode(picture)) for m in (model, other)]
    return torch.equal(*decoded) and torch.equal(*encoded)


def published(folder: Path, model: VQGAN, prefix: str = "") -> Path:
    """A checkpoint and its YAML, as downloaded."""
    state = {f"{prefix}{name}": t for name, t in toy_files.with_losses(model.state_dict()).items()}
    if prefix:
        state |= {"transformer.blocks.0.attn.mask": torch.ones(3, 3), "cond_stage_model.w": torch.ones(2)}
    toy_files.write_yaml(folder / "last.yaml", model.config, wrapped=bool(prefix))
    return toy_files.save_lightning(folder / "last.ckpt", state)


@pytest.mark.parametrize("gumbel", [False, True])
@pytest.mark.parametrize("prefix", ["", "first_stage_model."])
def test_a_vqgan_paints_the_same_after_conversion(tmp_path: Path, gumbel: bool, prefix: str) -> None:
    """Plain and Gumbel, alone and inside a second stage's file; only what painting needs is kept."""
    model = toy_files.vqgan(gumbel=gumbel)
    file = published(tmp_path, model, prefix)
    folder = convert(Order(file, "toy", tmp_path / "models", clips=("RN50",)))
    kept = load_vqgan(folder / "vqgan.safetensors")
    assert same_pictures(model, kept)
    assert kept.config == model.config
    assert {path.name for path in folder.iterdir()} == {"vqgan.safetensors", "model.toml"}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o644}
    assert (folder / "vqgan.safetensors").stat().st_size < file.stat().st_size


def test_a_gumbel_model_encodes_to_rows_of_its_codebook() -> None:
    """Its encoder votes; the winner's row is its own nearest code."""
    model = toy_files.vqgan(gumbel=True)
    picture = torch.rand(1, 3, 16, 16) * 2 - 1
    z = model.encode(picture)
    assert isinstance(model.quantize, GumbelCodebook)
    votes = model.quantize.proj(model.quant_conv(model.encoder(picture))).argmax(1)
    assert z.shape == (1, 32, 8, 8)
    assert torch.equal(model.quantise(z), votes)


def test_half_precision_is_smaller(tmp_path: Path) -> None:
    file = published(tmp_path, toy_files.vqgan())
    sizes = [
        (convert(Order(file, name, tmp_path, half=half)) / "vqgan.safetensors").stat().st_size
        for name, half in (("whole", False), ("half", True))
    ]
    assert sizes[1] < 0.6 * sizes[0]


def test_the_hashes_are_pinned_and_hold(tmp_path: Path) -> None:
    """The description pins weights and origin; a changed byte is found."""
    file = published(tmp_path, toy_files.vqgan())
    folder = convert(Order(file, "toy", tmp_path / "models", licence="none", source="https://example.org"))
    table = tomllib.loads((folder / "model.toml").read_text())
    assert table["origin"] == {
        "file": "last.ckpt",
        "size": file.stat().st_size,
        "sha256": sha256_of(file),
    }
    model = catalogue(tmp_path / "models")["toy"]
    assert (model.engine, model.factor, model.native) == ("vqgan-clip", 2, (16, 16))
    weights = folder / "vqgan.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    found = {(p.file, p.kind) for p in verify(model, tmp_path / "models")}
    assert ("vqgan.safetensors", "hash") in found


def test_a_model_names_its_clips(tmp_path: Path) -> None:
    """Their files become its files; without them it is told what is missing and what brings it."""
    models = tmp_path / "models"
    convert(Order(published(tmp_path, toy_files.vqgan()), "toy", models, clips=("A", "B")))
    with pytest.raises(ModelError, match=r"A/clip\.safetensors is missing \(from `gala models fetch A`"):
        open_model("toy", models)
    toy_files.save_vocabulary(tmp_path / "merges.txt")
    archive = toy_files.save_archive(tmp_path / "RN.pt", toy_files.clip())
    for name in ("A", "B"):
        convert(Order(archive, name, models))
    opened = open_model("toy", models)
    names = ["vqgan.safetensors", "clip.safetensors", "bpe.txt", "clip-2.safetensors", "bpe-2.txt"]
    assert list(opened.files) == names
    assert opened.files["clip-2.safetensors"] == models / "B" / "clip.safetensors"
    assert "A" not in catalogue(models)
    (models / "B" / "clip.safetensors").unlink()
    with pytest.raises(ModelError, match=r"B/clip\.safetensors is missing \([\d,]+ bytes"):
        open_model("toy", models)


def break_state(state: dict[str, Tensor], how: str) -> dict[str, Tensor]:
    name = "decoder.conv_in.weight"
    match how:
        case "nan":
            state[name] = torch.full_like(state[name], torch.nan)
        case "shape":
            state[name] = state[name][:, :-1].clone()
        case "absent":
            del state["encoder.conv_out.bias"]
        case "prefix":
            state = {f"model.diffusion_model.{key}": tensor for key, tensor in state.items()}
        case "remap":
            state["quantize.used"] = torch.arange(3)
    return state


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("nan", "not finite: decoder.conv_in.weight"),
        ("shape", r"wrong shape: decoder.conv_in.weight \[64, 31, 3, 3\] instead of \[64, 32, 3, 3\]"),
        ("absent", "missing: encoder.conv_out.bias"),
        ("prefix", "no VQGAN, no CLIP, .* its names begin with model"),
        ("remap", "remapped"),
    ],
)
def test_broken_weights_are_refused(tmp_path: Path, how: str, words: str) -> None:
    """And nothing is left behind."""
    model = toy_files.vqgan()
    toy_files.write_yaml(tmp_path / "x.yaml", model.config)
    toy_files.save_lightning(tmp_path / "x.ckpt", break_state(model.state_dict(), how))
    with pytest.raises(ModelFileError, match=words):
        convert(Order(tmp_path / "x.ckpt", "toy", tmp_path / "models"))
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize(
    "changes",
    [{"n_embed": 21}, {"ch_mult": (1, 1)}, {"attn_resolutions": (16,)}, {"gumbel": True}, {"embed_dim": 16}],
)
def test_a_yaml_of_another_model_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    """It must never load "successfully" and paint noise."""
    file = published(tmp_path, toy_files.vqgan())
    toy_files.write_yaml(tmp_path / "last.yaml", toy_files.vqgan_config(**changes))
    with pytest.raises(ModelFileError, match=r"last\.yaml do not belong together"):
        convert(Order(file, "toy", tmp_path / "models"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "the YAML that belongs to the checkpoint is missing"),
        ("model: [", "not a readable YAML"),
        ("!!python/object/apply:os.mkdir [ran]", "not a readable YAML"),
        ("data: 1", "does not describe a VQGAN"),
        ("- 1", "does not describe a VQGAN"),
        ("model: {target: ldm.models.autoencoder.AutoencoderKL, params: {}}", "describes a AutoencoderKL"),
    ],
)
def test_a_yaml_that_describes_no_vqgan_is_refused(tmp_path: Path, text: str | None, words: str) -> None:
    file = published(tmp_path, toy_files.vqgan())
    (tmp_path / "last.yaml").unlink()
    if text is not None:
        (tmp_path / "last.yaml").write_text(text)
    with pytest.raises(ModelFileError, match=words):
        convert(Order(file, "toy", tmp_path / "models"))
    assert not Path("ran").exists()


@pytest.mark.parametrize("size", [{"n_embed": 10**12}, {"ch": 10**6}, {"ch_mult": (1,) * 40}])
def test_a_yaml_of_impossible_size_is_refused(tmp_path: Path, size: dict[str, object]) -> None:
    file = published(tmp_path, toy_files.vqgan())
    toy_files.write_yaml(tmp_path / "last.yaml", replace(toy_files.vqgan_config(), **size))  # type: ignore[arg-type]
    with pytest.raises(ModelFileError, match="impossible size"):
        convert(Order(file, "toy", tmp_path / "models"))


def test_a_folder_is_replaced_only_when_asked(tmp_path: Path) -> None:
    file = published(tmp_path, toy_files.vqgan())
    order = Order(file, "toy", tmp_path / "models")
    convert(order)
    with pytest.raises(ModelFileError, match="is there already"):
        convert(order)
    convert(replace(order, replace=True))
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["toy"]
    with pytest.raises(ModelFileError, match="cannot be the name"):
        convert(replace(order, name="../toy"))


def test_the_command_tells_the_folder_or_the_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 0 and the path, or status 1 and one line."""
    file = published(tmp_path, toy_files.vqgan())
    arguments = [str(file), "--name", "toy", "--models-dir", str(tmp_path / "models"), "--clips", "A,B"]
    assert main(arguments) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'models' / 'toy'}\n"
    assert main(arguments) == 1
    assert "is there already" in capsys.readouterr().err


def test_hashes_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second opening trusts an unchanged file; a copied or changed one is read again."""
    models = tmp_path / "models"
    convert(Order(published(tmp_path, toy_files.vqgan()), "toy", models, clips=("A",)))
    toy_files.save_vocabulary(tmp_path / "merges.txt")
    convert(Order(toy_files.save_archive(tmp_path / "RN.pt", toy_files.clip()), "A", models))
    first = open_model("toy", models)
    reads: list[str] = []
    whole = sha256_of

    def counted(path: Path) -> str:
        reads.append(path.name)
        return whole(path)

    monkeypatch.setattr("generation.hashes.sha256_of", counted)
    assert open_model("toy", models).sha256 == first.sha256
    assert reads == []
    weights = models / "A" / "clip.safetensors"
    shutil.copy(weights, tmp_path / "copy")
    shutil.copy(tmp_path / "copy", weights)
    assert open_model("toy", models).sha256 == first.sha256
    assert reads == ["clip.safetensors"]
