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

from generation.protocol import Manner, Motion, Noise, Origin, Phrase, Recipe, Start, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generation.protocol import Generate

KEYWORD: Final = "gala"
NAMESPACE: Final = "urn:gala:recipe"
MAX_BYTES: Final = 64 * 2**10  #: of a recipe's text; a longer one is no recipe
MAX_CHUNKS: Final = 10_000  #: of a file; Gala's own have a handful
MAX_PHRASES: Final = 64
MAX_WORD: Final = 200  #: characters of a name or a hash
MAX_NUMBER: Final = 2**53 - 1

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
    )


# -- as text -----------------------------------------------------------------------------------------------


def to_json(recipe: FileRecipe) -> str:
    """The recipe on one line; equal recipes give equal lines."""
    values = asdict(recipe)
    if recipe.motion is None:
        del values["motion"]
    for phrase in [*values["phrases"], *(phrase for turn in values["turns"] for phrase in turn["phrases"])]:
        phrase["stop"] = None if phrase["stop"] == -math.inf else phrase["stop"]
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
        phrases=_phrases(values["phrases"]),
        engine=_word(values["engine"]),
        model=_word(values["model"]),
        width=_whole(values["width"], 1),
        height=_whole(values["height"], 1),
        steps=_whole(values["steps"], 1),
        done=_whole(values["done"], 0),
        seed=_whole(values["seed"], 0),
        init_sha256=None if init is None else _word(init),
        init_weight=_number(values["init_weight"]),
        made=Recipe(
            gala=_word(made["gala"]),
            torch=_word(made["torch"]),
            device=_word(made["device"]),
            dtype=_word(made["dtype"]),
            lane=_whole(made["lane"], 0),
            model_sha256=_word(made["model_sha256"]),
        ),
        origin=None if origin is None else Origin(origin),
        turns=tuple(_turn(turn) for turn in values.get("turns", ())),
        manner=_manner(values["manner"]) if "manner" in values else Manner(),
        grid=_whole(values.get("grid", 1), 1),
        candidate=None if candidate is None else _whole(candidate, 1),
        keep=None if keep is None else _number(keep),
        motion=None if values.get("motion") is None else _motion(values["motion"]),
    )


def _manner(values: Any) -> Manner:
    start = values["start"]
    return Manner(
        tile=bool(values["tile"]),
        start=None if start is None else Start(start),
        letters=bool(values["letters"]),
        noises=tuple(Noise(_whole(one["seed"], 0), _number(one["weight"])) for one in values["noises"]),
        patience=_whole(values["patience"], 0),
    )


def _motion(values: Any) -> Motion:
    moves = {name: _number(values[name]) for name in ("zoom", "right", "down", "turn")}
    return Motion(_whole(values["lead"], 0), _whole(values["every"], 1), **moves)


def _turn(values: Any) -> Turn:
    return Turn(_whole(values["step"], 0), _phrases(values["phrases"]), _whole(values["steps"], 1))


def _phrases(values: Any) -> tuple[Phrase, ...]:
    if not 0 < len(values) <= MAX_PHRASES:
        raise ValueError("no phrases, or too many")
    return tuple(_phrase(phrase) for phrase in values)


def _phrase(values: Any) -> Phrase:
    text, stop = values["text"], values["stop"]
    if not isinstance(text, str):
        raise TypeError("no text")
    start, end = _number(values.get("from_percent", 0.0)), _number(values.get("to_percent", 100.0))
    return Phrase(text, _number(values["weight"]), -math.inf if stop is None else _number(stop), start, end)


def _word(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_WORD or not value.isprintable():
        raise TypeError("no word")
    return value


def _whole(value: Any, least: int) -> int:
    if type(value) is not int or not least <= value <= MAX_NUMBER:
        raise TypeError("no whole number, or out of range")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):
        raise TypeError("no finite number")
    return float(value)


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
