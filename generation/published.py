"""The catalogue of published models: what can be fetched, from where, how large, under which licence.

Standard library only. The facts stand in `published.toml`; `generation.convert` makes models of the files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from generation.described import TAUGHT
from generation.languages import ENGLISH

Kind = Literal["vqgan", "clip", "vae", "dalle", "dalle-mini", "upscaler", "second-stage", "matte"]
MEGABYTE = 10**6
#: What those of a kind have read, where their entries do not say otherwise.
READ: Mapping[str, tuple[str, ...]] = MappingProxyType({"clip": (ENGLISH,), **TAUGHT})


@dataclass(frozen=True, slots=True)
class Source:
    """A file on somebody's host. `size` and `sha256` are 0 and "" where the publisher tells neither."""

    name: str
    urls: tuple[str, ...]  #: the first is the publisher's
    about_bytes: int
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """A model as its publisher offers it."""

    name: str
    kind: Kind
    summary: str
    licence: str
    data: str  #: what it was trained on
    files: tuple[Source, ...]  #: the weights first
    activation: str = ""  #: of a CLIP
    note: str = ""
    vae: str = ""  #: that a transformer paints with
    matte: str = ""  #: that cuts its pictures out of their background
    languages: tuple[str, ...] = ()  #: that it reads; none: any, or no words at all

    @property
    def about_bytes(self) -> int:
        """The whole download, roughly."""
        return sum(file.size or file.about_bytes for file in self.files)


def published() -> Mapping[str, Published]:
    """All published models by name."""
    table = _table()
    vocabulary = published_vocabulary()
    vqgans = (_model(name, "vqgan", entry, ()) for name, entry in table["vqgan"].items())
    clips = (
        _model(name, "clip", entry, (_source(entry["vocabulary"]) if "vocabulary" in entry else vocabulary,))
        for name, entry in table["clip"].items()
    )
    vaes = (_model(name, "vae", entry, ()) for name, entry in table["vae"].items())
    pieces = (_source(table["pieces"]),)
    dalles = (_model(name, "dalle", entry, pieces) for name, entry in table["dalle"].items())
    minis = (_model(name, "dalle-mini", entry, ()) for name, entry in table["dalle-mini"].items())
    upscalers = (_model(name, "upscaler", entry, ()) for name, entry in table["upscaler"].items())
    mattes = (_model(name, "matte", entry, ()) for name, entry in table["matte"].items())
    stages = (_model(name, "second-stage", entry, ()) for name, entry in table["second-stage"].items())
    models = (*vqgans, *clips, *vaes, *dalles, *minis, *upscalers, *mattes, *stages)
    return MappingProxyType({model.name: model for model in models})


def published_vocabulary() -> Source:
    """The merges that the tokenizer of most of these CLIPs needs."""
    return _source(_table()["vocabulary"])


def find_published(name: str) -> Published | None:
    """The model of that name; "ViT-B/32" and "ViT-L/14@336px" are understood too, and any case."""
    wanted = name.replace("/", "-").replace("@", "-").lower()
    return next((model for key, model in published().items() if key.lower() == wanted), None)


def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("published.toml").read_text(encoding="utf-8"))


def _model(name: str, kind: Kind, entry: Mapping[str, Any], more: tuple[Source, ...]) -> Published:
    return Published(
        name=name,
        kind=kind,
        summary=entry["summary"],
        licence=entry["licence"],
        data=entry["data"],
        files=(*map(_source, entry["files"]), *more),
        activation=entry.get("activation", ""),
        note=entry.get("note", ""),
        vae=entry.get("vae", ""),
        matte=entry.get("matte", ""),
        languages=tuple(entry.get("languages", READ.get(kind, ()))),
    )


def _source(entry: Mapping[str, Any]) -> Source:
    return Source(
        name=entry["name"],
        urls=(entry["url"], *entry.get("mirrors", ())),
        about_bytes=entry["about_mb"] * MEGABYTE,
        size=entry.get("size", 0),
        sha256=entry.get("sha256", ""),
    )
