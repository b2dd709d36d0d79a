"""The texts: both languages say the same things, and every text that the code asks for is there."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

from bot.locales import DEFAULT, LOCALES, Texts, nearest_locale, texts_for
from generation.protocol import Reason

BOT = Path(__file__).parents[2] / "bot"
MESSAGE_ID = re.compile(r"[a-z]+(-[a-z]+)*")


class Variables(Visitor):
    """The variables of a message, and the keys of the choices made by each."""

    def __init__(self):
        self.keys: dict[str, set[str]] = {}

    def visit_VariableReference(self, node):  # noqa: N802 - fluent's name
        self.keys.setdefault(node.id.name, set())

    def visit_FunctionReference(self, node):  # noqa: N802 - fluent's name
        self.keys.setdefault(node.arguments.positional[0].id.name, set()).add("other")

    def visit_SelectExpression(self, node):  # noqa: N802 - fluent's name
        selector = (
            node.selector.arguments.positional[0] if hasattr(node.selector, "arguments") else node.selector
        )
        keys = {str(getattr(variant.key, "name", None) or variant.key.value) for variant in node.variants}
        self.keys.setdefault(selector.id.name, set()).update(keys)
        self.generic_visit(node)


def entries(locale):
    source = (BOT / "locales" / f"{locale}.ftl").read_text(encoding="utf-8")
    return FluentParser().parse(source).body


def messages(locale):
    """Each message's id, with its variables and the keys of their choices."""
    found: dict[str, dict[str, set[str]]] = {}
    for entry in entries(locale):
        if isinstance(entry, ftl.Message):
            variables = Variables()
            variables.visit(entry)
            found[entry.id.name] = variables.keys
    return found


ENGLISH = messages(DEFAULT)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_line_can_be_read_and_no_message_stands_twice(locale):
    assert [entry.content for entry in entries(locale) if isinstance(entry, ftl.Junk)] == []
    names = [entry.id.name for entry in entries(locale) if isinstance(entry, ftl.Message)]
    assert len(names) == len(set(names))


def test_both_languages_have_the_same_messages_with_the_same_variables():
    for locale in LOCALES:
        assert {name: set(keys) for name, keys in messages(locale).items()} == {
            name: set(keys) for name, keys in ENGLISH.items()
        }


PLURALS = {"zero", "one", "two", "few", "many", "other"}
NUMBERS = (0, 1, 2, 5, 21, 1.5, 1_000_000)


def samples(keys: set[str]) -> list[Any]:
    """Values for a variable: each word that is chosen by, numbers where it must be one, else anything."""
    words = sorted(key for key in keys - PLURALS if not key.isdecimal())
    return words or list(NUMBERS if keys else ("x", 3))


def said(locale, name, variables):
    return texts_for(locale).get(name, **{variable: samples(keys)[0] for variable, keys in variables.items()})


@pytest.mark.parametrize("locale", LOCALES)
def test_every_message_can_be_said_in_all_its_ways(locale):
    """Every plural and every choice gives a text without a hole in it."""
    for name, variables in messages(locale).items():
        ways = [samples(keys) for keys in variables.values()]
        for values in itertools.product(*ways):
            text = Texts.get(texts_for(locale), name, **dict(zip(variables, values, strict=True)))
            assert text.strip() == text != ""
            assert "{$" not in text
            assert "???" not in text


@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_shouts(locale):
    """Brief and friendly: no exclamation marks, and errors end as sentences do."""
    for name, variables in messages(locale).items():
        text = said(locale, name, variables)
        assert "!" not in text, name
        assert len(text) < 300, name


def test_russian_texts_are_russian():
    """But for names and values, which stand in both languages."""
    for name, variables in messages("ru").items():
        assert re.search("[а-яё]", said("ru", name, variables), re.IGNORECASE), name


@pytest.mark.parametrize(
    ("locale", "count", "expected"),
    [
        ("en-US", 1, "1 picture in line"),
        ("en-US", 2, "2 pictures in line"),
        ("ru", 1, "1 картинка."),
        ("ru", 3, "3 картинки."),
        ("ru", 11, "11 картинок."),
        ("ru", 21, "21 картинка."),
    ],
)
def test_plurals_are_right(locale, count, expected):
    assert expected in texts_for(locale).get("queue-full-guild", limit=count)


def test_numbers_take_the_languages_form():
    assert "6,000" in texts_for("en-US").get("prompt-too-long", length=6000, limit=2000)
    assert "6\xa0000" in texts_for("ru").get("prompt-too-long", length=6000, limit=2000)


@pytest.mark.parametrize(
    ("code", "locale"),
    [("en-US", "en-US"), ("en-GB", "en-US"), ("ru", "ru"), ("de", "en-US"), ("", "en-US"), (None, "en-US")],
)
def test_the_nearest_language_is_chosen(code, locale):
    assert nearest_locale(code) == locale
    assert texts_for(code).locale == locale


def test_a_language_is_read_once():
    assert texts_for("en-GB") is texts_for(None)


def test_values_stand_as_they_are():
    """No isolation marks around them, which Discord would count and show as boxes."""
    assert "“1e999”" in texts_for("en-US").get("prompt-not-finite", value="1e999")


def test_a_missing_message_or_variable_is_an_error():
    with pytest.raises(KeyError, match="no-such-message"):
        texts_for("en-US").get("no-such-message")
    with pytest.raises(KeyError, match="limit"):
        texts_for("ru").get("queue-full-guild")


# What the code asks for

ERRORS = {"UserError", "PromptError", "QueueFull", "QuotaExceeded"}


def asks(call):
    """Whether a call's first argument is a message id: of an error, `texts.get` or a command's text."""
    name = getattr(call.func, "attr", None) or getattr(call.func, "id", "")
    receiver = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    if name == "get":
        return re.search(r"texts(_\w+\(.*\))?$", receiver) is not None
    if name == "error":
        return "log" not in receiver
    return name in ERRORS or (name == "text" and not receiver)


def wanted():
    """Every message id that the code names: (place, pattern of the id, names of the variables or None)."""
    for path in sorted(BOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args and asks(node)):
                continue
            given = {keyword.arg for keyword in node.keywords}
            for pattern in patterns(node.args[0]):
                yield f"{path.name}:{node.lineno}", pattern, None if None in given else given


def patterns(node):
    """The ids that an expression can be, as patterns; a variable gives none."""
    if isinstance(node, ast.Constant):
        yield re.escape(str(node.value))
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z-]+"
            for part in node.values
        )
    elif isinstance(node, ast.IfExp):
        yield from patterns(node.body)
        yield from patterns(node.orelse)


WANTED = list(wanted())


def test_the_codes_messages_are_found():
    assert len(WANTED) > 40


@pytest.mark.parametrize(
    ("place", "pattern", "given"), WANTED, ids=[f"{place} {what}" for place, what, _ in WANTED]
)
def test_every_message_that_the_code_names_is_there_with_its_variables(place, pattern, given):
    found = [name for name in ENGLISH if re.fullmatch(pattern, name)]
    assert found, place
    if given is not None and len(found) == 1:
        assert set(ENGLISH[found[0]]) <= given, place


def test_no_message_is_left_over():
    """Each is named in the code, whole or by a pattern, or as a constant in a table."""
    constants = {
        node.value
        for path in BOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and MESSAGE_ID.fullmatch(node.value)
    }
    unnamed = {name for name in ENGLISH if not any(re.fullmatch(pattern, name) for _, pattern, _ in WANTED)}
    assert unnamed - constants == set()


@pytest.mark.parametrize("reason", [*Reason, "undeliverable", "parked"])
def test_every_failure_has_its_words(reason):
    """With the job's model and a code at most."""
    assert set(ENGLISH[f"failed-{reason}"]) <= {"model", "code"}


@pytest.mark.parametrize("kind", ["not-a-picture", "truncated", "too-large"])
def test_every_fault_of_an_init_image_has_its_words(kind):
    assert ENGLISH[f"init-{kind}"] == {}
