"""A sliding window's cells: Gala's wavefront beside the original's own loop over the same cells.

    python -m benchmarks.second_stage

The width of the published S-FLCKR transformer with fewer layers, random weights, the same on both sides, in
the middle of a picture of 40 x 64 codes (640 x 1024 px). The original is taming-transformers' network from
the extra `reference`, called as its script does: one whole window a cell. Both must draw the same codes
before their times count. Seconds of the processor; on a GPU, of the clock.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.machine import describe
from benchmarks.measure import lap
from generation.gpt import GPT, GPTConfig
from generation.sampling import Sampling, sample
from generation.sliding import Field
from generation.telling import WindowTeller

CONFIG = {"width": 1024, "heads": 16, "vocab": 1024, "block": 512}
FIELD = Field(40, 64, 16)
SAMPLING = Sampling(1.0, 100, 1.0)


def prepare(layers: int) -> GPT:
    """Random weights, large enough for the logits to differ."""
    torch.manual_seed(0)
    model = GPT(GPTConfig(layers, **CONFIG)).requires_grad_(False).eval()
    nn.init.normal_(model.pos_emb, std=0.1)
    nn.init.normal_(model.head.weight, std=0.05)
    return model


def load_original(model: GPT) -> Any:
    """The original network with Gala's weights; what it imports and does not call here is left out."""
    absent = ModuleType("transformers")
    absent.top_k_top_p_filtering = None  # type: ignore[attr-defined]
    sys.modules.setdefault("transformers", absent)
    config = model.config
    network = import_module("taming.modules.transformer.mingpt").GPT(
        config.vocab, config.block, config.layers, config.heads, config.width
    )
    network.load_state_dict(model.state_dict(), strict=False)
    return network.requires_grad_(False).eval()


def middle(fronts: int) -> list[int]:
    """The cells of so many fronts in the middle of the picture, front by front."""
    order = FIELD.wavefront()
    first = FIELD.front(order[len(order) // 2])
    return [cell for cell in order if first <= FIELD.front(cell) < first + fronts]


@torch.no_grad()
def serial(network: Any, conditions: Tensor, codes: Tensor, u: Tensor, cells: list[int]) -> Tensor:
    """A whole window for each cell, one after the other."""
    drawn = []
    for cell in cells:
        window = FIELD.window(cell).to(codes.device)
        logits, _ = network(torch.cat([conditions[:, window], codes[:, window]], 1)[:, :-1])
        drawn.append(sample(logits[:, -256:][:, FIELD.place(cell)], u[:, cell], SAMPLING)[0])
    return torch.cat(drawn)


@torch.no_grad()
def wavefront(model: GPT, conditions: Tensor, codes: Tensor, u: Tensor, cells: list[int]) -> Tensor:
    """A front at once, each window as far as it is needed."""
    teller = WindowTeller(model, FIELD, conditions, spread=True)
    fronts = FIELD.batches(cells, 64)
    return torch.cat([sample(teller.tell(codes, f)[0], u[:, f], SAMPLING)[0][0] for f in fronts])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--layers", type=int, default=4, help="of 24")
    parser.add_argument("--fronts", type=int, default=16, help="to be told")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = prepare(arguments.layers)
    network = load_original(model).to(arguments.device)
    model.to(arguments.device)
    conditions, codes = (torch.randint(1024, (1, FIELD.cells), device=arguments.device) for _ in range(2))
    u = torch.rand(1, FIELD.cells, device=arguments.device)
    cells, found = middle(arguments.fronts), {}

    def note(name: str, way: Any, net: Any, told: list[int]) -> None:
        found[name] = way(net, conditions, codes, u, told)

    taken = {}
    for name, way, net in (("Gala", wavefront, model), ("original", serial, network)):
        note(name, way, net, cells[:4])  # to warm up
        measured = lap(lambda name=name, way=way, net=net: note(name, way, net, cells), arguments.device)
        taken[name] = measured.cpu if arguments.device == "cpu" else measured.wall
    if not torch.equal(found["Gala"], found["original"]):
        raise SystemExit("they draw other codes: nothing to compare")
    print("| cells | fronts | Gala, s | original, s | times faster |")
    print("|---|---|---|---|---|")
    ratio = taken["original"] / taken["Gala"]
    print(
        f"| {len(cells)} | {arguments.fronts} | {taken['Gala']:.1f} | {taken['original']:.1f} | {ratio:.2f} |"
    )
    print("\n".join(f"- {line}" for line in describe(arguments.device, arguments.threads)))


if __name__ == "__main__":
    main()
