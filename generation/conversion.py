"""What other people's files become: the weights that painting needs, and what `model.toml` says of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from generation.checkpoints import Weights
from generation.clip import write_traits
from generation.clip_config import Activation
from generation.dalle_files import is_dalle, metadata_of, read_dalle
from generation.described import MATTE, MATTE_FILE, TAUGHT
from generation.detokenizer import is_detokenizer, read_detokenizer
from generation.languages import RUSSIAN
from generation.mini_files import is_dalle_mini, mini_metadata, read_dalle_mini
from generation.models import ENLARGING, ModelFile, fingerprint
from generation.open_clip import describe, is_clip, read_clip
from generation.rrdbnet import is_rrdbnet, read_rrdbnet
from generation.rrdbnet import metadata_of as metadata_of_rrdbnet
from generation.ruclip import describe_ruclip, is_ruclip
from generation.sber import is_sber_vae, read_sber_vae
from generation.second_stage_folder import write_second_stage
from generation.taming import is_vqgan, read_vqgan
from generation.tensors import ModelFileError, save_tensors
from generation.unet import is_unet, read_unet
from generation.vocabulary import find_vocabulary, keep_vocabulary
from generation.vqgan import VQGANConfig

UNKNOWN = "unknown"
DEFAULT_CLIPS = ("ViT-B-32",)
DEFAULT_VAE = "sber-vqgan"
DETOKENIZER = "dalle-mini-vqgan"
TRANSFORMER, PIECES, UPSCALER = "transformer.safetensors", "bpe.model", "rrdbnet.safetensors"
ENLARGED_SIDE, UPSCALER_STEPS = 1024, 8  # the steps are only how often its frames can be seen
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
    languages: tuple[str, ...] = ()  #: that a CLIP or a transformer reads; none: any, or as usual
    vae: str = ""  #: the folder of the VAE that a transformer paints with
    matte: str = ""  #: the folder of what cuts its pictures out of their background
    heads: int = 0  #: of a transformer; 0: by its width
    dalle_version: int = 0  #: of a transformer, 2 or 3; 0: by its masks
    second_stage: bool = False  #: a transformer over codes, with all that it needs; else its VQGAN alone
    half: bool = False
    replace: bool = False
    licence: str = UNKNOWN
    source: str = UNKNOWN
    sha256: str = ""  #: of the file, where it is known already


def write(order: Order, weights: Weights, draft: Path) -> str:
    """Write what the file holds, and return the description."""
    yaml = order.yaml or _yaml_beside(order.file)
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
    if is_rrdbnet(weights):
        return _write_upscaler(order, weights, draft)
    if is_unet(weights):
        return _write_matte(order, weights, draft)
    raise ModelFileError(
        f"{order.file}: no VQGAN, no CLIP, no transformer of ruDALL-E's or DALL-E mini's, no RRDBNet and no "
        f"U-Net of Emojich's; its names begin with {weights.prefixes()}"
    )


def _write_vqgan(order: Order, weights: Weights, yaml: Path, draft: Path) -> str:
    config, state = read_vqgan(weights, yaml)
    plain = {"config": json.dumps(asdict(config))}
    _save(state, draft / "vqgan.safetensors", plain, half=order.half)
    return toml(
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
    return toml(
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


def _yaml_beside(file: Path) -> Path:
    candidates = [file.with_suffix(".yaml"), file.with_suffix(".yml"), file.with_name("model.yaml")]
    return next((path for path in candidates if path.is_file()), candidates[0])


def _write_clip(order: Order, weights: Weights, draft: Path) -> str:
    russian = is_ruclip(weights, order.vocabulary)
    described = (describe_ruclip if russian else describe)(weights, order.clip_config, order.activation)
    config, state = read_clip(weights, described)
    vocabulary = order.vocabulary or find_vocabulary(order.file, order.models_dir, config)
    kept = keep_vocabulary(vocabulary, config, draft)
    _save(state, draft / "clip.safetensors", write_traits(config.traits), half=order.half)
    return toml(
        kind="clip",
        activation=config.traits.activation,
        resolution=config.image_resolution,
        languages=list(order.languages or ([RUSSIAN] if russian else [])),
        licence=order.licence,
        source=order.source,
        vocabulary=kept.name,
        files=[fingerprint(draft / "clip.safetensors"), fingerprint(kept)],
    )


def _write_vae(order: Order, config: VQGANConfig, state: Mapping[str, Tensor], draft: Path) -> str:
    _save(state, draft / "vqgan.safetensors", {"config": json.dumps(asdict(config))}, half=order.half)
    return toml(
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
    return toml(
        engine="dalle",
        grid=config.grid,
        steps=config.grid,
        licence=order.licence,
        source=order.source,
        languages=list(order.languages or TAUGHT["dalle"]),
        vae=order.vae or DEFAULT_VAE,
        **({MATTE: order.matte} if order.matte else {}),
        clips=list(order.clips),
        files=[fingerprint(draft / TRANSFORMER), fingerprint(draft / PIECES)],
    )


def _write_upscaler(order: Order, weights: Weights, draft: Path) -> str:
    config, state = read_rrdbnet(weights)
    _save(state, draft / UPSCALER, metadata_of_rrdbnet(config), half=order.half)
    return toml(
        engine=ENLARGING,
        factor=1,
        native=[ENLARGED_SIDE, ENLARGED_SIDE],
        steps=UPSCALER_STEPS,
        licence=order.licence,
        source=order.source,
        files=[fingerprint(draft / UPSCALER)],
    )


def _write_matte(order: Order, weights: Weights, draft: Path) -> str:
    _save(read_unet(weights), draft / MATTE_FILE, {}, half=False)
    return toml(
        kind=MATTE,
        licence=order.licence,
        source=order.source,
        files=[fingerprint(draft / MATTE_FILE)],
    )


def _write_mini(order: Order, weights: Weights, draft: Path) -> str:
    config, state, read = read_dalle_mini(weights, order.heads)
    _save(state, draft / TRANSFORMER, mini_metadata(config), half=order.half)
    shutil.copyfile(read.vocabulary, draft / "vocab.json")
    shutil.copyfile(read.merges, draft / "merges.txt")
    return toml(
        engine="dalle-mini",
        grid=config.grid,
        steps=config.grid,
        licence=order.licence,
        source=order.source,
        languages=list(order.languages or TAUGHT["dalle-mini"]),
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


def toml(**values: object) -> str:
    """Lines of a `model.toml`."""
    return "".join(f"{name} = {_value(value)}\n" for name, value in values.items())


def _value(value: object) -> str:
    if isinstance(value, ModelFile):
        return f'{{ name = "{value.name}", size = {value.size}, sha256 = "{value.sha256}" }}'
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
