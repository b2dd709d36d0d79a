"""What a run takes of the memory, beside what `generation.memory` reckons.

    python -m benchmarks.memory [--sizes 256 512] [--dtypes bfloat16 float32] [--plans 32 8 4r] [--device cpu]

Random weights of the published sizes, 32 cutouts, each plan in a process of its own: the peak of a step
beyond what a small run has left loaded. A plan is how many cutouts the CLIP sees at a time, and `r` where the
decoder computes twice.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from benchmarks.cases import PROMPT, Files
from benchmarks.machine import describe
from benchmarks.measure import MIB, PeakMeter, lap
from benchmarks.networks import write_networks
from generation.engines.vqgan_clip import create
from generation.memory import Plan
from generation.protocol import Generate, Phrase, Settings

PLANS = ("32", "8", "4r")


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one plan at one size; bytes, and seconds of the step."""

    reckoned: int
    peak: int
    seconds: float


def main() -> None:
    arguments = _arguments()
    print("| picture | dtype | cutouts at once | decoder | reckoned, MiB | measured, MiB | ratio | step, s |")
    print("|---|---|---|---|---|---|---|---|")
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        files = write_networks(Path(folder))
        for size in arguments.sizes:
            for dtype in arguments.dtypes:
                for plan in map(_plan, arguments.plans):
                    task = (files, size, dtype, plan, arguments.device, arguments.threads)
                    with context.Pool(1) as pool:
                        print(_row(size, dtype, plan, pool.apply(_measure, task)), flush=True)
    print()
    for line in describe(arguments.device, arguments.threads):
        print(f"- {line}")


def _row(size: int, dtype: str, plan: Plan, measured: Measured) -> str:
    cells = [size, dtype, plan.at_once, "twice" if plan.recompute else "once"]
    cells += [measured.reckoned // MIB, measured.peak // MIB, f"{measured.reckoned / measured.peak:.2f}"]
    return "| " + " | ".join(map(str, [*cells, f"{measured.seconds:.1f}"])) + " |"


def _measure(files: Files, size: int, dtype: str, plan: Plan, device: str, threads: int) -> Measured:
    torch.set_num_threads(threads)
    engine = create(Settings(str(files.models_dir), device, dtype, lanes=1, memory_bytes=1 << 40))
    request = Generate("job", "vqgan-clip", files.model, (Phrase(PROMPT),), size, size, 1_000_000, seed=0)
    first = engine.begin(replace(request, width=64, height=64), 0)  # loads the networks and their kernels
    first.plan = Plan(1)
    engine.advance([first])
    del first
    meter = PeakMeter(device)
    run = engine.begin(request, 0)
    run.plan = plan
    step = lap(lambda: engine.advance([run]), device)
    reckoned = engine._footprint(files.model).run_bytes(size, size, plan)
    return Measured(reckoned, meter.read().beyond, step.cpu if device == "cpu" else step.wall)


def _plan(text: str) -> Plan:
    return Plan(int(text.removesuffix("r")), text.endswith("r"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512])
    parser.add_argument(
        "--dtypes", nargs="+", choices=["float32", "bfloat16"], default=["bfloat16", "float32"]
    )
    parser.add_argument("--plans", nargs="+", default=PLANS)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
