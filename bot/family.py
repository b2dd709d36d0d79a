"""The family of a generation: what it was made from, and what was made from it, as far as one may see. Pure.

Of the pictures that an asker may not see, and of those that are gone, all that a node has of the same kind
are one empty node, which says nothing, and behind which nothing is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from bot.visibility import sees

if TYPE_CHECKING:
    from bot.visibility import Sight
    from storage.generations import Generation

MOST_ABOVE: Final = 5  #: generations of ancestors
MOST_BELOW: Final = 4  #: generations of descendants
MOST_CHILDREN: Final = 6  #: of one picture
MOST_NODES: Final = 40


@dataclass(frozen=True, slots=True)
class Node:
    """A picture of the family; None is an empty frame. `more`: not everything that follows is there."""

    made: Generation | None
    children: tuple[Node, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A node and where it stands: columns from the left, rows from the top; `parent` is its index."""

    node: Node
    column: int
    row: float
    parent: int | None


class Lines(Protocol):
    """Where parents and children are looked up."""

    async def get(self, code: str) -> Generation | None:
        """The generation of this code."""

    async def children(self, code: str, limit: int = 25) -> list[Generation]:
        """What was made from a generation, oldest first."""


async def family(lines: Lines, sight: Sight, focus: Generation) -> Node:
    """The family of a generation that the asker may see, from its eldest known ancestor on."""
    node = await _below(lines, sight, focus, MOST_BELOW, [MOST_NODES - MOST_ABOVE - 1])
    code = focus.parent
    for _ in range(MOST_ABOVE):
        if code is None:
            return node
        parent = await lines.get(code)
        if parent is None or not sees(sight, parent):
            return Node(None, (node,))
        node, code = Node(parent, (node,)), parent.parent
    return node if code is None else Node(None, (node,), more=True)


async def _below(lines: Lines, sight: Sight, made: Generation, depth: int, room: list[int]) -> Node:
    """The node and its descendants; `room` holds how many more there is place for."""
    found = await lines.children(made.code)
    seen = [child for child in found if sees(sight, child)]
    kept = seen[: min(max(room[0], 0), MOST_CHILDREN)] if depth else []
    room[0] -= len(kept)
    nodes = [await _below(lines, sight, child, depth - 1, room) for child in kept]
    hidden = depth > 0 and len(seen) < len(found)
    return Node(made, (*nodes, *[Node(None)] * hidden), more=len(kept) < len(seen))


def placed(root: Node) -> list[Placed]:
    """Where each node stands, parents before their children and halfway between the first and the last."""
    found: list[Placed] = []
    leaves = [0.0]

    def place(node: Node, column: int, parent: int | None) -> float:
        index = len(found)
        found.append(Placed(node, column, 0.0, parent))
        rows = [place(child, column + 1, index) for child in node.children]
        if rows:
            row = (rows[0] + rows[-1]) / 2
        else:
            row = leaves[0]
            leaves[0] += 1
        found[index] = replace(found[index], row=row)
        return row

    place(root, 0, None)
    return found


def members(root: Node) -> Iterator[Generation]:
    """The pictures of a family that are shown, eldest first."""
    for each in placed(root):
        if each.node.made is not None:
            yield each.node.made


def in_words(root: Node) -> str:
    """The family for who does not see the picture: "abcdef → (ghjkmn, pqrstu → vwxyza)"."""
    name = root.made.code if root.made else "?"
    within = ", ".join(in_words(child) for child in root.children)
    if not within:
        return name
    return f"{name} → {within if len(root.children) == 1 else f'({within})'}"
