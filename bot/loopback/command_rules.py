"""What Discord demands of a command's definition."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from simcord.backend.errors import invalid_form_body

from bot.loopback.state import Payload

NAME = re.compile(r"[-_'\w]{1,32}")
MOST_OF_TYPE = {1: 100, 2: 15, 3: 15}
SIZE_LIMIT = 8000
_CHAT_INPUT = 1
_SUBCOMMAND, _GROUP = 1, 2


def check_commands(commands: Any) -> None:
    """Raise BackendError 50035 for a list of commands that Discord would refuse."""
    if not isinstance(commands, list) or not all(isinstance(item, dict) for item in commands):
        raise invalid_form_body("the body must be a list of commands")
    kinds = Counter(item.get("type") or _CHAT_INPUT for item in commands)
    for kind, most in MOST_OF_TYPE.items():
        if kinds[kind] > most:
            raise invalid_form_body(f"{kinds[kind]} commands of type {kind}, at most {most}")
    names = Counter((item.get("type") or _CHAT_INPUT, item.get("name")) for item in commands)
    twice = [name for (_, name), count in names.items() if count > 1]
    if twice:
        raise invalid_form_body(f"the command {twice[0]!r} is defined twice")
    for index, command in enumerate(commands):
        _check_command(command, f"[{index}]")


def _check_command(command: Payload, where: str) -> None:
    if (command.get("type") or _CHAT_INPUT) == _CHAT_INPUT:
        _check_words(command, where, slash=True)
        _check_options(command.get("options") or [], f"{where}.options", depth=0)
    else:
        _check_length(command.get("name"), f"{where}.name", 32)
        if command.get("description") or command.get("options"):
            raise invalid_form_body(f"{where}: a context command has neither description nor options")
    if _size(command) > SIZE_LIMIT:
        raise invalid_form_body(f"{where}: {_size(command)} characters in all, at most {SIZE_LIMIT}")


def _check_words(item: Payload, where: str, *, slash: bool) -> None:
    names = [item.get("name"), *(item.get("name_localizations") or {}).values()]
    for name in names:
        if not isinstance(name, str) or not NAME.fullmatch(name) or (slash and name != name.lower()):
            raise invalid_form_body(
                f"{where}.name: {str(name)[:40]!r} is not 1-32 lower-case word characters"
            )
    for text in [item.get("description"), *(item.get("description_localizations") or {}).values()]:
        _check_length(text, f"{where}.description", 100)


def _check_length(text: Any, where: str, most: int) -> None:
    if not isinstance(text, str) or not 1 <= len(text) <= most:
        raise invalid_form_body(f"{where}: Must be between 1 and {most} in length.")


def _check_options(options: list[Payload], where: str, *, depth: int) -> None:
    if len(options) > 25:
        raise invalid_form_body(f"{where}: Must be 25 or fewer in length.")
    names = [item.get("name") for item in options]
    if len(set(names)) != len(names):
        raise invalid_form_body(f"{where}: two options have one name")
    nested = [item.get("type") in (_SUBCOMMAND, _GROUP) for item in options]
    if any(nested) and not all(nested):
        raise invalid_form_body(f"{where}: subcommands cannot stand beside other options")
    optional = False
    for index, option in enumerate(options):
        place = f"{where}[{index}]"
        _check_words(option, place, slash=True)
        if option.get("type") in (_SUBCOMMAND, _GROUP):
            if depth + (option["type"] == _SUBCOMMAND) > 2:
                raise invalid_form_body(f"{place}: nested too deeply")
            _check_options(option.get("options") or [], f"{place}.options", depth=depth + 1)
            continue
        if option.get("required") and optional:
            raise invalid_form_body(f"{place}: required options must be placed before non-required options")
        optional = optional or not option.get("required")
        _check_value(option, place)


def _check_value(option: Payload, where: str) -> None:
    choices = option.get("choices") or []
    if not 3 <= int(option.get("type") or 0) <= 11:
        raise invalid_form_body(f"{where}.type: no such option type")
    if len(choices) > 25:
        raise invalid_form_body(f"{where}.choices: Must be 25 or fewer in length.")
    if choices and option.get("autocomplete"):
        raise invalid_form_body(f"{where}: choices and autocomplete exclude each other")
    if len({item.get("name") for item in choices}) != len(choices):
        raise invalid_form_body(f"{where}.choices: two choices have one name")
    for choice in choices:
        _check_length(choice.get("name"), f"{where}.choices.name", 100)
        if isinstance(choice.get("value"), str):
            _check_length(choice["value"], f"{where}.choices.value", 100)
    for low, high in (("min_value", "max_value"), ("min_length", "max_length")):
        least, most = option.get(low), option.get(high)
        if least is not None and most is not None and least > most:
            raise invalid_form_body(f"{where}: {low} is above {high}")


def _size(item: Payload) -> int:
    """Characters in names, descriptions and values; of localisations only the longest counts."""
    total = 0
    for key in ("name", "description"):
        texts = [item.get(key) or "", *(item.get(f"{key}_localizations") or {}).values()]
        total += max(len(text) for text in texts)
    if isinstance(item.get("value"), str):
        total += len(item["value"])
    return total + sum(_size(part) for part in [*(item.get("options") or []), *(item.get("choices") or [])])
