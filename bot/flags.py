"""The trailing flags of the prompt language: `--ar 16:9 --seed 7 --no text, blur`."""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass, fields
from typing import Any, NoReturn

from bot.aims import Aim, read_codes, read_weights
from bot.permutations import Source
from generation.protocol import Noise, Start

MAX_SIDE = 16384
MAX_SEED = 2**53 - 1  #: what Discord's own number options can carry
MAX_STEPS = 1_000_000
GRIDS = (1, 4, 9)  #: how many pictures a sheet can have
MAX_NOISES = 8

#: A number as a weight may be written; a decimal comma is matched so that it can be refused with a hint.
NUMBER = r"[+-]?(?:(?:[0-9]++(?:\.[0-9]*+|,[0-9]++)?|\.[0-9]++)(?:e[+-]?[0-9]++)?|nan|inf(?:inity)?)"

#: Every flag as it can be typed: for the parser, for its hints, and for the card of `/imagine-help`.
EXAMPLES = {
    "ar": "--ar 16:9",
    "size": "--size 256x256",
    "seed": "--seed 7",
    "steps": "--steps 300",
    "no": "--no text, blur",
    "iw": "--iw 2",
    "tw": "--tw 0.5",
    "target": "--target abcdef:0.5",
    "start": "--start noise",
    "tile": "--tile",
    "noise": "--noise 7:0.5",
    "letters": "--letters",
    "patience": "--patience 50",
    "engine": "--engine vqgan-clip",
    "model": "--model pocket",
    "style": "--style watercolour",
    "n": "--n 4",
    "keep": "--keep 50%",
}
_SWITCHES = ("tile", "letters")  #: that take no value
_ALIASES = {"aspect": "ar"}
_KNOWN = "|".join([*EXAMPLES, *_ALIASES])

#: Two dashes and a letter at the start of a word. Phones turn the dashes into one long one: accepted before a
#: known flag alone, because elsewhere it is an honest dash.
FLAG = re.compile(rf"(?<![^ |])(?:--|[—–](?=(?:{_KNOWN})(?: |$)))([^\W\d_][\w-]*+)", re.IGNORECASE)

Value = tuple[int, int] | tuple[Noise, ...] | tuple[Aim, ...] | float | str

_RATIO = re.compile(r"([0-9]{1,5}):([0-9]{1,5})")
_SIZE = re.compile(r"([0-9]{1,5})[xX×хХ]([0-9]{1,5})")
_PERCENT = re.compile(r"([0-9]{1,2})%?")
_WHOLE = re.compile(r"[0-9]{1,16}")
_NOISE = re.compile(r"([0-9]{1,16})(?::([+-]?[0-9]++(?:\.[0-9]++)?(?:e[+-]?[0-9]++)?))?")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Flags:
    """What trailing flags ask for; None where nothing was said.

    `ar` is width to height, `size` is pixels, `n` pictures, `keep` percent of the start's rows.
    """

    ar: tuple[int, int] | None = None
    size: tuple[int, int] | None = None
    seed: int | None = None
    steps: int | None = None
    iw: float | None = None
    tw: tuple[Aim, ...] | None = None  #: of the attached targets, in their order
    target: tuple[Aim, ...] | None = None  #: earlier pictures
    start: str | None = None
    tile: bool | None = None  #: True or None
    noise: tuple[Noise, ...] | None = None
    letters: bool | None = None  #: True or None
    patience: int | None = None
    engine: str | None = None
    model: str | None = None
    style: str | None = None  #: of the host's; see `bot.styles`
    n: int | None = None
    keep: int | None = None


def read_flags(source: Source) -> tuple[Flags, tuple[Source, ...]]:
    """The flags, and what `--no` names. Raises `PromptError`."""
    values: dict[str, Any] = {}
    found = list(FLAG.finditer(source.mask))
    ends = [*(flag.start() for flag in found), len(source)][1:]
    for flag, end in zip(found, ends, strict=True):
        at = source.cut(flag.start(), end)
        name = _read_name(flag[1], at)
        if name in values:
            raise at.error("prompt-flag-twice", flag=name)
        value = source.cut(flag.end(), end).strip()
        values[name] = _read_of(name, value)
        if values[name] in (None, ()):
            raise at.error("prompt-flag-without-value", flag=name, example=EXAMPLES[name])
    unwanted: tuple[Source, ...] = values.pop("no", ())
    return Flags(**values), unwanted


def format_flags(flags: Flags) -> list[str]:
    """Each flag that says something, as it is typed."""
    values = ((flag.name, getattr(flags, flag.name)) for flag in fields(Flags))
    return [_format_flag(name, value) for name, value in values if value is not None]


def format_number(number: float) -> str:
    """The shortest way to write a finite number that reads back the same."""
    number = float(number)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _read_name(typed: str, at: Source) -> str:
    name = _ALIASES.get(typed.lower(), typed.lower())
    if name not in EXAMPLES:
        near = difflib.get_close_matches(name[:20], [*EXAMPLES, *_ALIASES], n=1, cutoff=0.5)
        known = ", ".join(f"--{each}" for each in EXAMPLES)
        raise at.error(
            "prompt-unknown-flag", flag=typed[:40], nearest=near[0] if near else "none", known=known
        )
    return name


def _read_of(name: str, value: Source) -> Any:
    """What stands after the flag; empty or None where there should be something."""
    if name in _SWITCHES:
        return True if not value else _refuse_text(value)
    return _read_list(value) if name == "no" else _read_word(name, value)


def _read_list(source: Source) -> tuple[Source, ...]:
    if "|" in source.mask:
        _refuse_text(source.cut(source.mask.index("|")))
    return tuple(item for item in map(Source.strip, source.split(",")) if item)


def _read_word(name: str, source: Source) -> Value | None:
    """The flag's value; None where there is no word at all."""
    word = source.cut(0, f"{source.mask} ".index(" "))
    if len(word) < len(source):
        _refuse_text(source.cut(len(word)).strip())
    value = _read_value(name, word.text)
    if word and value is None:
        raise word.error("prompt-flag-bad-value", flag=name, value=word.shown(), example=EXAMPLES[name])
    return value


def _refuse_text(source: Source) -> NoReturn:
    raise source.error("prompt-text-after-flags", value=source.shown())


def _read_value(name: str, text: str) -> Value | None:
    """The value, or None where the text is none for this flag."""
    match name:
        case "ar":
            return _read_pair(_RATIO, text)
        case "size":
            return _read_pair(_SIZE, text)
        case "seed":
            return _read_whole(text, 0, MAX_SEED)
        case "steps" | "patience":
            return _read_whole(text, 1, MAX_STEPS)
        case "n":
            return int(text) if text in map(str, GRIDS) else None
        case "keep":
            return int(percent[1]) or None if (percent := _PERCENT.fullmatch(text)) else None
        case "start":
            return text.lower() if text.lower() in list(Start) else None
        case "noise":
            return _read_noises(text)
        case "tw":
            return read_weights(text)
        case "target":
            return read_codes(text)
        case "iw":
            return _read_amount(text)
        case _:
            return text if NAME.fullmatch(text) else None


def _read_pair(pattern: re.Pattern[str], text: str) -> tuple[int, int] | None:
    pair = pattern.fullmatch(text)
    sides = (int(pair[1]), int(pair[2])) if pair else (0, 0)
    return sides if min(sides) >= 1 and max(sides) <= MAX_SIDE else None


def _read_noises(text: str) -> tuple[Noise, ...] | None:
    """Seeds, each with its weight or without: "7:0.5,9"."""
    noises = [_NOISE.fullmatch(item) for item in text.split(",")]
    if len(noises) > MAX_NOISES or not all(noises):
        return None
    read = [Noise(int(found[1]), float(found[2] or 1)) for found in noises if found]
    fit = all(noise.seed <= MAX_SEED and 0 < abs(noise.weight) < math.inf for noise in read)
    return tuple(read) if fit else None


def _read_whole(text: str, low: int, high: int) -> int | None:
    number = int(text) if _WHOLE.fullmatch(text) else -1
    return number if low <= number <= high else None


def _read_amount(text: str) -> float | None:
    is_number = re.fullmatch(NUMBER, text, re.IGNORECASE) and "," not in text
    amount = float(text) if is_number else math.nan
    return amount if math.isfinite(amount) and amount >= 0 else None


def _format_flag(name: str, value: Any) -> str:
    return f"--{name}" if name in _SWITCHES else f"--{name} {_format_value(name, value)}"


def _format_value(name: str, value: Any) -> str:
    if name in ("tw", "target"):
        return ",".join(
            ":".join([*filter(None, [aim.code]), *map(format_number, aim.numbers)]) for aim in value
        )
    if name == "noise":
        return ",".join(f"{noise.seed}:{format_number(noise.weight)}" for noise in value)
    if isinstance(value, tuple):
        return f"{value[0]}{':' if name == 'ar' else 'x'}{value[1]}"
    return format_number(value) if name == "iw" else f"{value}%" if name == "keep" else str(value)
