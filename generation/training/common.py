"""What every training shares: the schedule, averaged weights, checkpoints, progress."""

from __future__ import annotations

import csv
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from generation.device import fastest_dtype

_Module = TypeVar("_Module", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class Setup:
    """Where and how to train. `folder` takes the checkpoint and the log; the seed decides the data."""

    folder: Path
    device: str = "cpu"
    seed: int = 0
    workers: int = 0
    save_every: int = 250
    log_every: int = 25
    stop_at: int | None = None


class Batches(Protocol):
    """Item `step` is the whole batch of that step, and the same one whoever asks for it."""

    def __getitem__(self, step: int) -> dict[str, Any]:
        """The batch of a step."""


class _Numbered(Dataset[dict[str, Any]]):
    def __init__(self, batches: Batches) -> None:
        self.batches = batches

    def __getitem__(self, step: int) -> dict[str, Any]:
        return self.batches[step]


def feed(batches: Batches, start: int, stop: int, workers: int) -> Iterator[dict[str, Any]]:
    """The batches of the steps from `start` to `stop`, made by `workers` processes (0: by this one)."""
    steps = range(start, stop)
    loader = DataLoader(_Numbered(batches), batch_size=None, sampler=list(steps), num_workers=workers)
    yield from loader


def cosine(step: int, steps: int, warmup: int = 100, floor: float = 0.05) -> float:
    """The learning rate's factor: a linear start, then half a cosine down to `floor`."""
    if step < warmup:
        return (step + 1) / warmup
    share = min(1.0, (step - warmup) / max(1, steps - warmup))
    return floor + (1.0 - floor) * 0.5 * (1.0 + math.cos(math.pi * share))


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of all groups."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def half_precision(device: str) -> AbstractContextManager[None]:
    """Autocast to bfloat16 where the device computes in it."""
    able = fastest_dtype(device) == "bfloat16"
    context: AbstractContextManager[None] = torch.autocast(device, torch.bfloat16, enabled=able)
    return context


class Average:
    """An exponential moving average of a network's weights (Polyak); younger at the start."""

    def __init__(self, model: nn.Module, decay: float = 0.999) -> None:
        self.decay = decay
        self.steps = 0
        self.state = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take in the weights as they now are."""
        self.steps += 1
        decay = min(self.decay, self.steps / (self.steps + 20))
        for name, tensor in model.state_dict().items():
            if tensor.is_floating_point():
                self.state[name].lerp_(tensor, 1.0 - decay)
            else:
                self.state[name].copy_(tensor)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"weights": self.state, "steps": self.steps}

    def load_state_dict(self, values: dict[str, Any]) -> None:
        """Go on from there."""
        self.state, self.steps = values["weights"], values["steps"]


def placed(model: _Module, device: str) -> _Module:
    """The network on its device, in the memory layout that convolutions like best."""
    model.to(device)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model


def descend(loss: Tensor, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """One step of the optimiser; the gradient of `model` is cut to a norm of 1."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


def save_checkpoint(path: Path, values: Mapping[str, Any]) -> None:
    """Write atomically: a crash leaves the last checkpoint whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(dict(values), part)
    part.replace(path)


def load_checkpoint(path: Path, device: str) -> dict[str, Any] | None:
    """The checkpoint's values, or None where there is none."""
    if not path.exists():
        return None
    values: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    return values


class Progress:
    """Prints and writes to a CSV file the mean of what it is told, every so many steps."""

    def __init__(self, path: Path, every: int, steps: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._every, self._steps = path, every, steps
        self._values: list[dict[str, Tensor | float]] = []
        self._since = time.perf_counter()

    def tell(self, step: int, values: Mapping[str, Tensor | float]) -> None:
        """Take in one step's values."""
        self._values.append(dict(values))
        if (step + 1) % self._every == 0:
            self._write(step + 1)

    def _write(self, step: int) -> None:
        seconds = (time.perf_counter() - self._since) / len(self._values)
        names = list(dict.fromkeys(name for values in self._values for name in values))
        means = {n: [float(values[n]) for values in self._values if n in values] for n in names}
        row = {n: sum(of) / len(of) for n, of in means.items()}
        left = (self._steps - step) * seconds / 60
        text = " ".join(f"{name} {value:.4f}" for name, value in row.items())
        print(f"{step}/{self._steps} {text} | {seconds:.3f} s a step, {left:.0f} min left", flush=True)
        with self._path.open("a", newline="") as file:
            csv.writer(file).writerow([step, f"{seconds:.4f}", *(f"{n}={v:.5f}" for n, v in row.items())])
        self._values.clear()
        self._since = time.perf_counter()


class Training(ABC):
    """The state of a training, with a checkpoint and a log called `NAME` in the setup's folder."""

    NAME: ClassVar[str]
    PARTS: ClassVar[tuple[str, ...]]  #: attributes with a `state_dict` that a checkpoint keeps

    def __init__(self, setup: Setup) -> None:
        self.setup, self.step = setup, 0

    @abstractmethod
    def advance(self, batch: dict[str, Any]) -> dict[str, Tensor | float]:
        """One step; returns what to log."""

    def extra(self) -> dict[str, Any]:
        """What a checkpoint keeps beside the parts."""
        return {}

    def restore(self, values: Mapping[str, Any]) -> None:  # noqa: B027 most keep nothing more
        """Take `extra` back."""

    def save(self) -> None:
        """Write the checkpoint."""
        parts = {name: getattr(self, name).state_dict() for name in self.PARTS}
        save_checkpoint(self._checkpoint, {**parts, **self.extra(), "step": self.step})

    def resume(self) -> None:
        """Go on from the folder's checkpoint, if there is one."""
        values = load_checkpoint(self._checkpoint, self.setup.device)
        if values is None:
            return
        for name in self.PARTS:
            getattr(self, name).load_state_dict(values[name])
        self.step = values["step"]
        self.restore(values)

    def run(self, batches: Batches, steps: int) -> None:
        """Train to the end, or to `setup.stop_at`; resumes, saves on the way and at the end."""
        self.resume()
        progress = Progress(self.setup.folder / f"{self.NAME}.csv", self.setup.log_every, steps)
        stop = min(steps, self.setup.stop_at or steps)
        for batch in feed(batches, self.step, stop, self.setup.workers):
            progress.tell(self.step, self.advance(batch))
            if self.step % self.setup.save_every == 0:
                self.save()
        self.save()

    @property
    def _checkpoint(self) -> Path:
        return self.setup.folder / f"{self.NAME}.pt"
