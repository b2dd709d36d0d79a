"""Model files: safetensors read with every key, shape and number checked.

A wrong configuration must never load "successfully" and paint noise: a file either fits its network exactly
or is refused with the names of what does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from generation.models import ModelError

_NAMED_AT_MOST = 5


class ModelFileError(ModelError):
    """A model's file cannot be used; the text names the file and what is wrong with it."""


class _Unfilled(TorchFunctionMode):
    """Leaves out the drawing of initial weights, which on "meta" draws in half of torch's compiler."""

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        if func.__name__ in ("normal_", "uniform_", "kaiming_uniform_"):
            return args[0] if args else named["tensor"]
        return func(*args, **named)


@contextmanager
def shapes_only() -> Iterator[None]:
    """Networks made meanwhile have names and shapes, but no numbers and no memory."""
    with torch.device("meta"), _Unfilled():
        yield


def save_tensors(
    state: Mapping[str, Tensor], path: Path, metadata: Mapping[str, str], dtype: torch.dtype | None
) -> None:
    """Write the tensors, floating point ones as `dtype` (None: as they are)."""
    tensors = {
        name: tensor.detach()
        .to("cpu", dtype if dtype and tensor.is_floating_point() else tensor.dtype)
        .contiguous()
        for name, tensor in state.items()
    }
    save_file(tensors, path, metadata=dict(metadata))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of a safetensors file, on the CPU."""
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return tensors, dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise ModelFileError(f"{path}: not a readable safetensors file ({error})") from error


def read_shapes(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Like `read_tensors`, without reading the numbers: the tensors are on the meta device."""
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            names = list(file.keys())
            shapes = {name: torch.empty(file.get_slice(name).get_shape(), device="meta") for name in names}
            return shapes, dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise ModelFileError(f"{path}: not a readable safetensors file ({error})") from error


def load_into(model: nn.Module, state: Mapping[str, Tensor], path: Path) -> None:
    """Copy `state` into the model. Raises `ModelFileError` unless keys, shapes and numbers are right."""
    check_fits(model, state, path)
    model.load_state_dict(dict(state))


def check_fits(model: nn.Module, state: Mapping[str, Tensor], path: Path) -> None:
    """Raise `ModelFileError` unless keys, shapes and numbers are right; the model may lie on "meta"."""
    expected = model.state_dict()
    wrong = [
        f"{name} {list(state[name].shape)} instead of {list(tensor.shape)}"
        for name, tensor in expected.items()
        if name in state and state[name].shape != tensor.shape
    ]
    broken = [name for name, t in state.items() if t.is_floating_point() and not bool(t.isfinite().all())]
    faults = (
        ("missing", [name for name in expected if name not in state]),
        ("not known", [name for name in state if name not in expected]),
        ("wrong shape", wrong),
        ("not finite", broken),
    )
    found = "; ".join(f"{fault}: {_some(names)}" for fault, names in faults if names)
    if found:
        raise ModelFileError(f"{path}: {found}")


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED_AT_MOST
    return ", ".join(names[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")
