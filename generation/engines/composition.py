"""A run of VQGAN+CLIP that starts from a draft: first the transformer's rows, then gentle steps.

A grid is drafts alone, and one of its pictures that was picked is a draft that is there already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load as unpack
from safetensors.torch import save as pack
from torch import Tensor

from generation.engine import Candidates
from generation.engines.draft_model import CaptionModel
from generation.engines.drafting import Draft, DraftPrompt
from generation.engines.painting import CheckpointError, Painting
from generation.engines.prompts import Prompt
from generation.protocol import Generate, Manner

#: The share of the steps that the draft takes.
_DRAFT_SHARE = 4 / 7

Refine = Callable[[Generate, Tensor], Painting]


class Composition:
    """First a `Draft`, then a `Painting` that starts from its best; to the engine it is a `Painting`."""

    def __init__(
        self,
        request: Generate,
        lane: int,
        model: CaptionModel,
        prompt: DraftPrompt,
        dtype: torch.dtype,
        refine: Refine,
        forced: Tensor,
    ) -> None:
        """`forced` are codes [candidates, cells] of the draft, `FREE` where they are drawn."""
        self.request, self.lane, self.model = request, lane, model
        self._refine = refine
        self._painting: Painting | None = None
        self._steered: tuple[Prompt, int] | None = None  #: what the painting is to go by, once it begins
        self._share = _share(request)
        decoder = model.decoder(1, len(prompt.texts), len(forced), dtype)
        draft_request = replace(request, steps=self._share, manner=Manner())  # the painting makes it a tile
        self._draft = Draft(draft_request, lane, model, decoder, 0, prompt, forced)

    @property
    def step(self) -> int:
        """Steps done so far."""
        return self._draft.step + (0 if self._painting is None else self._painting.step)

    @property
    def steps(self) -> int:
        """Steps in all."""
        if self._painting is not None:
            return self._share + self._painting.steps
        return self.request.steps if self._steered is None else self._steered[1]

    @property
    def settled(self) -> bool:
        """Whether it has ended early, because nothing more happened."""
        return self._painting is not None and self._painting.settled

    @property
    def loss(self) -> float | None:
        """Of the draft its own, afterwards VQGAN+CLIP's."""
        return self._current().loss

    def advance(self) -> None:
        """One step: some rows of the draft, or one of the optimiser."""
        if self._draft.step < self._draft.steps:
            self._draft.advance()
            return
        if self._painting is None:
            self._painting = self._start(self._draft.codes[self._draft.best])
        self._painting.advance()

    def candidates(self) -> Candidates | None:
        """All drafts, where a grid is asked for."""
        return self._draft.candidates(self._fitted) if self.request.grid > 1 else None

    def steer(self, prompt: Prompt, steps: int, *, again: bool = False) -> None:
        """Go on by another prompt to so many steps; a draft that is being made is made to its end."""
        steps = max(steps, self._share, self.step)
        self._steered = prompt, steps
        if self._painting is not None:
            self._painting.steer(prompt, steps - self._share, again=again)

    def settle(self) -> None:
        """End here if nothing has been gained for long; a draft is drawn to its end."""
        if self._painting is not None:
            self._painting.settle()

    def is_finite(self) -> bool:
        """Whether all is still numbers."""
        return self._current().is_finite()

    def full_picture(self) -> Tensor:
        """The picture as it stands, [1, 3, H, W] in 0..1 at the size asked for."""
        if self._painting is not None:
            return self._painting.full_picture()
        return self._fitted(self._draft.picture())

    def score(self) -> float | None:
        """Cosine of the whole picture to each phrase, weighted, -1..1."""
        return self._current().score()

    def snapshot(self) -> bytes:
        """The draft's, or the painting's and the codes that it started from."""
        if self._painting is None:
            return pack({"draft": _to_tensor(self._draft.snapshot())})
        return pack(
            {"draft": _to_tensor(self._draft.snapshot()), "painting": _to_tensor(self._painting.snapshot())}
        )

    def restore(self, data: bytes) -> None:
        """Go on from a snapshot. Raises `CheckpointError`."""
        try:
            state = unpack(data)
            draft = state["draft"].numpy().tobytes()
            painting = state["painting"].numpy().tobytes() if "painting" in state else None
        except (SafetensorError, KeyError) as error:
            raise CheckpointError(f"not a checkpoint: {error!r}") from error
        self._draft.restore(draft)
        if painting is not None:
            self._painting = self._start(self._draft.codes[self._draft.best])
            self._painting.restore(painting)

    def _current(self) -> Draft | Painting:
        return self._draft if self._painting is None else self._painting

    def _start(self, codes: Tensor) -> Painting:
        """The painting whose first z is that of the codes."""
        request, network, grid = self.request, self.model.network, self.model.grid
        z = network.rows(codes.view(1, grid, grid))
        if (request.height, request.width) != (self.model.side, self.model.side):
            z = network.latent(self._fitted(self.model.decode(codes[None])))
        painting = self._refine(replace(request, steps=request.steps - self._share), z)
        if self._steered is not None:
            painting.steer(self._steered[0], self._steered[1] - self._share)
        return painting

    def _fitted(self, picture: Tensor) -> Tensor:
        """The draft at the size asked for: scaled until it covers, its middle cut out."""
        size = self.request.height, self.request.width
        side = max(size)
        if picture.shape[2:] == size:
            return picture
        scaled = F.interpolate(picture, (side, side), mode="bicubic", align_corners=False, antialias=True)
        top, left = (side - size[0]) // 2, (side - size[1]) // 2
        return scaled[:, :, top : top + size[0], left : left + size[1]].clamp(0, 1)


def _share(request: Generate) -> int:
    """The steps that the draft takes, all for a grid; a draft that is given has taken them."""
    if request.grid > 1:
        return request.steps
    return min(request.steps, max(1, round(request.steps * _DRAFT_SHARE)))


def _to_tensor(data: bytes) -> Tensor:
    return torch.frombuffer(bytearray(data), dtype=torch.uint8)
