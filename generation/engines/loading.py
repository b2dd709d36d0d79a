"""A model of VQGAN+CLIP from its files, and what a picture of it will take, told by their headers alone."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from generation.clip_config import CLIPConfig
from generation.clip_files import ClipFile
from generation.engines.code_model import TRANSFORMER
from generation.engines.draft_model import DraftModel, drafting_of
from generation.engines.guided import GuidedModel, load_network
from generation.engines.tuning import Tuning, tuning_of
from generation.memory import Footprint
from generation.models import Model, ModelError, locate, open_model
from generation.tensors import read_shapes
from generation.vqgan import read_config


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory. `sha256` is that of its files, `clip_sha256` that of the CLIP for questions."""

    network: GuidedModel
    tuning: Tuning
    sha256: str
    clip_sha256: str
    draft: DraftModel | None  #: where the model has a transformer


def load(name: str, models_dir: str | None, device: torch.device, dtype: torch.dtype) -> Loaded:
    """Read all files of a model. Raises `ModelError`."""
    found = open_model(name, models_dir)
    _guides(found.model)
    network = load_network(found, device, dtype, guided=True)
    assert isinstance(network, GuidedModel)
    draft = None
    if TRANSFORMER in found.files:
        draft = DraftModel.load(found.files, network, dtype, drafting_of(name))
    return Loaded(network, tuning_of(found.model), found.sha256, found.clip_sha256, draft)


def footprint(model: Model, models_dir: str | None, itemsize: int) -> Footprint:
    """What a picture takes, in numbers of so many bytes. Raises `ModelError`."""
    files = locate(model, models_dir)
    _, metadata = read_shapes(files["vqgan.safetensors"])
    clips = [read_shapes(files[clip.file])[0] for clip in _guides(model)]
    return Footprint(
        vqgan=read_config(metadata, files["vqgan.safetensors"]),
        clips=tuple(map(CLIPConfig.infer, clips)),
        cutouts=tuning_of(model).most_views,
        itemsize=itemsize,
    )


def _guides(model: Model) -> list[ClipFile]:
    """The CLIPs that guide it in one language or another. Raises `ModelError`."""
    found = [clip for clip in model.clips if clip.weight > 0]
    if not found:
        raise ModelError(f"the model {model.name!r} names no CLIP that guides it")
    return found
