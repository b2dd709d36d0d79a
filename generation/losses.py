"""What VQGAN+CLIP minimises: how far the cutouts are from the prompt, and what keeps the picture calm."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.gradients import straight_through
from generation.protocol import Phrase


def spherical_distance(a: Tensor, b: Tensor) -> Tensor:
    """Half the squared angle between vectors of any length: [..., D], [..., D] → [...], 0..π²/2.

    2·asin(|a - b| / 2)² for unit vectors. The bound below 1 keeps the gradient of opposite vectors finite.
    """
    chord = F.normalize(a.float(), dim=-1) - F.normalize(b.float(), dim=-1)
    half_angle: Tensor = (chord.norm(dim=-1) / 2).clamp(max=1 - 1e-6).asin()
    return 2 * half_angle.square()


def prompt_loss(images: Tensor, texts: Tensor, weights: Tensor, stops: Tensor) -> Tensor:
    """Weighted distance of N cutouts [N, D] to P phrases [P, D]: the mean over cutouts, the sum over phrases.

    Each distance carries the sign of its phrase's weight. A cutout whose signed distance has fallen below the
    phrase's stop is no longer pulled.
    """
    signed = spherical_distance(images.unsqueeze(1), texts.unsqueeze(0)) * weights.sign()  # [N, P]
    stopped = straight_through(signed, torch.maximum(signed, stops))
    return (stopped * weights.abs()).mean(0).sum()


def total_variation(x: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, [B, C, H, W] → a number."""
    return (x[..., 1:, :] - x[..., :-1, :]).square().mean() + (x[..., 1:] - x[..., :-1]).square().mean()


def excess(x: Tensor, low: float = 0.0, high: float = 1.0) -> Tensor:
    """Mean square of how far numbers are beyond the range (the notebooks' range loss) → a number."""
    return (x - x.clamp(low, high)).square().mean()


def normalise_weights(phrases: Sequence[Phrase]) -> list[float]:
    """Weights divided by the sum of their magnitudes; ValueError where that is impossible."""
    weights = [phrase.weight for phrase in phrases]
    total = sum(map(abs, weights))
    if not 0 < total < float("inf"):
        raise ValueError("the weights must be finite and not all zero")
    return [weight / total for weight in weights]
