"""Weights out of a TorchScript archive without running it, for OpenAI's published CLIPs.

Such an archive is a zip: `data.pkl` holds the module tree with its tensors as references, `data/<n>` their
bytes, `code/` the program. `torch.jit.load` would build and could run that program; here the tree is read by
an unpickler that knows only tensors and inert nodes, and the program is never opened.
"""

from __future__ import annotations

import math
import pickle
import struct
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from generation.tensors import ModelFileError

MAX_PICKLE_BYTES = 64 << 20  #: OpenAI's largest is under 1 MB
MAX_NODES = 20_000  #: OpenAI's largest has under 1,000 modules

_DAMAGE = (zipfile.BadZipFile, OSError, EOFError, ValueError, LookupError, RuntimeError, struct.error)
_STORAGE_DTYPES: Mapping[str, torch.dtype] = {
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "DoubleStorage": torch.float64,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}


@dataclass(frozen=True, slots=True)
class StorageName:
    """Where a tensor's bytes lie in the archive."""

    key: str
    dtype: torch.dtype
    elements: int


@dataclass(frozen=True, slots=True)
class TensorName:
    """A tensor that has not been read yet."""

    storage: StorageName
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


class Node:
    """Any class of the archive: keeps the state that the pickle gives it and does nothing else."""

    def __init__(self, *_: object) -> None:
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Only what a tree of modules needs; whatever else a pickle asks for is refused."""
        if module == "__torch__" or module.startswith("__torch__."):
            return Node
        if module == "torch" and name in _STORAGE_DTYPES:
            return _STORAGE_DTYPES[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor_name
        if (module, name) == ("collections", "OrderedDict"):
            return Node
        if module == "torch.jit._pickle":
            return Node
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is not part of a model")

    def persistent_load(self, name: Any) -> StorageName:
        """`("storage", dtype, key, device, elements)`."""
        kind, dtype, key, _, elements = name
        if kind != "storage" or not isinstance(dtype, torch.dtype) or not isinstance(elements, int):
            raise pickle.UnpicklingError("it refers to something that is not a tensor's storage")
        return StorageName(str(key), dtype, elements)


def _tensor_name(storage: Any, offset: Any, shape: Any, stride: Any, *_: object) -> TensorName:
    numbers = (offset, *shape, *stride)
    if not isinstance(storage, StorageName) or not all(isinstance(n, int) and n >= 0 for n in numbers):
        raise pickle.UnpicklingError("it describes a tensor that cannot be")
    return TensorName(storage, offset, tuple(shape), tuple(stride))


def is_torchscript(path: Path) -> bool:
    """Whether this is a zip with a program inside."""
    if not zipfile.is_zipfile(path):
        return False
    with open_archive(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


@contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip; whatever its reader raises over a damaged one becomes `ModelFileError`."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except _DAMAGE as error:
        raise ModelFileError(f"{path}: the archive is damaged or cut short ({error})") from error


def check_zip(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse an archive that unpacks to more than it is: torch packs only programs, which stay unread."""
    entries = [e for e in archive.infolist() if not {"code", "extra"} & set(e.filename.split("/")[:-1])]
    packed = [e.filename for e in entries if e.compress_type != zipfile.ZIP_STORED]
    if packed or sum(e.file_size for e in entries) > path.stat().st_size:
        raise ModelFileError(f"{path}: its tensors are packed, which torch never does; refused unread")


def read_torchscript(path: Path) -> dict[str, Tensor]:
    """The archive's state dict, on the CPU. Raises `ModelFileError`."""
    with open_archive(path) as archive:
        check_zip(archive, path)
        return _read(archive, path)


def _read(archive: zipfile.ZipFile, path: Path) -> dict[str, Tensor]:
    names = [name for name in archive.namelist() if name.count("/") == 1 and name.endswith("/data.pkl")]
    if len(names) != 1 or archive.getinfo(names[0]).file_size > MAX_PICKLE_BYTES:
        raise ModelFileError(f"{path}: not an archive of one model")
    root = names[0].partition("/")[0]
    _check_byte_order(archive, root, path)
    try:
        with archive.open(names[0]) as file:
            tree = _Unpickler(file).load()
    except pickle.UnpicklingError as error:
        raise ModelFileError(f"{path}: refused, nothing of it was run: {error}") from error
    except (*_DAMAGE, TypeError, AttributeError, ArithmeticError, MemoryError) as error:
        raise ModelFileError(f"{path}: its list of tensors is damaged ({error})") from error
    storages: dict[StorageName, Tensor] = {}
    state = {}
    if not isinstance(tree, Node):
        raise ModelFileError(f"{path}: not an archive of one model")
    for name, tensor in _tensors(tree, path):
        if tensor.storage not in storages:
            storages[tensor.storage] = _storage(archive, root, tensor.storage, path)
        state[name] = _view(storages[tensor.storage], tensor, path)
    return state


def _check_byte_order(archive: zipfile.ZipFile, root: str, path: Path) -> None:
    name = f"{root}/byteorder"
    order = archive.read(name).decode() if name in archive.namelist() else "little"
    if order != sys.byteorder:
        raise ModelFileError(f"{path}: written on a machine of another byte order")


def _tensors(tree: Any, path: Path) -> Iterator[tuple[str, TensorName]]:
    pending, met = [("", tree)], 0
    while pending:
        prefix, node = pending.pop()
        met += 1
        if met > MAX_NODES:
            raise ModelFileError(f"{path}: its modules go round in a circle, or are more than {MAX_NODES}")
        for name, value in node.state.items() if isinstance(node.state, dict) else ():
            if isinstance(value, TensorName):
                yield f"{prefix}{name}", value
            elif isinstance(value, Node):
                pending.append((f"{prefix}{name}.", value))


def _storage(archive: zipfile.ZipFile, root: str, name: StorageName, path: Path) -> Tensor:
    entry = f"{root}/data/{name.key}"
    if entry not in archive.namelist():
        raise ModelFileError(f"{path}: {entry} is missing in the archive")
    if archive.getinfo(entry).file_size != name.elements * name.dtype.itemsize:
        raise ModelFileError(f"{path}: {entry} has not the size that its tensor needs")
    if not name.elements:
        return torch.empty(0, dtype=name.dtype)
    return torch.frombuffer(bytearray(archive.read(entry)), dtype=name.dtype)


def _view(storage: Tensor, name: TensorName, path: Path) -> Tensor:
    last = name.offset + sum((n - 1) * s for n, s in zip(name.shape, name.stride, strict=True))
    empty = math.prod(name.shape) == 0
    if not empty and (last >= storage.numel() or math.prod(name.shape) > storage.numel()):
        raise ModelFileError(f"{path}: a tensor of shape {list(name.shape)} reaches beyond its bytes")
    return torch.as_strided(storage, name.shape, name.stride, name.offset)
