"""The recipe that a picture carries in its own file: how it is written and read back. Standard library alone.

A PNG has it in a chunk iTXt under `KEYWORD`, a WebP in its XMP; pixels are not touched. Whatever a stranger's
file holds there, reading it takes little: sizes are bounded, nothing is expanded, no XML is interpreted.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import struct
import zlib
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Any, Final

from generation.protocol import Manner, Motion, Origin, Phrase, Recipe, Turn
from generation.recipe_values import (
    NamedTarget,
    read_manner,
    read_motion,
    read_number,
    read_phrases,
    read_targets,
    read_turn,
    read_whole,
    read_word,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generation.protocol import Generate

KEYWORD: Final = "gala"
NAMESPACE: Final = "urn:gala:recipe"
MAX_BYTES: Final = 64 * 2**10  #: of a recipe's text; a longer one is no recipe
MAX_CHUNKS: Final = 10_000  #: of a file; Gala's own have a handful

PNG: Final = b"\x89PNG\r\n\x1a\n"
HEADER_END: Final = len(PNG) + 4 + 4 + 13 + 4  #: of a PNG: signature and the chunk IHDR
IN_XMP: Final = re.compile(r"<gala:recipe>([^<>]*)</gala:recipe>|gala:recipe=\"([^<>\"]*)\"")

_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    OverflowError,
    RecursionError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class FileRecipe:
    """All that is needed to paint a picture again. `done` is less than `steps` where it was stopped."""

    phrases: tuple[Phrase, ...]
    engine: str
    model: str
    width: int
    height: int
    steps: int
    done: int
    seed: int
    init_sha256: str | None  #: of the file that it started from
    init_weight: float
    made: Recipe
    origin: Origin | None = None  #: where it started from an earlier picture
    turns: tuple[Turn, ...] = ()  #: that it took on the way
    manner: Manner = field(default_factory=Manner)
    grid: int = 1  #: of how many pictures the sheet is
    candidate: int | None = None  #: of the sheet that it started from, the picture that it is made of
    keep: float | None = None  #: the share of the start's rows that were kept, from the top
    motion: Motion | None = None  #: where it is the last frame of a film
    targets: tuple[NamedTarget, ...] = ()  #: the pictures that it was drawn to

    @property
    def whole(self) -> int:
        """The steps that it was to take in the end."""
        return self.turns[-1].steps if self.turns else self.steps


def recipe_of(request: Generate, done: int, made: Recipe) -> FileRecipe:
    """The recipe of a request that has had so many steps."""
    return FileRecipe(
        phrases=request.phrases,
        engine=request.engine,
        model=request.model,
        width=request.width,
        height=request.height,
        steps=request.steps,
        done=done,
        seed=request.seed,
        init_sha256=None if request.init is None else hashlib.sha256(request.init).hexdigest(),
        init_weight=request.init_weight,
        made=made,
        origin=request.origin,
        turns=tuple(turn for turn in request.turns if turn.step <= done),
        manner=request.manner,
        grid=request.grid,
        candidate=request.candidate,
        keep=request.keep,
        motion=request.motion,
        targets=tuple(map(NamedTarget.of, request.targets)),
    )


# -- as text -----------------------------------------------------------------------------------------------


def to_json(recipe: FileRecipe) -> str:
    """The recipe on one line; equal recipes give equal lines."""
    values = asdict(recipe)
    if recipe.motion is None:
        del values["motion"]
    phrases = [*values["phrases"], *(phrase for turn in values["turns"] for phrase in turn["phrases"])]
    for one in [*phrases, *values["targets"]]:
        one["stop"] = None if one["stop"] == -math.inf else one["stop"]
    if not recipe.targets:
        del values["targets"]
    for phrase in phrases:
        if (phrase["from_percent"], phrase["to_percent"]) == (0, 100):
            del phrase["from_percent"], phrase["to_percent"]
    if recipe.manner == Manner():
        del values["manner"]
    return json.dumps(values, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def from_json(text: str) -> FileRecipe | None:
    """The recipe of such a line; None for anything else."""
    if len(text) > MAX_BYTES:
        return None
    with suppress(*_UNREADABLE):
        return _read(json.loads(text))
    return None


def _read(values: Any) -> FileRecipe:
    made, init, origin = values["made"], values["init_sha256"], values.get("origin")
    candidate, keep = values.get("candidate"), values.get("keep")
    return FileRecipe(
        phrases=read_phrases(values["phrases"]),
        engine=read_word(values["engine"]),
        model=read_word(values["model"]),
        width=read_whole(values["width"], 1),
        height=read_whole(values["height"], 1),
        steps=read_whole(values["steps"], 1),
        done=read_whole(values["done"], 0),
        seed=read_whole(values["seed"], 0),
        init_sha256=None if init is None else read_word(init),
        init_weight=read_number(values["init_weight"]),
        made=Recipe(
            gala=read_word(made["gala"]),
            torch=read_word(made["torch"]),
            device=read_word(made["device"]),
            dtype=read_word(made["dtype"]),
            lane=read_whole(made["lane"], 0),
            model_sha256=read_word(made["model_sha256"]),
        ),
        origin=None if origin is None else Origin(origin),
        turns=tuple(read_turn(turn) for turn in values.get("turns", ())),
        manner=read_manner(values["manner"]) if "manner" in values else Manner(),
        grid=read_whole(values.get("grid", 1), 1),
        candidate=None if candidate is None else read_whole(candidate, 1),
        keep=None if keep is None else read_number(keep),
        motion=None if values.get("motion") is None else read_motion(values["motion"]),
        targets=read_targets(values.get("targets", ())),
    )


# -- in files ----------------------------------------------------------------------------------------------


def sign(png: bytes, recipe: FileRecipe) -> bytes:
    """The PNG with the recipe in it; every other byte stays."""
    text = KEYWORD.encode() + b"\0\0\0\0\0" + to_json(recipe).encode()
    chunk = struct.pack(">I", len(text)) + b"iTXt" + text + struct.pack(">I", zlib.crc32(b"iTXt" + text))
    return png[:HEADER_END] + chunk + png[HEADER_END:]


def xmp(recipe: FileRecipe) -> bytes:
    """The recipe as XMP, for a WebP."""
    line = to_json(recipe).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:gala="{NAMESPACE}"><gala:recipe>{line}</gala:recipe>'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def read_recipe(data: bytes) -> FileRecipe | None:
    """The recipe that a PNG or a WebP carries; None where there is none. Any bytes may be asked."""
    with suppress(*_UNREADABLE):
        texts = _in_png(data) if data.startswith(PNG) else _in_webp(data)
        return next((found for text in texts if (found := from_json(text))), None)
    return None


def _in_png(data: bytes) -> Iterator[str]:
    place = len(PNG)
    for _ in range(MAX_CHUNKS):
        if place + 8 > len(data):
            return
        (size,) = struct.unpack_from(">I", data, place)
        if data[place + 4 : place + 8] == b"iTXt" and size <= 2 * MAX_BYTES:
            keyword, _, rest = data[place + 8 : place + 8 + size].partition(b"\0")
            if keyword == KEYWORD.encode():
                yield _itxt(rest)
        place += size + 12


def _itxt(rest: bytes) -> str:
    """The text of a chunk iTXt, from after its keyword on."""
    _language, _translated, text = rest[2:].split(b"\0", 2)
    return (_inflated(text) if rest[0] else text).decode()


def _inflated(data: bytes) -> bytes:
    """What was deflated, a little more than a recipe may have at most: a bomb does not go off."""
    return zlib.decompressobj().decompress(data, MAX_BYTES + 1)


def _in_webp(data: bytes) -> Iterator[str]:
    place = 12
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return
    for _ in range(MAX_CHUNKS):
        if place + 8 > len(data):
            return
        (size,) = struct.unpack_from("<I", data, place + 4)
        if data[place : place + 4] == b"XMP " and size <= 4 * MAX_BYTES:
            text = data[place + 8 : place + 8 + size].decode()
            yield from (unescape(found[1] or found[2]) for found in IN_XMP.finditer(text))
        place += 8 + size + size % 2
