"""What the `[tuning]` of a `model.toml` may say."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from generation.engines.tuning import Tuning, repeating, travelling, tuning_of
from generation.models import ModelError, catalogue
from generation.tunable import TUNABLE, VIEWS, read_tuning

HEAD = 'engine = "vqgan-clip"\nfactor = 16\nnative = [64, 64]\nsteps = 20\n[tuning]\n'


def tuning(folder: Path, text: str) -> Tuning:
    (folder / "mine").mkdir()
    (folder / "mine" / "model.toml").write_text(HEAD + text, encoding="utf-8")
    return tuning_of(catalogue(folder)["mine"])


def test_a_number_holds_all_the_way(tmp_path: Path) -> None:
    found = tuning(tmp_path, "cutouts = 12\ngrey = 0.2\npooled = 4\nrange = 50\nrotation = 5\n")
    views = found.cutouts
    assert (views.count, views.grey, views.pooled, views.rotation, found.range) == (12, 0.2, 4, 5, 50)
    assert found.later == ()
    assert found.views(0) is found.views(99) is views


def test_a_table_changes_views_on_the_way(tmp_path: Path) -> None:
    text = """
overviews = { 0 = 12, 40 = 4, 75 = 0 }
cut_power = { 0 = 1, "60.5" = 3 }
cutouts = { 50 = 9, 0 = 16 }
"""
    found = tuning(tmp_path, text)
    views = map(found.views, (0, 39.9, 40, 50, 60.5, 75, 100))
    seen = [(each.count, each.whole, each.power) for each in views]
    assert seen == [(16, 12, 1), (16, 12, 1), (16, 4, 1), (9, 4, 1), (9, 4, 3), (9, 0, 3), (9, 0, 3)]
    assert found.most_views == 16
    assert all(found.views(percent).wrap is False for percent in (0, 50))
    assert all(repeating(found).views(percent).wrap for percent in (0, 40, 80))
    assert travelling(found).views(0) == found.views(100)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("overviews = { 40 = 4 }", "overviews must say what holds from 0 percent on"),
        ("overviews = { 0 = 1, 100 = 4 }", "overviews must say what holds from 0 percent on"),
        ("overviews = { }", "overviews must say what holds from 0 percent on"),
        ("overviews = { 0 = 4, soon = 1 }", "soon"),
        ("overviews = { 0 = -4 }", "overviews must be a number from 0 to 512"),
        ("rate = { 0 = 0.1 }", "rate must be a number from 0.0001 to 10"),
        ("grey = true", "grey must be a number from 0 to 1"),
        ("colour = nan", "colour must be a number from 0 to 1"),
        ("gray = 1", "there is no 'gray'; there are rate"),
    ],
)
def test_what_is_none_is_told(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        tuning(tmp_path, text)


def test_the_docs_name_all_that_can_be_said() -> None:
    """And every example in them can be read."""
    text = (Path(__file__).parents[2] / "docs" / "models-published.md").read_text(encoding="utf-8")
    block = next(part for part in text.split("```toml\n") if part.startswith("[tuning]")).split("```")[0]
    told = dict(read_tuning(tomllib.loads(block)["tuning"]))
    assert set(told) == {*TUNABLE, *VIEWS}
