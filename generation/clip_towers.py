"""The two halves of CLIP: the transformer that text and ViT share, and the image towers.

Names and numbers are those of OpenAI's published models; `generation.clip` joins them.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generation.clip_config import Activation, CLIPConfig
from generation.frozen import attend, linear

_QUICKNESS = 1.702


class QuickGELU(nn.Module):
    """The approximation that the published weights were trained with."""

    def forward(self, x: Tensor) -> Tensor:
        """Any shape."""
        return x * torch.sigmoid(_QUICKNESS * x)


class Attention(nn.Module):
    """Multi-head self-attention under the parameter names of `nn.MultiheadAttention`, batch first."""

    def __init__(self, width: int, heads: int, *, causal: bool) -> None:
        super().__init__()
        self.heads = heads
        self.causal = causal
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: Tensor, asking: int | None = None) -> Tensor:
        """[B, n, width] → [B, asking, width]: all places are looked at by the first `asking`, or by all."""
        if asking is None:
            q, k, v = self._project(x, 0, 3)
        else:
            (q,), (k, v) = self._project(x[:, :asking], 0, 1), self._project(x, 1, 3)
        attended = attend(q, k, v, causal=self.causal).transpose(1, 2).flatten(2)
        return linear(attended, self.out_proj.weight, self.out_proj.bias)

    def _project(self, x: Tensor, first: int, end: int) -> Tensor:
        """Of q, k and v those from `first` on, each [B, heads, n, width / heads]."""
        b, n, c = x.shape
        part = slice(first * c, end * c)
        rows = linear(x, self.in_proj_weight[part], self.in_proj_bias[part])
        return rows.view(b, n, end - first, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)


class MLP(nn.Module):
    """Two layers, four times as wide between them."""

    def __init__(self, width: int, gelu: nn.Module) -> None:
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.gelu = gelu
        self.c_proj = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """[..., width] → the same shape."""
        wide = self.gelu(linear(x, self.c_fc.weight, self.c_fc.bias))
        return linear(wide, self.c_proj.weight, self.c_proj.bias)


class ResidualAttentionBlock(nn.Module):
    """Pre-norm attention and MLP."""

    def __init__(self, width: int, heads: int, *, causal: bool, activation: Activation) -> None:
        super().__init__()
        gelu = nn.GELU() if activation == "gelu" else QuickGELU()
        self.attn = Attention(width, heads, causal=causal)
        self.ln_1 = nn.LayerNorm(width)
        self.mlp = MLP(width, gelu)
        self.ln_2 = nn.LayerNorm(width)

    def forward(self, x: Tensor, asking: int | None = None) -> Tensor:
        """[B, n, width] → [B, asking, width]; without `asking` all places come out."""
        x = x[:, :asking] + self.attn(self.ln_1(x), asking)
        out: Tensor = x + self.mlp(self.ln_2(x))
        return out


class Transformer(nn.Module):
    """[B, n, width] → [B, n, width]."""

    def __init__(
        self, width: int, layers: int, heads: int, *, causal: bool, activation: Activation = "quick-gelu"
    ) -> None:
        super().__init__()
        self.width = width
        self.resblocks = nn.Sequential(
            *(
                ResidualAttentionBlock(width, heads, causal=causal, activation=activation)
                for _ in range(layers)
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        """[B, n, width] → the same shape."""
        out: Tensor = self.resblocks(x)
        return out

    def initialise(self) -> None:
        """The initial spread of OpenAI's training code."""
        into = self.width**-0.5
        out = into * (2 * len(self.resblocks)) ** -0.5
        for name, parameter in self.resblocks.named_parameters():
            if name.endswith(("in_proj_weight", "out_proj.weight", "c_proj.weight")):
                nn.init.normal_(parameter, std=into if "in_proj" in name else out)
            elif name.endswith("c_fc.weight"):
                nn.init.normal_(parameter, std=(2 * self.width) ** -0.5)


class VisionTransformer(nn.Module):
    """ViT with a class token and a norm before and after the transformer."""

    def __init__(self, config: CLIPConfig, patch: int) -> None:
        super().__init__()
        width, places = config.vision_width, config.image_resolution // patch
        self.patch = patch
        self.conv1 = nn.Conv2d(3, width, patch, stride=patch, bias=False)
        self.class_embedding = nn.Parameter(torch.empty(width))
        self.positional_embedding = nn.Parameter(torch.empty(places**2 + 1, width))
        self.ln_pre = nn.LayerNorm(width)
        self.transformer = Transformer(
            width,
            config.vision_layers[0],
            config.vision_heads,
            causal=False,
            activation=config.traits.activation,
        )
        self.ln_post = nn.LayerNorm(width)
        self.proj = nn.Parameter(torch.empty(width, config.embed_dim))

    def forward(self, x: Tensor) -> Tensor:
        """Normalised pixels [B, 3, R, R] → [B, embed_dim]."""
        x = linear(_patches(x, self.patch), self.conv1.weight.flatten(1))
        x = torch.cat([self.class_embedding.to(x.dtype).expand(len(x), 1, -1), x], 1)
        x = self.ln_pre(x + self.positional_embedding)
        *blocks, last = self.transformer.resblocks
        for block in blocks:
            x = block(x)
        x = last(x, 1)  # of the last block only the class token is read
        out: Tensor = self.ln_post(x[:, 0]) @ self.proj
        return out

    def initialise(self) -> None:
        """The initial spread of OpenAI's training code."""
        scale = self.transformer.width**-0.5
        for parameter in (self.class_embedding, self.positional_embedding, self.proj):
            nn.init.normal_(parameter, std=scale)
        self.transformer.initialise()


def _patches(x: Tensor, size: int) -> Tensor:
    """[B, 3, H, W] → [B, places, 3*size*size].

    As one matrix product the patch convolution's backward is several times faster than with a stride.
    """
    b, c, h, w = x.shape
    tiles = x.reshape(b, c, h // size, size, w // size, size).permute(0, 2, 4, 1, 3, 5)
    return tiles.reshape(b, (h // size) * (w // size), c * size * size)


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 with the stride done by average pooling, also on the shortcut."""

    expansion = 4

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        out = width * self.expansion
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.avgpool = nn.AvgPool2d(stride) if stride > 1 else nn.Identity()
        self.conv3 = nn.Conv2d(width, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.downsample = _shortcut(channels, out, stride) if stride > 1 or channels != out else None

    def forward(self, x: Tensor) -> Tensor:
        """[B, channels, H, W] → [B, 4*width, H/stride, W/stride]."""
        h = F.relu(self.bn1(self.conv1(x)))
        h = self.avgpool(F.relu(self.bn2(self.conv2(h))))
        h = self.bn3(self.conv3(h))
        return F.relu(h + (x if self.downsample is None else self.downsample(x)))


def _shortcut(channels: int, out: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(channels, out, 1, bias=False)
    layers = {"-1": nn.AvgPool2d(stride), "0": convolution, "1": nn.BatchNorm2d(out)}
    return nn.Sequential(OrderedDict(layers))


class AttentionPool(nn.Module):
    """The mean of all places asks, all places and the mean answer."""

    def __init__(self, places: int, width: int, heads: int, out: int) -> None:
        super().__init__()
        self.heads = heads
        self.positional_embedding = nn.Parameter(torch.empty(places + 1, width))
        self.k_proj = nn.Linear(width, width)
        self.q_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.c_proj = nn.Linear(width, out)

    def forward(self, x: Tensor) -> Tensor:
        """[B, width, h, w] → [B, out]."""
        x = x.flatten(2).mT  # [B, places, C]
        x = torch.cat([x.mean(1, keepdim=True), x], 1) + self.positional_embedding
        b, n, c = x.shape
        q = self.q_proj(x[:, :1]).view(b, 1, self.heads, -1).transpose(1, 2)
        k, v = (layer(x).view(b, n, self.heads, -1).transpose(1, 2) for layer in (self.k_proj, self.v_proj))
        attended = F.scaled_dot_product_attention(q, k, v)
        out: Tensor = self.c_proj(attended.reshape(b, c))
        return out


class ModifiedResNet(nn.Module):
    """ResNet with a stem of three convolutions, anti-aliased strides and attention pooling."""

    def __init__(self, config: CLIPConfig) -> None:
        super().__init__()
        width = config.vision_width
        self.conv1 = nn.Conv2d(3, width // 2, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width // 2)
        self.conv2 = nn.Conv2d(width // 2, width // 2, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width // 2)
        self.conv3 = nn.Conv2d(width // 2, width, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.avgpool = nn.AvgPool2d(2)
        one, two, three, four = config.vision_layers
        self.layer1 = _stage(width, width, one, stride=1)
        self.layer2 = _stage(width * 4, width * 2, two, stride=2)
        self.layer3 = _stage(width * 8, width * 4, three, stride=2)
        self.layer4 = _stage(width * 16, width * 8, four, stride=2)
        places = (config.image_resolution // 32) ** 2
        self.attnpool = AttentionPool(places, width * 32, config.vision_heads, config.embed_dim)

    def forward(self, x: Tensor) -> Tensor:
        """Normalised pixels [B, 3, R, R] → [B, embed_dim]."""
        for convolution, bn in ((self.conv1, self.bn1), (self.conv2, self.bn2), (self.conv3, self.bn3)):
            x = F.relu(bn(convolution(x)))
        x = self.avgpool(x)
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
        out: Tensor = self.attnpool(x)
        return out

    def initialise(self) -> None:
        """The initial spread of OpenAI's training code."""
        pool = self.attnpool
        std = pool.positional_embedding.shape[1] ** -0.5
        nn.init.normal_(pool.positional_embedding, std=std)
        for layer in (pool.q_proj, pool.k_proj, pool.v_proj, pool.c_proj):
            nn.init.normal_(layer.weight, std=std)
        for name, parameter in self.named_parameters():
            if name.startswith("layer") and name.endswith("bn3.weight"):
                nn.init.zeros_(parameter)


def _stage(channels: int, width: int, blocks: int, stride: int) -> nn.Sequential:
    out = width * Bottleneck.expansion
    first = Bottleneck(channels, width, stride)
    return nn.Sequential(first, *(Bottleneck(out, width, 1) for _ in range(blocks - 1)))


def image_tower(config: CLIPConfig) -> ModifiedResNet | VisionTransformer:
    """The tower that the configuration describes."""
    if config.vision_patch_size is None:
        return ModifiedResNet(config)
    return VisionTransformer(config, config.vision_patch_size)


@torch.no_grad()
def fold_quick_gelus(tower: nn.Module) -> None:
    """Make QuickGELU of x the SiLU of 1.702·x, a single function; the weights around it take the scale."""
    for module in tower.modules():
        if isinstance(module, MLP) and isinstance(module.gelu, QuickGELU):
            module.c_fc.weight.mul_(_QUICKNESS)
            module.c_fc.bias.mul_(_QUICKNESS)
            module.c_proj.weight.div_(_QUICKNESS)
            module.gelu = nn.SiLU()
