"""Makes a model folder of other people's files, once: `python -m generation.convert FILE --name NAME ...`.

The folder gets the weights that painting needs, as safetensors, and a `model.toml` that pins their SHA-256.
It appears whole or not at all. A process of its own, so that the bot never loads torch.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

from generation.checkpoints import read_weights
from generation.clip_config import Activation
from generation.conversion import UNKNOWN, Order, toml, write
from generation.hashes import sha256_of
from generation.published import published
from generation.tensors import ModelFileError

__all__ = ("Order", "convert", "main")


def convert(order: Order) -> Path:
    """Write the model's folder and return it. Raises `ModelFileError` in words for the host."""
    folder = _new_folder(order)
    weights = read_weights(order.file)
    order = _recognised(order)
    order.models_dir.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{order.name}-", dir=order.models_dir))
    try:
        (draft / "model.toml").write_text(write(order, weights, draft) + _origin(order), encoding="utf-8")
        draft.chmod(0o755)
        for path in draft.iterdir():
            path.chmod(0o644)  # safetensors makes files for their owner alone
        _put(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _recognised(order: Order) -> Order:
    """Hash the file; what the catalogue knows of a file with that hash fills what was not told."""
    digest = order.sha256 or sha256_of(order.file)
    known = next((m for m in published().values() if m.files[0].sha256 == digest), None)
    if known is None:
        return replace(order, sha256=digest)
    return replace(
        order,
        sha256=digest,
        languages=order.languages or known.languages,
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


def _origin(order: Order) -> str:
    return "\n[origin]\n" + toml(
        file=order.file.name,
        size=order.file.stat().st_size,
        sha256=order.sha256,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert one file; the folder's path on stdout, or what is wrong on stderr and status 1."""
    options = vars(_parser().parse_args(arguments))
    for several in ("clips", "languages"):
        options[several] = tuple(filter(None, options[several].split(",")))
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
    parser.add_argument("--languages", default="")
    parser.add_argument("--vae", default="")
    parser.add_argument("--matte", default="")
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
