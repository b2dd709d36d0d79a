"""The first latent of a run, and where its random numbers come from."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor

from generation.engines.guided import GuidedModel
from generation.engines.prompts import Prompt, Sought
from generation.engines.tuning import Tuning
from generation.losses import spherical_distance
from generation.protocol import Generate
from generation.starts import start_picture
from generation.tiling import enlarged

Shape = tuple[int, int, int, int]


def random_latent(
    request: Generate, model: GuidedModel, tuning: Tuning, prompt: Prompt, weights: Tensor, shape: Shape
) -> Tensor:
    """A latent of the shape [1, e, h, w], as the request or else the tuning has it begin."""
    generator, manner = generator_for(request.seed, -1), request.manner
    height, width = (side * model.config.factor for side in shape[2:])
    if manner.start is not None:
        picture = start_picture(manner.start, width, height, generator, tile=manner.tile)
        return model.latent(picture, tile=manner.tile)
    if tuning.start == "codes":
        return model.rows(torch.randint(model.config.n_embed, (1, *shape[2:]), generator=generator))
    cloud = _best_cloud(clouds(tuning.candidates, generator).to(model.device), prompt, weights)
    return model.latent(enlarged(cloud, [height, width], tile=manner.tile).clamp(0, 1), tile=manner.tile)


@torch.no_grad()
def _best_cloud(colours: Tensor, prompt: Prompt, weights: Tensor) -> Tensor:
    """Of many soft random pictures the one nearest to the prompt, [1, 3, 4, 4]."""
    far = torch.stack([sought.share * (_distances(colours, sought) @ weights) for sought in prompt.sought])
    best = far.sum(0).argmin()
    return colours[best : best + 1]


def _distances(colours: Tensor, sought: Sought) -> Tensor:
    """Of each picture to each row, [N, R], as one CLIP sees them."""
    vectors = sought.viewer.judge(enlarged(colours, [sought.viewer.side] * 2).clamp(0, 1))
    return spherical_distance(vectors.unsqueeze(1), sought.vectors.unsqueeze(0))


def clouds(count: int, generator: torch.Generator) -> Tensor:
    """Random colours about a random one, [count, 3, 4, 4] in 0..1: soft pictures once they are enlarged."""
    base = torch.rand(count, 3, 1, 1, generator=generator)
    return (base + 0.2 * torch.randn(count, 3, 4, 4, generator=generator)).clamp(0, 1)


def generator_for(seed: int, step: int) -> torch.Generator:
    """The random numbers of one step: they depend on seed and step alone, so a resumed run draws the same."""
    digest = hashlib.blake2b(f"{seed}/{step}".encode(), digest_size=7).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "big"))
