"""The words for what the pictures show: concepts, colours, places and times, in English and in Russian."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

RUSSIAN_COLOURS = {
    "красн": "hard", "оранжев": "hard", "жёлт": "hard", "зелён": "hard", "бирюзов": "hard", "син": "soft",
    "фиолетов": "hard", "розов": "hard", "коричнев": "hard", "чёрн": "hard", "бел": "hard", "сер": "hard",
}  # fmt: skip
ENDINGS = {
    "hard": {
        "nominative": {"m": "ый", "f": "ая", "n": "ое"},
        "genitive": {"m": "ого", "f": "ой", "n": "ого"},
        "instrumental": {"m": "ым", "f": "ой", "n": "ым"},
        "prepositional": {"m": "ом", "f": "ой", "n": "ом"},
        "counted": {"m": "ых", "f": "ые", "n": "ых"},
    },
    "soft": {
        "nominative": {"m": "ий", "f": "яя", "n": "ее"},
        "genitive": {"m": "его", "f": "ей", "n": "его"},
        "instrumental": {"m": "им", "f": "ей", "n": "им"},
        "prepositional": {"m": "ем", "f": "ей", "n": "ем"},
        "counted": {"m": "их", "f": "ие", "n": "их"},
    },
}


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a concept. `gender` is "m", "f" or "n"; the genitive also follows the numerals 2 to 4."""

    english: str
    plural: str
    russian: str
    genitive: str
    instrumental: str
    gender: str


@dataclass(frozen=True, slots=True)
class Concept:
    """A thing that a sticker shows: one glyph, at least one name. `colour`: the glyph's own, if any."""

    glyph: str
    names: tuple[Name, ...]
    colour: int | None


@dataclass(frozen=True, slots=True)
class Colour:
    """`stem` is the Russian adjective without its ending."""

    english: str
    stem: str
    rgb: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Phrase:
    """The same words in both languages."""

    english: str
    russian: str


COLOURS = (
    Colour("red", "красн", (218, 34, 38)),
    Colour("orange", "оранжев", (245, 135, 25)),
    Colour("yellow", "жёлт", (250, 214, 45)),
    Colour("green", "зелён", (52, 160, 62)),
    Colour("turquoise", "бирюзов", (45, 200, 195)),
    Colour("blue", "син", (42, 86, 216)),
    Colour("purple", "фиолетов", (130, 60, 185)),
    Colour("pink", "розов", (245, 135, 180)),
    Colour("brown", "коричнев", (120, 75, 42)),
    Colour("black", "чёрн", (32, 32, 36)),
    Colour("white", "бел", (245, 245, 245)),
    Colour("grey", "сер", (140, 142, 146)),
)

#: Each place: where a thing is ("on the beach"), then the place by itself ("a beach").
PLACES: dict[str, tuple[tuple[Phrase, ...], Phrase]] = {
    "sky": (
        (Phrase("in the sky", "в небе"), Phrase("among the clouds", "среди облаков")),
        Phrase("the sky", "небо"),
    ),
    "sea": ((Phrase("at sea", "в море"), Phrase("on the sea", "на море")), Phrase("the sea", "море")),
    "water": (
        (Phrase("under water", "под водой"), Phrase("under the sea", "на дне моря")),
        Phrase("the deep sea", "подводный мир"),
    ),
    "beach": (
        (Phrase("on the beach", "на пляже"), Phrase("on the sand", "на песке")),
        Phrase("a beach", "пляж"),
    ),
    "grass": (
        (
            Phrase("on the grass", "на траве"),
            Phrase("in a meadow", "на лугу"),
            Phrase("in a field", "в поле"),
        ),
        Phrase("a meadow", "луг"),
    ),
    "snow": (
        (Phrase("in the snow", "в снегу"), Phrase("in winter", "зимой")),
        Phrase("a snowy field", "снежное поле"),
    ),
    "desert": ((Phrase("in the desert", "в пустыне"),), Phrase("a desert", "пустыня")),
    "space": (
        (Phrase("in space", "в космосе"), Phrase("among the stars", "среди звёзд")),
        Phrase("space", "космос"),
    ),
    "mountains": ((Phrase("in the mountains", "в горах"),), Phrase("mountains", "горы")),
    "forest": (
        (Phrase("in the forest", "в лесу"), Phrase("in the woods", "в лесу")),
        Phrase("a forest", "лес"),
    ),
    "city": ((Phrase("in the city", "в городе"), Phrase("in town", "в городе")), Phrase("a city", "город")),
}
TIMES = {
    "day": (Phrase("by day", "днём"), Phrase("on a sunny day", "солнечным днём")),
    "night": (Phrase("at night", "ночью"),),
    "sunset": (Phrase("at sunset", "на закате"), Phrase("in the evening", "вечером")),
}

PATTERNS = {
    "stripes": Phrase("on a striped background", "на полосатом фоне"),
    "checks": Phrase("on a checkered background", "на клетчатом фоне"),
    "dots": Phrase("on a dotted background", "на фоне в горошек"),
}

NUMBERS = {2: Phrase("two", "два"), 3: Phrase("three", "три"), 4: Phrase("four", "четыре")}


def adjective(colour: Colour, case: str, gender: str) -> str:
    """The Russian adjective of a colour; `case` is a key of `ENDINGS`' tables."""
    return colour.stem + ENDINGS[RUSSIAN_COLOURS[colour.stem]][case][gender]


def numeral(count: int, gender: str) -> str:
    """The Russian numeral 2 to 4; "two" alone agrees in gender."""
    return "две" if count == 2 and gender == "f" else NUMBERS[count].russian


def read_concepts() -> tuple[Concept, ...]:
    """The concepts of `concepts.txt`, in its order."""
    names: dict[str, list[Name]] = {}
    own: dict[str, int | None] = {}
    indices = {colour.english: index for index, colour in enumerate(COLOURS)}
    for line in files("generation.training").joinpath("concepts.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            glyph, *fields, colour = (field.strip() for field in line.split("|"))
            names.setdefault(glyph, []).append(Name(*fields))
            own[glyph] = indices.get(colour)
    return tuple(Concept(glyph, tuple(of), own[glyph]) for glyph, of in names.items())
