"""Trains the VQGAN's decoder on, for codes that stay as they are.

The encoder and the codebook are frozen, so a transformer that was trained on the codes remains right. Most
of the scenes are those that the transformer learns, with the codes that it learns; the rest are drawn freely.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from generation.training.codes import scene_of
from generation.training.common import (
    Average,
    Progress,
    Setup,
    cosine,
    descend,
    feed,
    half_precision,
    load_checkpoint,
    placed,
    save_checkpoint,
    set_rate,
)
from generation.training.scenes import FONT, Renderer, draw_scene
from generation.training.steady import GRID, Steady
from generation.training.vqgan import Discriminator, fool, reconstruction_loss, teach
from generation.vqgan import VQGAN, save_vqgan

_PARTS = ("model", "adversary", "optimizer", "adversary_optimizer")


@dataclass(frozen=True, slots=True)
class DecoderPlan:
    """The numbers of a training; the share is of all steps."""

    steps: int = 6_000
    batch: int = 4
    rate: float = 5e-4
    adversary_share: float = 0.35
    adversary_weight: float = 0.03
    matching_weight: float = 0.3
    settled_share: float = 0.75


@dataclass(frozen=True, slots=True)
class SceneBatches:
    """{"pictures": uint8 [B, 3, side, side], "codes": int64 [B, cells], "held": bool [B, cells]}.

    Settled and free scenes mixed; of the settled ones, the cells that are held have these codes.
    """

    plan: DecoderPlan
    renderer: Renderer
    steady: Steady
    seed: int
    side: int = 256

    def __getitem__(self, step: int) -> dict[str, Any]:
        rng = np.random.default_rng((self.seed, 3, step))
        kinds = len(self.renderer.concepts)
        count = self.plan.batch
        placed = rng.random(count) < self.plan.settled_share
        taught = [scene_of(int(rng.integers(2**31)), self.seed, kinds) for _ in range(int(placed.sum()))]
        scenes = taught + [draw_scene(rng, kinds) for _ in range(count - len(taught))]
        pictures = np.stack([self.renderer.render(scene, self.side) for scene in scenes])
        codes, held = np.zeros((count, GRID * GRID), np.int64), np.zeros((count, GRID * GRID), np.bool_)
        for row, scene in enumerate(taught):
            codes[row], held[row] = self.steady.codes(scene)
        return {
            "pictures": torch.from_numpy(pictures).movedim(-1, 1),
            "codes": torch.from_numpy(codes),
            "held": torch.from_numpy(held),
        }


class DecoderTraining:
    """The state of a training."""

    def __init__(self, model: VQGAN, plan: DecoderPlan, setup: Setup) -> None:
        torch.manual_seed(setup.seed)
        self.plan, self.setup, self.step = plan, setup, 0
        self.model = placed(model.requires_grad_(False), setup.device)
        self.decoder = [*model.post_quant_conv.parameters(), *model.decoder.parameters()]
        for parameter in self.decoder:
            parameter.requires_grad_()
        self.adversary = placed(Discriminator(), setup.device)
        self.optimizer = torch.optim.AdamW(self.decoder, plan.rate, (0.9, 0.98), weight_decay=1e-4)
        self.adversary_optimizer = torch.optim.AdamW(self.adversary.parameters(), plan.rate / 2, (0.5, 0.9))
        self.average = Average(self.model)

    def advance(self, batch: dict[str, Any]) -> dict[str, Tensor | float]:
        """One step; returns what to log."""
        target = batch["pictures"].to(self.setup.device).float() / 127.5 - 1.0
        target = target.contiguous(memory_format=torch.channels_last)
        factor = cosine(self.step, self.plan.steps)
        set_rate(self.optimizer, self.plan.rate * factor)
        set_rate(self.adversary_optimizer, self.plan.rate / 2 * factor)
        with half_precision(self.setup.device):
            with torch.no_grad():
                z = self.model.lookup(self.codes(batch, target))
            picture = self.model.decode(z)
        loss, l1 = reconstruction_loss(picture.float(), target)
        adversarial = self.step >= self.plan.adversary_share * self.plan.steps
        total = loss + fool(self.adversary, picture, target, self.plan) if adversarial else loss
        descend(total, self.model, self.optimizer)
        if adversarial:
            teach(self.adversary, self.adversary_optimizer, picture.detach(), target)
        self.average.update(self.model)
        self.step += 1
        squared = ((picture.detach().float().clamp(-1, 1) - target) / 2).square().flatten(1).mean(1)
        return {"loss": loss.detach(), "l1": l1.detach(), "psnr": -10 * squared.log10().mean()}

    def codes(self, batch: dict[str, Any], target: Tensor) -> Tensor:
        """The pictures' own codes, under those that are held: [B, h, w]."""
        own = self.model.quantise(self.model.encode(target).float())
        held, codes = (batch[name].to(own.device).view(own.shape) for name in ("held", "codes"))
        return torch.where(held, codes, own)

    def save(self) -> None:
        """Write the checkpoint."""
        parts = {name: getattr(self, name).state_dict() for name in _PARTS}
        values = {"step": self.step, "average": self.average.state, "averaged": self.average.steps}
        save_checkpoint(self.setup.folder / "decoder.pt", {**parts, **values})

    def resume(self) -> None:
        """Go on from the folder's checkpoint, if there is one."""
        values = load_checkpoint(self.setup.folder / "decoder.pt", self.setup.device)
        if values is None:
            return
        for name in _PARTS:
            getattr(self, name).load_state_dict(values[name])
        self.step, self.average.steps = values["step"], values["averaged"]
        self.average.state = values["average"]

    def averaged(self) -> VQGAN:
        """The network with the averaged weights."""
        model = VQGAN(self.model.config)
        model.load_state_dict(self.average.state)
        return model.eval()


def train_decoder(
    plan: DecoderPlan, setup: Setup, model: VQGAN, steady: Steady, font: Path = FONT, side: int = 256
) -> DecoderTraining:
    """Train to the end, or to `setup.stop_at`; resumes, saves on the way and at the end."""
    training = DecoderTraining(model, plan, setup)
    training.resume()
    progress = Progress(setup.folder / "decoder.csv", setup.log_every, plan.steps)
    stop = min(plan.steps, setup.stop_at or plan.steps)
    batches = SceneBatches(plan, Renderer(font), steady, setup.seed, side)
    for batch in feed(batches, training.step, stop, setup.workers):
        progress.tell(training.step, training.advance(batch))
        if training.step % setup.save_every == 0:
            training.save()
    training.save()
    return training


def export_decoder(training: DecoderTraining, path: Path) -> None:
    """Write the averaged weights in the shipped form."""
    save_vqgan(training.averaged(), path)
