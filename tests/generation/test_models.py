from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.models import (
    CATALOGUE,
    Model,
    ModelError,
    ModelFile,
    catalogue,
    fingerprint,
    fit_size,
    locate,
    open_model,
    verify,
)

POCKET = CATALOGUE["pocket"]
SIDES = st.integers(-10, 20_000)
DESCRIPTION = """
engine = "toy"
factor = 8
native = [64, 48]
steps = 20
files = [{ name = "weights.bin" }]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A models_dir with one model of its own, `mine`."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "model.toml").write_text(DESCRIPTION)
    (tmp_path / "mine" / "weights.bin").write_bytes(b"weights")
    return tmp_path


def pinned(folder: Path, **changes: object) -> None:
    """Pin the model's file, rightly but for the changes."""
    file = {"size": 7, "sha256": hashlib.sha256(b"weights").hexdigest(), **changes}
    line = f'files = [{{ name = "weights.bin", size = {file["size"]}, sha256 = "{file["sha256"]}" }}]'
    text = DESCRIPTION.replace('files = [{ name = "weights.bin" }]', line)
    (folder / "mine" / "model.toml").write_text(text)


# --- sizes


@pytest.mark.parametrize(
    ("asked", "max_pixels", "made"),
    [
        ((256, 256), 0, (256, 256)),
        ((300, 300), 0, (304, 304)),
        ((0, 0), 0, (32, 32)),
        ((1, 9999), 0, (32, 10000)),
        ((1, 9999), 65536, (32, 2048)),
        ((1024, 1024), 65536, (256, 256)),
        ((1920, 1080), 262144, (672, 384)),
        ((40, 40), 1, (32, 32)),
    ],
)
def test_sizes_become_what_the_model_can_make(asked, max_pixels: int, made):
    assert fit_size(POCKET, asked[0], asked[1], max_pixels) == made


@given(
    st.integers(-10, 20_000), st.integers(-10, 20_000), st.integers(0, 4_000_000), st.sampled_from([4, 8, 16])
)
def test_a_fitted_size_is_made_of_factors_within_the_bound_and_fits_again(width, height, max_pixels, factor):
    model = replace(POCKET, factor=factor)
    made = fit_size(model, width, height, max_pixels)
    assert all(side % factor == 0 and side >= 2 * factor for side in made)
    if max_pixels >= 4 * factor * factor:
        assert math.prod(made) <= max_pixels
    assert fit_size(model, *made, max_pixels) == made


# --- what there is


def test_the_shipped_files_are_those_of_the_catalogue():
    """Where the weights have been brought along, they must be what the catalogue pins."""
    for model in CATALOGUE.values():
        if not all(path.exists() for path in locate(model).values()):
            pytest.skip(f"the weights of {model.name} are not here")
        assert verify(model) == []
        assert all(file.sha256 and file.size for file in model.files)
        assert len(open_model(model.name).sha256) == 64


def test_a_folder_with_a_description_is_a_model(folder: Path):
    models = catalogue(folder)
    assert set(models) == {*CATALOGUE, "mine"}
    assert models["mine"] == Model(
        "mine", "toy", 8, (64, 48), 20, "unknown", "unknown", (ModelFile("weights.bin"),)
    )
    assert verify(models["mine"], folder) == []


def test_a_model_opens_with_its_paths_and_a_hash_of_its_files(folder: Path):
    opened = open_model("mine", folder)
    assert opened.files == {"weights.bin": folder / "mine" / "weights.bin"}
    before = opened.sha256
    (folder / "mine" / "weights.bin").write_bytes(b"others")
    assert open_model("mine", folder).sha256 != before


def test_no_models_dir_means_the_shipped_models_alone():
    assert catalogue() == CATALOGUE
    assert catalogue("/nowhere") == CATALOGUE


def test_a_host_may_put_another_copy_of_a_shipped_model(tmp_path: Path):
    (tmp_path / "pocket").mkdir()
    (tmp_path / "pocket" / "bpe.txt").write_text("x")
    paths = locate(POCKET, tmp_path)
    assert paths["bpe.txt"] == tmp_path / "pocket" / "bpe.txt"
    assert paths["vqgan.safetensors"].parent.parent.name == "weights"


# --- what is wrong with it


def test_a_missing_file_is_a_problem_in_words(folder: Path):
    (folder / "mine" / "weights.bin").unlink()
    with pytest.raises(ModelError, match=r"weights\.bin is missing"):
        open_model("mine", folder)


@pytest.mark.parametrize(
    ("change", "kind"), [({}, None), ({"size": 8}, "size"), ({"sha256": "0" * 64}, "hash")]
)
def test_pinned_files_are_compared(folder: Path, change, kind):
    pinned(folder, **change)
    problems = verify(catalogue(folder)["mine"], folder)
    assert [problem.kind for problem in problems] == ([kind] if kind else [])


def test_an_unknown_model_is_told_with_those_that_there_are(folder: Path):
    with pytest.raises(ModelError, match="mine"):
        open_model("other", folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("factor = 8", ""),
        ("factor = 8", "factor = 0"),
        ("native = [64, 48]", "native = [64]"),
        ("steps = 20", "steps = 'many'"),
        ("weights.bin", "../weights.bin"),
        ("engine", "= ="),
    ],
)
def test_a_bad_description_names_its_file(folder: Path, old: str, new: str):
    path = folder / "mine" / "model.toml"
    path.write_text(DESCRIPTION.replace(old, new))
    with pytest.raises(ModelError, match=r"mine/model\.toml"):
        catalogue(folder)


def test_a_fingerprint_is_a_line_of_the_catalogue(folder: Path):
    path = folder / "mine" / "weights.bin"
    assert fingerprint(path) == ModelFile("weights.bin", 7, hashlib.sha256(b"weights").hexdigest())


def test_abstract_is_pocket_from_scratch(tmp_path: Path):
    """The same files, also where a host has other copies of them; but never a transformer."""
    abstract, pocket = (locate(CATALOGUE[name]) for name in ("abstract", "pocket"))
    assert abstract.items() <= pocket.items()
    assert "transformer.safetensors" not in abstract
    (tmp_path / "pocket").mkdir()
    (tmp_path / "pocket" / "bpe.txt").write_text("x")
    assert locate(CATALOGUE["abstract"], tmp_path)["bpe.txt"] == tmp_path / "pocket" / "bpe.txt"
