"""Trains the CLIP on drawn scenes (Radford et al. 2021) so that its gradients paint.

A plain contrastive loss learns grounds first and stalls there: hence groups of scenes on one ground, near
misses, and auxiliary heads that name a scene's facts. Captions that are true of another picture too are no
negatives. Later a half of each batch is shifted, within an L2 ball, to where it is worst (Goodfellow et al.
2015; Engstrom et al. 2019): a network that withstands this has gradients that look like things.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.clip import CLIP, CLIPConfig, normalise_pixels, save_clip
from generation.tokenizer import Tokenizer
from generation.training.batches import SWAPPED_SHARE, Labels, PairBatches
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
from generation.training.rehearsal import LANGUAGES, Rehearsal, blotches, norms, unit_norm
from generation.training.scenes import FONT

CONTEXT = 24


def clip_config(vocabulary: int) -> CLIPConfig:
    """The shape of the shipped CLIP."""
    return CLIPConfig(
        embed_dim=192,
        image_resolution=64,
        vision_layers=(1, 1, 2, 1),
        vision_width=20,
        vision_patch_size=None,
        context_length=CONTEXT,
        vocab_size=vocabulary,
        text_width=128,
        text_layers=2,
    )


@dataclass(frozen=True, slots=True)
class CLIPPlan:
    """The numbers of a training; `radius` is the L2 ball's, for pictures in 0..1."""

    steps: int = 2_470
    batch: int = 192
    rate: float = 1.2e-3
    decay: float = 0.05
    adversary_share: float = 0.24
    radius: float = 2.0
    head_weight: float = 1.0
    rehearsal_share: float = 0.29
    false_count: int = 48
    stride: float = 1.2
    life: int = 48
    smallest: float = 0.58  #: cuts of a picture, as shares of its side
    swaps: float = 0.0  #: share of pairs of scenes that differ in their things' places alone


#: A CLIP that ranks and finds, and never guides: it sees whole pictures, and nobody paints against it.
JUDGE = CLIPPlan(
    steps=1_000, rate=8e-4, adversary_share=2.0, rehearsal_share=2.0, smallest=0.86, swaps=SWAPPED_SHARE
)


def augment(pictures: Tensor, side: int, generator: torch.Generator, smallest: float = 0.58) -> Tensor:
    """uint8 [B, 3, S, S] → 0..1 [B, 3, side, side]: cut, turned a little, brightened, blurred, noisy."""
    count, device = len(pictures), pictures.device

    def lot(low: float, high: float, *shape: int) -> Tensor:
        return (torch.rand(count, *shape, generator=generator) * (high - low) + low).to(device)

    scale = torch.where(lot(0, 1) < 0.35, lot(0.94, 1.0), lot(smallest, 1.0))
    angle = lot(-0.12, 0.12)
    shift = (1 - scale)[:, None] * lot(-1, 1, 2)
    turn = (
        torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], 1).view(-1, 2, 2)
        * scale[:, None, None]
    )
    grid = F.affine_grid(torch.cat([turn, shift[..., None]], -1), [count, 3, side, side], align_corners=False)
    x = F.grid_sample(pictures.float() / 255, grid, padding_mode="border", align_corners=False)
    blurred = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
    x = torch.lerp(x, blurred, lot(-0.3, 1.0, 1, 1, 1).clamp(0, 1))
    x = (x - 0.5) * lot(0.85, 1.15, 1, 1, 1) + 0.5 + lot(-0.08, 0.08, 1, 1, 1)
    hidden = lot(-2.0, 0.7, 1, 1, 1).clamp(min=0)  # under blotches, as a picture in the making is
    x = torch.lerp(x, blotches(count, side, generator).to(device), hidden)
    noise = torch.randn(x.shape, generator=generator).to(device)
    return (x + noise * lot(-0.04, 0.08, 1, 1, 1).clamp(min=0)).clamp(0, 1)


def contrast(pictures: Tensor, texts: Tensor, scale: Tensor, foreign: Tensor, false: Tensor) -> Tensor:
    """CLIP's symmetric loss over unit vectors [B, D], with `false` pictures [F, D] that fit no text.

    `foreign` [texts, pictures] pairs do not count.
    """
    scaled = scale.exp().clamp(max=100) * texts
    logits = (scaled @ pictures.T).masked_fill(foreign, -1e4)
    own = torch.arange(len(logits), device=logits.device)
    against = torch.cat([logits, scaled @ false.T], 1)
    return (F.cross_entropy(against, own) + F.cross_entropy(logits.T, own)) / 2


class Heads(nn.Module):
    """The auxiliary heads; thrown away after the training. At first no label is thought likely."""

    def __init__(self, width: int, labels: int) -> None:
        super().__init__()
        self.picture = nn.Linear(width, labels)
        self.text = nn.Linear(width, labels)
        for head in (self.picture, self.text):
            nn.init.zeros_(head.weight)
            nn.init.constant_(head.bias, -4.0)


def naming_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Binary cross-entropy, summed over the labels, scaled to the size of a contrastive loss."""
    return F.binary_cross_entropy_with_logits(logits.float(), truth, reduction="none").sum(1).mean() / 4


class CLIPTraining(Training):
    """The state of a training."""

    NAME = "clip"
    PARTS = ("model", "heads", "optimizer", "average")

    def __init__(self, start: CLIP, labels: Labels, plan: CLIPPlan, setup: Setup) -> None:
        super().__init__(setup)
        self.plan = plan
        self.model = placed(start.requires_grad_(), setup.device)
        self.heads = Heads(start.config.embed_dim, len(labels.names)).to(setup.device)
        parameters = [*self.model.parameters(), *self.heads.parameters()]
        groups = [
            {"params": [p for p in parameters if p.ndim > 1], "weight_decay": plan.decay},
            {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, plan.rate, (0.9, 0.98))
        self.average = Average(self.model, 0.995)
        self.rehearsal = Rehearsal(plan.false_count, plan.stride, plan.life)

    def advance(self, batch: dict[str, Any]) -> dict[str, Tensor | float]:
        """One step; returns what to log."""
        generator = torch.Generator().manual_seed(self.setup.seed * 1_000_003 + self.step)
        set_rate(self.optimizer, self.plan.rate * cosine(self.step, self.plan.steps))
        side = self.model.config.image_resolution
        rehearsing = self.step >= self.plan.rehearsal_share * self.plan.steps
        if rehearsing:
            batch = self.rehearsal.join(batch, generator)
        x = augment(batch["pictures"].to(self.setup.device), side, generator, self.plan.smallest)
        texts, text_loss = self._texts(batch)
        self.model.eval()
        if self.step >= self.plan.adversary_share * self.plan.steps:
            x = self._worsen(x, batch, texts, generator)
        false = self._paint(x, texts, generator) if rehearsing else x[:0]
        self.model.train()
        pictures, painted = torch.split(self._pictures(torch.cat([x, false])), [len(x), len(false)])
        contrastive = self._contrast(pictures, painted, texts, batch)
        naming = naming_loss(self.heads.picture(pictures), batch["facts"].to(self.setup.device))
        loss = contrastive + self.plan.head_weight * (naming + text_loss)
        descend(loss, self.model, self.optimizer)
        self.average.update(self.model)
        self.step += 1
        told = {"contrast": contrastive, "naming": naming, "text": text_loss}
        if rehearsing:
            told |= similarities(pictures, painted, texts["en"])
        return {name: value.detach() for name, value in told.items()}

    def _paint(self, x: Tensor, texts: dict[str, Tensor], generator: torch.Generator) -> Tensor:
        """Move the false pictures towards their texts, one of the two languages each time."""
        wanted = texts[LANGUAGES[self.step % 2]][: self.plan.false_count].detach()
        return self.rehearsal.move(x, wanted, self._pictures, generator)

    def _pictures(self, x: Tensor) -> Tensor:
        """Unit vectors times a constant: [B, D]."""
        x = normalise_pixels(x).contiguous(memory_format=torch.channels_last)
        with half_precision(self.setup.device):
            found: Tensor = self.model.encode_image(x).float()
        return found

    def _texts(self, batch: dict[str, Any]) -> tuple[dict[str, Tensor], Tensor]:
        """Unit vectors for both languages, and the loss of the text head."""
        found, losses = {}, []
        for language in LANGUAGES:
            part = batch[language]
            with half_precision(self.setup.device):
                texts = self.model.encode_text(part["tokens"].to(self.setup.device)).float()
            losses.append(naming_loss(self.heads.text(texts), part["claims"].to(self.setup.device)))
            found[language] = F.normalize(texts, dim=-1)
        return found, torch.stack(losses).mean()

    def _contrast(
        self, pictures: Tensor, false: Tensor, texts: dict[str, Tensor], batch: dict[str, Any]
    ) -> Tensor:
        unit, painted = F.normalize(pictures, dim=-1), F.normalize(false, dim=-1)
        scale, device = self.model.logit_scale, self.setup.device
        losses = [
            contrast(unit, texts[name], scale, batch[name]["foreign"].to(device), painted)
            for name in LANGUAGES
        ]
        return torch.stack(losses).mean()

    def _worsen(
        self, x: Tensor, batch: dict[str, Any], texts: dict[str, Tensor], generator: torch.Generator
    ) -> Tensor:
        """Shift every second picture within the ball, one step against the network."""
        chosen = torch.arange(0, len(x), 2, device=x.device)
        noise = torch.randn(x[chosen].shape, generator=generator).to(x.device)
        shift = (unit_norm(noise) * self.plan.radius * 0.5).requires_grad_()
        y = self._pictures((x[chosen] + shift).clamp(0, 1))
        unit = F.normalize(y, dim=-1)
        scale = self.model.logit_scale.detach()
        tables = {name: batch[name]["foreign"].to(x.device) for name in LANGUAGES}
        losses = [against_all(unit, texts[n].detach(), scale, tables[n], chosen) for n in LANGUAGES]
        losses.append(naming_loss(self.heads.picture(y), batch["facts"].to(x.device)[chosen]))
        loss = torch.stack(losses).sum()
        (gradient,) = torch.autograd.grad(loss, shift)
        moved = shift.detach() + 1.25 * self.plan.radius * unit_norm(gradient)
        moved = moved * (self.plan.radius / norms(moved)).clamp(max=1)
        worse = x.clone()
        worse[chosen] = (x[chosen] + moved).clamp(0, 1)
        return worse

    def extra(self) -> dict[str, Any]:
        """The pictures that it has painted itself."""
        return {"rehearsal": self.rehearsal.state}

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take them back."""
        self.rehearsal.state = values["rehearsal"]

    def averaged(self) -> CLIP:
        """The network with the averaged weights."""
        model = CLIP(self.model.config)
        model.load_state_dict(self.average.state)
        return model.eval()


def against_all(pictures: Tensor, texts: Tensor, scale: Tensor, foreign: Tensor, chosen: Tensor) -> Tensor:
    """Cross-entropy of the chosen pictures over all texts."""
    logits = (scale.exp().clamp(max=100) * pictures @ texts.T).masked_fill(foreign.T[chosen], -1e4)
    return F.cross_entropy(logits, chosen)


def similarities(pictures: Tensor, false: Tensor, texts: Tensor) -> dict[str, Tensor]:
    """Mean cosine of the true pairs, and of the false pictures with the texts they were painted for."""
    true = F.cosine_similarity(pictures, texts).mean()
    return {"true": true, "false": F.cosine_similarity(false, texts[: len(false)]).mean()}


def fresh(config: CLIPConfig, seed: int) -> CLIP:
    """A CLIP that has seen nothing yet."""
    torch.manual_seed(seed)
    return CLIP(config)


def train_clip(
    plan: CLIPPlan, setup: Setup, tokenizer: Tokenizer, font: Path = FONT, start: CLIP | None = None
) -> CLIPTraining:
    """Train to the end, or to `setup.stop_at`; resumes, saves on the way and at the end."""
    batches = PairBatches(tokenizer, plan.batch, setup.seed, CONTEXT, font, swaps=plan.swaps)
    start = start or fresh(clip_config(len(tokenizer)), setup.seed)
    training = CLIPTraining(start, batches.labels, plan, setup)
    training.run(batches, plan.steps)
    return training


def export_clip(training: CLIPTraining, path: Path) -> None:
    """Write the averaged weights in the shipped form."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_clip(training.averaged(), path)
