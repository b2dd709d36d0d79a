"""One token of ruDALL-E: Gala beside the original's own code with its cache, and beside itself without one.

    python -m benchmarks.tokens --original path/to/ru-dalle

Malevich's width with fewer layers, random weights, the same on both sides; both must draw the same code with
the same log-probability before their times count. Seconds of the processor; on a GPU, of the clock.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.machine import describe
from benchmarks.token_race import bare_packages, print_table, race, with_weights
from generation.dalle import Dalle, DalleConfig
from generation.decoding import Decoder
from generation.sampling import Sampling, sample

HIDDEN, HEADS, GRID, TEXT, TEXT_VOCAB, CODES = 2048, 16, 32, 128, 16384, 8192
CELLS = (1, 272, 512, 1023)  #: codes that are there already
SAMPLING = Sampling()
TOLERANCE = 1e-3  #: of a log-probability, float32


@dataclass(frozen=True, slots=True)
class Bench:
    """The network, a caption, and the codes that go before."""

    model: Dalle
    text: Tensor  #: [1, TEXT]
    codes: Tensor  #: [1, GRID²]
    uniforms: Tensor  #: [1, GRID²]
    device: str


def prepare(layers: int, device: str) -> Bench:
    """Random weights, large enough for the logits to differ."""
    torch.manual_seed(0)
    config = DalleConfig(layers, HIDDEN, HEADS, TEXT_VOCAB, TEXT, CODES, GRID)
    model = Dalle(config).requires_grad_(False).eval()
    head = model.to_logits[1]
    assert isinstance(head, nn.Linear)
    nn.init.normal_(head.weight, std=0.05)
    text = torch.randint(4, TEXT_VOCAB, (1, TEXT))
    text[0, 20:] = 0
    codes, chance = torch.randint(0, CODES, (1, GRID**2)), torch.rand(1, GRID**2)
    return Bench(model.to(device), text.to(device), codes.to(device), chance.to(device), device)


class Ours:
    """Gala's decoder with so many codes in its cache."""

    def __init__(self, bench: Bench, count: int) -> None:
        self.bench, self.count = bench, count
        self.decoder = Decoder(bench.model, SAMPLING, 1, 1, 1, torch.float32)
        self.decoder.enter(0, bench.text, torch.ones(1, device=bench.device), bench.uniforms)
        self.decoder.codes[0, :, :count] = bench.codes[:, :count]
        self._fill()

    def _fill(self) -> None:
        """Keys and values of all codes but the last, in one pass."""
        model, bench = self.bench.model, self.bench
        cells = torch.arange(self.count - 1, device=bench.device)
        x = torch.cat(
            [model.embed_text(bench.text), model.embed_codes(bench.codes[:, : self.count - 1], cells)], 1
        )
        masks = model.masks[:, : x.shape[1], : x.shape[1]]
        for i, layer in enumerate(model.transformer.layers):
            x = layer(x, self._attend(i, masks[model.config.kind(i)]))

    def _attend(self, layer: int, mask: Tensor) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
        def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            for part, new in zip(self.decoder.cache[layer], (k, v), strict=True):
                part[:, :, : new.shape[2]] = new
            return F.scaled_dot_product_attention(q, k, v, mask)

        return attend

    def step(self) -> None:
        """The next code."""
        self.decoder.filled[0] = self.count
        self.decoder.advance({0: 1})

    def drawn(self) -> tuple[int, float]:
        """It, and its log-probability."""
        return int(self.decoder.codes[0, 0, self.count]), float(self.decoder.logprob[0, 0, self.count])


class Uncached:
    """Gala's network over the whole sequence, as if there were no cache."""

    def __init__(self, bench: Bench, count: int) -> None:
        self.bench, self.count = bench, count
        self.logits = torch.empty(0)

    def step(self) -> None:
        """The next code's logits, and the code."""
        x = self.bench.model(self.bench.text, self.bench.codes[:, : self.count])
        self.logits = self.bench.model.image_logits(x[:, -1])
        sample(self.logits, self.bench.uniforms[:, self.count], SAMPLING)

    def drawn(self) -> tuple[int, float]:
        """The code, and its log-probability."""
        code, logprob = sample(self.logits, self.bench.uniforms[:, self.count], SAMPLING)
        return int(code), float(logprob)


class Original(Uncached):
    """The original's `DalleModel` with its cache of the places before."""

    def __init__(self, bench: Bench, count: int, network: Any) -> None:
        super().__init__(bench, count)
        self._network = network
        length = TEXT + GRID**2
        self._mask = torch.tril(torch.ones((1, 1, length, length), device=bench.device))
        self._tokens = torch.cat([bench.text, bench.codes[:, :count]], 1)
        _, before = network(self._tokens[:, :-1], self._mask, use_cache=True, cache=None)
        self._before = dict(before)

    def step(self) -> None:
        """The call that its `generate_images` makes for each code; the drawing is left to Gala's sampler."""
        logits, _ = self._network(self._tokens, self._mask, use_cache=True, cache=dict(self._before))
        self.logits = logits[:, -1, TEXT_VOCAB + TEXT :]
        sample(self.logits, self.bench.uniforms[:, self.count], SAMPLING)


def load_original(checkout: Path, bench: Bench) -> Any:
    """Its network with Gala's weights; only the two modules that it is written in are imported."""
    bare_packages(checkout, "rudalle", "rudalle.dalle")
    with suppress(ImportError):
        import_module("einops")
    if "einops" not in sys.modules:
        sys.modules["einops"] = ModuleType("einops")
        sys.modules["einops"].rearrange = None  # type: ignore[attr-defined]  # only its loss needs it
    network = import_module("rudalle.dalle.model").DalleModel(
        device=bench.device,
        num_layers=bench.model.config.layers,
        vocab_size=TEXT_VOCAB + TEXT,
        hidden_size=HIDDEN,
        num_attention_heads=HEADS,
        embedding_dropout_prob=0.1,
        output_dropout_prob=0.1,
        attention_dropout_prob=0.1,
        image_tokens_per_dim=GRID,
        text_seq_length=TEXT,
        cogview_sandwich_layernorm=True,
        cogview_pb_relax=True,
        is_bool_mask=False,
        image_vocab_size=CODES,
        hf_version="v3",
    )
    return with_weights(network, bench.model, checkout, ("_mask",)).to(bench.device)


@torch.no_grad()
def compare(bench: Bench, network: Any, count: int, repeats: int) -> dict[str, float]:
    """Seconds of a token by contestant, in turn; the median. Raises SystemExit where they disagree."""
    contestants: dict[str, Ours | Uncached] = {"Gala": Ours(bench, count), "no cache": Uncached(bench, count)}
    if network is not None:
        contestants["original"] = Original(bench, count, network)
    taken = race({name: one.step for name, one in contestants.items()}, bench.device, repeats)
    code, logprob = contestants["Gala"].drawn()
    for name, one in contestants.items():
        other, theirs = one.drawn()
        if other != code or abs(theirs - logprob) > TOLERANCE:
            raise SystemExit(f"{name} draws {other} ({theirs}), Gala {code} ({logprob}): nothing to compare")
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--original", type=Path, metavar="DIR", help="a checkout of ru-dalle")
    parser.add_argument("--layers", type=int, default=4, help="of Malevich's 24")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    bench = prepare(arguments.layers, arguments.device)
    network = None if arguments.original is None else load_original(arguments.original, bench)
    names = ("no cache",) if network is None else ("original", "no cache")
    rows = ((TEXT + count, compare(bench, network, count, arguments.repeats)) for count in CELLS)
    print_table("place", names, rows)
    print("\n".join(f"- {line}" for line in describe(arguments.device, arguments.threads)))


if __name__ == "__main__":
    main()
