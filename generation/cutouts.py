"""Cutouts: many random, changed views of one picture for CLIP to judge, as one batch.

Each view is a true crop of the picture, resampled with a triangle filter that widens when it shrinks (no
aliasing), written as two matrix products; then one warp (rotation, shear, tilt), one colour matrix and noise.
The random numbers are drawn apart from their use, on the CPU, so that they depend on the generator alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.pooling import pool
from generation.warp import sample

#: Rows of RGB → YIQ: lightness and the two axes of colour in which a hue is an angle.
_YIQ = ((0.299, 0.587, 0.114), (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112))


@dataclass(frozen=True, slots=True)
class CutoutSettings:
    """How views are drawn. Sides are fractions of the picture's shorter side; chances are 0..1."""

    count: int = 32
    whole: int = 0  #: how many of them see the whole picture, squeezed to a square
    pooled: int = 0  #: and how many see it pooled instead, see `generation.pooling`
    grey: float = 0.0  #: share of those that see the whole, and of the others, that see no colours
    smallest: float = 0.25
    largest: float = 1.0
    power: float = 1.0  #: cut power: above 1 small views are commoner, below 1 large ones
    flip: float = 0.5
    warp: float = 0.8  #: chance of rotation, shift, shear and tilt
    rotation: float = 15.0  #: degrees, either way
    shift: float = 0.1
    shear: float = 0.05
    tilt: float = 0.2
    colour: float = 0.7  #: chance of a change of brightness, contrast, saturation and hue
    jitter: float = 0.1
    hue: float = 0.1  #: radians, either way
    noise: float = 0.1  #: largest standard deviation, of pixels 0..1
    erase: float = 0.0  #: chance of a rectangle painted grey
    erased: float = 0.4  #: its largest side
    soften: float = 0.0  #: chance of less sharpness
    sharpness: float = 0.3  #: the most that is then left of it, 0..1
    wrap: bool = False  #: views go on at the picture's other edge


@dataclass(frozen=True, slots=True)
class Views:
    """The drawn numbers of N views; on the CPU, float32."""

    box: Tensor  #: [N, 4] left, top, width, height in pixels
    flip: Tensor  #: [N] bool
    warp: Tensor  #: [N, 3, 3] from a view's coordinates (-1..1) to the crop's
    colour: Tensor  #: [N, 3, 4] matrix and offset on RGB 0..1
    noise: Tensor  #: [N] standard deviation
    erased: Tensor  #: [N, 4] left, top, right, bottom in 0..1; empty where nothing is erased
    pooled: Tensor  #: [N] bool, true of the last ones: those see the whole picture, pooled
    sharpness: Tensor  #: [N] what is left of it, 0..1
    seed: int  #: of the noise itself, drawn where it is used
    first: int = 0  #: where these views stand among those drawn together
    drawn: int = 0  #: how many were drawn together; 0: these are all
    wrap: bool = False  #: boxes go on at the picture's other edge

    def __len__(self) -> int:
        return len(self.box)

    def part(self, first: int, count: int) -> Views:
        """Some of the views; each sees what it would see among all."""
        cut = slice(first, first + count)
        return replace(
            self,
            box=self.box[cut],
            flip=self.flip[cut],
            warp=self.warp[cut],
            colour=self.colour[cut],
            noise=self.noise[cut],
            erased=self.erased[cut],
            pooled=self.pooled[cut],
            sharpness=self.sharpness[cut],
            first=first,
            drawn=len(self),
        )


def draw_views(settings: CutoutSettings, width: int, height: int, generator: torch.Generator) -> Views:
    """Draw what `settings` leave open, for a picture of the given size."""
    n = settings.count
    return Views(
        box=_boxes(settings, width, height, generator),
        flip=torch.rand(n, generator=generator) < settings.flip,
        warp=_warps(settings, generator),
        colour=_greyed(_colours(settings, generator), settings),
        noise=torch.rand(n, generator=generator) * settings.noise,
        erased=_rectangles(settings, generator),
        pooled=torch.arange(n) >= n - settings.pooled,
        seed=int(torch.randint(2**31, (), generator=generator)),
        sharpness=_sharpness(settings, generator),
        wrap=settings.wrap,
    )


def make_cutouts(picture: Tensor, views: Views, side: int) -> Tensor:
    """Picture [1, 3, H, W] in 0..1 → the views [N, 3, side, side], differentiable."""
    device = picture.device
    cuts = _softened(_squares(picture, views, side), views.sharpness)
    grid = _grid(views.warp, side).to(device)
    cuts = sample(cuts, grid)
    colour = views.colour.to(device)
    flat = torch.baddbmm(colour[:, :, 3:], colour[:, :, :3], cuts.flatten(2))
    return flat.view_as(cuts) * _kept(views, side).to(device) + _noise(views, side, device)


def resampling(start: Tensor, length: Tensor, source: int, target: int, *, wrap: bool = False) -> Tensor:
    """Matrices [N, target, source]: `length` pixels from `start` on, read at `target` places.

    A triangle as wide as a target pixel, at least one source pixel; rows sum to 1; beyond the border the
    outermost pixels count alone, or with `wrap` those of the other side.
    """
    scale = (length / target).view(-1, 1, 1)
    places = (torch.arange(target) + 0.5).view(1, -1, 1)
    centre = start.view(-1, 1, 1) + places * scale - 0.5
    pixels = torch.arange(source).view(1, 1, -1)
    if wrap:
        distance = (pixels - centre).remainder(source)
        distance = torch.minimum(distance, source - distance)
    else:
        distance = (pixels - centre.clamp(0, source - 1)).abs()
    weights = (1 - distance / scale.clamp(min=1)).clamp(min=0)
    return weights / weights.sum(2, keepdim=True)


def _squares(picture: Tensor, views: Views, side: int) -> Tensor:
    crops = len(views) - int(views.pooled.sum())
    squares = [_crop(picture, views.part(0, crops), side)] if crops else []
    if crops < len(views):
        whole, flip = pool(picture, side), views.flip[crops:].view(-1, 1, 1, 1)
        squares.append(torch.where(flip.to(whole.device), whole.flip(3), whole))
    return torch.cat(squares)


def _crop(picture: Tensor, views: Views, side: int) -> Tensor:
    _, c, h, w = picture.shape
    n = len(views)
    left, top, width, height = views.box.unbind(1)
    down = resampling(top, height, h, side, wrap=views.wrap).to(picture.device)
    across = resampling(left, width, w, side, wrap=views.wrap)
    across = torch.where(views.flip.view(-1, 1, 1), across.flip(1), across).to(picture.device)
    lines = picture[0].transpose(0, 1).reshape(h, c * w)
    rows = (down.view(n * side, h) @ lines).view(n, side * c, w)
    return (rows @ across.mT).view(n, side, c, side).transpose(1, 2)


def _boxes(settings: CutoutSettings, width: int, height: int, generator: torch.Generator) -> Tensor:
    chance = torch.rand(settings.count, 3, generator=generator)
    spread = settings.largest - settings.smallest
    side = (chance[:, 0] ** settings.power * spread + settings.smallest) * min(width, height)
    room = [full if settings.wrap else full - side for full in (width, height)]
    boxes = torch.stack([chance[:, 1] * room[0], chance[:, 2] * room[1], side, side], 1)
    boxes[: settings.whole, 2:] = torch.tensor([float(width), float(height)])
    if not settings.wrap:
        boxes[: settings.whole, :2] = 0.0
    return boxes


def _warps(settings: CutoutSettings, generator: torch.Generator) -> Tensor:
    """Tilt after shear after rotation and shift, each where its chance allows."""
    n = settings.count
    applied = torch.rand(n, generator=generator) < settings.warp
    spread = torch.tensor(
        [math.radians(settings.rotation), *[settings.shift] * 2, settings.shear, *[settings.tilt] * 2]
    )
    angle, x, y, shear, tilt_x, tilt_y = ((torch.rand(n, 6, generator=generator) * 2 - 1) * spread).unbind(1)
    one, zero = torch.ones(n), torch.zeros(n)
    turn = _matrices([angle.cos(), -angle.sin(), x, angle.sin(), angle.cos(), y, zero, zero, one])
    bend = _matrices([one, shear, zero, zero, one, zero, tilt_x, tilt_y, one])
    return torch.where(applied.view(-1, 1, 1), turn @ bend, torch.eye(3))


def _colours(settings: CutoutSettings, generator: torch.Generator) -> Tensor:
    n = settings.count
    applied = torch.rand(n, generator=generator) < settings.colour
    chance = torch.rand(n, 4, generator=generator) * 2 - 1
    brightness, contrast, saturation = (chance[:, :3] * settings.jitter).unbind(1)
    angle = chance[:, 3] * settings.hue
    one, zero = torch.ones(n), torch.zeros(n)
    yiq = torch.tensor(_YIQ)
    turn = _matrices([one, zero, zero, zero, angle.cos(), -angle.sin(), zero, angle.sin(), angle.cos()])
    chroma = (1 + saturation).view(-1, 1, 1) * torch.diag(torch.tensor([0.0, 1.0, 1.0]))
    matrix = torch.linalg.inv(yiq) @ (torch.diag(torch.tensor([1.0, 0.0, 0.0])) + chroma) @ turn @ yiq
    matrix = (1 + contrast).view(-1, 1, 1) * matrix
    offset = (brightness - contrast / 2).view(-1, 1, 1).expand(-1, 3, 1)
    plain = torch.eye(3, 4)
    return torch.where(applied.view(-1, 1, 1), torch.cat([matrix, offset], 2), plain)


def _greyed(colour: Tensor, settings: CutoutSettings) -> Tensor:
    """Colour matrices that some of the views see in shades of grey alone."""
    place = torch.arange(settings.count)
    overview = place < settings.whole
    others = settings.count - settings.whole
    grey = torch.where(
        overview,
        place < round(settings.grey * settings.whole),
        place - settings.whole < round(settings.grey * others),
    )
    lightness = torch.tensor(_YIQ[0]).expand(3, 3)
    return torch.where(
        grey.view(-1, 1, 1), torch.cat([colour[:, :, :3] @ lightness, colour[:, :, 3:]], 2), colour
    )


def _rectangles(settings: CutoutSettings, generator: torch.Generator) -> Tensor:
    chance = torch.rand(settings.count, 5, generator=generator)
    applied = chance[:, :1] < settings.erase
    extent = chance[:, 1:3] * settings.erased * applied
    corner = chance[:, 3:] * (1 - extent)
    return torch.cat([corner, corner + extent], 1)


def _sharpness(settings: CutoutSettings, generator: torch.Generator) -> Tensor:
    chance = torch.rand(settings.count, 2, generator=generator)
    return torch.where(chance[:, 0] < settings.soften, chance[:, 1] * settings.sharpness, 1.0)


def _softened(cuts: Tensor, sharpness: Tensor) -> Tensor:
    """Views between smooth (each pixel five times among its neighbours, as in Pillow) and as they are."""
    if bool((sharpness == 1).all()):
        return cuts
    near = F.avg_pool2d(cuts, 3, stride=1, padding=1, count_include_pad=False)
    smooth = torch.lerp(near, cuts, 4 / 13)
    return torch.lerp(smooth, cuts, sharpness.view(-1, 1, 1, 1).to(cuts.device))


def _matrices(entries: list[Tensor]) -> Tensor:
    return torch.stack(entries, 1).view(-1, 3, 3)


def _grid(warp: Tensor, side: int) -> Tensor:
    """Where each place of a view reads its crop: [N, side, side, 2] in -1..1."""
    axis = (torch.arange(side) + 0.5) * 2 / side - 1
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    places = torch.stack([x, y, torch.ones_like(x)], -1).view(1, -1, 3)
    read = places @ warp.mT
    return (read[..., :2] / read[..., 2:].clamp(min=0.1)).view(-1, side, side, 2)


def _kept(views: Views, side: int) -> Tensor:
    """1 where a view is seen, 0 where it is erased: [N, 1, side, side]."""
    axis = (torch.arange(side) + 0.5) / side
    left, top, right, bottom = views.erased.view(-1, 4, 1).unbind(1)
    across = (axis >= left) & (axis < right)
    down = (axis >= top) & (axis < bottom)
    return 1 - (down.unsqueeze(2) & across.unsqueeze(1)).float().unsqueeze(1)


def _noise(views: Views, side: int, device: torch.device) -> Tensor:
    generator = torch.Generator(device).manual_seed(views.seed)
    noise = torch.randn(views.drawn or len(views), 3, side, side, generator=generator, device=device)
    return noise[views.first : views.first + len(views)] * views.noise.to(device).view(-1, 1, 1, 1)
