"""What a `model.toml` says of its CLIPs."""

from __future__ import annotations

from pathlib import Path

import pytest

from generation.clip_files import ClipFile
from generation.models import CATALOGUE, ModelError, catalogue

HEAD = 'engine = "vqgan-clip"\nfactor = 16\nnative = [64, 64]\nsteps = 20\n'
OWN = '"clip.safetensors", "bpe.txt", "eye.safetensors", "words.json"'


def described(folder: Path, text: str, files: str = OWN) -> tuple[ClipFile, ...]:
    """The CLIPs of a model with these files and the text after them."""
    (folder / "mine").mkdir()
    names = ", ".join(f"{{ name = {name} }}" for name in files.split(", "))
    (folder / "mine" / "model.toml").write_text(f"{HEAD}files = [{names}]\n{text}", encoding="utf-8")
    return catalogue(folder)["mine"].clips


def part(folder: Path, name: str, text: str = "", vocabulary: str = "bpe.txt") -> None:
    """A folder with a CLIP that models share."""
    (folder / name).mkdir()
    files = f'files = [{{ name = "clip.safetensors" }}, {{ name = "{vocabulary}" }}]\n'
    (folder / name / "model.toml").write_text(f'kind = "clip"\n{files}{text}', encoding="utf-8")


def test_a_model_without_a_table_has_the_clip_among_its_files(tmp_path: Path) -> None:
    assert described(tmp_path, "") == (ClipFile(),)


def test_a_model_without_a_clip_has_none(tmp_path: Path) -> None:
    assert described(tmp_path, "", '"vqgan.safetensors"') == ()
    assert catalogue(tmp_path)["mine"].ranker() is None


def test_each_table_is_a_clip(tmp_path: Path) -> None:
    text = """
[[clip]]
weight = 2
languages = ["en"]
[[clip]]
file = "eye.safetensors"
vocabulary = "words.json"
ranks = false
"""
    assert described(tmp_path, text) == (
        ClipFile(weight=2.0, languages=("en",)),
        ClipFile("eye.safetensors", "words.json", ranks=False),
    )


def test_clips_of_other_folders_get_a_number_and_say_themselves_what_they_read(tmp_path: Path) -> None:
    part(tmp_path, "B")
    part(tmp_path, "M", 'vocabulary = "spm.json"\nlanguages = ["en", "ru"]\n', "spm.json")
    text = 'clips = ["B"]\n[[clip]]\nname = "M"\nweight = 0.5\n'
    assert described(tmp_path, text, '"vqgan.safetensors"') == (
        ClipFile(),
        ClipFile("clip-2.safetensors", "spm-2.json", 0.5, languages=("en", "ru")),
    )
    paths = {file.name: file.path for file in catalogue(tmp_path)["mine"].files}
    assert paths["spm-2.json"] == "M/spm.json"
    assert paths["clip.safetensors"] == "B/clip.safetensors"


@pytest.mark.parametrize(
    ("engine", "text", "languages"),
    [
        ("vqgan-clip", 'clips = ["E"]', ("en",)),
        ("vqgan-clip", 'clips = ["E", "R"]', ("en", "ru")),
        ("vqgan-clip", 'clips = ["E", "any"]', ()),
        ("vqgan-clip", '[[clip]]\nname = "R"\nweight = 0\n[[clip]]\nname = "E"', ("en",)),
        ("vqgan-clip", 'languages = ["ru"]\nclips = ["E"]', ("ru",)),
        ("vqgan-clip", "", ()),
        ("dalle", 'clips = ["E"]', ("ru",)),
        ("dalle-mini", "languages = []", ()),
    ],
)
def test_a_model_reads_what_its_engine_or_its_guides_do_unless_it_says_otherwise(
    tmp_path: Path, engine: str, text: str, languages: tuple[str, ...]
) -> None:
    for name, read in (("E", '["en"]'), ("R", '["ru"]'), ("any", "[]")):
        part(tmp_path, name, f"languages = {read}\n")
    (tmp_path / "mine").mkdir()
    head = HEAD.replace("vqgan-clip", engine)
    (tmp_path / "mine" / "model.toml").write_text(head + text, encoding="utf-8")
    assert catalogue(tmp_path)["mine"].languages == languages


def test_the_first_that_ranks_and_reads_the_language_judges_and_questions_have_one(tmp_path: Path) -> None:
    text = """
[[clip]]
ranks = false
[[clip]]
file = "eye.safetensors"
languages = ["en"]
[[clip]]
file = "both.safetensors"
languages = ["ru", "en"]
"""
    _, english, both = described(tmp_path, text, f'{OWN}, "both.safetensors"')
    model = catalogue(tmp_path)["mine"]
    for asked, judge in ((["en"], english), (["ru"], both), (["und"], english), (None, english)):
        assert model.ranker(asked) == judge
    (guide, judge) = CATALOGUE["pocket"].clips
    assert CATALOGUE["pocket"].ranker(["ru"]) == judge
    assert guide.weight > 0 == judge.weight


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("weight = -1", "weight must be a number from 0"),
        ("weight = nan", "weight must be a number from 0"),
        ('weight = "1"', "weight must be a number from 0"),
        ("ranks = false", "one of them must rank"),
        ("ranks = 1", "ranks must be true or false"),
        ('languages = "en"', "languages must be a list"),
        ("wieght = 1", "there is no 'wieght'; there are name, file"),
        ('file = "other.safetensors"', "the CLIPs need other.safetensors, bpe.txt"),
        ('name = "../x"', "is not the name of a folder"),
    ],
)
def test_what_is_none_is_told(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        described(tmp_path, f"[[clip]]\n{text}\n")


def test_a_vae_is_no_clip(tmp_path: Path) -> None:
    (tmp_path / "V").mkdir()
    text = 'kind = "vae"\nfactor = 8\nfiles = [{ name = "vqgan.safetensors" }]\n'
    (tmp_path / "V" / "model.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="'V' is no CLIP"):
        described(tmp_path, 'clips = ["V"]\n')
