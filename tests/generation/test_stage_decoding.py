"""Decoding a second stage with the cache against whole passes without one, and against the sliding window."""

from __future__ import annotations

import pytest
import torch

from generation.conditions import Kind
from generation.decoding import FREE
from generation.gpt import GPT
from generation.sampling import Sampling, mix, sample, uniforms
from generation.sliding import Field
from generation.stage_decoding import StageDecoder
from generation.telling import WindowTeller
from tests.generation.toy_stage import CODES, GRID, gpt_config, toy_gpt

CELLS, COUNT = GRID**2, 3
SAMPLING = Sampling(1.2, 30, 0.97)


def conditions(kind: Kind, branches: int, seed: int = 9) -> torch.Tensor:
    length = CELLS if kind is Kind.PLACE else 1
    return torch.randint(CODES, (branches, length), generator=torch.Generator().manual_seed(seed))


def decoder(gpt: GPT, kind: Kind, slots: int, branches: int) -> StageDecoder:
    sequence = CELLS if kind is Kind.PLACE else 1, CELLS
    return StageDecoder(gpt, SAMPLING, (slots, branches, COUNT), sequence, gpt.head.weight.dtype)


@pytest.mark.parametrize(("kind", "branches"), [(Kind.PLACE, 1), (Kind.CLASS, 2)])
@pytest.mark.parametrize(("slots", "given"), [(1, 0), (1, 15), (2, 6)])
def test_cached_logits_equal_those_of_a_whole_pass(kind, branches, slots, given, monkeypatch):
    """In float64 to 1e-12, at every place, for runs of different lengths in one batch."""
    gpt, seen = toy_gpt(gpt_config(kind)).double(), []
    batch = decoder(gpt, kind, slots, branches)
    prompts = [conditions(kind, branches, seed) for seed in range(slots)]
    known = torch.randint(CODES, (given,), generator=torch.Generator().manual_seed(1))
    starts = [given, 0][:slots]
    for slot, start in enumerate(starts):
        texts = torch.cat([prompts[slot], known[:start].expand(branches, -1)], 1)
        batch.enter(slot, texts, torch.full((branches,), 1 / branches), uniforms(slot, COUNT, CELLS))
    whole = StageDecoder._logits

    def listening(self, x, cells):
        logits = whole(self, x, cells)
        seen.append((list(self.filled), logits.view(slots, branches, COUNT, -1)))
        return logits

    monkeypatch.setattr(StageDecoder, "_logits", listening)
    batch.advance({0: 7})
    batch.advance(dict.fromkeys(range(slots), 20))
    batch.advance(dict.fromkeys(range(slots), CELLS))
    assert batch.filled == [CELLS] * slots
    assert torch.equal(batch.codes[0, :, :given], known.expand(COUNT, -1))
    checked = 0
    for filled, logits in seen:
        for slot in range(slots):
            if filled[slot] == CELLS:
                continue
            checked += 1
            for branch in range(branches):
                before = prompts[slot][branch].expand(COUNT, -1)
                expected = gpt(torch.cat([before, batch.codes[slot, :, : filled[slot]]], 1))[:, -1]
                torch.testing.assert_close(logits[slot, branch], expected, rtol=1e-12, atol=1e-12)
    assert checked >= CELLS - given


def test_the_cache_and_the_window_draw_the_same():
    gpt, field = toy_gpt(gpt_config(Kind.PLACE)).double(), Field(GRID, GRID, GRID)
    given, u = conditions(Kind.PLACE, 1), uniforms(3, COUNT, CELLS)
    batch = decoder(gpt, Kind.PLACE, 1, 1)
    batch.enter(0, given, torch.ones(1), u)
    batch.advance({0: CELLS})
    codes, teller = torch.full((COUNT, CELLS), FREE), WindowTeller(gpt, field, given, spread=True)
    for cell in range(CELLS):
        logits = mix(teller.tell(codes, [cell])[:, :, 0], torch.ones(1))
        codes[:, cell] = sample(logits, u[:, cell], SAMPLING)[0]
    assert torch.equal(batch.codes[0], codes)


def test_a_run_is_the_same_whatever_its_neighbours_do():
    gpt, shares, u = toy_gpt(gpt_config(Kind.CLASS)), torch.tensor([0.7, -0.3]), uniforms(9, COUNT, CELLS)
    mine, known = conditions(Kind.CLASS, 2), torch.tensor([[4, 5, 6]])
    alone, full = decoder(gpt, Kind.CLASS, 3, 2), decoder(gpt, Kind.CLASS, 3, 2)
    alone.enter(1, mine, shares, u)
    alone.advance({1: CELLS})
    full.enter(0, torch.cat([mine.flip(0), known.expand(2, -1)], 1), shares, uniforms(1, COUNT, CELLS))
    full.advance({0: 10})
    full.enter(1, mine, shares, u)
    full.advance({0: 5, 1: 6})
    full.enter(2, conditions(Kind.CLASS, 2, 1), shares, uniforms(2, COUNT, CELLS))
    full.advance({1: 1})
    full.enter(0, conditions(Kind.CLASS, 2, 2), shares, uniforms(3, COUNT, CELLS))
    full.advance({0: 2, 1: CELLS, 2: CELLS})
    assert torch.equal(alone.codes[1], full.codes[1])
    assert torch.equal(alone.logprob[1], full.logprob[1])


def test_a_run_that_is_resumed_says_the_very_same():
    gpt, u = toy_gpt(gpt_config(Kind.CLASS)), uniforms(4, COUNT, CELLS)
    texts = torch.cat([conditions(Kind.CLASS, 2), torch.tensor([[4, 5, 6]]).expand(2, -1)], 1)
    first, second = decoder(gpt, Kind.CLASS, 1, 2), decoder(gpt, Kind.CLASS, 1, 2)
    first.enter(0, texts, torch.tensor([0.5, 0.5]), u)
    first.advance({0: CELLS})
    forced = torch.where(torch.arange(CELLS) < 15, first.codes[0], FREE)
    second.enter(0, texts, torch.tensor([0.5, 0.5]), torch.where(torch.arange(CELLS) < 15, 0.0, u), forced)
    second.advance({0: CELLS})
    assert torch.equal(first.codes, second.codes)
    assert torch.equal(first.logprob[:, :, 15:], second.logprob[:, :, 15:])
