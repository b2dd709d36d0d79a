"""Weights out of other people's files: safetensors, torch's zips and pickles, TorchScript archives.

Nothing in a file is ever executed. torch reads pickles with `weights_only=True`; what the trainers left
beside the weights (callbacks, configurations, numbers of numpy) is named in one closed list, and inert.
"""

from __future__ import annotations

import pickle
import re
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from generation.tensors import ModelFileError, read_tensors
from generation.torchscript import check_zip, is_torchscript, open_archive, read_torchscript

_PREFIXES_NAMED = 8
#: Under what name trainers keep the weights; an average before what it is of.
_NESTS = ("state_dict", "params_ema", "params")
#: What torch's reader raises, by and by, when the bytes are not what they should be.
_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
)
_LIGHTNING = "pytorch_lightning."
#: What may stand in a trainer's file beside tensors. All of it is read as `Inert` and thrown away.
KNOWN_COMPANIONS = (
    f"{_LIGHTNING}callbacks.model_checkpoint.ModelCheckpoint",
    f"{_LIGHTNING}callbacks.early_stopping.EarlyStopping",
    f"{_LIGHTNING}callbacks.lr_logger.LearningRateLogger",
    f"{_LIGHTNING}callbacks.lr_monitor.LearningRateMonitor",
    f"{_LIGHTNING}utilities.parsing.AttributeDict",
    "main.SetupCallback",
    "main.ImageLogger",
    "__main__.SetupCallback",
    "__main__.ImageLogger",
    "omegaconf.dictconfig.DictConfig",
    "omegaconf.listconfig.ListConfig",
    "omegaconf.base.ContainerMetadata",
    "omegaconf.base.Metadata",
    "omegaconf.nodes.AnyNode",
    "omegaconf.nodes.BooleanNode",
    "omegaconf.nodes.FloatNode",
    "omegaconf.nodes.IntegerNode",
    "omegaconf.nodes.StringNode",
    "typing.Any",
    "builtins.bool",
    "builtins.dict",
    "builtins.float",
    "builtins.int",
    "builtins.list",
    "builtins.str",
    "builtins.tuple",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.dtype",
)


class Inert:
    """Stands where a trainer's object stood: takes any state, keeps none, does nothing."""

    def __new__(cls, *_: object) -> Inert:
        """Make one, whatever is given."""
        return super().__new__(cls)

    def __init__(self, *_: object) -> None: ...

    def __setstate__(self, state: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Weights:
    """A file's tensors by name, on the CPU."""

    path: Path
    state: Mapping[str, Tensor]
    torchscript: bool = False

    def inside(self, prefix: str) -> dict[str, Tensor]:
        """Those under the prefix, which is taken off."""
        return {name[len(prefix) :]: t for name, t in self.state.items() if name.startswith(prefix)}

    def prefixes(self) -> str:
        """What the names begin with, for an error's text."""
        firsts = sorted({name.partition(".")[0] for name in self.state})
        more = len(firsts) - _PREFIXES_NAMED
        return ", ".join(firsts[:_PREFIXES_NAMED]) + (f" and {more} more" if more > 0 else "")


def read_weights(path: Path) -> Weights:
    """Read any of the known kinds of file. Raises `ModelFileError` in words for the host."""
    if not path.is_file():
        raise ModelFileError(f"{path}: there is no such file")
    if path.suffix == ".safetensors":
        return Weights(path, read_tensors(path)[0])
    if is_torchscript(path):
        return Weights(path, read_torchscript(path), torchscript=True)
    return Weights(path, _state_dict(_load_pickle(path), path))


def _empty_dict(*_: object) -> dict[object, object]:
    """A `defaultdict`, without the factory."""
    return {}


def _companions() -> list[Callable[..., Any] | tuple[Callable[..., Any], str]]:
    return [*((Inert, name) for name in KNOWN_COMPANIONS), (_empty_dict, "collections.defaultdict")]


def _load_pickle(path: Path) -> object:
    zipped = zipfile.is_zipfile(path)
    try:
        if zipped:
            with open_archive(path) as archive:
                check_zip(archive, path)
        with torch.serialization.safe_globals(_companions()), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pickle's protocol and old storages
            return torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except pickle.UnpicklingError as error:
        raise ModelFileError(f"{path}: refused, nothing of it was run: {_asked_for(error)}") from error
    except _DAMAGE as error:
        reason = str(error).partition("\n")[0]
        raise ModelFileError(
            f"{path}: damaged, cut short, or not a checkpoint ({reason or type(error).__name__})"
        ) from error


def _asked_for(error: pickle.UnpicklingError) -> str:
    """The point of torch's long message."""
    found = re.search(r"(?:GLOBAL|unsupported GLOBAL) ([\w.]+)", str(error))
    if found:
        return f"it asks for {found[1]}, which is not part of a model"
    return str(error).strip().rpartition("\n")[2]


def _state_dict(content: object, path: Path) -> dict[str, Tensor]:
    """The tensors of a plain state dict, of Lightning's, of open_clip's training, or of BasicSR's."""
    if isinstance(content, Mapping):
        content = next((content[n] for n in _NESTS if isinstance(content.get(n), Mapping)), content)
    if not isinstance(content, Mapping):
        raise ModelFileError(f"{path}: holds no state dict, but a {type(content).__name__}")
    state = {name: t for name, t in content.items() if isinstance(name, str) and isinstance(t, Tensor)}
    if not state:
        raise ModelFileError(f"{path}: holds no tensors")
    for name, tensor in state.items():
        _check_bytes(name, tensor, path)
    return _without("module.", state)


def _check_bytes(name: str, tensor: Tensor, path: Path) -> None:
    """A stride of zero makes terabytes of a few bytes."""
    if tensor.layout is not torch.strided or tensor.is_quantized:
        raise ModelFileError(f"{path}: {name} is sparse or quantised, which no known model is")
    if tensor.numel() * tensor.itemsize > tensor.untyped_storage().nbytes():
        raise ModelFileError(f"{path}: {name} claims {list(tensor.shape)}, more than its bytes hold")


def _without(prefix: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    if not all(name.startswith(prefix) for name in state):
        return state
    return {name[len(prefix) :]: tensor for name, tensor in state.items()}


def first_prefix(weights: Weights, candidates: Sequence[str], name: str) -> str | None:
    """The first of the prefixes under which the named tensor exists."""
    return next((prefix for prefix in candidates if f"{prefix}{name}" in weights.state), None)
