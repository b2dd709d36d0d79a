"""Our GPT and our conditions against taming-transformers' own modules, with the same random weights."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
import torch

from generation.conditions import Kind, places
from generation.gpt import GPT
from generation.sampling import Sampling
from generation.sliding import Field
from generation.stage_decoding import StageDecoder
from tests.generation.reference.originals import original
from tests.generation.toy_stage import CODES, GRID, gpt_config, toy_gpt


@pytest.fixture
def mingpt(monkeypatch) -> ModuleType:
    """The original module. It imports, and here never calls, a function that is long gone."""
    absent = ModuleType("transformers")
    absent.top_k_top_p_filtering = None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "transformers", absent)
    return original("taming.modules.transformer.mingpt")


def pair(mingpt: ModuleType, kind: Kind) -> tuple[GPT, Any]:
    """Ours and theirs, with ours' weights in both."""
    config = gpt_config(kind)
    ours = toy_gpt(config).double()
    theirs = mingpt.GPT(config.vocab, config.block, config.layers, config.heads, config.width).double().eval()
    faults = theirs.load_state_dict(ours.state_dict(), strict=False)
    assert not faults.unexpected_keys
    assert all(name.endswith("attn.mask") for name in faults.missing_keys)
    return ours, theirs


@pytest.mark.parametrize("kind", [Kind.PLACE, Kind.NOTHING])
def test_the_transformer_says_the_same(mingpt, kind):
    ours, theirs = pair(mingpt, kind)
    tokens = torch.randint(CODES, (3, ours.config.block))
    expected, _ = theirs(tokens)
    torch.testing.assert_close(ours(tokens), expected, rtol=1e-12, atol=1e-12)


@torch.no_grad()
def test_with_a_cache_it_says_what_theirs_says_with_a_cache(mingpt):
    ours, theirs = pair(mingpt, Kind.CLASS)
    start, codes = torch.tensor([[3]]), torch.randint(CODES, (1, GRID**2))
    batch = StageDecoder(ours, Sampling(), (1, 1, 1), (1, GRID**2), torch.float64)
    batch.enter(0, start, torch.ones(1), torch.zeros(1, GRID**2), codes)
    past, token = None, start
    for cell in range(GRID**2):
        logits, _, present = theirs.forward_with_past(token, past=past, past_length=cell if past else None)
        past = [present] if past is None else [*past, present]
        cells = torch.tensor([cell])
        told = batch._logits(batch._inputs(cells), cells)
        torch.testing.assert_close(told, logits[:, -1], rtol=1e-12, atol=1e-12)
        batch.advance({0: 1})
        token = codes[:, cell : cell + 1]


@pytest.mark.parametrize(("rows", "columns"), [(16, 16), (20, 31)])
def test_places_are_theirs(rows, columns):
    stage = original("taming.modules.misc.coord").CoordStage(1024, 16)
    height, width = rows * 16, columns * 16
    index = torch.arange(height * width, dtype=torch.float64).view(1, 1, height, width) / (height * width)
    _, _, (_, _, theirs) = stage.encode(index)
    ours, expected = places(Field(rows, columns, 16), 16, 1024), theirs.clamp(max=1023).flatten()
    mean = (1024 * torch.nn.functional.avg_pool2d(index, 16)).flatten()
    halfway = ((mean % 1) - 0.5).abs() < 1e-6  # where their last bit decides
    assert torch.equal(ours[~halfway], expected[~halfway])
    assert (ours - expected).abs().max() <= 1
