"""A run of VQGAN+CLIP that becomes a film: a first picture, then again and again a warp and a few steps.

Each frame starts from the latent of the frame before as the camera now sees it, with a fresh optimiser. No
frame is kept here: what is whole has left before the next begins.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from safetensors import SafetensorError
from safetensors.torch import load as unpack
from safetensors.torch import save as pack
from torch import Tensor

from generation.camera import moved
from generation.engine import Refusal, Run
from generation.engines.composition import Composition
from generation.engines.guided import GuidedModel
from generation.engines.painting import CheckpointError, Painting
from generation.engines.prompts import Prompt
from generation.engines.tuning import Tuning, repeating, travelling
from generation.memory import Plan
from generation.protocol import Generate, Reason

#: From one frame to the next: by what it may grow or shrink, and how far the camera may go.
_MOST_ZOOM, _MOST_SHIFT = 2.0, 1.0

Lead = Callable[..., Painting | Composition]


def refuse_bad_motion(request: Generate) -> None:
    """Raise `Refusal` for a camera's way that leads nowhere."""
    motion = request.motion
    if motion is None:
        return
    counts = (
        request.grid == 1
        and motion.every >= 1
        and motion.lead >= (request.init is None)
        and request.steps >= motion.lead
    )
    shifts = max(abs(motion.right), abs(motion.down)) <= _MOST_SHIFT and math.isfinite(motion.turn)
    if not (counts and shifts and 1 / _MOST_ZOOM <= motion.zoom <= _MOST_ZOOM):
        raise Refusal(Reason.BAD_REQUEST, str(motion))


class Travel:
    """First the lead's picture, then `Painting`s of a few steps each; to the engine it is one `Painting`."""

    def __init__(
        self,
        request: Generate,
        lane: int,
        model: GuidedModel,
        tuning: Tuning,
        prompt: Prompt,
        lead: Lead,
        plan: Plan,
    ) -> None:
        assert request.motion is not None
        self.request, self.motion, self.lane, self.model = request, request.motion, lane, model
        self._tuning = repeating(travelling(tuning)) if request.manner.tile else travelling(tuning)
        self.steps = request.steps
        unending = replace(request.manner, patience=0)
        self._parts = replace(request, init_weight=0.0, checkpoint=None, manner=unending)
        self._prompt, self._plan = prompt, plan
        self._frame = 0  #: that is being painted; 0 is the lead's
        part = replace(self._parts, steps=self.motion.lead)
        self._current = lead(part, prompt=self._part_of(prompt))

    @property
    def step(self) -> int:
        """Steps done so far."""
        return self._before() + self._current.step

    @property
    def loss(self) -> float | None:
        """Of the frame that is being painted."""
        return self._current.loss

    def advance(self) -> None:
        """One step; where a frame is whole, the first of the next."""
        if self._current.step >= self._length():
            picture, tile = self._current.full_picture(), self.request.manner.tile
            z = self.model.latent(moved(picture, self.motion, tile=tile), tile=tile)
            self._frame += 1
            self._current = self._begin(z)
        self._current.advance()

    @property
    def settled(self) -> bool:
        """A film goes on to its end: there is always more to come into view."""
        return False

    def settle(self) -> None:
        """Nothing ends a film early."""

    def steer(self, prompt: Prompt, steps: int, *, again: bool = False) -> None:
        """Go on by another prompt to so many steps; the lead still takes as many as it was to take."""
        self._prompt, self.steps = prompt, max(steps, self.step)
        self._current.steer(self._part_of(prompt), self._length(), again=again)

    def is_finite(self) -> bool:
        """Whether all is still numbers."""
        return self._current.is_finite()

    def full_picture(self) -> Tensor:
        """The picture as it stands, [1, 3, H, W] in 0..1 at the size asked for."""
        return self._current.full_picture()

    def score(self) -> float | None:
        """Cosine of the whole picture to each phrase, weighted, -1..1."""
        return self._current.score()

    def snapshot(self) -> bytes:
        """The frame that is being painted, and which it is."""
        data = torch.frombuffer(bytearray(self._current.snapshot()), dtype=torch.uint8)
        return pack({"current": data, "numbers": torch.tensor([self._frame, self.steps, *self._identity()])})

    def restore(self, data: bytes) -> None:
        """Go on from a snapshot. Raises `CheckpointError`."""
        try:
            state = unpack(data)
            frame, steps, *identity = state["numbers"].tolist()
            current = state["current"].numpy().tobytes()
        except (SafetensorError, KeyError, ValueError) as error:
            raise CheckpointError(f"not a checkpoint: {error!r}") from error
        if identity != self._identity() or not 0 <= frame <= steps:
            raise CheckpointError("the checkpoint belongs to another film")
        self._frame, self.steps = frame, steps
        if frame:
            config = self.model.config
            shape = (1, config.embed_dim, *(side // config.factor for side in self._size()))
            self._current = self._begin(torch.zeros(shape, device=self.model.device))
        self._current.restore(current)

    def _begin(self, z: Tensor) -> Painting:
        """The frame whose first latent is z; its random numbers are its own."""
        seed = self.request.seed + self._frame
        part = replace(self._parts, seed=seed, steps=self.motion.every)
        prompt = self._part_of(self._prompt)
        return Painting(part, self.lane, self.model, self._tuning, prompt, z, self._plan)

    def _part_of(self, prompt: Prompt) -> Prompt:
        """The prompt for the frame that is being painted: its spans are of the whole film."""
        return replace(prompt, before=self._before(), whole=self.steps)

    def _before(self) -> int:
        return self.motion.steps(self._frame) if self._frame else 0

    def _length(self) -> int:
        return self.motion.every if self._frame else self.motion.lead

    def _size(self) -> tuple[int, int]:
        return self.request.height, self.request.width

    def _identity(self) -> list[int]:
        """The request's numbers; of the motion those that are fractions in millionths."""
        request, motion = self.request, self.motion
        moves = (motion.zoom, motion.right, motion.down, motion.turn)
        return [
            request.seed & (2**63 - 1),
            *(request.width, request.height, request.steps, motion.lead, motion.every),
            *(round(move * 1_000_000) for move in moves),
        ]


AnyRun = Painting | Composition | Travel


def painting_of(run: Run) -> AnyRun:
    """A run of this engine's, as such."""
    assert isinstance(run, AnyRun)
    return run
