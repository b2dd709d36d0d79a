"""Makes a model folder of other people's files, once: `python -m generation.convert FILE --name NAME ...`.

The folder gets the weights that painting needs, as safetensors, and a `model.toml` that pins their SHA-256.
It appears whole or not at all. A process of its own, so that the bot never loads torch.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import get_args

import torch
from torch import Tensor

from generation.checkpoints import Weights, read_weights
from generation.clip import write_traits
from generation.clip_config import Activation
from generation.dalle_files import is_dalle, metadata_of, read_dalle
from generation.detokenizer import is_detokenizer, read_detokenizer
from generation.hashes import sha256_of
from generation.mini_files import is_dalle_mini, mini_metadata, read_dalle_mini
from generation.models import fingerprint
from generation.open_clip import is_clip, read_clip
from generation.published import published
from generation.sber import is_sber_vae, read_sber_vae
from generation.second_stage_folder import write_second_stage
from generation.taming import is_vqgan, read_vqgan, yaml_beside
from generation.tensors import ModelFileError, save_tensors
from generation.toml_text import to_toml
from generation.vocabulary import find_vocabulary, load_vocabulary
from generation.vqgan import VQGANConfig

UNKNOWN = "unknown"
DEFAULT_CLIPS = ("ViT-B-32",)
DEFAULT_VAE = "sber-vqgan"
DETOKENIZER = "dalle-mini-vqgan"
TRANSFORMER, PIECES = "transformer.safetensors", "bpe.model"
STEPS = 300  #: as most descendants of the notebook have it, give or take


@dataclass(frozen=True, slots=True)
class Order:
    """What to convert, and what is known about it."""

    file: Path
    name: str
    models_dir: Path
    yaml: Path | None = None
    clip_config: Path | None = None
    vocabulary: Path | None = None
    activation: Activation | None = None
    clips: tuple[str, ...] = ()
    vae: str = ""  #: the folder of the VAE that a transformer paints with
    heads: int = 0  #: of a transformer; 0: by its width
    dalle_version: int = 0  #: of a transformer, 2 or 3; 0: by its masks
    second_stage: bool = False  #: a transformer over codes, with all that it needs; else its VQGAN alone
    half: bool = False
    replace: bool = False
    licence: str = UNKNOWN
    source: str = UNKNOWN
    sha256: str = ""  #: of the file, where it is known already


def convert(order: Order) -> Path:
    """Write the model's folder and return it. Raises `ModelFileError` in words for the host."""
    folder = _new_folder(order)
    weights = read_weights(order.file)
    order = _recognised(order)
    order.models_dir.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{order.name}-", dir=order.models_dir))
    try:
        (draft / "model.toml").write_text(_write(order, weights, draft) + _origin(order), encoding="utf-8")
        draft.chmod(0o755)
        for path in draft.iterdir():
            path.chmod(0o644)  # safetensors makes files for their owner alone
        _put(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _write(order: Order, weights: Weights, draft: Path) -> str:
    """Write what the file holds, and return the description."""
    yaml = order.yaml or yaml_beside(order.file)
    if order.second_stage:
        return _write_second_stage(order, weights, yaml, draft)
    if is_sber_vae(weights) and not yaml.is_file():
        return _write_vae(order, *read_sber_vae(weights), draft)
    if is_detokenizer(weights):
        return _write_vae(order, *read_detokenizer(weights), draft)
    if is_vqgan(weights):
        return _write_vqgan(order, weights, yaml, draft)
    if is_clip(weights):
        return _write_clip(order, weights, draft)
    if is_dalle(weights):
        return _write_dalle(order, weights, draft)
    if is_dalle_mini(weights):
        return _write_mini(order, weights, draft)
    raise ModelFileError(
        f"{order.file}: neither a VQGAN nor a CLIP nor a transformer of ruDALL-E's or DALL-E mini's; "
        f"its names begin with {weights.prefixes()}"
    )


def _recognised(order: Order) -> Order:
    """Hash the file; what the catalogue knows of a file with that hash fills what was not told."""
    digest = order.sha256 or sha256_of(order.file)
    known = next((m for m in published().values() if m.files[0].sha256 == digest), None)
    if known is None:
        return replace(order, sha256=digest)
    return replace(
        order,
        sha256=digest,
        licence=known.licence if order.licence == UNKNOWN else order.licence,
        source=known.files[0].urls[0] if order.source == UNKNOWN else order.source,
    )


def _new_folder(order: Order) -> Path:
    if Path(order.name).name != order.name or order.name.startswith("."):
        raise ModelFileError(f"{order.name!r} cannot be the name of a folder")
    folder = order.models_dir / order.name
    if folder.exists() and not order.replace:
        raise ModelFileError(f"{folder}: is there already; `gala models remove {order.name}` first")
    return folder


def _put(draft: Path, folder: Path) -> None:
    """Bring the folder into place; an older one makes room first."""
    if folder.exists():
        older = draft.with_name(f"{draft.name}-older")
        folder.replace(older)
        draft.replace(folder)
        shutil.rmtree(older)
    else:
        draft.replace(folder)


def _write_vqgan(order: Order, weights: Weights, yaml: Path, draft: Path) -> str:
    config, state = read_vqgan(weights, yaml)
    plain = {"config": json.dumps(asdict(config))}
    _save(state, draft / "vqgan.safetensors", plain, half=order.half)
    return to_toml(
        engine="vqgan-clip",
        factor=config.factor,
        native=[config.resolution, config.resolution],
        steps=STEPS,
        licence=order.licence,
        source=order.source,
        clips=list(order.clips or DEFAULT_CLIPS),
        files=[fingerprint(draft / "vqgan.safetensors")],
    )


def _write_second_stage(order: Order, weights: Weights, yaml: Path, draft: Path) -> str:
    stage = write_second_stage(weights, yaml, draft, half=order.half)
    return to_toml(
        engine="second-stage",
        grid=stage.grid,
        factor=stage.vqgan.factor,
        steps=stage.grid,
        reads=stage.condition.reads,
        licence=order.licence,
        source=order.source,
        clips=list(order.clips),
        files=[fingerprint(path) for path in sorted(draft.iterdir())],
    )


def _write_clip(order: Order, weights: Weights, draft: Path) -> str:
    config, state = read_clip(weights, order.clip_config, order.activation)
    vocabulary = order.vocabulary or find_vocabulary(order.file, order.models_dir)
    load_vocabulary(vocabulary, config.vocab_size).save(draft / "bpe.txt")
    _save(state, draft / "clip.safetensors", write_traits(config.traits), half=order.half)
    return to_toml(
        kind="clip",
        activation=config.traits.activation,
        resolution=config.image_resolution,
        licence=order.licence,
        source=order.source,
        files=[fingerprint(draft / "clip.safetensors"), fingerprint(draft / "bpe.txt")],
    )


def _write_vae(order: Order, config: VQGANConfig, state: Mapping[str, Tensor], draft: Path) -> str:
    _save(state, draft / "vqgan.safetensors", {"config": json.dumps(asdict(config))}, half=order.half)
    return to_toml(
        kind="vae",
        factor=config.factor,
        licence=order.licence,
        source=order.source,
        files=[fingerprint(draft / "vqgan.safetensors")],
    )


def _write_dalle(order: Order, weights: Weights, draft: Path) -> str:
    vocabulary = order.vocabulary or _pieces_beside(order)
    told = {"heads": order.heads, "version": order.dalle_version}
    config, state = read_dalle(weights, vocabulary, {name: n for name, n in told.items() if n})
    _save(state, draft / TRANSFORMER, metadata_of(config), half=order.half)
    shutil.copyfile(vocabulary, draft / PIECES)
    return to_toml(
        engine="dalle",
        grid=config.grid,
        steps=config.grid,
        licence=order.licence,
        source=order.source,
        vae=order.vae or DEFAULT_VAE,
        clips=list(order.clips),
        files=[fingerprint(draft / TRANSFORMER), fingerprint(draft / PIECES)],
    )


def _write_mini(order: Order, weights: Weights, draft: Path) -> str:
    config, state, read = read_dalle_mini(weights, order.heads)
    _save(state, draft / TRANSFORMER, mini_metadata(config), half=order.half)
    shutil.copyfile(read.vocabulary, draft / "vocab.json")
    shutil.copyfile(read.merges, draft / "merges.txt")
    return to_toml(
        engine="dalle-mini",
        grid=config.grid,
        steps=config.grid,
        licence=order.licence,
        source=order.source,
        vae=order.vae or DETOKENIZER,
        clips=list(order.clips),
        files=[fingerprint(draft / name) for name in (TRANSFORMER, "vocab.json", "merges.txt")],
    )


def _pieces_beside(order: Order) -> Path:
    """ruDALL-E's vocabulary: beside the file, or that of another model of the host's."""
    beside = order.file.with_name(PIECES)
    found = (beside, *sorted(order.models_dir.glob(f"*/{PIECES}")))
    return next((path for path in found if path.is_file()), beside)


def _save(state: Mapping[str, Tensor], path: Path, metadata: Mapping[str, str], *, half: bool) -> None:
    """Every number as its file had it, unless halves are asked for; double precision becomes single."""
    single = {name: t.float() if t.dtype == torch.float64 else t for name, t in state.items()}
    save_tensors(single, path, metadata, torch.float16 if half else None)


def _origin(order: Order) -> str:
    return "\n[origin]\n" + to_toml(
        file=order.file.name,
        size=order.file.stat().st_size,
        sha256=order.sha256,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert one file; the folder's path on stdout, or what is wrong on stderr and status 1."""
    options = vars(_parser().parse_args(arguments))
    options["clips"] = tuple(filter(None, options["clips"].split(",")))
    try:
        folder = convert(Order(**options))
    except ModelFileError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.filename or options['models_dir']}: {error.strerror or error}\n")
        return 1
    sys.stdout.write(f"{folder}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="generation.convert", description="Make a model folder of a file.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--models-dir", type=Path, required=True)
    parser.add_argument("--yaml", type=Path)
    parser.add_argument("--clip-config", type=Path)
    parser.add_argument("--vocabulary", type=Path)
    parser.add_argument("--activation", choices=get_args(Activation))
    parser.add_argument("--clips", default="")
    parser.add_argument("--vae", default="")
    parser.add_argument("--heads", type=int, default=0)
    parser.add_argument("--dalle-version", type=int, choices=(0, 2, 3), default=0)
    parser.add_argument("--second-stage", action="store_true")
    parser.add_argument("--half", action="store_true")
    parser.add_argument("--replace", action="store_true")
    parser.add_argument("--licence", default=UNKNOWN)
    parser.add_argument("--source", default=UNKNOWN)
    parser.add_argument("--sha256", default="")
    return parser


if __name__ == "__main__":
    sys.exit(main())
