"""What the comparisons of token engines share: an original's modules, the laps, and the table."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType

from torch import nn

from benchmarks.measure import lap


def bare_packages(checkout: Path, *names: str) -> None:
    """Let a checkout's modules of these packages be imported, without all that the packages import."""
    for name in names:
        package = ModuleType(name)
        package.__path__ = [str(checkout.joinpath(*name.split(".")))]
        sys.modules[name] = package


def with_weights(network: nn.Module, weights: nn.Module, checkout: Path, absent: Sequence[str]) -> nn.Module:
    """The original's network with Gala's weights; names with a part in `absent` it may have for itself."""
    faults = network.load_state_dict(weights.state_dict(), strict=False)
    unknown = [name for name in faults.missing_keys if not any(part in name for part in absent)]
    if faults.unexpected_keys or unknown:
        raise SystemExit(f"{checkout}: this code has other weights than the benchmark knows ({faults})")
    return network.requires_grad_(False).eval()


def race(steps: Mapping[str, Callable[[], object]], device: str, repeats: int) -> dict[str, float]:
    """Median seconds of each, in turn after an untimed round: of the processor, on a GPU of the clock."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(repeats + 1):
        for name, step in steps.items():
            taken = lap(step, device)
            times[name].append(taken.cpu if device == "cpu" else taken.wall)
    return {name: statistics.median(taken[1:]) for name, taken in times.items()}


def print_table(place: str, rivals: Sequence[str], rows: Iterable[tuple[int, Mapping[str, float]]]) -> None:
    """Seconds by place, and how many times faster Gala is than each of the others."""
    print(f"| {place} | Gala, s |" + "".join(f" {name}, s | times faster |" for name in rivals))
    print("|---|---|" + "---|---|" * len(rivals))
    for number, taken in rows:
        rest = "".join(f" {taken[name]:.3f} | {taken[name] / taken['Gala']:.1f} |" for name in rivals)
        print(f"| {number} | {taken['Gala']:.3f} |{rest}", flush=True)
