"""What the engines share: foreign errors become refusals, and the recipe's names for the machine."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import TypeVar

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from generation import codec
from generation.engine import Refusal
from generation.engines.guided import to_tensor
from generation.faults import out_of_memory
from generation.models import ModelError
from generation.protocol import Generate, Reason, Recipe, Settings

T = TypeVar("T")

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def or_missing(action: Callable[[], T]) -> T:
    """What the action gives; a model that cannot be used becomes a `Refusal`."""
    try:
        return action()
    except ModelError as error:
        raise Refusal(Reason.MODEL_MISSING, str(error)) from error


def read_init(request: Generate) -> Tensor:
    """The init image, cut to the aspect and brought to the size: [1, 3, H, W] in 0..1. Raises `Refusal`."""
    assert request.init is not None
    try:
        pixels = codec.decode_rgb(request.init)
    except codec.PictureError as error:
        raise Refusal(Reason.BAD_INIT, str(error)) from error
    size = (request.width, request.height)
    return to_tensor(np.asarray(ImageOps.fit(Image.fromarray(pixels), size, Image.Resampling.LANCZOS)))


def as_refusal(error: MemoryError | RuntimeError) -> Refusal:
    """Out of memory becomes a refusal; any other error goes on its way."""
    if not out_of_memory(error):
        raise error
    return Refusal(Reason.OUT_OF_MEMORY)


def made_with(settings: Settings, lane: int, model_sha256: str) -> Recipe:
    """What, beside the request, decides a picture's bytes; nothing in the settings is left to choose."""
    return Recipe(
        gala=gala_version(),
        torch=torch.__version__,
        device=device_name(torch.device(settings.device)),
        dtype=settings.dtype,
        lane=lane,
        model_sha256=model_sha256,
    )


def device_name(device: torch.device) -> str:
    """The device as the recipe names it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"cpu {torch.backends.cpu.get_cpu_capability()}, {torch.get_num_threads()} threads"


def gala_version() -> str:
    """Gala's version, as installed."""
    try:
        return version("gala")
    except PackageNotFoundError:
        return "unknown"
