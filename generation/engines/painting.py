"""A VQGAN+CLIP run: a latent, its optimiser and its place in the recipe. Nothing here knows of other runs."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import TypeVar

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load as unpack
from safetensors.torch import save as pack
from torch import Tensor

from generation.cutouts import draw_views
from generation.engines.beginnings import generator_for, random_latent
from generation.engines.guided import GuidedModel
from generation.engines.inpainting import Hole
from generation.engines.prompts import Prompt
from generation.engines.pulling import pull_at
from generation.engines.tuning import Tuning
from generation.faults import out_of_memory
from generation.gradients import clamp_with_gradient
from generation.losses import excess
from generation.memory import Plan
from generation.optimisers import Adam
from generation.plateau import SHARE, Plateau
from generation.protocol import Generate
from generation.tiling import enlarged

_FORMAT = 3

T = TypeVar("T")

log = logging.getLogger(__name__)


class CheckpointError(Exception):
    """A checkpoint that is damaged, or belongs to another request."""


class Painting:
    """One picture in the making. `picture` is always the decoded z, kept with its graph for the next step.

    So is `excess`, how far its pixels were beyond black and white, where the tuning weighs it.
    """

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
        hole: Hole | None = None,
    ) -> None:
        """`before`: steps that the picture has had from another hand; a prompt's spans count them."""
        self.request, self.lane, self.model, self.tuning = request, lane, model, tuning
        self.plan = plan or Plan(tuning.cutouts.count)
        self.prompt = prompt
        self.anchor, self.hole = anchor, hole  #: the init image's z, [1, e, h, w], and where to paint into it
        self.step, self.steps, self.before = 0, request.steps, before
        self.part = tuning.growth[0] if anchor is None else 1  #: by what both sides are divided for now
        self.last_loss: Tensor | None = None
        self.mean_loss: Tensor | None = None  #: the running one
        self.plateau, self.settled = Plateau(), False
        self.z = self._start()
        self.adam = Adam.fresh(self.z)
        self.average = torch.zeros_like(self.z)  #: running sum that becomes the mean of z, see `_shown`
        self.picture, self.excess = self._paint()

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
        self.mean_loss = (
            self.last_loss if self.mean_loss is None else self.mean_loss.lerp(self.last_loss, SHARE)
        )
        self.step += 1
        with torch.no_grad():
            rate = self.tuning.rate_of(self.step, self.steps)
            self.z.mul_(1 - rate * self.tuning.decay)  # as AdamW: beside the gradient, not in it
            self.z += rate * self.adam.direction(gradient, self.tuning.betas)
            self.z.clamp_(self.model.low, self.model.high)
            if self.hole is not None and self.anchor is not None:
                self.hole.hold(self.z, self.anchor)
            self.average.lerp_(self.z, 1 - self.tuning.average)
        self._frugally(self._grow)
        self.picture, self.excess = self._frugally(self._paint)

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
            self.picture, self.excess = self.picture.detach(), None
            if self.z.device.type == "cuda":
                torch.cuda.empty_cache()

    def steer(self, prompt: Prompt, steps: int, *, again: bool = False) -> None:
        """Go on by another prompt, to so many steps in all; z and the optimiser's moments stay.

        `again`: a resumed run is told what it has heard before.
        """
        self.prompt, self.steps = prompt, max(steps, self.step)
        if not again:
            self._look_anew()

    def settle(self) -> None:
        """End here if there was no gain for as long as the member has patience; waits for the device."""
        patience, whole = self.request.manner.patience, self.before + self.steps
        calm = 100 * (self.before + self.step) >= self.prompt.schedule.calm_percent * whole
        if not patience or self.part > 1 or self.mean_loss is None or self.step == self.steps or not calm:
            return
        if self.plateau.look(float(self.mean_loss), self.step, patience):
            self.steps, self.settled = self.step, True

    def _look_anew(self) -> None:
        """From here on the loss is another one."""
        self.mean_loss = None
        self.plateau.forget(self.step)

    def is_finite(self) -> bool:
        """Whether z and the loss are still numbers; waits for the device."""
        total = self.z.detach().sum()
        return bool(torch.isfinite(total if self.last_loss is None else total + self.last_loss))

    def full_picture(self) -> Tensor:
        """The picture as it stands, [1, 3, H, W] in 0..1 at the size asked for."""
        size, tile = [self.request.height, self.request.width], self.request.manner.tile
        return enlarged(self._shown(), size, tile=tile).clamp(0, 1)

    @torch.no_grad()
    def _shown(self) -> Tensor:
        """The decoded z, or its running mean where the tuning has one (unbiased as Adam's moments are)."""
        kept, count = self.tuning.average, self.adam.count
        if kept == 0 or count == 0:
            return self.picture.detach()
        return self._clamped(self._develop(self.average / (1 - kept**count)))

    @torch.no_grad()
    def score(self) -> float:
        """Cosine of the whole picture to each phrase, weighted, -1..1."""
        judged, phrases = self.prompt.judged, self.prompt.phrases
        vector = judged.viewer.judge(judged.viewer.view_whole(self.full_picture()))
        weights = self._weights()[:phrases]
        cosines = F.cosine_similarity(vector, judged.vectors[:phrases])
        return float(cosines @ weights / weights.abs().sum())

    def snapshot(self) -> bytes:
        """Everything that `restore` needs beside the request."""
        state = (self.step, self.steps, self.part, self.adam.count)
        plan = (self.plan.at_once, int(self.plan.recompute))
        numbers = torch.tensor([_FORMAT, *state, *plan, *self._identity()])
        tensors = {
            "z": self.z.detach(),
            "first": self.adam.first,
            "second": self.adam.second,
            "average": self.average,
            "numbers": numbers,
            "plateau": self._plateau(),
        }
        return pack({name: tensor.cpu().contiguous() for name, tensor in tensors.items()})

    def restore(self, data: bytes) -> None:
        """Go on from a snapshot. Raises `CheckpointError`."""
        try:
            state = unpack(data)
            version, *numbers = state.pop("numbers").tolist()
            step, steps, part, count, at_once, recompute, *identity = numbers
            mean, best, since, settled = state["plateau"].tolist()
            names = ("z", "first", "second", "average")
            z, first, second, average = (state[name].to(self.model.device) for name in names)
        except (SafetensorError, KeyError, ValueError) as error:
            raise CheckpointError(f"not a checkpoint: {error!r}") from error
        if version != _FORMAT or identity != self._identity():
            raise CheckpointError("the checkpoint belongs to another request")
        shape = self._latent_shape(part)
        if not 0 <= step <= steps or any(tensor.shape != shape for tensor in (z, first, second, average)):
            raise CheckpointError("the checkpoint does not fit the model")
        self.steps, self.part = steps, part
        self.plan = Plan(at_once, bool(recompute))  # the size of the parts shows in the last bits
        self.step, self.z, self.adam = step, z.requires_grad_(), Adam(first, second, count)
        self.average = average
        self.plateau, self.settled = Plateau(best, int(since)), bool(settled)
        self.mean_loss = (
            None if math.isnan(mean) else torch.tensor(mean, device=z.device, dtype=torch.float32)
        )
        self.picture, self.excess = self._paint()

    def _plateau(self) -> Tensor:
        mean = math.nan if self.mean_loss is None else float(self.mean_loss)
        numbers = [mean, self.plateau.best, self.plateau.since, self.settled]
        return torch.tensor(numbers, dtype=torch.float64)

    def _identity(self) -> list[int]:
        request = self.request
        return [request.seed & (2**63 - 1), request.width, request.height, request.steps]

    def _gradient(self) -> tuple[Tensor, Tensor]:
        """Gradient of z, and the loss: cutouts pull at the picture, some at a time, then the picture at z."""
        if not self.picture.requires_grad:  # its graph was given up for want of memory
            self.picture, self.excess = self._paint()
        seen = self.picture.detach().requires_grad_()
        draw = generator_for(self.request.seed, self.step)
        settings = self.tuning.views(100 * self.step / self.steps)
        views = draw_views(settings, seen.shape[3], seen.shape[2], draw)
        pull, loss = pull_at(
            seen, views, self.prompt, self._weights(), self.tuning.variation, self.plan.at_once
        )
        ends, pulls = [self.picture], [pull]
        if self.excess is not None:
            ends, pulls = [*ends, self.excess], [pull, torch.full_like(self.excess, self.tuning.range)]
            loss = loss + self.tuning.range * self.excess.detach()
        (gradient,) = torch.autograd.grad(ends, self.z, pulls)
        if self.anchor is not None and self.hole is None and self.request.init_weight > 0:
            held = self.request.init_weight / 2 * F.mse_loss(self.z, self.anchor)
            gradient = gradient + torch.autograd.grad(held, self.z)[0]
            loss = loss + held.detach()
        return gradient, loss

    def _weights(self) -> Tensor:
        """What each phrase weighs now, [P]."""
        return self.prompt.weights(self.before + self.step, self.before + self.steps)

    def _paint(self) -> tuple[Tensor, Tensor | None]:
        """Decode z, to a picture and its excess; with a graph only if a step will need it."""
        with torch.set_grad_enabled(self.step < self.steps):
            developed = self._develop(self.z)
            beyond = excess(developed) if self.tuning.range > 0 else None
            return self._clamped(developed), beyond

    def _develop(self, z: Tensor) -> Tensor:
        return self.model.develop(z, recompute=self.plan.recompute, tile=self.request.manner.tile)

    def _clamped(self, developed: Tensor) -> Tensor:
        painted = clamp_with_gradient(developed, 0.0, 1.0)
        return painted if self.hole is None else self.hole.around(painted)

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
            tile, size = self.request.manner.tile, [side * self.model.config.factor for side in shape[2:]]
            picture = enlarged(self.model.paint(self.z, tile=tile), size, tile=tile).clamp(0, 1)
            self.z = self.model.latent(picture, tile=tile).requires_grad_()
            self.adam, self.part = Adam.fresh(self.z), part
            self.average = torch.zeros_like(self.z)
            self._look_anew()

    def _random_latent(self) -> Tensor:
        shape = self._latent_shape(self.part)
        return random_latent(self.request, self.model, self.tuning, self.prompt, self._weights(), shape)

    def _start(self) -> Tensor:
        if self.anchor is None:
            return self._random_latent().requires_grad_()
        if self.tuning.departure == 0:
            return self.anchor.clone().requires_grad_()
        return self.anchor.lerp(self._random_latent(), self.tuning.departure).requires_grad_()
