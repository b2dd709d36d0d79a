"""The catalogue of published models, and the page that shows it."""

from __future__ import annotations

import re
from pathlib import Path

from generation.published import Published, find_published, published, published_vocabulary

PAGE = Path(__file__).parents[2] / "docs" / "models-published.md"
SHOWN = 12  #: digits of a hash


def row(model: Published) -> str:
    """A model's line in the page's table."""
    size = model.files[0].size or model.files[0].about_bytes
    text = f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
    digest = f"`{model.files[0].sha256[:SHOWN]}…`" if model.files[0].sha256 else "when first seen"
    return f"| `{model.name}` | {model.summary} | {model.data} | {text} | {digest} | {model.licence} |"


def test_the_page_shows_the_catalogue() -> None:
    """Each model has its row, and each row its model."""
    rows = re.findall(r"^\| `(?!gala ).*\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [row(model) for model in published().values()]


def test_the_page_names_every_address() -> None:
    text = PAGE.read_text(encoding="utf-8")
    vocabulary = published_vocabulary()
    assert vocabulary.urls[0] in text
    assert vocabulary.sha256 in text
    assert f"{vocabulary.size:,} bytes" in text


def test_the_catalogue_is_whole() -> None:
    """Addresses of the web, sizes, licences; OpenAI's hashes are those in their addresses."""
    for model in published().values():
        assert model.licence
        assert model.summary
        own = model.kind == "clip" and model.languages != ("en",)
        assert (model.files[-1] == published_vocabulary()) == (model.kind == "clip" and not own)
        assert (model.files[-1].name == "bpe.model") == (model.languages == ("ru",))
        assert (model.files[-1].name == "tokenizer.json") == (own and not model.languages)
        assert (model.files[-1].name.endswith(".yaml")) == (model.kind in ("vqgan", "second-stage"))
        assert model.activation in ({"gelu", "quick-gelu"} if model.kind == "clip" else {""})
        assert (model.vae in {m.name for m in published().values() if m.kind == "vae"}) == (
            model.kind in ("dalle", "dalle-mini")
        )
        for file in model.files:
            assert file.about_bytes > 0
            assert all(url.startswith(("https://", "http://")) for url in file.urls)
        if "openaipublic" in model.files[0].urls[0]:
            assert model.files[0].urls[0].split("/")[-2] == model.files[0].sha256


def test_names_are_found_as_their_publishers_write_them() -> None:
    found = [find_published(name) for name in ("ViT-L/14@336px", "vit-b/32", "rn50x4", "nothing")]
    assert [model and model.name for model in found] == ["ViT-L-14-336px", "ViT-B-32", "RN50x4", None]
