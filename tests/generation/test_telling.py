"""The sliding window, against the whole sequence and against the serial order."""

from __future__ import annotations

import pytest
import torch

from generation.conditions import Kind
from generation.gpt import GPT
from generation.sampling import Sampling, mix, sample
from generation.sliding import Field
from generation.telling import WindowTeller
from tests.generation.toy_stage import CODES, GRID, SCENE, gpt_config, toy_gpt

SAMPLING = Sampling(1.2, 30, 0.97)
COUNT = 2


def model(kind: Kind) -> GPT:
    return toy_gpt(gpt_config(kind)).double()


def conditions(field: Field, *, spread: bool, branches: int = 1) -> torch.Tensor:
    length = field.cells if spread else 1
    return torch.randint(CODES, (branches, length), generator=torch.Generator().manual_seed(9))


def paint(teller: WindowTeller, field: Field, batches: list[list[int]], shares: list[float]) -> torch.Tensor:
    """Codes [COUNT, cells], each drawn by a number of its own."""
    u = torch.rand(COUNT, field.cells, generator=torch.Generator().manual_seed(5))
    codes = torch.full((COUNT, field.cells), -1)
    for cells in batches:
        logits = teller.tell(codes, cells)
        mixed = mix(logits.flatten(1, 2), torch.tensor(shares)).unflatten(0, (COUNT, len(cells)))
        codes[:, cells] = sample(mixed, u[:, cells], SAMPLING)[0]
    return codes


@pytest.mark.parametrize("spread", [True, False])
@pytest.mark.parametrize(("rows", "columns"), [(6, 9), (9, 6), (13, 20), (7, 7)])
def test_the_wavefront_paints_what_the_serial_order_paints(rows, columns, spread):
    field = Field(rows, columns, GRID)
    gpt = model(Kind.PLACE if spread else Kind.CLASS)
    given = conditions(field, spread=spread, branches=1 if spread else 2)
    shares = [1.0] if spread else [0.7, -0.3]
    serial = paint(
        WindowTeller(gpt, field, given, spread=spread), field, [[cell] for cell in range(field.cells)], shares
    )
    for most in (3, 100):
        teller = WindowTeller(gpt, field, given, spread=spread)
        batches = list(field.batches(field.wavefront(), most))
        assert torch.equal(paint(teller, field, batches, shares), serial)
    assert bool((serial >= 0).all())
    assert len(serial[0].unique()) > 3


@pytest.mark.parametrize("spread", [True, False])
def test_a_window_says_what_the_whole_sequence_says(spread):
    """The original's way: the whole window in, the last code off, the logits at the cell's own place."""
    field = Field(9, 11, GRID)
    gpt = model(Kind.PLACE if spread else Kind.CLASS)
    given = conditions(field, spread=spread)
    codes = torch.randint(CODES, (COUNT, field.cells), generator=torch.Generator().manual_seed(1))
    teller = WindowTeller(gpt, field, given, spread=spread)
    for cells in ([0], [field.cells - 1], [17, 40], [33, 5, 98]):
        told = teller.tell(codes, cells)
        for n, cell in enumerate(cells):
            window = field.window(cell)
            before = given[:, window] if spread else given
            whole = torch.cat([before.expand(COUNT, -1), codes[:, window]], 1)[:, :-1]
            expected = gpt(whole)[:, -(GRID**2) :][:, field.place(cell)]
            torch.testing.assert_close(told[0, :, n], expected, rtol=1e-12, atol=1e-12)


def test_each_cell_can_have_a_condition_of_its_own():
    """Of a scene that is seen through the cell's window."""
    field, gpt = Field(8, 9, GRID, early=True), model(Kind.SCENE)
    random = torch.Generator().manual_seed(2)
    given = torch.randint(CODES, (1, field.cells, SCENE.length), generator=random)
    codes = torch.randint(CODES, (COUNT, field.cells), generator=random)
    together = WindowTeller(gpt, field, given, spread=False)
    for cells in ([0], [20, 14, 8], [71]):
        told = together.tell(codes, cells)
        for place, cell in enumerate(cells):
            alone = WindowTeller(gpt, field, given[:, cell], spread=False).tell(codes, [cell])
            assert torch.allclose(told[:, :, place : place + 1], alone, atol=1e-10)
