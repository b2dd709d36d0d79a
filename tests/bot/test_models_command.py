"""`gala models`, from the command line to the folder that an engine opens."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from rich.console import Console

from bot.__main__ import main
from bot.command_line import parser
from bot.download import DownloadError
from bot.models_convert import EXIT_FAILED, arguments_for
from bot.models_fetch import bring, fetch_offer
from generation.convert import Order, convert
from generation.models import ClipFile, ModelError, folders, open_model
from generation.published import Published, Source
from tests.bot.file_host import FileHost, file_host
from tests.generation import toy_files, toy_languages, toy_mini


def options(*arguments: str) -> argparse.Namespace:
    return parser().parse_args(["models", *arguments])


def files(folder: Path) -> dict[str, bytes]:
    """What a publisher has on the web: a VQGAN and its YAML, a CLIP and its merges."""
    model = toy_files.vqgan()
    toy_files.save_lightning(folder / "model.ckpt", toy_files.with_losses(model.state_dict()))
    toy_files.write_yaml(folder / "model.yaml", model.config)
    toy_files.save_archive(folder / "clip.pt", toy_files.clip())
    toy_files.save_vocabulary(folder / "merges.txt")
    return {f"/{path.name}": path.read_bytes() for path in folder.iterdir()}


def offer(host: FileHost, name: str, *names: str, pinned: bool = False) -> Published:
    """The publisher's offer, in the catalogue's form."""
    sources = [
        Source(
            file,
            (f"{host.base}/{file}",),
            1 << 20,
            sha256=hashlib.sha256(host.files[f"/{file}"]).hexdigest() if pinned else "",
        )
        for file in names
    ]
    clip = names[0].endswith(".pt")
    return Published(
        name,
        "clip" if clip else "vqgan",
        "a toy",
        "MIT",
        "toys",
        tuple(sources),
        "quick-gelu" if clip else "",
    )


async def test_fetched_models_can_be_opened(tmp_path: Path) -> None:
    """Downloads that are cut, conversion, pins: then the engine's files are there, the downloads gone."""
    (web := tmp_path / "web").mkdir()
    models, console = tmp_path / "models", Console(record=True, width=200)
    async with file_host() as host:
        host.files, host.cut_after = files(web), [1000]
        vqgan = offer(host, "toy", "model.ckpt", "model.yaml")
        clip = offer(host, "guide", "clip.pt", "merges.txt", pinned=True)
        wanted = options("fetch", "toy", "--clip", "guide")
        assert await fetch_offer(vqgan, wanted, models, console) == 0
        assert "guided by guide, which is not there yet: gala models fetch guide" in console.export_text()
        assert await fetch_offer(clip, options("fetch", "guide"), models, console) == 0
        with pytest.raises(ModelError, match="is there already"):
            await fetch_offer(vqgan, wanted, models, console)
    opened = open_model("toy", models)
    assert list(opened.files) == ["vqgan.safetensors", "clip.safetensors", "bpe.txt"]
    assert opened.model.licence == "MIT"
    assert opened.model.source == f"{host.base}/model.ckpt"
    assert not list((models / ".downloads").iterdir())
    pins = json.loads((models / "pins.json").read_text())
    assert pins["toy/model.ckpt"] == hashlib.sha256(host.files["/model.ckpt"]).hexdigest()
    assert not any(name.startswith("guide/") for name in pins)


async def test_a_pair_of_files_and_their_vocabulary_become_one_model(tmp_path: Path) -> None:
    """DALL-E mini's four, and the detokenizer that it says it needs."""
    (web := tmp_path / "web").mkdir()
    toy_mini.write_pair(web)
    torch.save(toy_mini.detokenizer(), web / "detoker.pt")
    models, console = tmp_path / "models", Console(record=True, width=200)
    async with file_host() as host:
        host.files = {f"/{path.name}": path.read_bytes() for path in web.iterdir()}
        names = ("encoder_mini.pt", "decoder_mini.pt", "vocab_mini.json", "merges_mini.txt")
        pair = replace(offer(host, "mini", *names), kind="dalle-mini", vae="plain")
        vae = replace(offer(host, "plain", "detoker.pt"), kind="vae")
        assert await fetch_offer(pair, options("fetch", "mini"), models, console) == 0
        assert "paints with plain, which is not there yet: gala models fetch plain" in console.export_text()
        assert await fetch_offer(vae, options("fetch", "plain"), models, console) == 0
    opened = open_model("mini", models)
    assert list(opened.files) == ["transformer.safetensors", "vocab.json", "merges.txt", "vqgan.safetensors"]
    assert opened.model.engine == "dalle-mini"


async def test_a_clip_comes_with_a_vocabulary_of_its_own(tmp_path: Path) -> None:
    """ruCLIP's three files; what it reads is written down, also where the catalogue says it."""
    (web := tmp_path / "web").mkdir()
    torch.save(toy_languages.ruclip(web).state_dict(), web / "pytorch_model.bin")
    toy_languages.write_ruclip_config(web)
    models, console = tmp_path / "models", Console(quiet=True)
    async with file_host() as host:
        host.files = {f"/{path.name}": path.read_bytes() for path in web.iterdir()}
        names = ("pytorch_model.bin", "config.json", "bpe.model")
        clip = replace(
            offer(host, "ru", *names), kind="clip", activation="quick-gelu", languages=("ru", "uk")
        )
        assert await fetch_offer(clip, options("fetch", "ru"), models, console) == 0
    assert [file.name for file in folders(models)["ru"].files] == ["clip.safetensors", "yttm.model"]
    assert folders(models)["ru"].clips == (ClipFile(vocabulary="yttm.model", languages=("ru", "uk")),)


async def test_another_file_than_the_one_first_seen_is_refused(tmp_path: Path) -> None:
    """The hash is pinned at first sight and held to afterwards."""
    models, console = tmp_path / "models", Console(quiet=True)
    async with file_host() as host:
        host.files = {"/model.ckpt": b"weights", "/model.yaml": b"yaml"}
        toy = offer(host, "toy", "model.ckpt", "model.yaml")
        first = await bring(toy, tmp_path / "one", models, console)
        assert await bring(toy, tmp_path / "two", models, console) == first
        host.files["/model.ckpt"] += b"more"
        with pytest.raises(DownloadError, match=r"has the SHA-256 .* instead of .*; thrown away"):
            await bring(toy, tmp_path / "three", models, console)


async def test_a_file_that_is_no_model_is_told_and_kept(tmp_path: Path) -> None:
    """The conversion's words reach the host; the download need not be repeated."""
    models, console = tmp_path / "models", Console(record=True, width=300)
    async with file_host() as host:
        host.files = {"/model.ckpt": b"not a checkpoint", "/model.yaml": b"model: 1"}
        toy = offer(host, "toy", "model.ckpt", "model.yaml")
        assert await fetch_offer(toy, options("fetch", "toy"), models, console) == EXIT_FAILED
    assert "model.ckpt: " in console.export_text()
    assert (models / ".downloads" / "toy" / "model.ckpt").is_file()
    assert not (models / "toy").exists()


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """Run `gala models ...` on a folder of its own: (status, what it said, in one line)."""
    monkeypatch.setenv("COLUMNS", "300")

    def run(action: str, *arguments: str) -> tuple[int, str]:
        status = main(["models", action, "--models-dir", str(tmp_path / "models"), *arguments])
        return status, " ".join(capsys.readouterr().out.split())

    return run


def test_files_of_ones_own_are_converted_checked_listed_and_removed(run, tmp_path: Path) -> None:
    """The life of a model in the folder."""
    (web := tmp_path / "web").mkdir()
    files(web)
    convert(Order(web / "clip.pt", "guide", tmp_path / "models"))
    status, said = run("convert", str(web / "model.ckpt"), "--name", "toy", "--clip", "guide", "--half")
    assert (status, said) == (0, f"made {tmp_path / 'models' / 'toy'}")
    assert run("verify", "toy") == (0, "toy: all files as they should be")
    assert "ready, for other models to use" in run("list")[1]
    status, said = run("remove", "guide")
    assert status == EXIT_FAILED
    assert "guide is used by toy" in said
    (tmp_path / "models" / "toy" / "notes.txt").write_text("mine")
    assert "still holds notes.txt" in run("remove", "toy")[1]
    assert run("remove", "guide") == (0, "removed guide")
    assert not (tmp_path / "models" / "guide").exists()


def test_a_changed_file_is_found(run, tmp_path: Path) -> None:
    (web := tmp_path / "web").mkdir()
    files(web)
    convert(Order(web / "clip.pt", "guide", tmp_path / "models"))
    weights = tmp_path / "models" / "guide" / "clip.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x7f")
    status, said = run("verify")
    assert status == EXIT_FAILED
    assert f"{weights} has the wrong SHA-256" in said


def test_mistakes_are_told_in_words(run, tmp_path: Path) -> None:
    """Unknown names, and files that are missing: which, how large, where from."""
    for arguments, words in (
        (("fetch", "nothing"), "'nothing' is not in the catalogue"),
        (("verify", "nothing"), "no model is called 'nothing'"),
        (("remove", "nothing"), "has no model 'nothing'"),
        (("convert", "a", "b", "--name", "x"), "--name goes with one file"),
        (("convert", "ViT-B/32"), "ViT-B-32.pt is missing (about 353 MB, from https://openaipublic"),
    ):
        status, said = run(*arguments)
        assert status == EXIT_FAILED
        assert words in said


def test_a_kept_download_is_converted_by_name(tmp_path: Path) -> None:
    """With what the catalogue knows about it."""
    kept = tmp_path / ".downloads" / "imagenet_f16_1024"
    kept.mkdir(parents=True)
    for name in ("model.ckpt", "model.yaml"):
        (kept / name).touch()
    arguments = arguments_for("imagenet_f16_1024", tmp_path, options("convert", "imagenet_f16_1024"))
    assert arguments[:3] == [str(kept / "model.ckpt"), "--name", "imagenet_f16_1024"]
    assert arguments[arguments.index("--yaml") + 1] == str(kept / "model.yaml")
    assert "none given" in arguments[arguments.index("--licence") + 1]


def test_the_list_tells_what_is_here_and_what_could_be(run, tmp_path: Path) -> None:
    """A model whose CLIP is missing says so; published ones carry size and licence."""
    toy = toy_files.vqgan()
    toy_files.write_yaml(tmp_path / "x.yaml", toy.config)
    toy_files.save_lightning(tmp_path / "x.ckpt", toy.state_dict())
    convert(Order(tmp_path / "x.ckpt", "sflckr", tmp_path / "models"))
    said = run("list")[1]
    assert re.search(
        r"sflckr f16, 1024 .* transformer any \d+ MB ViT-B-32/clip\.safetensors is missing", said
    )
    assert "gumbel_f8 f8, 8192 codes, Gumbel ~377 MB can be fetched none given with the weights" in said


def test_the_configuration_says_where_models_lie(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a folder of its own it is the storage directory's; one that is not there yet is no mistake."""
    (tmp_path / "config.toml").write_text('[storage]\ndirectory = "data"\n')
    assert main(["models", "verify", "nobody", "--config", str(tmp_path / "config.toml")]) == 1
    assert "no model is called 'nobody'; there are: pocket" in capsys.readouterr().out
