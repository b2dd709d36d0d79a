"""Trains the VQGAN on drawn scenes (Esser et al. 2021, section 3.1), without a perceptual network.

Reconstruction: L1 + 0.5 MSE + 0.5 L1 of the gradients. The codebook starts from the encoder's own outputs,
and codes that fell out of use start anew from such outputs. A patch discriminator joins late: hinge loss and
feature matching. Crops are 128 pixels; towards the end whole pictures of 256, as they are used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.training.common import (
    Average,
    Setup,
    Training,
    cosine,
    descend,
    half_precision,
    placed,
    set_rate,
)
from generation.training.scenes import FONT, Renderer, draw_scene
from generation.vqgan import VQGAN, VQGANConfig, save_vqgan

#: One group throughout: torch's CPU kernels for narrow groups in channels_last are up to 20 times slower.
CONFIG = VQGANConfig(
    ch=16, ch_mult=(1, 1, 3, 6, 8), num_res_blocks=1, attn_resolutions=(), resolution=256,
    z_channels=64, embed_dim=64, n_embed=1024, num_groups=1,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VQGANPlan:
    """The numbers of a training; the shares are of all steps."""

    steps: int = 6_800
    batch: int = 8
    crop: int = 128
    rate: float = 8e-4
    quantise_from: int = 300
    revive_every: int = 50
    revive_share: float = 0.70
    adversary_share: float = 0.55
    whole_share: float = 0.78
    adversary_weight: float = 0.04
    matching_weight: float = 0.3


class CropBatches:
    """Crops of scenes rendered at 256 pixels: {"pictures": uint8 [B, 3, S, S]}."""

    def __init__(self, plan: VQGANPlan, seed: int, font: Path = FONT, side: int = 256) -> None:
        self.plan, self.seed, self.side = plan, seed, side
        self.renderer = Renderer(font)

    def __getitem__(self, step: int) -> dict[str, Any]:
        rng = np.random.default_rng((self.seed, step))
        whole = step >= self.plan.whole_share * self.plan.steps
        count = max(1, self.plan.batch // 3) if whole else self.plan.batch
        crop = self.side if whole else self.plan.crop
        pictures = []
        for _ in range(count):
            picture = self.renderer.render(draw_scene(rng, len(self.renderer.concepts)), self.side)
            y, x = rng.integers(self.side - crop + 1, size=2)
            pictures.append(picture[y : y + crop, x : x + crop])
        return {"pictures": torch.from_numpy(np.stack(pictures)).movedim(-1, 1)}


class Discriminator(nn.Module):
    """A patch discriminator (Isola et al. 2017); also gives its inner features."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        widths = (3, width, 2 * width, 4 * width)
        self.layers = nn.ModuleList(nn.Conv2d(a, b, 4, stride=2, padding=1) for a, b in pairwise(widths))
        self.head = nn.Conv2d(widths[-1], 1, 3, padding=1)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """[B, 3, H, W] → logits [B, 1, H/8, W/8] and the features before them."""
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.head(x), features


def fool(adversary: nn.Module, picture: Tensor, target: Tensor, plan: VQGANPlan) -> Tensor:
    """The generator's part: to look real, and to match the features of the real picture."""
    with half_precision(picture.device.type):
        logits, features = adversary(picture)
        with torch.no_grad():
            _, wanted = adversary(target)
    gaps = [F.l1_loss(a.float(), b.float()) for a, b in zip(features, wanted, strict=True)]
    matching = torch.stack(gaps).sum()
    loss: Tensor = plan.matching_weight * matching - plan.adversary_weight * logits.float().mean()
    return loss


def teach(adversary: nn.Module, optimizer: torch.optim.Optimizer, picture: Tensor, target: Tensor) -> None:
    """The discriminator's step, hinge loss."""
    with half_precision(picture.device.type):
        false, _ = adversary(picture)
        true, _ = adversary(target)
    loss = F.relu(1.0 + false.float()).mean() + F.relu(1.0 - true.float()).mean()
    descend(loss, adversary, optimizer)


def reconstruction_loss(
    picture: Tensor, target: Tensor, weights: tuple[float, float, float] = (1.0, 0.5, 0.5)
) -> tuple[Tensor, Tensor]:
    """The loss, and its L1 part alone; the weights are those of L1, of the square and of the edges."""
    difference = picture - target
    l1 = difference.abs().mean()
    edges = difference.diff(dim=-1).abs().mean() + difference.diff(dim=-2).abs().mean()
    parts = (l1, difference.square().mean(), edges)
    return torch.stack([w * part for w, part in zip(weights, parts, strict=True)]).sum(), l1


class VQGANTraining(Training):
    """The state of a training: networks, optimisers, averages, and how often each code was used lately."""

    NAME = "vqgan"
    PARTS = ("model", "adversary", "optimizer", "adversary_optimizer", "average")

    def __init__(self, config: VQGANConfig, plan: VQGANPlan, setup: Setup) -> None:
        torch.manual_seed(setup.seed)
        super().__init__(setup)
        self.plan = plan
        self.model = placed(VQGAN(config), setup.device)
        self.adversary = placed(Discriminator(), setup.device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), plan.rate, (0.9, 0.98), weight_decay=1e-4)
        self.adversary_optimizer = torch.optim.AdamW(self.adversary.parameters(), plan.rate / 2, (0.5, 0.9))
        self.average = Average(self.model)
        self.used = torch.zeros(config.n_embed, device=setup.device)

    def advance(self, batch: dict[str, Any]) -> dict[str, Tensor | float]:
        """One step; returns what to log."""
        target = batch["pictures"].to(self.setup.device).float() / 127.5 - 1.0
        target = target.contiguous(memory_format=torch.channels_last)
        factor = cosine(self.step, self.plan.steps)
        set_rate(self.optimizer, self.plan.rate * factor)
        set_rate(self.adversary_optimizer, self.plan.rate / 2 * factor)
        with half_precision(self.setup.device):
            z = self.model.encode(target).float()
            zq, code_loss = self._quantise(z)
            picture = self.model.decode(zq)
        loss, l1 = reconstruction_loss(picture.float(), target)
        total = loss + code_loss
        adversarial = self.step >= self.plan.adversary_share * self.plan.steps
        if adversarial:
            total = total + fool(self.adversary, picture, target, self.plan)
        descend(total, self.model, self.optimizer)
        if adversarial:
            teach(self.adversary, self.adversary_optimizer, picture.detach(), target)
        self._tend_codebook(z.detach())
        self.average.update(self.model)
        self.step += 1
        return {"loss": loss.detach(), "l1": l1.detach(), "codes": (self.used > 0).sum()}

    def _quantise(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Straight through, with the losses that pull codes and encoder together; at first not at all."""
        if self.step < self.plan.quantise_from:
            return z, z.new_zeros(())
        codes = self.model.quantise(z)
        self.used += torch.bincount(codes.flatten(), minlength=len(self.used))
        zq = self.model.lookup(codes)
        loss = F.mse_loss(zq, z.detach()) + 0.25 * F.mse_loss(z, zq.detach())
        return z + (zq - z).detach(), loss

    @torch.no_grad()
    def _tend_codebook(self, z: Tensor) -> None:
        """Fill the codebook from the encoder's outputs at first; later give unused codes a new start."""
        rows = self.model.quantize.rows
        start = self.step + 1 == self.plan.quantise_from
        due = self.step > self.plan.quantise_from and (self.step + 1) % self.plan.revive_every == 0
        if not start and not due:
            return
        dead = torch.ones_like(self.used, dtype=torch.bool) if start else self.used == 0
        if start or self.step < self.plan.revive_share * self.plan.steps:
            flat = z.movedim(1, -1).reshape(-1, z.shape[1])
            chosen = flat[torch.randint(len(flat), (int(dead.sum()),), device=flat.device)]
            rows[dead] = chosen + 0.01 * flat.std() * torch.randn_like(chosen)
            self.average.state["quantize.embedding.weight"][dead] = rows[dead]
        self.used.zero_()

    def extra(self) -> dict[str, Any]:
        """How often codes were used lately, and the random numbers' state, which revives codes."""
        return {"used": self.used, "random": torch.get_rng_state()}

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take them back."""
        self.used = values["used"]
        torch.set_rng_state(values["random"].cpu())

    def averaged(self) -> VQGAN:
        """The network with the averaged weights."""
        model = VQGAN(self.model.config)
        model.load_state_dict(self.average.state)
        return model.eval()


def train_vqgan(
    plan: VQGANPlan, setup: Setup, config: VQGANConfig = CONFIG, font: Path = FONT, side: int = 256
) -> VQGANTraining:
    """Train to the end, or to `setup.stop_at`; resumes, saves on the way and at the end."""
    training = VQGANTraining(config, plan, setup)
    training.run(CropBatches(plan, setup.seed, font, side), plan.steps)
    return training


def export_vqgan(training: VQGANTraining, path: Path) -> None:
    """Write the averaged weights in the shipped form."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_vqgan(training.averaged(), path)
