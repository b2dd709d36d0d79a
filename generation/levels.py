"""What the names and shapes of a VQGAN's half tell of its levels, where there is no YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True)
class Levels:
    """Of the full size first: how wide each is, and whether it attends; the blocks in each."""

    widths: tuple[int, ...]
    attend: tuple[bool, ...]
    blocks: int


def levels_of(state: Mapping[str, Tensor], half: str) -> Levels:
    """`half` is "encoder.down" or "decoder.up". Raises `KeyError` or `ValueError` where there are none."""
    found = (re.match(rf"{re.escape(half)}\.(\d+)\.", name) for name in state)
    count = 1 + max(int(match[1]) for match in found if match)
    first = re.compile(rf"{re.escape(half)}\.0\.block\.\d+\.conv1\.weight")
    return Levels(
        widths=tuple(state[f"{half}.{i}.block.0.conv2.weight"].shape[0] for i in range(count)),
        attend=tuple(f"{half}.{i}.attn.0.q.weight" in state for i in range(count)),
        blocks=sum(bool(first.fullmatch(name)) for name in state),
    )
