"""DALL-E mini's network against its architecture, written out naively; decoding with the cache against it."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from generation.convert import Order, convert
from generation.dalle_mini import PAD, DalleMini
from generation.mini_decoding import MiniDecoder
from generation.mini_files import load_dalle_mini
from generation.sampling import Sampling, branch_shares, uniforms
from tests.generation import toy_mini
from tests.generation.toy_mini import CODES, GRID, HEADS, HIDDEN, LAYERS

CELLS = GRID**2
TEXTS = torch.tensor([[0, 2] + [PAD] * 10, [0, 20, 21, 4, 2] + [PAD] * 7, [0, *range(4, 14), 2]])
SAMPLING = Sampling(temperature=0.8, top_k=9, top_p=1.0, guidance=10.0)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> DalleMini:
    """The toy, through its published files and ours, in double precision."""
    folder = toy_mini.write_models(tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("files"))
    path = folder / "toy" / "transformer.safetensors"
    return load_dalle_mini(path, torch.device("cpu"), torch.float32).double()


# -- the definition ----------------------------------------------------------------------------------------


class Definition:
    """The pair as its paper's code defines it, a sequence at a time, without a cache."""

    def __init__(self, encoder: dict[str, Tensor], decoder: dict[str, Tensor]) -> None:
        self.state = {f"e.{n}": t.double() for n, t in encoder.items()}
        self.state |= {f"d.{n}": t.double() for n, t in decoder.items()}

    def norm(self, name: str, x: Tensor) -> Tensor:
        centred = x - x.mean(-1, keepdim=True)
        x = centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()
        return x * self.state.get(f"{name}.weight", 1.0) + self.state[f"{name}.bias"]

    def attention(self, name: str, x: Tensor, source: Tensor, may_see: Callable[[int, int], bool]) -> Tensor:
        q, k, v = (
            y @ self.state[f"{name}.{letter}_proj.weight"].T
            for letter, y in (("q", x), ("k", source), ("v", source))
        )
        width = HIDDEN // HEADS
        out = torch.zeros_like(x)
        for head in range(HEADS):
            part = slice(head * width, (head + 1) * width)
            for i in range(len(x)):
                seen = [j for j in range(len(source)) if may_see(i, j)]
                scores = torch.stack([(q[i, part] * k[j, part]).sum() / math.sqrt(width) for j in seen])
                shares = scores.exp() / scores.exp().sum()
                out[i, part] = sum(share * v[j, part] for share, j in zip(shares, seen, strict=True))
        return out @ self.state[f"{name}.out_proj.weight"].T

    def glu(self, name: str, x: Tensor) -> Tensor:
        z = self.norm(f"{name}.ln0", x)
        gate = z @ self.state[f"{name}.fc0.weight"].T
        gate = gate * 0.5 * (1 + torch.erf(gate / math.sqrt(2)))
        z = self.norm(f"{name}.ln1", gate * (z @ self.state[f"{name}.fc1.weight"].T))
        return z @ self.state[f"{name}.fc2.weight"].T

    def embed(self, half: str, tokens: list[int]) -> Tensor:
        rows = self.state[f"{half}.embed_tokens.weight"][tokens]
        places = self.state[f"{half}.embed_positions.weight"][: len(tokens)]
        return self.norm(f"{half}.layernorm_embedding", rows + places)

    def logits(self, text: list[int], codes: list[int]) -> Tensor:
        """[len(codes) + 1, CODES]."""
        x = self.embed("e", text)
        for i in range(LAYERS):
            at = f"e.layers.{i}"
            y = self.norm(f"{at}.pre_self_attn_layer_norm", x)
            y = self.attention(f"{at}.self_attn", y, y, lambda _, j: text[j] != PAD)
            x = x + self.norm(f"{at}.self_attn_layer_norm", y)
            x = x + self.glu(f"{at}.glu", x)
        told = self.norm("e.final_ln", x)
        x = self.embed("d", [CODES, *codes])
        for i in range(LAYERS):
            at = f"d.layers.{i}"
            y = self.norm(f"{at}.pre_self_attn_layer_norm", x)
            y = self.attention(f"{at}.self_attn", y, y, lambda i, j: j <= i)
            x = x + self.norm(f"{at}.self_attn_layer_norm", y)
            y = self.norm(f"{at}.pre_encoder_attn_layer_norm", x)
            y = self.attention(f"{at}.encoder_attn", y, told, lambda _, j: text[j] != PAD)
            x = x + self.norm(f"{at}.encoder_attn_layer_norm", y)
            x = x + self.glu(f"{at}.glu", x)
        return (self.norm("d.final_ln", x) @ self.state["d.lm_head.weight"].T)[:, :CODES]


@torch.no_grad()
def test_logits_are_those_of_the_definition(model: DalleMini) -> None:
    """Through the published half files and the conversion; double precision, to 1e-10."""
    definition = Definition(*toy_mini.pair())
    codes = torch.randint(0, CODES, (3, CELLS - 1), generator=torch.Generator().manual_seed(0))
    found = model(TEXTS, codes)
    assert found.shape == (3, CELLS, CODES)
    for row in range(3):
        expected = definition.logits(TEXTS[row].tolist(), codes[row].tolist())
        assert expected.std() > 0.1
        torch.testing.assert_close(found[row], expected, rtol=0, atol=1e-10)


# -- the cache ---------------------------------------------------------------------------------------------


def decoder(model: DalleMini, slots: int, branches: int = 3, candidates: int = 2) -> MiniDecoder:
    return MiniDecoder(model, SAMPLING, slots, branches, candidates, torch.float64)


def shares() -> Tensor:
    """Of nothing, of a prompt, and of a lighter one that is to be avoided."""
    return torch.tensor(branch_shares([2 / 3, -1 / 3], SAMPLING.guidance))


@pytest.mark.parametrize("slots", [1, 2])
def test_cached_logits_equal_those_of_a_whole_pass(
    model: DalleMini, slots: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In float64 to 1e-12, at every place, for runs of different lengths and texts in one batch."""
    batch, seen, plain = decoder(model, slots), [], MiniDecoder._logits

    def listening(self: MiniDecoder, x: Tensor, cells: Tensor) -> Tensor:
        logits = plain(self, x, cells)
        seen.append((list(self.filled), logits.view(slots, 3, 2, -1)))
        return logits

    monkeypatch.setattr(MiniDecoder, "_logits", listening)
    for slot in range(slots):
        batch.enter(slot, TEXTS.roll(slot, 0), shares(), uniforms(slot, 2, CELLS))
    batch.advance({0: 5})
    batch.advance(dict.fromkeys(range(slots), 9))
    batch.advance(dict.fromkeys(range(slots), CELLS))
    assert batch.filled == [CELLS] * slots
    checked = 0
    for filled, logits in seen:
        for slot in (slot for slot in range(slots) if filled[slot] < CELLS):
            codes = batch.codes[slot, :, : filled[slot]]
            for branch in range(3):
                text = TEXTS.roll(slot, 0)[branch].expand(2, -1)
                with torch.no_grad():
                    whole = model(text, codes)[:, -1]
                torch.testing.assert_close(logits[slot, branch], whole, rtol=0, atol=1e-12)
                checked += 1
    assert checked >= 3 * slots * CELLS


def test_codes_are_drawn_as_the_mixture_is_defined(model: DalleMini) -> None:
    """l + g·Σ wᵢ·(lᵢ - l), over the temperature, the best k alone, by the inverse of their distribution."""
    batch, chance = decoder(model, 1), uniforms(7, 2, CELLS)
    batch.enter(0, TEXTS, shares(), chance)
    batch.advance({0: CELLS})
    for candidate in range(2):
        codes = batch.codes[0, candidate]
        with torch.no_grad():
            nothing, wanted, unwanted = model(TEXTS, codes[None, :-1].expand(3, -1))
        mixed = nothing + 10 * (2 / 3 * (wanted - nothing) - 1 / 3 * (unwanted - nothing))
        for cell in range(CELLS):
            logits = mixed[cell] / SAMPLING.temperature
            best = sorted(range(CODES), key=lambda code: -float(logits[code]))[: SAMPLING.top_k]
            chances = [math.exp(float(logits[code] - logits[best[0]])) for code in best]
            left = float(chance[candidate, cell]) * sum(chances)
            expected = best[0]
            for expected, share in zip(best, chances, strict=True):  # noqa: B007
                left -= share
                if left < 0:
                    break
            assert int(codes[cell]) == expected
            logprob = float(logits.log_softmax(0)[expected])
            assert float(batch.logprob[0, candidate, cell]) == pytest.approx(logprob, abs=1e-4)
    assert not torch.equal(batch.codes[0, 0], batch.codes[0, 1])


def test_tokens_that_are_no_codes_are_never_drawn(tmp_path: Path) -> None:
    """Mega's embedding has rows beside the codes and the start token; the start is the first of them."""
    encoder, states = toy_mini.pair(toy_mini.Form(image_rows=CODES + 9))
    file = toy_mini.write_pair(tmp_path, toy_mini.Form(image_rows=CODES + 9))
    folder = convert(Order(file, "toy", tmp_path / "models", heads=HEADS, vae="plain"))
    mega = load_dalle_mini(folder / "transformer.safetensors", torch.device("cpu"), torch.float32).double()
    assert (mega.config.image_rows, mega.config.image_vocab, mega.config.start) == (41, 32, 32)
    definition = Definition(encoder, states)
    with torch.no_grad():
        found = mega(TEXTS[1:2], torch.tensor([[3, 1]]))[0]
    torch.testing.assert_close(found, definition.logits(TEXTS[1].tolist(), [3, 1]), rtol=0, atol=1e-10)
