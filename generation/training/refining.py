"""Trains the VQGAN on, so that what the transformer writes keeps its meaning.

The transformer has learned the codes of the VQGAN that it was taught with. The encoder may now find better
codes for a picture, and the rows of the codebook may move; but the decoder also goes on learning what the
transformer learned: a share of its pictures are the transformer's scenes, as the codes that the first VQGAN
gave them.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.training.codes import scene_of
from generation.training.common import (
    Average,
    Setup,
    Training,
    cosine,
    half_precision,
    placed,
    set_rate,
)
from generation.training.muon import Muon
from generation.training.scenes import FONT, Renderer, draw_scene
from generation.training.steady import GRID, Steady
from generation.training.vqgan import reconstruction_loss
from generation.vqgan import VQGAN, save_vqgan

#: Convolutions with fewer numbers than this on a side are no matrices worth making orthogonal.
_NARROW = 16


@dataclass(frozen=True, slots=True)
class RefiningPlan:
    """The numbers of a training. `weights`: see `reconstruction_loss`."""

    steps: int = 9_000
    batch: int = 5
    taught: int = 1  #: of a batch, the scenes of the transformer
    rate: float = 2e-3
    weights: tuple[float, float, float] = (0.3, 2.0, 0.2)


@dataclass(frozen=True, slots=True)
class SceneBatches:
    """{"pictures": uint8 [B, 3, side, side], "codes": int64 [T, cells], "held": bool [T, cells]}.

    The first T pictures are scenes of the transformer's; those of their cells that are held have these codes.
    """

    plan: RefiningPlan
    renderer: Renderer
    steady: Steady
    seed: int
    side: int = 256

    def __getitem__(self, step: int) -> dict[str, Any]:
        rng = np.random.default_rng((self.seed, 3, step))
        kinds, count = len(self.renderer.concepts), self.plan.taught
        taught = [scene_of(int(number), self.seed, kinds) for number in rng.integers(2**31, size=count)]
        free = [draw_scene(rng, kinds) for _ in range(self.plan.batch - count)]
        pictures = np.stack([self.renderer.render(scene, self.side) for scene in taught + free])
        codes, held = np.zeros((count, GRID * GRID), np.int64), np.zeros((count, GRID * GRID), np.bool_)
        for row, scene in enumerate(taught):
            codes[row], held[row] = self.steady.codes(scene)
        return {
            "pictures": torch.from_numpy(pictures).movedim(-1, 1),
            "codes": torch.from_numpy(codes),
            "held": torch.from_numpy(held),
        }


class Refining(Training):
    """The state of a training. `first` stays as the VQGAN was when the transformer learned its codes."""

    NAME = "refining"
    PARTS = ("first", "model", "muon", "adam", "average")

    def __init__(self, first: VQGAN, plan: RefiningPlan, setup: Setup) -> None:
        torch.manual_seed(setup.seed)
        super().__init__(setup)
        self.plan = plan
        self.model = placed(deepcopy(first).requires_grad_(), setup.device)
        self.first = placed(first.requires_grad_(False), setup.device)
        matrices, others = _sorted(self.model.parameters())
        self.muon = Muon(matrices, plan.rate)
        self.adam = torch.optim.AdamW(others, plan.rate, (0.9, 0.98), weight_decay=0.0)
        self.average = Average(self.model)

    def advance(self, batch: dict[str, Any]) -> dict[str, Tensor | float]:
        """One step; returns what to log: the loss, and the PSNR of the taught pictures and of the others."""
        target = batch["pictures"].to(self.setup.device).float() / 127.5 - 1.0
        target = target.contiguous(memory_format=torch.channels_last)
        with half_precision(self.setup.device):
            taught = self.taught(batch, target[: self.plan.taught])
            own, code_loss = self._own(target[self.plan.taught :])
            picture = self.model.decode(torch.cat([taught, own]))
        loss, _ = reconstruction_loss(picture.float(), target, self.plan.weights)
        self._descend(loss + code_loss)
        self.average.update(self.model)
        self.step += 1
        squared = ((picture.detach().float().clamp(-1, 1) - target) / 2).square().flatten(1).mean(1)
        psnr = -10 * squared.log10()
        of_taught, of_own = psnr[: self.plan.taught].mean(), psnr[self.plan.taught :].mean()
        return {"loss": loss.detach(), "taught": of_taught, "psnr": of_own, "codes": code_loss.detach()}

    @torch.no_grad()
    def taught(self, batch: dict[str, Any], target: Tensor) -> Tensor:
        """What the transformer learned to write for its scenes, as rows of the codebook as it now is."""
        own = self.first.quantise(self.first.encode(target).float())
        held, codes = (batch[name].to(own.device).view(own.shape) for name in ("held", "codes"))
        return self.model.lookup(torch.where(held, codes, own))

    def _own(self, target: Tensor) -> tuple[Tensor, Tensor]:
        """Quantised z, straight through, and the loss that pulls codes and encoder together."""
        z = self.model.encode(target).float()
        zq = self.model.lookup(self.model.quantise(z))
        loss = F.mse_loss(zq, z.detach()) + 0.25 * F.mse_loss(z, zq.detach())
        return z + (zq - z).detach(), loss

    def _descend(self, loss: Tensor) -> None:
        rate = self.plan.rate * cosine(self.step, self.plan.steps)
        for optimizer in (self.muon, self.adam):
            set_rate(optimizer, rate)
            optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in (self.muon, self.adam):
            optimizer.step()

    def averaged(self) -> VQGAN:
        """The network with the averaged weights."""
        model = VQGAN(self.model.config)
        model.load_state_dict(self.average.state)
        return model.eval()


def _sorted(parameters: Iterable[nn.Parameter]) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """The weights of the convolutions, for Muon, and all others; the codebook is one of these."""
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for each in parameters:
        wide = each.ndim == 4 and min(len(each), each[0].numel()) >= _NARROW
        (matrices if wide else others).append(each)
    return matrices, others


def refine_vqgan(
    plan: RefiningPlan, setup: Setup, model: VQGAN, steady: Steady, font: Path = FONT, side: int = 256
) -> Refining:
    """Train to the end, or to `setup.stop_at`; resumes, saves on the way and at the end."""
    training = Refining(model, plan, setup)
    batches = SceneBatches(plan, Renderer(font), steady, setup.seed, side)
    training.run(batches, plan.steps)
    return training


def export_refined(training: Refining, path: Path) -> None:
    """Write the averaged weights in the shipped form."""
    save_vqgan(training.averaged(), path)
