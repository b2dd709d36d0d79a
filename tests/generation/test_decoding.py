"""Decoding with the cache against whole passes without one."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from generation.dalle import DalleConfig
from generation.decoding import FREE, Decoder
from generation.sampling import Sampling, branch_shares, mix, sample, uniforms
from tests.generation.toy_dalle import toy_dalle

SAMPLING = Sampling(temperature=0.9, top_k=12, top_p=0.9, guidance=2.0)


def config(version: int) -> DalleConfig:
    return DalleConfig(6, 32, 4, text_vocab=20, text_length=6, image_vocab=30, grid=6, version=version)


def texts(branches: int) -> torch.Tensor:
    torch.manual_seed(branches)
    found = torch.randint(1, 20, (branches, 6))
    found[0] = 0
    return found


def decoder(model, slots: int, branches: int = 2, candidates: int = 3) -> Decoder:
    return Decoder(model, SAMPLING, slots, branches, candidates, model.image_embeddings.weight.dtype)


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("layers", [6, 7])
@torch.no_grad()
def test_what_one_slot_reads_is_what_the_masks_let_through(version, layers):
    """Logits in float64 to 1e-12, at every place."""
    model = toy_dalle(replace(config(version), layers=layers)).double()
    seen = []
    for slots in (1, 2):
        batch = decoder(model, slots)
        batch.enter(0, texts(2), torch.tensor(branch_shares([1.0], 2.0)), uniforms(0, 3, 36))
        logits = []
        for _ in range(36):
            cells = batch._clamped_cells()
            logits.append(batch._logits(batch._inputs(cells), cells)[:6])
            batch.advance({0: 1})
        seen.append(torch.stack(logits))
    torch.testing.assert_close(*seen, rtol=0, atol=1e-12)


@pytest.mark.parametrize("version", [2, 3])
def test_cached_logits_equal_those_of_a_whole_pass(version, monkeypatch):
    """In float64 to 1e-12, at every place, for runs of different lengths in one batch."""
    model = toy_dalle(config(version)).double()
    cells, seen = model.config.cells, []
    batch = decoder(model, slots=2)
    prompts = [texts(2), texts(2).flip(1)]
    for slot in range(2):
        shares = torch.tensor(branch_shares([1.0], 2.0))
        batch.enter(slot, prompts[slot], shares, uniforms(slot, 3, cells))
    whole = Decoder._logits

    def listening(self, x, places):
        logits = whole(self, x, places)
        seen.append((list(self.filled), logits.view(2, 2, 3, -1)))
        return logits

    monkeypatch.setattr(Decoder, "_logits", listening)
    batch.advance({0: 7})
    batch.advance({0: 20, 1: 30})
    batch.advance({0: cells, 1: cells})
    assert batch.filled == [cells, cells]
    for filled, logits in seen:
        for slot in range(2):
            n = filled[slot]
            if n == cells:
                continue
            for branch in range(2):
                text = prompts[slot][branch].expand(3, -1)
                x = model(text, batch.codes[slot, :, :n])
                expected = model.image_logits(x[:, model.config.prefix - 1 + n])
                torch.testing.assert_close(logits[slot, branch], expected, rtol=0, atol=1e-12)


def test_the_codes_are_those_that_the_definition_draws():
    """Guidance, truncation and draws written out over whole passes."""
    model = toy_dalle(config(3)).double()
    batch, prompt, u = decoder(model, slots=1), texts(2), uniforms(5, 3, 36)
    batch.enter(0, prompt, torch.tensor(branch_shares([1.0], 2.0)), u)
    batch.advance({0: 36})
    codes = torch.zeros(3, 0, dtype=torch.int64)
    for n in range(36):
        empty, told = (model.image_logits(model(text.expand(3, -1), codes)[:, 5 + n]) for text in prompt)
        drawn, _ = sample(empty + 2.0 * (told - empty), u[:, n], SAMPLING)
        codes = torch.cat([codes, drawn[:, None]], 1)
    assert torch.equal(batch.codes[0], codes)
    assert torch.isfinite(batch.logprob).all()


def test_a_run_is_the_same_whatever_its_neighbours_do():
    model = toy_dalle(config(3))
    alone = decoder(model, slots=3)
    shares, u = torch.tensor(branch_shares([1.0], 2.0)), uniforms(9, 3, 36)
    alone.enter(1, texts(2), shares, u)
    alone.advance({1: 36})
    full = decoder(model, slots=3)
    full.enter(0, texts(2).flip(1), shares, uniforms(1, 3, 36))
    full.advance({0: 10})
    full.enter(1, texts(2), shares, u)
    full.advance({0: 36, 1: 6})
    full.enter(2, texts(2).roll(1, 1), shares, uniforms(2, 3, 36))
    full.advance({2: 3})
    full.enter(0, texts(2).roll(2, 1), shares, uniforms(3, 3, 36))
    full.advance({0: 2, 1: 36, 2: 36})
    assert torch.equal(alone.codes[1], full.codes[1])
    assert torch.equal(alone.logprob[1], full.logprob[1])


def test_candidates_draw_their_own_numbers():
    """The first candidates do not change when there are more of them."""
    assert torch.equal(uniforms(3, 8, 10)[:2], uniforms(3, 2, 10))
    assert not torch.equal(uniforms(3, 2, 10)[0], uniforms(3, 2, 10)[1])
    assert not torch.equal(uniforms(3, 1, 10), uniforms(4, 1, 10))
    assert uniforms(-1, 1, 4).shape == (1, 4)


def test_forced_codes_stay_and_the_rest_follows_from_them():
    """A run replayed from its own first codes goes on as it did."""
    model = toy_dalle(config(2))
    shares, u = torch.tensor(branch_shares([1.0], 2.0)), uniforms(4, 3, 36)
    first = decoder(model, slots=1)
    first.enter(0, texts(2), shares, u)
    first.advance({0: 36})
    forced = torch.where(torch.arange(36) < 15, first.codes[0], FREE)
    second = decoder(model, slots=1)
    second.enter(0, texts(2), shares, torch.where(torch.arange(36) < 15, 0.0, u), forced)
    second.advance({0: 36})
    assert torch.equal(first.codes, second.codes)


def test_several_phrases_are_branches_of_one_prompt():
    assert branch_shares([0.75, -0.25], None) == [0.75, -0.25]
    assert branch_shares([0.75, -0.25], 4.0) == [-1.0, 3.0, -1.0]
    logits = torch.randn(2, 3, 4, 5)
    shares = torch.tensor([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]])
    mixed = mix(logits, shares)
    torch.testing.assert_close(mixed[0], logits[0, 0] + 2 * logits[0, 1] + 3 * logits[0, 2])
    assert torch.equal(mixed[1], logits[1, 1])
