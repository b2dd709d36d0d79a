"""The page's own files, without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.loopback import server

FILES = sorted(path for path in server.PAGE.iterdir() if path.suffix in (".js", ".css", ".html"))
#: Ways by which text could become markup or code.
DANGEROUS = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_text_becomes_markup_and_nothing_comes_from_elsewhere(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not DANGEROUS.search(source)
    assert not re.search(r"(?:src|href|import|url)\W{1,3}https?:", source)
    assert source.count("\n") < 300


def test_all_that_the_page_loads_is_there():
    for path in FILES:
        source = path.read_text(encoding="utf-8")
        loaded = re.findall(
            r'from "\./([\w.]+)"|(?:src|href)="page/([\w.]+)"|import\("\./([\w.]+)"\)', source
        )
        for name in (part for parts in loaded for part in parts if part):
            assert (server.PAGE / name).is_file(), name
