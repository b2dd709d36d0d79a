"""Transformers of toy size with random weights."""

from __future__ import annotations

import torch
from torch import nn

from generation.dalle import Dalle, DalleConfig


def toy_dalle(config: DalleConfig) -> Dalle:
    """Random weights, far enough from nothing for every part to matter."""
    with torch.random.fork_rng():
        torch.manual_seed(2)
        model = Dalle(config).eval()
        for name, parameter in model.named_parameters():
            if "norm" in name or name.startswith("to_logits.0"):
                nn.init.normal_(parameter, 1.0 if name.endswith("weight") else 0.0, 0.3)
            else:
                nn.init.normal_(parameter, std=0.4)
    return model
