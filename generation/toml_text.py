"""Writes the few kinds of values that a `model.toml` has."""

from __future__ import annotations

import json

from generation.models import ModelFile


def to_toml(**values: object) -> str:
    """A line for each: texts, numbers, truths, files, and lists of them."""
    return "".join(f"{name} = {_value(value)}\n" for name, value in values.items())


def _value(value: object) -> str:
    if isinstance(value, ModelFile):
        return f'{{ name = "{value.name}", size = {value.size}, sha256 = "{value.sha256}" }}'
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
