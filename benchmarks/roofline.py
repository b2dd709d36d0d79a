"""What operators cost at least: counts of FLOPs and bytes, and the machine's speed at both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from benchmarks.measure import lap


@dataclass(frozen=True, slots=True)
class Machine:
    """Measured peaks for one precision: FLOPs and bytes a second."""

    flops: float
    bytes: float


@dataclass(slots=True)
class Cost:
    """Of all operators that ran. `floor` is the sum of each heavy operator's least time, in seconds."""

    flops: float = 0.0
    bytes: float = 0.0
    floor: float = 0.0
    kernels: int = 0


class Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts what runs under it.

    The floor is that of the operators that compute (products, convolutions, attention): the larger of their
    FLOPs at the machine's peak and their operands' bytes at its bandwidth. Pointwise ones could ride along.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._machine = machine
        self.cost = Cost()

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        out = func(*args, **(kwargs or {}))
        if not func.is_view:
            self._count(func, args, kwargs or {}, out)
        return out

    def _count(self, func: Any, args: Sequence[object], kwargs: Mapping[str, object], out: object) -> None:
        moved = float(sum(_bytes(leaf) for leaf in tree_leaves([args, kwargs, out])))
        self.cost.kernels += 1
        self.cost.bytes += moved
        formula = flop_registry.get(func._overloadpacket)
        if formula is not None:
            flops = float(formula(*args, **kwargs, out_val=out))
            self.cost.flops += flops
            self.cost.floor += max(flops / self._machine.flops, moved / self._machine.bytes)


def _bytes(leaf: object) -> int:
    return leaf.numel() * leaf.element_size() if isinstance(leaf, Tensor) else 0


def measure_machine(device: str, dtype: torch.dtype) -> Machine:
    """The best of several large convolutions (on a CPU they outrun products) and copies."""
    side, channels = (64, 256) if device == "cpu" else (256, 512)
    layout = torch.channels_last
    x = torch.randn(1, channels, side, side, device=device).to(dtype, memory_format=layout)
    weight = torch.randn(channels, channels, 3, 3, device=device).to(dtype, memory_format=layout)
    source = torch.zeros(64 << 20, device=device)
    target = torch.empty_like(source)
    return Machine(
        flops=18 * (side * channels) ** 2 / _best(lambda: F.conv2d(x, weight, padding=1), device),
        bytes=2 * source.nbytes / _best(lambda: target.copy_(source), device),
    )


def _best(action: Callable[[], object], device: str) -> float:
    laps = [lap(action, device) for _ in range(8)]
    alone = device == "cpu" and torch.get_num_threads() == 1
    return min(taken.cpu if alone else taken.wall for taken in laps)
