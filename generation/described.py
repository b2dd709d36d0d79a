"""The folders of a host's models: what their `model.toml` says.

    # model.toml                    files without size and sha256 are taken as they are
    engine = "vqgan-clip"
    factor = 16
    native = [256, 256]
    steps = 200
    licence = "MIT"
    source = "https://..."
    files = [{ name = "vqgan.safetensors", size = 3100, sha256 = "..." }, { name = "bpe.txt" }]

    [tuning]                        # of the engine vqgan-clip, where its defaults do not suit
    lettering = 0.1

A folder may also hold a part that several models use: a CLIP, whose `model.toml` says `kind = "clip"`. A
model names its own with `clips = ["ViT-B-32", "RN50x4"]`; their files become its files, with the names
`clip.safetensors` and `bpe.txt` for the first, `clip-2.safetensors` and `bpe-2.txt` for the second. A table
for each says more of it; a CLIP in the model's own folder is called by its `file`, not by a name:

    [[clip]]
    name = "RN50x4"                 # or file = "clip.safetensors", vocabulary = "bpe.txt"
    weight = 0.5                    # how strongly it guides beside the others; 0: it only judges
    ranks = true                    # whether drafts, candidates and scores may be judged by it
    languages = ["en"]              # what it reads; absent: what its own folder says, else any

A model of the engine `dalle` takes its VAE from a folder with `kind = "vae"`, and may take the transformer of
another model; `grid` is the number of codes a side that the transformer tells, and with the VAE's factor it
gives the native size, below which no side can be.

    engine = "dalle"
    grid = 32
    steps = 32
    vae = "sber-vqgan-dwt"
    transformer = "Malevich"

With `matte = "emojich-matte"`, the name of a folder with `kind = "matte"`, its whole pictures are cut out of
their background, where that folder is there.

`languages = ["en", "ru"]` says what a model's prompts may be written in; [] is any. Where a `model.toml` says
nothing, ruDALL-E's reads Russian, DALL-E mini's English, and the others what their CLIPs read.

A model of the engine `second-stage` has `grid`, too, and says in `reads` what it paints from: "nothing", the
name of a "class", the boxes of a scene ("scene-coco", "scene-open-images"), a picture of "segmentation" or of
"depth".
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from generation.clip_files import VOCABULARY, WEIGHTS, ClipFile, as_told, ranker, read_languages
from generation.languages import ENGLISH, RUSSIAN, reads
from generation.tunable import Told, read_tuning

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

VAE: Final = "vae"
ENLARGING: Final = "real-esrgan"  #: the engine whose models make a picture larger, and paint none
#: What a model may read that is a picture: it is shown it, and paints another.
SHOWN: Final = ("segmentation", "depth")
#: What a model may take from another folder, and what is looked for where that is not there yet.
BORROWED: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        VAE: {"files": [{"name": "vqgan.safetensors"}], "factor": 8},
        "transformer": {"files": [{"name": "transformer.safetensors"}, {"name": "bpe.model"}]},
    }
)
MATTE: Final = "matte"  #: what a model may take, too, and does without where it is not there
MATTE_FILE: Final = "matte.safetensors"
PARTS: Final = ("clip", MATTE, *BORROWED)
#: What the models of an engine have read, where they do not say it themselves.
TAUGHT: Final = MappingProxyType({"dalle": (RUSSIAN,), "dalle-mini": (ENGLISH,)})


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
    least: int = 0  #: px, that a side must have; 0: two factors
    tuning: tuple[tuple[str, Told], ...] = ()  #: what the host has changed of the engine's own numbers
    reads: str = "text"  #: or "nothing", "class", "scene-…", or a picture: "segmentation", "depth"
    languages: tuple[str, ...] = ()  #: that it has learned, as in `generation.languages`; none: any
    clips: tuple[ClipFile, ...] = ()  #: that look at its pictures

    @property
    def draws(self) -> bool:
        """Whether it can draw several pictures at once."""
        return any(file.name == "transformer.safetensors" for file in self.files)

    @property
    def keeps(self) -> bool:
        """Whether it can go on from given rows of a picture; what is shown to it is not that."""
        return self.draws and self.reads not in SHOWN

    @property
    def paints(self) -> bool:
        """Whether it makes pictures of prompts."""
        return self.engine != ENLARGING

    def understands(self, asked: Collection[str]) -> bool:
        """Whether it can go by words of all these languages, or goes by none at all."""
        return self.reads != "text" or reads(self.languages, asked)

    def ranker(self, asked: Collection[str] | None = None) -> ClipFile | None:
        """The CLIP that judges what is painted of a prompt in these languages: the first that reads it.

        Without them it is the one that answers questions, always the same, so that its vectors can be
        compared. None where the model has no CLIP that ranks.
        """
        return ranker(self.clips, asked)


class ModelError(Exception):
    """A model that is unknown, badly described, or whose files are not what they should be."""


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
        return _from_table(path.parent.name, table, path.parents[1])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path}: {type(error).__name__}: {error}") from error


def _from_table(name: str, table: dict[str, Any], models_dir: Path) -> Model:
    parts = [_borrowed(str(table[kind]), kind, models_dir) for kind in BORROWED if kind in table]
    parts += [_borrowed(str(table[MATTE]), MATTE, models_dir)] if _is_there(table, models_dir) else []
    vae = next((part for part in parts if part.factor > 1), None)
    factor = int(table["factor"]) if vae is None else vae.factor
    side = int(table["grid"]) * factor if "grid" in table else 0
    width, height = (side, side) if side else table["native"]
    if factor < 1 or width < 1 or height < 1 or int(table["steps"]) < 1:
        raise ValueError("factor, native, grid and steps must be at least 1")
    own = tuple(map(_file_from_table, table.get("files", ())))
    clips, clip_files = _clips(table, own, models_dir)
    return Model(
        name=name,
        engine=str(table["engine"]),
        factor=factor,
        native=(int(width), int(height)),
        steps=int(table["steps"]),
        licence=str(table.get("licence", "unknown")),
        source=str(table.get("source", "unknown")),
        files=(*own, *(file for part in parts for file in part.files), *clip_files),
        least=side,
        tuning=tuple(read_tuning(table.get("tuning", {}))),
        reads=str(table.get("reads", "text")),
        languages=_languages(table, clips),
        clips=clips,
    )


def _languages(table: dict[str, Any], clips: tuple[ClipFile, ...]) -> tuple[str, ...]:
    """What is said, else what the engine's models have read, else what any of the guiding CLIPs has."""
    guides = [clip.languages for clip in clips if clip.weight > 0]
    known = sorted(set().union(*guides)) if all(guides) else []
    return read_languages(table, TAUGHT.get(str(table["engine"]), tuple(known)))


def _part(name: str, table: dict[str, Any]) -> Model:
    if table["kind"] not in PARTS:
        raise ValueError(f"there is no kind {table['kind']!r}")
    vocabulary = str(table.get("vocabulary", VOCABULARY))
    clip = ClipFile(vocabulary=vocabulary, languages=read_languages(table))
    return Model(
        name=name,
        engine="",
        factor=int(table.get("factor", 1)),
        native=(0, 0),
        steps=0,
        licence=str(table.get("licence", "unknown")),
        source=str(table.get("source", "unknown")),
        files=tuple(map(_file_from_table, table["files"])),
        clips=(clip,) if table["kind"] == "clip" else (),
    )


def _borrowed(name: str, kind: str, models_dir: Path) -> Model:
    """The part of that name: a VAE, another model's transformer, a matte; its files where they lie."""
    if Path(name).name != name:
        raise ValueError(f"{name!r} is not the name of a folder")
    path = models_dir / name / "model.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else dict(BORROWED[kind])
    table.setdefault("source", f"`gala models fetch {name}`")
    part = _part(name, {**table, "kind": kind})
    files = (replace(file, path=f"{name}/{file.name}", source=part.source) for file in part.files)
    return replace(part, factor=part.factor if kind == VAE else 1, files=tuple(files))


def _is_there(table: dict[str, Any], models_dir: Path) -> bool:
    return MATTE in table and (models_dir / Path(str(table[MATTE])).name / "model.toml").is_file()


def _clips(
    table: dict[str, Any], own: tuple[ModelFile, ...], models_dir: Path
) -> tuple[tuple[ClipFile, ...], tuple[ModelFile, ...]]:
    """The CLIPs of a model, and the files of those in other folders, under the names that they have here."""
    entries = [*({"name": name} for name in table.get("clips", ())), *table.get("clip", ())]
    if not entries and any(file.name == WEIGHTS for file in own):
        entries = [{}]
    clips: list[ClipFile] = []
    files = list(own)
    for number, entry in enumerate(entries, 1):
        clip, borrowed = _clip(entry, number, models_dir)
        clips.append(as_told(clip, entry))
        files += borrowed
    names = [file.name for file in files]
    wanted = [name for clip in clips for name in (clip.file, clip.vocabulary)]
    if len(set(names)) < len(names) or not set(wanted) <= set(names):
        raise ValueError(f"the CLIPs need {', '.join(wanted)}, each once among the files {', '.join(names)}")
    if clips and ranker(clips) is None:
        raise ValueError("clip: one of them must rank")
    return tuple(clips), tuple(files[len(own) :])


def _clip(entry: dict[str, Any], number: int, models_dir: Path) -> tuple[ClipFile, list[ModelFile]]:
    """The CLIP that a table means, and its files if they lie in another folder."""
    if "name" not in entry:
        file, vocabulary = (
            str(entry.get(name, usual)) for name, usual in (("file", WEIGHTS), ("vocabulary", VOCABULARY))
        )
        return ClipFile(file, vocabulary), []
    return _borrowed_clip(str(entry["name"]), number, models_dir)


def _borrowed_clip(name: str, number: int, models_dir: Path) -> tuple[ClipFile, list[ModelFile]]:
    """The CLIP of that name, that is the model's `number`th, and its files."""
    if Path(name).name != name:
        raise ValueError(f"{name!r} is not the name of a folder")
    description = models_dir / name / "model.toml"
    part = _described(description) if description.is_file() else _absent(name)
    if not part.clips:
        raise ValueError(f"{name!r} is no CLIP")
    names = {file.name: _numbered(file.name, number) for file in part.files}
    files = [
        ModelFile(names[file.name], file.size, file.sha256, f"{name}/{file.name}", part.source)
        for file in part.files
    ]
    clip = part.clips[0]
    return replace(clip, file=names[clip.file], vocabulary=names[clip.vocabulary]), files


def _numbered(file: str, number: int) -> str:
    path = Path(file)
    return file if number == 1 else f"{path.stem}-{number}{path.suffix}"


def _absent(clip: str) -> Model:
    files = [{"name": "clip.safetensors"}, {"name": "bpe.txt"}]
    return _part(clip, {"kind": "clip", "files": files, "source": f"`gala models fetch {clip}`"})


def _file_from_table(file: dict[str, Any]) -> ModelFile:
    name = str(file["name"])
    if Path(name).name != name:
        raise ValueError(f"{name!r} is not a file name")
    return ModelFile(name, int(file.get("size", 0)), str(file.get("sha256", "")).lower())
