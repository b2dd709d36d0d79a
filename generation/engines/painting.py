"""A VQGAN+CLIP run: a latent, its optimiser and its place in the recipe. Nothing here knows of other runs."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import TypeVar

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load as unpack
from safetensors.torch import save as pack
from torch import Tensor

from generation.cutouts import Views, draw_views, make_cutouts
from generation.engines.guided import GuidedModel
from generation.engines.prompts import Prompt
from generation.engines.tuning import Tuning
from generation.faults import out_of_memory
from generation.losses import prompt_loss, spherical_distance, total_variation
from generation.memory import Plan
from generation.optimisers import Adam
from generation.protocol import Generate

_FORMAT = 2

T = TypeVar("T")

log = logging.getLogger(__name__)


class CheckpointError(Exception):
    """A checkpoint that is damaged, or belongs to another request."""


class Painting:
    """One picture in the making. `picture` is always the decoded z, kept with its graph for the next step."""

    def __init__(
        self,
        request: Generate,
        lane: int,
        model: GuidedModel,
        tuning: Tuning,
        prompt: Prompt,
        anchor: Tensor | None,
        plan: Plan | None = None,
        before: int = 0,
    ) -> None:
        """`before`: steps that the picture has had from another hand; a prompt's spans count them."""
        self.request, self.lane, self.model, self.tuning = request, lane, model, tuning
        self.plan = plan or Plan(tuning.cutouts.count)
        self.prompt = prompt
        self.anchor = anchor  #: the init image's z, [1, e, h, w]
        self.step, self.steps, self.before = 0, request.steps, before
        self.part = tuning.growth[0] if anchor is None else 1  #: by what both sides are divided for now
        self.last_loss: Tensor | None = None
        self.z = self._start()
        self.adam = Adam.fresh(self.z)
        self.picture = self._paint()

    @property
    def loss(self) -> float | None:
        """The loss of the last step."""
        return None if self.last_loss is None else float(self.last_loss)

    def advance(self) -> None:
        """One step of the optimiser."""
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True):
            self._advance()

    def _advance(self) -> None:
        gradient, self.last_loss = self._frugally(self._gradient)
        self.step += 1
        with torch.no_grad():
            self.z += self._rate() * self.adam.direction(gradient, self.tuning.betas)
            self.z.clamp_(self.model.low, self.model.high)
        self._frugally(self._grow)
        self.picture = self._frugally(self._paint)

    def _frugally(self, action: Callable[[], T]) -> T:
        """Do what changes nothing but at its end; where memory runs out, again by the next smaller plan."""
        while True:
            try:
                return action()
            except (MemoryError, RuntimeError) as error:
                plan = self.plan.smaller()
                if plan is None or not out_of_memory(error):
                    raise
                log.warning("job %s: out of memory, goes on with %s", self.request.job, plan)
            self.plan = plan  # only here has the error let go of what its frames held
            self.picture = self.picture.detach()
            if self.z.device.type == "cuda":
                torch.cuda.empty_cache()

    def steer(self, prompt: Prompt, steps: int) -> None:
        """Go on by another prompt, to so many steps in all; z and the optimiser's moments stay."""
        self.prompt, self.steps = prompt, max(steps, self.step)

    def is_finite(self) -> bool:
        """Whether z and the loss are still numbers; waits for the device."""
        total = self.z.detach().sum()
        return bool(torch.isfinite(total if self.last_loss is None else total + self.last_loss))

    def full_picture(self) -> Tensor:
        """The picture as it stands, [1, 3, H, W] in 0..1 at the size asked for."""
        return _enlarged(self.picture.detach(), [self.request.height, self.request.width])

    @torch.no_grad()
    def score(self) -> float:
        """Cosine of the whole picture to each phrase, weighted, -1..1."""
        vector = self.model.judge(self.model.view_whole(self.full_picture()))
        cosines = F.cosine_similarity(vector, self.prompt.vectors)
        return float(cosines @ self._weights())

    def snapshot(self) -> bytes:
        """Everything that `restore` needs beside the request."""
        state = (self.step, self.steps, self.part, self.adam.count)
        plan = (self.plan.at_once, int(self.plan.recompute))
        numbers = torch.tensor([_FORMAT, *state, *plan, *self._identity()])
        tensors = {
            "z": self.z.detach(),
            "first": self.adam.first,
            "second": self.adam.second,
            "numbers": numbers,
        }
        return pack({name: tensor.cpu().contiguous() for name, tensor in tensors.items()})

    def restore(self, data: bytes) -> None:
        """Go on from a snapshot. Raises `CheckpointError`."""
        try:
            state = unpack(data)
            version, *numbers = state.pop("numbers").tolist()
            step, steps, part, count, at_once, recompute, *identity = numbers
            z, first, second = (state[name].to(self.model.device) for name in ("z", "first", "second"))
        except (SafetensorError, KeyError, ValueError) as error:
            raise CheckpointError(f"not a checkpoint: {error!r}") from error
        if version != _FORMAT or identity != self._identity():
            raise CheckpointError("the checkpoint belongs to another request")
        shape = self._latent_shape(part)
        if not 0 <= step <= steps or any(tensor.shape != shape for tensor in (z, first, second)):
            raise CheckpointError("the checkpoint does not fit the model")
        self.steps, self.part = steps, part
        self.plan = Plan(at_once, bool(recompute))  # the size of the parts shows in the last bits
        self.step, self.z, self.adam = step, z.requires_grad_(), Adam(first, second, count)
        self.picture = self._paint()

    def _identity(self) -> list[int]:
        request = self.request
        return [request.seed & (2**63 - 1), request.width, request.height, request.steps]

    def _gradient(self) -> tuple[Tensor, Tensor]:
        """Gradient of z, and the loss: cutouts pull at the picture, some at a time, then the picture at z."""
        if not self.picture.requires_grad:  # its graph was given up for want of memory
            self.picture = self._paint()
        seen = self.picture.detach().requires_grad_()
        pull, loss = self._pull(seen)
        (gradient,) = torch.autograd.grad(self.picture, self.z, pull)
        if self.anchor is not None and self.request.init_weight > 0:
            held = self.request.init_weight / 2 * F.mse_loss(self.z, self.anchor)
            gradient = gradient + torch.autograd.grad(held, self.z)[0]
            loss = loss + held.detach()
        return gradient, loss

    def _pull(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Gradient of the picture [1, 3, H, W], and the loss."""
        height, width = seen.shape[2:]
        views = draw_views(self.tuning.cutouts, width, height, generator_for(self.request.seed, self.step))
        pull, total = torch.zeros_like(seen), torch.zeros((), device=seen.device)
        for first in range(0, len(views), self.plan.at_once):
            part = views.part(first, self.plan.at_once)
            loss = self._loss(seen, part) * (len(part) / len(views))
            if first == 0 and self.tuning.variation > 0:
                loss = loss + self.tuning.variation * total_variation(seen)
            pull += torch.autograd.grad(loss, seen)[0]
            total += loss.detach()
        return pull, total

    def _loss(self, seen: Tensor, views: Views) -> Tensor:
        vectors = self.model.judge(make_cutouts(seen, views, self.model.side))
        prompt = self.prompt
        return prompt_loss(vectors, prompt.vectors, self._weights(), prompt.stops)

    def _weights(self) -> Tensor:
        """What each phrase weighs now, [P]."""
        return self.prompt.weights(self.before + self.step, self.before + self.steps)

    def _rate(self) -> float:
        """The learning rate, falling linearly over the last share of the steps."""
        cooling = self.tuning.cooling * self.steps
        left = self.steps - self.step + 1
        return self.tuning.rate * (min(1.0, left / cooling) if cooling > 0 else 1.0)

    def _paint(self) -> Tensor:
        """Decode z; with a graph only if a step will need it."""
        with torch.set_grad_enabled(self.step < self.steps):
            return self.model.paint(self.z, recompute=self.plan.recompute)

    def _fraction(self, step: int) -> int:
        """By what both sides are divided at a step; with an init image the size is full from the start."""
        if self.anchor is not None:
            return 1
        growth = self.tuning.growth
        return growth[min(step * len(growth) // self.steps, len(growth) - 1)]

    def _latent_shape(self, part: int) -> tuple[int, int, int, int]:
        config = self.model.config
        height, width = self.request.height // config.factor, self.request.width // config.factor
        return 1, config.embed_dim, -(-height // part), -(-width // part)

    @torch.no_grad()
    def _grow(self) -> None:
        """Where the tuning says so, go on with the enlarged picture's latent and a fresh optimiser."""
        part = self._fraction(self.step)
        if part < self.part:  # never back, though steps may have been added
            shape = self._latent_shape(part)
            picture = _enlarged(
                self.model.paint(self.z), [side * self.model.config.factor for side in shape[2:]]
            )
            self.z = self.model.latent(picture).requires_grad_()
            self.adam, self.part = Adam.fresh(self.z), part

    def _start(self) -> Tensor:
        if self.anchor is None:
            return self._random_start().requires_grad_()
        if self.tuning.departure == 0:
            return self.anchor.clone().requires_grad_()
        return self.anchor.lerp(self._random_start(), self.tuning.departure).requires_grad_()

    def _random_start(self) -> Tensor:
        generator = generator_for(self.request.seed, -1)
        shape = self._latent_shape(self.part)
        if self.tuning.start == "codes":
            codes = torch.randint(self.model.config.n_embed, (1, *shape[2:]), generator=generator)
            return self.model.rows(codes)
        size = [side * self.model.config.factor for side in shape[2:]]
        return self.model.latent(_enlarged(self._best_cloud(generator), size))

    @torch.no_grad()
    def _best_cloud(self, generator: torch.Generator) -> Tensor:
        """Of many soft random pictures the one nearest to the prompt, [1, 3, 4, 4]."""
        colours = clouds(self.tuning.candidates, generator).to(self.model.device)
        vectors = self.model.judge(_enlarged(colours, [self.model.side] * 2))
        distances = spherical_distance(vectors.unsqueeze(1), self.prompt.vectors.unsqueeze(0))
        best = (distances @ self._weights()).argmin()
        return colours[best : best + 1]


def clouds(count: int, generator: torch.Generator) -> Tensor:
    """Random colours about a random one, [count, 3, 4, 4] in 0..1: soft pictures once they are enlarged."""
    base = torch.rand(count, 3, 1, 1, generator=generator)
    return (base + 0.2 * torch.randn(count, 3, 4, 4, generator=generator)).clamp(0, 1)


def generator_for(seed: int, step: int) -> torch.Generator:
    """The random numbers of one step: they depend on seed and step alone, so a resumed run draws the same."""
    digest = hashlib.blake2b(f"{seed}/{step}".encode(), digest_size=7).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "big"))


def _enlarged(picture: Tensor, size: list[int]) -> Tensor:
    if list(picture.shape[2:]) == size:
        return picture
    return F.interpolate(picture, size, mode="bicubic", align_corners=False).clamp(0, 1)
