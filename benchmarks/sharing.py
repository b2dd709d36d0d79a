"""Runs that share a batch: one code of each of several runs together, beside the same runs one by one.

    python -m benchmarks.sharing

The widths of Malevich, DALL-E mini and the second stage of ImageNet's classes with fewer layers, random
weights, four candidates a run, in the middle of a picture; and the front of a sliding window, which is never
shared, to show why. Seconds of the processor; on a GPU, of the clock.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial

import torch

from benchmarks.machine import describe
from benchmarks.token_race import race
from generation.dalle import Dalle, DalleConfig
from generation.dalle_mini import DalleMini, DalleMiniConfig
from generation.decoding import Batch, Decoder
from generation.engines.mini_model import MINI
from generation.gpt import GPT, GPTConfig
from generation.mini_decoding import MiniDecoder
from generation.sampling import Sampling
from generation.sliding import Field
from generation.stage_decoding import StageDecoder
from generation.telling import WindowTeller

CANDIDATES = 4
Step = Callable[[], object]


def dalle(layers: int, device: str, runs: int) -> Step:
    """Malevich's width."""
    model = Dalle(DalleConfig(layers, 2048, 16, 16384, 128, 8192, 32)).to(device)
    return stepping(Decoder(model, Sampling(), runs, 1, CANDIDATES, torch.float32))


def dalle_mini(layers: int, device: str, runs: int) -> Step:
    """With the text and without it."""
    model = DalleMini(DalleMiniConfig(layers, 1024, 16, 2730, 50264, 64, 16385, 16384, 16, 16384)).to(device)
    return stepping(MiniDecoder(model, MINI.sampling, runs, 2, CANDIDATES, torch.float32))


def second_stage(layers: int, device: str, runs: int) -> Step:
    """A class of ImageNet."""
    model = GPT(GPTConfig(layers, 1536, 24, 16384, 257)).to(device)
    sampling = Sampling(1.0, 600, 0.92)
    return stepping(StageDecoder(model, sampling, (runs, 1, CANDIDATES), (1, 256), torch.float32))


def sliding_window(layers: int, device: str, runs: int) -> Step:
    """A front of S-FLCKR's in the middle of a picture of 40 x 64 codes."""
    model = GPT(GPTConfig(layers, 1024, 16, 1024, 512)).to(device)
    field = Field(40, 64, 16)
    conditions = torch.randint(1024, (1, field.cells), device=device)
    codes = torch.zeros(runs * CANDIDATES, field.cells, dtype=torch.int64, device=device)
    order = field.wavefront()
    front = [cell for cell in order if field.front(cell) == field.front(order[len(order) // 2])]
    return partial(WindowTeller(model, field, conditions, spread=True).tell, codes, front)


def stepping(batch: Batch) -> Step:
    """One code of every run, again and again the same, as if half of each picture were there."""
    for part in vars(batch).values():
        if isinstance(part, torch.Tensor) and part.is_floating_point():
            part.uniform_()  # keys and values of no picture

    def step() -> None:
        batch.filled = [batch.cells // 2] * batch.slots
        batch.advance(dict.fromkeys(range(batch.slots), 1))

    return step


@torch.no_grad()
def rows(layers: int, device: str, runs: list[int], repeats: int) -> Iterator[str]:
    """Lines of the table."""
    for make in (dalle, dalle_mini, second_stage, sliding_window):
        taken = race({str(n): make(layers, device, n) for n in (1, *runs)}, device, repeats)
        for n in runs:
            alone, together = taken["1"], taken[str(n)]
            name = make.__name__.replace("_", " ")
            yield f"| {name} | {n} | {n * alone:.4f} | {together:.4f} | {n * alone / together:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--runs", type=int, nargs="+", default=[2, 4])
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print("| what | runs | one by one, s | together, s | times faster |")
    print("|---|---|---|---|---|")
    for row in rows(arguments.layers, arguments.device, arguments.runs, arguments.repeats):
        print(row, flush=True)
    print("\n".join(f"- {line}" for line in describe(arguments.device, arguments.threads)))


if __name__ == "__main__":
    main()
