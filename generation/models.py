"""Which models exist, where their files lie, and whether those are the files they should be.

A model ships in `generation/weights/<name>/`, or is a folder `<models_dir>/<name>/` of the host's. A folder
with a `model.toml` describes a model of its own; without, it holds other copies of a shipped model's files.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from generation.clip_files import ClipFile
from generation.described import ENLARGING, MATTE_FILE, SHOWN, Model, ModelError, ModelFile, folders
from generation.hashes import HashBook, sha256_of
from generation.languages import ENGLISH, RUSSIAN

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = (
    "CATALOGUE",
    "ENLARGING",
    "MATTE_FILE",
    "SHOWN",
    "ClipFile",
    "Model",
    "ModelError",
    "ModelFile",
    "OpenModel",
    "Problem",
    "catalogue",
    "fingerprint",
    "fit_size",
    "folders",
    "is_whole",
    "locate",
    "open_model",
    "verify",
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one file of a model."""

    model: str
    file: str
    kind: Literal["missing", "size", "hash"]
    path: Path  #: where it lies, or should lie
    size: int = 0  #: that it should have, in bytes; 0 where nobody knows
    source: str = ""  #: where it comes from

    def __str__(self) -> str:
        """Return one line for the host: which file, what is wrong, how large it is and where from."""
        words = {"missing": "is missing", "size": "has the wrong size", "hash": "has the wrong SHA-256"}
        facts = [f"{self.size:,} bytes"] if self.size else []
        facts += [f"from {self.source}"] if self.source else []
        told = f" ({', '.join(facts)})" if facts else ""
        return f"model {self.model}: {self.path} {words[self.kind]}{told}"


@dataclass(frozen=True, slots=True)
class OpenModel:
    """A model whose files have been found and checked."""

    model: Model
    files: Mapping[str, Path]
    sha256: str  #: over the hashes of all files, in the catalogue's order, and the parts of several CLIPs
    hashes: Mapping[str, str]  #: of each file

    @property
    def clip_sha256(self) -> str:
        """The hash of the CLIP that answers questions; "" where there is none."""
        clip = self.model.ranker()
        return self.hashes[clip.file] if clip is not None else ""


_VQGAN = ModelFile(
    "vqgan.safetensors", 6_895_246, "933f4736537cdf234456b15f726b224fc2004cf911379614d7773ef0d840f6b5"
)
_CLIP = ModelFile(
    "clip.safetensors", 5_906_862, "28ab251923a794470df706c9219477250ff0f39eef61474fb62a5991b72f6c83"
)
_JUDGE = ModelFile(
    "judge.safetensors", 5_906_894, "e1fdebfcf764a48e0ce10337dceadc8a5ef67f0e512e776a2497e976f6b26abf"
)
_VOCABULARY = ModelFile("bpe.txt", 25_469, "da2849393103e79d80ebe014ea905ba436bc6ece75d0b1dbf9b32733ea56d0c9")
_TRANSFORMER = ModelFile(
    "transformer.safetensors", 4_812_526, "cee0f4e639c9bda65736fcbf57bc1cccd61d554a440db9ebdc818c34c5574de5"
)
_WORDS = ModelFile("words.json", 15_602, "b931b1f0e63642b0eaadbbb68b0b134b1c5aff680328ed2b02b515c04a8b74a0")


def _pocket(name: str, steps: int, *files: ModelFile) -> Model:
    """A model of the files in `generation/weights/pocket/`."""
    return Model(
        name=name,
        engine="vqgan-clip",
        factor=16,
        native=(256, 256),
        steps=steps,
        licence="MIT",
        source="trained by generation/training",
        files=tuple(replace(file, path=f"pocket/{file.name}") for file in files),
        languages=(ENGLISH, RUSSIAN),
        clips=(
            # One withstands being painted against, the other sees better.
            ClipFile(ranks=False, languages=(ENGLISH, RUSSIAN)),
            ClipFile(_JUDGE.name, weight=0.0, languages=(ENGLISH, RUSSIAN)),
        ),
    )


CATALOGUE: Mapping[str, Model] = MappingProxyType(
    {
        model.name: model
        for model in (
            _pocket("pocket", 28, _VQGAN, _CLIP, _JUDGE, _TRANSFORMER, _VOCABULARY, _WORDS),
            # The same pair of networks from scratch, as in 2021: colours and places, and hardly a thing.
            _pocket("abstract", 60, _VQGAN, _CLIP, _JUDGE, _VOCABULARY, _WORDS),
        )
    }
)


def catalogue(models_dir: str | Path | None = None) -> Mapping[str, Model]:
    """The shipped models and those of the host, by name. Raises `ModelError` for a bad `model.toml`."""
    own = {name: model for name, model in folders(models_dir).items() if model.engine}
    return MappingProxyType({**CATALOGUE, **own})


def is_whole(model: Model, models_dir: str | Path | None = None) -> bool:
    """Whether all its files are there; what is in them is not looked at."""
    return all(path.is_file() for path in locate(model, models_dir).values())


def fit_size(model: Model, width: int, height: int, max_pixels: int = 0) -> tuple[int, int]:
    """The nearest size that the model can make: multiples of its factor, at least two of them a side.

    Above `max_pixels` (0: no bound) both sides shrink alike. The least size is always allowed. A side below
    what the model needs grows to it, and the other with it, as far as the shape asks for.
    """
    least = model.least or 2 * model.factor
    if 0 < min(width, height) < model.least:
        width, height = (round(side * model.least / min(width, height)) for side in (width, height))
    width, height = max(width, least), max(height, least)
    if max_pixels <= 0:
        return _to_factor(model, width), _to_factor(model, height)
    scale = min(1.0, math.sqrt(max_pixels / (width * height)))
    fitted = _to_factor(model, width * scale), _to_factor(model, height * scale)
    while (
        fitted[0] * fitted[1] > max_pixels and max(fitted) > least
    ):  # rounding went up, or a side was held up
        longer, shorter = max(fitted), min(fitted)
        cut = max(least, min(longer - model.factor, max_pixels // shorter // model.factor * model.factor))
        fitted = (cut, fitted[1]) if fitted[0] == longer else (fitted[0], cut)
    return fitted


def _to_factor(model: Model, side: float) -> int:
    least = model.least // model.factor or 2
    return max(least, math.floor(side / model.factor + 0.5)) * model.factor


def locate(model: Model, models_dir: str | Path | None = None) -> dict[str, Path]:
    """Where each file lies: in `models_dir/<name>`, else where it ships (whether or not it is there)."""
    places = {file.name: Path(file.path or Path(model.name, file.name)) for file in model.files}
    shipped = Path(__file__).parent / "weights"
    if models_dir is None:
        return {name: shipped / place for name, place in places.items()}
    described = (Path(models_dir) / model.name / "model.toml").exists()
    return {
        name: Path(models_dir) / place
        if described or (Path(models_dir) / place).exists()
        else shipped / place
        for name, place in places.items()
    }


def fingerprint(path: Path, book: HashBook | None = None) -> ModelFile:
    """The file as a line of the catalogue."""
    digest = book.sha256(path) if book is not None else sha256_of(path)
    return ModelFile(path.name, path.stat().st_size, digest)


def verify(model: Model, models_dir: str | Path | None = None) -> list[Problem]:
    """Read every file and compare; empty when all is well."""
    return _check(model, locate(model, models_dir))[1]


def open_model(name: str, models_dir: str | Path | None = None) -> OpenModel:
    """Find and check a model, reading its files at most once. Raises `ModelError` in words for the host."""
    models = catalogue(models_dir)
    if name not in models:
        raise ModelError(f"no model is called {name!r}; there are: {', '.join(models)}")
    paths = locate(models[name], models_dir)
    found, problems = _check(models[name], paths, HashBook(Path(models_dir) if models_dir else None))
    if problems:
        raise ModelError("; ".join(map(str, problems)))
    hashes = {file.name: read.sha256 for file, read in zip(models[name].files, found, strict=True)}
    combined = _combined(found, models[name].clips)
    return OpenModel(models[name], MappingProxyType(paths), combined, MappingProxyType(hashes))


def _check(
    model: Model, paths: Mapping[str, Path], book: HashBook | None = None
) -> tuple[list[ModelFile], list[Problem]]:
    found, problems = [], []
    for file in model.files:
        path = paths[file.name]
        kind: Literal["missing", "size", "hash"] | None = None
        if not path.is_file():
            kind = "missing"
        elif file.size and path.stat().st_size != file.size:
            kind = "size"
        else:
            found.append(fingerprint(path, book))
            kind = "hash" if file.sha256 and found[-1].sha256 != file.sha256 else None
        if kind is not None:
            problems.append(
                Problem(model.name, file.name, kind, path, file.size, file.source or model.source)
            )
    return found, problems


def _combined(files: list[ModelFile], clips: tuple[ClipFile, ...]) -> str:
    lines = "".join(f"{file.sha256}  {file.name}\n" for file in files)
    if len(clips) > 1:  # a single one's part is always the whole
        lines += "".join(
            f"{clip.file}  {clip.weight!r} {clip.ranks} {','.join(clip.languages)}\n" for clip in clips
        )
    return hashlib.sha256(lines.encode()).hexdigest()
