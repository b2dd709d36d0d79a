"""One code of DALL-E mini: Gala beside min-dalle's decoder with its cache, and beside itself without one.

    python -m benchmarks.mini_tokens --peer path/to/min-dalle

Mini's widths with fewer layers, random weights, the same on all sides; all must hold the same mixed logits
before their times count. Seconds of the processor; on a GPU, of the clock.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.machine import describe
from benchmarks.token_race import bare_packages, print_table, race, with_weights
from generation.dalle_mini import PAD, DalleMini, DalleMiniConfig
from generation.engines.mini_model import MINI
from generation.mini_decoding import MiniDecoder
from generation.sampling import branch_shares, mix, sample

CELLS = (1, 64, 128, 255)  #: codes that are there already
WORDS = 12  #: tokens of the prompt
TOLERANCE = 0.05  #: of mixed logits whose deviation is about ten times that of a branch's, float32


@dataclass(frozen=True, slots=True)
class Bench:
    """The network, the empty text and a prompt, and the codes that go before."""

    model: DalleMini
    texts: Tensor  #: [2, 64]
    codes: Tensor  #: [candidates, 256]
    uniforms: Tensor  #: [candidates, 256]
    device: str

    @property
    def shares(self) -> Tensor:
        """Of the empty text and of the prompt."""
        return torch.tensor(branch_shares([1.0], MINI.sampling.guidance), device=self.device)


def prepare(layers: int, candidates: int, device: str) -> Bench:
    """Random weights, large enough for the logits to differ."""
    torch.manual_seed(0)
    model = DalleMini(DalleMiniConfig(layers, 1024, 16, 2730, 50264, 64, 16385, 16384, 16, 16384))
    for part in model.modules():
        if isinstance(part, nn.Linear):
            nn.init.normal_(part.weight, std=0.05)
    texts = torch.full((2, 64), PAD)
    texts[0, :2] = torch.tensor([0, 2])
    texts[1, :WORDS] = torch.randint(4, 50264, (WORDS,))
    codes, chance = torch.randint(0, 16384, (candidates, 256)), torch.rand(candidates, 256)
    model = model.requires_grad_(False).eval().to(device)
    return Bench(model, texts.to(device), codes.to(device), chance.to(device), device)


class Ours:
    """Gala's decoder with so many codes in its cache."""

    def __init__(self, bench: Bench, count: int) -> None:
        self.count, self.logits = count, torch.empty(0)
        candidates = len(bench.codes)
        self.decoder = MiniDecoder(bench.model, MINI.sampling, 1, 2, candidates, torch.float32)
        self.decoder.enter(0, bench.texts, bench.shares, bench.uniforms, bench.codes)
        self.decoder.advance({0: count})
        self.decoder.forced.fill_(-1)

    def step(self) -> None:
        """The next code of each candidate."""
        self.decoder.filled[0] = self.count
        self.decoder.advance({0: 1})

    def told(self) -> Tensor:
        """The mixed logits, [candidates, 16384]."""
        self.decoder.filled[0] = self.count
        cells = torch.tensor([self.count], device=self.decoder.device)
        logits = self.decoder._logits(self.decoder._inputs(cells), cells)
        return mix(logits.view(1, 2, self.decoder.candidates, -1), self.decoder.shares)[0]


class Uncached:
    """Gala's decoder over all codes so far, as if there were no cache; the text is encoded once."""

    def __init__(self, bench: Bench, count: int) -> None:
        self.bench, self.count = bench, count
        candidates = len(bench.codes)
        self.texts = bench.texts.repeat_interleave(candidates, 0)
        self.codes = bench.codes[:, :count].repeat(2, 1)
        self.states = bench.model.encoder(bench.texts).repeat_interleave(candidates, 0)
        self.mixed = torch.empty(0)

    def logits(self) -> Tensor:
        """[2 · candidates, 16384], first without a text."""
        model = self.bench.model
        return model.decoder.logits(model.see(self.states, self.texts, self.codes)[:, -1])

    def step(self) -> None:
        """The next code of each candidate."""
        logits = self.logits().view(2, len(self.bench.codes), -1)
        self.mixed = mix(logits, self.bench.shares)
        sample(self.mixed, self.bench.uniforms[:, self.count], MINI.sampling)

    def told(self) -> Tensor:
        """The mixed logits, [candidates, 16384]."""
        return self.mixed


class Peer(Uncached):
    """min-dalle's decoder with its cache of the places before."""

    def __init__(self, bench: Bench, count: int, network: Any) -> None:
        super().__init__(bench, count)
        self._network = network
        config = bench.model.config
        rows = 4 * len(bench.codes)  # keys and values of both texts
        self._state = torch.zeros(config.layers, rows, config.cells, config.hidden, device=bench.device)
        tokens = torch.cat([torch.full_like(bench.codes[:, :1], config.start), bench.codes[:, :count]], 1)
        self._tokens, self._places = tokens, torch.arange(config.cells, device=bench.device)
        for place in range(count):
            self._call(place)

    def _call(self, place: int) -> Tensor:
        """The call that it makes for each code, but for its emptying of the GPU's cache."""
        logits, self._state = self._network(
            attention_mask=(self.texts != PAD)[:, None, None],
            encoder_state=self.states,
            attention_state=self._state,
            prev_tokens=self._tokens[:, [place]],
            token_index=self._places[[place]],
        )
        told: Tensor = logits[:, -1, : self.bench.model.config.image_vocab]
        return told

    def logits(self) -> Tensor:
        """[2 · candidates, 16384], first without a text; the drawing is left to Gala's sampler."""
        return self._call(self.count)


def load_peer(checkout: Path, bench: Bench) -> Any:
    """Its decoder with Gala's weights; only the two modules that it is written in are imported."""
    bare_packages(checkout, "min_dalle", "min_dalle.models")
    config = bench.model.config
    network = import_module("min_dalle.models.dalle_bart_decoder").DalleBartDecoder(
        image_vocab_count=config.image_vocab,
        embed_count=config.hidden,
        attention_head_count=config.heads,
        glu_embed_count=config.gated,
        layer_count=config.layers,
        device=bench.device,
    )
    return with_weights(network, bench.model.decoder, checkout, ("norm", "ln")).to(bench.device)


@torch.no_grad()
def compare(bench: Bench, network: Any, count: int, repeats: int) -> dict[str, float]:
    """Seconds of a code by contestant, in turn; the median. Raises SystemExit where they disagree."""
    contestants: dict[str, Ours | Uncached] = {"Gala": Ours(bench, count), "no cache": Uncached(bench, count)}
    if network is not None:
        contestants["min-dalle"] = Peer(bench, count, network)
    taken = race({name: one.step for name, one in contestants.items()}, bench.device, repeats)
    told = contestants["Gala"].told()
    for name, one in contestants.items():
        worst = float((one.told() - told).abs().max())
        if worst > TOLERANCE:
            raise SystemExit(
                f"{name} differs from Gala by {worst} (deviation {told.std()}): not to be compared"
            )
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peer", type=Path, metavar="DIR", help="a checkout of min-dalle")
    parser.add_argument("--layers", type=int, default=4, help="of mini's 12")
    parser.add_argument("--candidates", type=int, default=MINI.candidates)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    bench = prepare(arguments.layers, arguments.candidates, arguments.device)
    network = None if arguments.peer is None else load_peer(arguments.peer, bench)
    names = ("no cache",) if network is None else ("min-dalle", "no cache")
    rows = ((count + 1, compare(bench, network, count, arguments.repeats)) for count in CELLS)
    print_table("code", names, rows)
    print("\n".join(f"- {line}" for line in describe(arguments.device, arguments.threads)))


if __name__ == "__main__":
    main()
