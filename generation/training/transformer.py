"""Trains the transformer on captions and codes (Ramesh et al. 2021, section 2).

Some captions are left out, for classifier-free guidance (Ho and Salimans 2022). The matrices of the layers
are stepped by Muon (Jordan et al. 2024), the rest by AdamW.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.dalle import Dalle, DalleConfig
from generation.dalle_files import save_dalle
from generation.tokenizer import Tokenizer
from generation.training.codes import STEADY, CodeBatches, read_codes
from generation.training.common import (
    Average,
    Setup,
    Training,
    cosine,
    half_precision,
    set_rate,
)
from generation.training.muon import Muon
from generation.training.steady import load_steady
from generation.training.words import read_concepts

CONTEXT = 24


def transformer_config(vocabulary: int, codes: int = 1024, grid: int = 16) -> DalleConfig:
    """The shape of the shipped transformer."""
    return DalleConfig(
        layers=4,
        hidden=256,
        heads=4,
        text_vocab=vocabulary,
        text_length=CONTEXT,
        image_vocab=codes,
        grid=grid,
    )


@dataclass(frozen=True, slots=True)
class TransformerPlan:
    """The numbers of a training. `rate` is Muon's and AdamW's alike."""

    steps: int = 4_000
    batch: int = 12
    rate: float = 2e-3
    decay: float = 0.02
    text_weight: float = 1 / 7
    warmup: int = 50


class TransformerTraining(Training):
    """The state of a training."""

    NAME = "transformer"
    PARTS = ("model", "muon", "adam", "average")

    def __init__(self, config: DalleConfig, plan: TransformerPlan, setup: Setup) -> None:
        torch.manual_seed(setup.seed)
        super().__init__(setup)
        self.plan = plan
        self.model = start(Dalle(config)).to(setup.device)
        self.bias = torch.zeros_like(self.model.masks, dtype=torch.bfloat16)
        self.bias.masked_fill_(~self.model.masks, -math.inf)
        matrices = [p for n, p in self.model.transformer.named_parameters() if p.ndim == 2]
        known = {id(p) for p in matrices}
        others = [p for p in self.model.parameters() if id(p) not in known]
        self.muon = Muon(matrices, plan.rate, plan.decay)
        self.adam = torch.optim.AdamW(others, plan.rate, (0.9, 0.98), weight_decay=0.0)
        self.average = Average(self.model, 0.995)

    def advance(self, batch: dict[str, Any]) -> dict[str, Tensor | float]:
        """One step; returns what to log."""
        rate = self.plan.rate * cosine(self.step, self.plan.steps, self.plan.warmup)
        for optimizer in self._optimizers():
            set_rate(optimizer, rate)
            optimizer.zero_grad(set_to_none=True)
        text_loss, cell_losses = self.losses(batch)
        weights = batch["weights"].to(self.setup.device)
        image_loss = (cell_losses * weights).mean()
        torch.autograd.backward(image_loss + self.plan.text_weight * text_loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self._optimizers():
            optimizer.step()
        self.average.update(self.model)
        self.step += 1
        return {
            "image": cell_losses.mean().detach(),
            "thing": cell_losses[weights > weights.amin(1, keepdim=True)].mean().detach(),
            "first": cell_losses[weights == weights.amax(1, keepdim=True)].mean().detach(),
            "text": text_loss.detach(),
        }

    def losses(self, batch: dict[str, Any]) -> tuple[Tensor, Tensor]:
        """Cross-entropy of the text, and of each image token [B, cells]."""
        text, codes = batch["text"].to(self.setup.device), batch["codes"].to(self.setup.device)
        prefix, config = self.model.config.prefix, self.model.config
        with half_precision(self.setup.device):
            x = self._states(text, codes[:, :-1])
            images = self.model.image_logits(x[:, prefix - 1 :])
            texts = self.model.text_logits(x[:, : config.text_length - 1])
        pads = config.text_vocab + torch.arange(config.text_length, device=text.device)
        wanted = torch.where(text == 0, pads, text)[:, 1:]
        return _cross_entropy(texts, wanted).mean(), _cross_entropy(images, codes)

    def _states(self, text: Tensor, codes: Tensor) -> Tensor:
        """As the network's own forward, with an attention that torch's CPU runs three times as fast."""
        model = self.model
        cells = torch.arange(codes.shape[1], device=codes.device)
        x = torch.cat([model.embed_text(text), model.embed_codes(codes, cells)], 1)
        bias = self.bias[:, : x.shape[1], : x.shape[1]]
        for i, layer in enumerate(model.transformer.layers):
            x = layer(x, _Attention(bias[model.config.kind(i)]))
        return model.finish(x)

    def _optimizers(self) -> tuple[torch.optim.Optimizer, ...]:
        return self.muon, self.adam

    def averaged(self) -> Dalle:
        """The network with the averaged weights."""
        model = Dalle(self.model.config)
        model.load_state_dict(self.average.state)
        return model.eval()


class _Attention:
    """Softmax over biased scores, in plain matrix products."""

    def __init__(self, bias: Tensor) -> None:
        self.bias = bias

    def __call__(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2) + self.bias.to(q.dtype)
        out: Tensor = scores.softmax(-1).to(v.dtype) @ v
        return out


def _cross_entropy(logits: Tensor, wanted: Tensor) -> Tensor:
    return F.cross_entropy(logits.float().movedim(-1, 1), wanted, reduction="none")


def start(model: Dalle) -> Dalle:
    """Small embeddings and a head that starts from nothing."""
    for module in model.modules():
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
    for parameter in model.to_logits[1].parameters():
        nn.init.zeros_(parameter)
    return model


def train_transformer(
    plan: TransformerPlan,
    setup: Setup,
    tokenizer: Tokenizer,
    codes: Path,
    config: DalleConfig | None = None,
    first: Dalle | None = None,
) -> TransformerTraining:
    """Train on the codes in a folder, to the end or to `setup.stop_at`; resumes, saves on the way.

    `first` gives the weights to start from, where there is no checkpoint.
    """
    config = config or (first.config if first else transformer_config(len(tokenizer)))
    training = TransformerTraining(config, plan, setup)
    if first:
        training.model.load_state_dict(first.state_dict())
    concepts = read_concepts()
    data, steady = read_codes(codes), load_steady(codes / STEADY)
    batches = CodeBatches(data, steady, concepts, tokenizer, plan.batch, config.text_length, setup.seed)
    training.run(batches, plan.steps)
    return training


def export_transformer(training: TransformerTraining, path: Path) -> None:
    """Write the averaged weights in the shipped form, the matrices as one byte a number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_dalle(training.averaged(), path, rounded=True)
