"""Which models exist, where their files lie, and whether those are the files they should be.

A model ships in `generation/weights/<name>/`, or is a folder `<models_dir>/<name>/` of the host's. A folder
with a `model.toml` describes a model of its own; without, it holds other copies of a shipped model's files.

    # model.toml                    files without size and sha256 are taken as they are
    engine = "vqgan-clip"
    factor = 16
    native = [256, 256]
    steps = 200
    licence = "MIT"
    source = "https://..."
    files = [{ name = "vqgan.safetensors", size = 3100, sha256 = "..." }, { name = "bpe.txt" }]

A folder may also hold a part that several models use: a CLIP, whose `model.toml` says `kind = "clip"`. A
model names its own with `clips = ["ViT-B-32", "RN50x4"]`; their files become its files, with the names
`clip.safetensors` and `bpe.txt` for the first, `clip-2.safetensors` and `bpe-2.txt` for the second.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from generation.hashes import HashBook, sha256_of

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a model. `size` is in bytes; 0 and "" mean that it is not pinned."""

    name: str
    size: int = 0
    sha256: str = ""
    path: str = ""  #: where it lies in models_dir, if not in the model's own folder
    source: str = ""  #: where it comes from, if not from the model's source


@dataclass(frozen=True, slots=True)
class Model:
    """Weights, and what a request must know of them. Sizes are pixels."""

    name: str
    engine: str  #: empty for a part that other models use
    factor: int  #: pixels per code and side; width and height are its multiples
    native: tuple[int, int]  #: the size it was trained for, and the default
    steps: int  #: the default
    licence: str
    source: str
    files: tuple[ModelFile, ...]


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


class ModelError(Exception):
    """A model that is unknown, badly described, or whose files are not what they should be."""


@dataclass(frozen=True, slots=True)
class OpenModel:
    """A model whose files have been found and checked."""

    model: Model
    files: Mapping[str, Path]
    sha256: str  #: over the hashes of all files, in the catalogue's order
    hashes: Mapping[str, str]  #: of each file


_VQGAN = ModelFile(
    "vqgan.safetensors", 6_895_206, "dec025f45d48d7c10ac0d01a3ea95b30a19c2b77563c03140295d2b27aceb193"
)
_CLIP = ModelFile(
    "clip.safetensors", 5_906_862, "28ab251923a794470df706c9219477250ff0f39eef61474fb62a5991b72f6c83"
)
_VOCABULARY = ModelFile("bpe.txt", 25_469, "da2849393103e79d80ebe014ea905ba436bc6ece75d0b1dbf9b32733ea56d0c9")
_TRANSFORMER = ModelFile(
    "transformer.safetensors", 4_812_526, "e4f344bdc45f4d336c6ed8182d0206b58a9f12aeb11d63a18aa1f6c4c710e7da"
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
    )


CATALOGUE: Mapping[str, Model] = MappingProxyType(
    {
        model.name: model
        for model in (
            _pocket("pocket", 28, _VQGAN, _CLIP, _TRANSFORMER, _VOCABULARY, _WORDS),
            # The same pair of networks from scratch, as in 2021: colours and places, and hardly a thing.
            _pocket("abstract", 60, _VQGAN, _CLIP, _VOCABULARY, _WORDS),
        )
    }
)


def catalogue(models_dir: str | Path | None = None) -> Mapping[str, Model]:
    """The shipped models and those of the host, by name. Raises `ModelError` for a bad `model.toml`."""
    own = {name: model for name, model in folders(models_dir).items() if model.engine}
    return MappingProxyType({**CATALOGUE, **own})


def folders(models_dir: str | Path | None) -> Mapping[str, Model]:
    """All that the host's folders describe, parts too. Raises `ModelError` for a bad `model.toml`."""
    found = sorted(Path(models_dir).glob("*/model.toml")) if models_dir is not None else []
    names = {path.parent.name: path for path in found if not path.parent.name.startswith(".")}
    return MappingProxyType({name: _described(path) for name, path in names.items()})


def _described(path: Path) -> Model:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        if table.get("kind", "model") != "model":
            return _part(path.parent.name, table)
        clips = _clip_files([str(clip) for clip in table.get("clips", ())], path.parents[1])
        return _from_table(path.parent.name, table, clips)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path}: {type(error).__name__}: {error}") from error


def _from_table(name: str, table: dict[str, Any], clips: tuple[ModelFile, ...]) -> Model:
    width, height = table["native"]
    factor = int(table["factor"])
    if factor < 1 or width < 1 or height < 1 or int(table["steps"]) < 1:
        raise ValueError("factor, native and steps must be at least 1")
    return Model(
        name=name,
        engine=str(table["engine"]),
        factor=factor,
        native=(int(width), int(height)),
        steps=int(table["steps"]),
        licence=str(table.get("licence", "unknown")),
        source=str(table.get("source", "unknown")),
        files=(*map(_file_from_table, table["files"]), *clips),
    )


def _part(name: str, table: dict[str, Any]) -> Model:
    if table["kind"] != "clip":
        raise ValueError(f"there is no kind {table['kind']!r}")
    return Model(
        name=name,
        engine="",
        factor=1,
        native=(0, 0),
        steps=0,
        licence=str(table.get("licence", "unknown")),
        source=str(table.get("source", "unknown")),
        files=tuple(map(_file_from_table, table["files"])),
    )


def _clip_files(clips: list[str], models_dir: Path) -> tuple[ModelFile, ...]:
    """The files of the CLIPs that a model names, under the names that an engine looks for."""
    files = []
    for number, clip in enumerate(clips, 1):
        if Path(clip).name != clip:
            raise ValueError(f"{clip!r} is not the name of a folder")
        description = models_dir / clip / "model.toml"
        part = _described(description) if description.is_file() else _absent(clip)
        for file in part.files:
            name = Path(file.name)
            used = file.name if number == 1 else f"{name.stem}-{number}{name.suffix}"
            files.append(ModelFile(used, file.size, file.sha256, f"{clip}/{file.name}", part.source))
    return tuple(files)


def _absent(clip: str) -> Model:
    files = [{"name": "clip.safetensors"}, {"name": "bpe.txt"}]
    return _part(clip, {"kind": "clip", "files": files, "source": f"`gala models fetch {clip}`"})


def _file_from_table(file: dict[str, Any]) -> ModelFile:
    name = str(file["name"])
    if Path(name).name != name:
        raise ValueError(f"{name!r} is not a file name")
    return ModelFile(name, int(file.get("size", 0)), str(file.get("sha256", "")).lower())


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
    return OpenModel(models[name], MappingProxyType(paths), _combined(found), MappingProxyType(hashes))


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


def _combined(files: list[ModelFile]) -> str:
    lines = "".join(f"{file.sha256}  {file.name}\n" for file in files)
    return hashlib.sha256(lines.encode()).hexdigest()
