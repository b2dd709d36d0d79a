"""The ground under the prompt language: cleaning, escapes, `{red, blue}` choices, and each character's place.

Cleaning turns any white space into a plain space and drops what cannot be seen: control and bidi-override
characters, zero-width ones, lone surrogates. Joiners stay where they hold an emoji or a letter together.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bot.errors import PromptError

ESCAPABLE = frozenset("|:{},-—–@\\")
MAX_DEPTH = 8
COUNT_CAP = 1_000_000  #: from here on permutations are no longer counted exactly

_LITERAL = "\0"  # stands in a mask for an escaped character
_MARKS = frozenset("{,}")
_JOINERS = frozenset("\u200c\u200d")
_BEFORE_JOINER = frozenset({"So", "Sk", "Mn", "Mc", "Me", "Lo", "Lm"})
_AFTER_JOINER = frozenset({"So", "Sm", "Mn", "Mc", "Lo", "Lm"})
_BLACK_FLAG = "\U0001f3f4"  # regional flags are this and a row of tag characters
_TAGS = ("\U000e0020", "\U000e007f")
_UNSEEN = (
    ("\xad", "\xad"),
    ("\u061c", "\u061c"),
    ("\u180e", "\u180e"),
    ("\u200b", "\u200b"),
    ("\u200e", "\u200f"),
    ("\u202a", "\u202e"),
    ("\u2060", "\u206f"),
    ("\ufeff", "\ufeff"),
    ("\ufff9", "\ufffb"),
    ("\U000e0000", "\U000e001f"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A stretch of a prompt, cleaned and without its escapes.

    `mask` is `text` with a null for every escaped character: syntax is looked for in the mask, words are
    taken from the text. `places` holds, for each character and for the end, its index in `whole`, the prompt
    as it was typed.
    """

    whole: str
    text: str
    mask: str
    places: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.text)

    def cut(self, start: int, end: int | None = None) -> Source:
        """The part from `start` to `end`."""
        end = len(self) if end is None else end
        return Source(self.whole, self.text[start:end], self.mask[start:end], self.places[start : end + 1])

    def strip(self) -> Source:
        """The same without spaces at its ends."""
        start = len(self.mask) - len(self.mask.lstrip(" "))
        return self.cut(start, max(start, len(self.mask.rstrip(" "))))

    def words(self) -> str:
        """The text, with single spaces."""
        return " ".join(self.text.split())

    def shown(self) -> str:
        """The text, short enough to be quoted."""
        return self.text if len(self) <= 40 else f"{self.text[:39]}…"

    def split(self, mark: str) -> Iterator[Source]:
        """The stretches between marks."""
        start = 0
        while (end := self.mask.find(mark, start)) >= 0:
            yield self.cut(start, end)
            start = end + 1
        yield self.cut(start)

    def error(self, message_id: str, index: int = 0, /, **arguments: str | float) -> PromptError:
        """An error that points at the character `index`."""
        return PromptError(message_id, self.whole, self.places[index], **arguments)


@dataclass(slots=True)
class _Choice:
    """An open or closed pair of braces: its options, and the line of nodes that it stands in."""

    opened: int
    around: list[Source | _Choice]
    options: list[list[Source | _Choice]] = field(default_factory=lambda: [[]])


def read(whole: str) -> Source:
    """Clean a prompt and take out its escapes. A backslash before any other character is itself."""
    text: list[str] = []
    mask: list[str] = []
    places: list[int] = []
    backslash: int | None = None
    for place, character in itertools.chain(_seen(whole), [(len(whole), "")]):
        literal = backslash is not None and character in ESCAPABLE
        if backslash is not None and not literal:
            text.append("\\")
            mask.append("\\")
            places.append(backslash)
        backslash = place if character == "\\" and not literal else None
        if backslash is None:
            text.append(character)
            mask.append(_LITERAL if literal else character)
            places.append(place)
    return Source(whole, "".join(text), "".join(mask), tuple(places))


def expand(source: Source, limit: int) -> tuple[Source, ...]:
    """Write out the choices, the last one turning fastest. Raises `PromptError`."""
    line = _read_line(source)
    count = _count(line)
    if count > limit:
        raise source.error("prompt-too-many-permutations", source.mask.index("{"), count=count, limit=limit)
    return tuple(_written_out(line))


def _seen(whole: str) -> Iterator[tuple[int, str]]:
    """Each character that stays, with its place; white space as a plain space."""
    last = ""
    for place, character in enumerate(whole):
        if character.isspace():
            last = " "
        elif character.isprintable() or _joins(last, character, whole[place + 1 : place + 2]):
            last = character
        elif _is_unseen(character, last):
            continue
        else:
            last = character
        yield place, last


def _joins(before: str, character: str, after: str) -> bool:
    return (
        character in _JOINERS
        and before != ""
        and after > "\x7f"  # the bar is of the same category as the arrows that emoji are joined to
        and unicodedata.category(before) in _BEFORE_JOINER
        and unicodedata.category(after) in _AFTER_JOINER
    )


def _is_unseen(character: str, before: str) -> bool:
    if _TAGS[0] <= character <= _TAGS[1]:
        return before != _BLACK_FLAG and not (before and _TAGS[0] <= before <= _TAGS[1])
    return (
        unicodedata.category(character) in {"Cc", "Cs"}
        or character in _JOINERS
        or any(first <= character <= last for first, last in _UNSEEN)
    )


def _read_line(source: Source) -> list[Source | _Choice]:
    """The whole prompt as a line of plain stretches and choices."""
    line: list[Source | _Choice] = []
    opened: list[_Choice] = []
    start = 0
    for index, mark in enumerate(source.mask):
        if mark not in _MARKS or (mark == "," and not opened):
            continue
        line.append(source.cut(start, index))
        start = index + 1
        if mark == "{":
            line = _open(source, index, line, opened)
        elif not opened:
            raise source.error("prompt-unopened-brace", index)
        elif mark == ",":
            opened[-1].options.append([])
            line = opened[-1].options[-1]
        else:
            line = opened.pop().around
    if opened:
        raise source.error("prompt-unclosed-brace", opened[-1].opened)
    line.append(source.cut(start))
    return line


def _open(
    source: Source, index: int, line: list[Source | _Choice], opened: list[_Choice]
) -> list[Source | _Choice]:
    if len(opened) == MAX_DEPTH:
        raise source.error("prompt-nested-too-deep", index, limit=MAX_DEPTH)
    choice = _Choice(index, line)
    line.append(choice)
    opened.append(choice)
    return choice.options[0]


def _count(line: Iterable[Source | _Choice]) -> int:
    """How many ways there are to write the line out, up to COUNT_CAP."""
    count = 1
    for node in line:
        if isinstance(node, _Choice):
            count = min(count * sum(_count(option) for option in node.options), COUNT_CAP)
    return count


def _written_out(line: Iterable[Source | _Choice]) -> Iterator[Source]:
    ways = [[node] if isinstance(node, Source) else list(_choices(node)) for node in line]
    return map(_join, itertools.product(*ways))


def _choices(choice: _Choice) -> Iterator[Source]:
    return (way.strip() for option in choice.options for way in _written_out(option))


def _join(stretches: tuple[Source, ...]) -> Source:
    """Set stretches side by side; there is always at least one."""
    return Source(
        stretches[0].whole,
        "".join(stretch.text for stretch in stretches),
        "".join(stretch.mask for stretch in stretches),
        (
            *itertools.chain.from_iterable(stretch.places[:-1] for stretch in stretches),
            stretches[-1].places[-1],
        ),
    )
