"""Where the time of one of Gala's steps goes, beside what the machine could do.

    python -m benchmarks.step_profile [--size 256] [--cutouts 32] [--dtype bfloat16] [--core 0]

A step is cut into its stages, forward and back; each is timed by itself and set beside its floor (see
`benchmarks.roofline`). Then come the operators that take most. Random weights, the published sizes.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import TypeVar

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from benchmarks.cases import PROMPT, Files
from benchmarks.machine import describe
from benchmarks.measure import lap
from benchmarks.networks import write_networks
from benchmarks.roofline import Cost, Counter, Machine, measure_machine
from generation.cutouts import draw_views, make_cutouts
from generation.engines.painting import Painting, generator_for
from generation.engines.vqgan_clip import VQGANCLIP, create
from generation.losses import prompt_loss
from generation.memory import Plan
from generation.protocol import Generate, Phrase, Settings

T = TypeVar("T")

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(slots=True)
class Stage:
    """Seconds of each pass through a stage, and what it costs at least."""

    name: str
    seconds: list[float] = field(default_factory=list)
    cost: Cost = field(default_factory=Cost)


class Dissection:
    """A run's step, stage by stage: each stage's gradient is taken by itself."""

    def __init__(self, run: Painting, device: str, cpu_time: bool) -> None:
        self._run, self._device, self._cpu_time = run, device, cpu_time
        self._counting: Machine | None = None
        self.stages: dict[str, Stage] = {}

    def count(self, machine: Machine) -> None:
        """One pass in which costs are counted instead of seconds."""
        self._counting = machine
        self.step()
        self._counting = None

    def step(self) -> None:
        """What `Painting.advance` does, but for the move of z."""
        run = self._run
        z = run.z.detach().requires_grad_()
        picture = self._time("decoder, forward", lambda: run.model.paint(z))
        seen = picture.detach().requires_grad_()
        height, width = seen.shape[2:]
        draw = generator_for(run.request.seed, run.step)
        views = self._time("drawing views", lambda: draw_views(run.tuning.cutouts, width, height, draw))
        (sought,) = run.prompt.sought
        cuts = self._time("cutouts, forward", lambda: make_cutouts(seen, views, sought.viewer.side))
        pixels = cuts.detach().requires_grad_()
        vectors = self._time("CLIP, forward", lambda: sought.viewer.judge(pixels))
        direction = vectors.detach().requires_grad_()
        (pull,) = self._time("loss", lambda: torch.autograd.grad(self._loss(direction), direction))
        (pull,) = self._time("CLIP, backward", lambda: torch.autograd.grad(vectors, pixels, pull))
        (pull,) = self._time("cutouts, backward", lambda: torch.autograd.grad(cuts, seen, pull))
        (pull,) = self._time("decoder, backward", lambda: torch.autograd.grad(picture, z, pull))
        self._time("Adam", lambda: run.adam.direction(pull, run.tuning.betas))

    def _loss(self, vectors: Tensor) -> Tensor:
        prompt = self._run.prompt
        return prompt_loss(vectors, prompt.sought[0].vectors, prompt.first, prompt.stops)

    def _time(self, name: str, action: Callable[[], T]) -> T:
        stage = self.stages.setdefault(name, Stage(name))
        results: list[T] = []
        counter = nullcontext() if self._counting is None else Counter(self._counting)
        with counter:
            taken = lap(lambda: results.append(action()), self._device)
        if isinstance(counter, Counter):
            stage.cost = counter.cost
        else:
            stage.seconds.append(taken.cpu if self._cpu_time else taken.wall)
        return results[0]


def main() -> None:
    arguments = _arguments()
    if arguments.core is not None:
        os.sched_setaffinity(0, {arguments.core})
    torch.set_num_threads(arguments.threads)
    cpu_time = arguments.device == "cpu" and arguments.threads == 1
    with tempfile.TemporaryDirectory() as folder:
        engine, run = _begin(write_networks(Path(folder), tiny=arguments.tiny), arguments)
    machine = measure_machine(arguments.device, _DTYPES[arguments.dtype])
    dissection = Dissection(run, arguments.device, cpu_time)
    dissection.step()
    for stage in dissection.stages.values():
        stage.seconds.clear()
    for _ in range(arguments.rounds):
        dissection.step()
    dissection.count(machine)
    whole = [lap(lambda: engine.advance([run]), arguments.device) for _ in range(arguments.rounds + 1)][1:]
    print(f"\n{arguments.size} px, {arguments.cutouts} cutouts, {arguments.dtype}\n")
    _print_stages(
        list(dissection.stages.values()), median(taken.cpu if cpu_time else taken.wall for taken in whole)
    )
    _print_operators(engine, run, arguments.device)
    _print_machine(machine, arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--cutouts", type=int, default=32)
    parser.add_argument("--dtype", choices=list(_DTYPES), default="bfloat16")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--core", type=int, help="run on this core alone")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--tiny", action="store_true", help="toy networks: whether it works, not how fast")
    return parser.parse_args()


def _begin(files: Files, arguments: argparse.Namespace) -> tuple[VQGANCLIP, Painting]:
    settings = Settings(
        str(files.models_dir), arguments.device, arguments.dtype, lanes=1, memory_bytes=1 << 40
    )
    engine = create(settings)
    size = arguments.size
    request = Generate("job", "vqgan-clip", files.model, (Phrase(PROMPT),), size, size, 1_000_000, seed=0)
    run = engine.begin(request, 0)
    run.tuning = replace(run.tuning, cutouts=replace(run.tuning.cutouts, count=arguments.cutouts))
    run.plan = Plan(arguments.cutouts)
    return engine, run


def _print_stages(stages: list[Stage], whole: float) -> None:
    print("| stage | ms | share | kernels | GFLOP | GB, eager | floor, ms | of the floor's speed |")
    print("|---|---|---|---|---|---|---|---|")
    rows = [(stage.name, median(stage.seconds), stage.cost) for stage in stages]
    total = sum(seconds for _, seconds, _ in rows)
    costs = [cost for _, _, cost in rows]
    summed = Cost(
        sum(c.flops for c in costs),
        sum(c.bytes for c in costs),
        sum(c.floor for c in costs),
        sum(c.kernels for c in costs),
    )
    for name, seconds, cost in [*rows, ("all stages", total, summed), ("a step as it is", whole, summed)]:
        reach = f"{cost.floor / seconds:.0%}" if cost.floor else ""
        cells = [name, f"{seconds * 1e3:.1f}", f"{seconds / total:.0%}", str(cost.kernels)]
        cells += [f"{cost.flops / 1e9:.1f}", f"{cost.bytes / 1e9:.2f}", f"{cost.floor * 1e3:.1f}", reach]
        print("| " + " | ".join(cells) + " |")


def _print_operators(engine: VQGANCLIP, run: Painting, device: str) -> None:
    cuda = device != "cpu"
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if cuda else [])]
    with profile(activities=activities, record_shapes=True) as trace:
        engine.advance([run])
    field_name = "self_device_time_total" if cuda else "self_cpu_time_total"
    events = sorted(
        trace.key_averages(group_by_input_shape=True), key=lambda e: -float(getattr(e, field_name))
    )
    total = sum(float(getattr(event, field_name)) for event in events)
    print("\n| operator | shapes | calls | ms | share |\n|---|---|---|---|---|")
    for event in events[:25]:
        spent = float(getattr(event, field_name))
        shapes = " ".join("x".join(map(str, shape)) for shape in event.input_shapes[:2] if shape)
        print(f"| {event.key} | {shapes} | {event.count} | {spent / 1e3:.1f} | {spent / total:.1%} |")


def _print_machine(machine: Machine, arguments: argparse.Namespace) -> None:
    print()
    for line in describe(arguments.device, arguments.threads):
        print(f"- {line}")
    speeds = f"{machine.flops / 1e9:.0f} GFLOP/s, copy {machine.bytes / 1e9:.1f} GB/s"
    print(f"- {arguments.dtype}: convolution {speeds}")


if __name__ == "__main__":
    main()
