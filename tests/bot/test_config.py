"""config.toml: defaults, one clear line about each fault, and a token that is never shown."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path

import pytest

from bot.config import Config, Painting, load_config, read_token, token_warning, worker_settings
from bot.errors import ConfigError
from generation.protocol import Settings

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
TOKEN = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"


def loaded(tmp_path, text):
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def keys(model):
    return {
        (section, key): value
        for section, values in model.model_dump().items()
        for key, value in values.items()
    }


def test_the_example_has_every_key_with_its_default():
    written = {
        (section, key): value or None if isinstance(value, str) else value
        for section, values in tomllib.loads(EXAMPLE.read_text(encoding="utf-8")).items()
        for key, value in values.items()
    }
    defaults = {
        name: value or None if isinstance(value, str) else value for name, value in keys(Config()).items()
    }
    assert written == defaults
    assert load_config(EXAMPLE) == Config()


def test_every_key_of_the_example_is_explained():
    """A comment stands above each key, or above the keys that it is grouped with."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for above, line in itertools.pairwise(lines):
        if re.match(r"\w+ = ", line):
            assert above.startswith("# ") or re.match(r"\w+ = ", above), line


def test_without_a_file_the_defaults_hold():
    config = load_config(None)
    assert config == Config()
    assert config.directory.name == "gala"
    assert config.models_dir == config.directory / "models"
    assert worker_settings(config) == Settings(models_dir=str(config.models_dir))


def test_values_and_paths_are_read(tmp_path):
    """Paths start at the file's folder; ~ is the home folder; an int will do for a float."""
    config = loaded(
        tmp_path,
        "[storage]\ndirectory = 'data'\n"
        "[generation]\nmodels_dir = '~/m'\nlanes = 2\n"
        "[cards]\nedit_interval_s = 3\n",
    )
    assert config.directory == tmp_path / "data"
    assert worker_settings(config) == Settings(models_dir=str(Path.home() / "m"), lanes=2)
    assert config.cards.edit_interval_s == 3.0
    assert config.queue == Config().queue


def test_values_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Config().cards.edit_interval_s = 5.0
    assert Painting(max_steps=5).max_steps == 5


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[cards]\nedit_interval_s = 0.1", "cards.edit_interval_s: must be at least 1, got 0.1"),
        ("[cards]\nedit_interval_s = nan", "cards.edit_interval_s: must be a finite number, got nan"),
        ("[cards]\nedit_interval_s = '2'", "cards.edit_interval_s: must be a number, got '2'"),
        (
            "[cards]\nedit_intervals_s = 2",
            "cards.edit_intervals_s: unknown key; did you mean edit_interval_s?",
        ),
        ("[cards]\nx = 2", "cards.x: unknown key; known are edit_interval_s, channel_interval_s"),
        (
            "[ceilings.member]\npictures_a_day = 1",
            "ceilings.member.pictures_a_day: unknown key; did you mean pictures_per_day?",
        ),
        ("[ceilings.members]", "ceilings.members: unknown key; did you mean member?"),
        (
            "[ceilings.guild]\npictures_per_day = -1",
            "ceilings.guild.pictures_per_day: must be at least 0, got -1",
        ),
        ("[dicsord]\nendpoint = ''", "dicsord: unknown key; did you mean discord?"),
        ("discord = 3", "discord: must be a section, which begins with a line [discord], got 3"),
        ("[generation]\nlanes = true", "generation.lanes: must be a whole number, got True"),
        ("[generation]\nlanes = 1.5", "generation.lanes: must be a whole number, got 1.5"),
        ("[generation]\nlanes = -1", "generation.lanes: must be at least 0, got -1"),
        (
            "[generation]\ndevice = 'gpu'",
            "generation.device: must be one of 'auto', 'cpu' or 'cuda', got 'gpu'",
        ),
        ("[generation]\nmodels_dir = 3", "generation.models_dir: must be a path in quotes, got 3"),
        (
            "[generation]\nmodels_dir = '~nobody-of-this-name'",
            "generation.models_dir: begins with ~ and the name of nobody, got '~nobody-of-this-name'",
        ),
        ("[painting]\nmodel = ''", "painting.model: must not be empty, got ''"),
        ("[painting]\nmodel = 3", "painting.model: must be a string in quotes, got 3"),
        ("[painting]\nmax_steps = 2000000", "painting.max_steps: must be at most 1000000, got 2000000"),
        (
            "[discord]\nendpoint = 'local'",
            "discord.endpoint: must be an address that starts with http:// or https://, or be empty, "
            "got 'local'",
        ),
    ],
)
def test_a_fault_is_one_clear_line(tmp_path, text, line):
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    assert str(caught.value) == line
    assert caught.value.key == line.partition(":")[0]


@pytest.mark.parametrize("content", [b"[x", b"\xff\xfe", b"a = 1\na = 2"])
def test_what_is_not_toml_is_told_with_the_files_name(tmp_path, content):
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"config\.toml: not valid TOML") as caught:
        load_config(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read: No such file"):
        load_config(tmp_path / "none.toml")


def with_token_file(tmp_path, content, mode=0o600):
    path = tmp_path / "token"
    path.write_bytes(content)
    path.chmod(mode)
    return loaded(tmp_path, "[discord]\ntoken_file = 'token'")


def test_the_token_comes_from_the_environment_or_the_file(tmp_path):
    """The environment goes first; white space around the token does not matter."""
    other = TOKEN.replace("ZnC", "XXX")
    config = with_token_file(tmp_path, f"{TOKEN}\n".encode())
    assert read_token(config, {}) == TOKEN
    assert read_token(config, {"GALA_TOKEN": ""}) == TOKEN
    assert read_token(config, {"GALA_TOKEN": f" {other} "}) == other


def test_a_missing_token_says_where_to_put_it():
    with pytest.raises(
        ConfigError, match=r"GALA_TOKEN: no token there; set GALA_TOKEN, or .*discord\.token_file"
    ):
        read_token(Config(), {})


def test_a_missing_or_unreadable_token_file_is_told(tmp_path):
    config = loaded(tmp_path, "[discord]\ntoken_file = 'nowhere'")
    with pytest.raises(ConfigError, match=r"discord\.token_file: .*nowhere: cannot be read: No such file"):
        read_token(config, {})
    with pytest.raises(ConfigError, match=r"discord\.token_file: .*not a text file"):
        read_token(with_token_file(tmp_path, b"\xff\xfe"), {})
    with pytest.raises(ConfigError, match=r"discord\.token_file: no token there"):
        read_token(with_token_file(tmp_path, b"\n"), {})


@pytest.mark.parametrize(
    "token",
    [
        "secret",
        TOKEN[:-12],
        f"Bot {TOKEN}",
        f"{TOKEN}.more",
        TOKEN.replace(".", ","),
        f'"{TOKEN}"',
        TOKEN * 2,
    ],
)
def test_a_malformed_token_is_refused_and_never_shown(tmp_path, token):
    for config, environ in [
        (Config(), {"GALA_TOKEN": token}),
        (with_token_file(tmp_path, token.encode()), {}),
    ]:
        with pytest.raises(ConfigError, match="not a bot token") as caught:
            read_token(config, environ)
        assert not any(part in str(caught.value) for part in token.split("."))
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "[discord]\ntoken = '{}'",
        "[discord]\ntoken_file = '{}'",
        "[discord]\nendpoint = '{}'",
        "discord = '{}'",
    ],
)
def test_a_token_in_the_wrong_place_is_not_shown(tmp_path, text):
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text.format(TOKEN))
    assert not any(part in str(caught.value) for part in TOKEN.split("."))


def test_loose_permissions_are_warned_of(tmp_path):
    config = with_token_file(tmp_path, TOKEN.encode(), mode=0o644)
    assert read_token(config, {}) == TOKEN
    assert "chmod 600" in (token_warning(config, {}) or "")
    assert token_warning(config, {"GALA_TOKEN": TOKEN}) is None
    assert token_warning(with_token_file(tmp_path, TOKEN.encode()), {}) is None
    assert token_warning(Config(), {}) is None
