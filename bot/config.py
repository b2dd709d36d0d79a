"""`config.toml` as frozen values. Every default stands here, and in `config.example.toml` for people to read.

An empty string or a zero means: choose by the machine, or do without. Paths start at the file's
folder. Presets have a file of their own, `bot.presets`.
"""

from __future__ import annotations

import difflib
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_data_path
from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from bot.errors import ConfigError
from bot.presets import STYLES, Section, Style
from generation.protocol import Settings

TOKEN_VARIABLE = "GALA_TOKEN"  # noqa: S105 - the variable's name

_TOKEN = re.compile(r"[\w-]{18,}\.[\w-]{6,}\.[\w-]{20,}", re.ASCII)
_TOKEN_ADVICE = f"set {TOKEN_VARIABLE}, or write the token into a file and name that in discord.token_file"

_PROBLEMS: Mapping[str, str] = {
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "string_type": "must be a string in quotes",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must be an address that starts with http:// or https://, or be empty",
    "literal_error": "must be one of {expected}",
    "model_type": "must be a section, which begins with a line [{key}]",
}


def _read_path(value: object, info: ValidationInfo) -> Path | None:
    """A path as configured: "" is none, "~" is the home folder, anything else starts at the file's folder."""
    if isinstance(value, str) and _TOKEN.fullmatch(value.strip()):
        raise PydanticCustomError("token", "names a file; put the token itself into that file")
    if value is None or isinstance(value, Path):
        return value
    if not isinstance(value, str) or "\0" in value:
        raise PydanticCustomError("path", "must be a path in quotes")
    try:
        return (info.context or Path()) / Path(value).expanduser() if value else None
    except RuntimeError:
        raise PydanticCustomError("path", "begins with ~ and the name of nobody") from None


OptionalPath = Annotated[Path | None, BeforeValidator(_read_path)]


class Discord(Section):
    """Where and as whom to connect."""

    token_file: OptionalPath = None
    #: A local Discord's address; empty is Discord's own.
    endpoint: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""


class Storage(Section):
    """Where the database and the pictures lie."""

    directory: OptionalPath = None
    frames_days: Annotated[int, Field(ge=1, le=36_500)] = 30
    budget_bytes: Annotated[int, Field(ge=0)] = 0


class Generation(Section):
    """The generation process."""

    models_dir: OptionalPath = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    lanes: Annotated[int, Field(ge=0, le=64)] = 0
    threads: Annotated[int, Field(ge=0, le=1024)] = 0
    memory_bytes: Annotated[int, Field(ge=0)] = 0
    checkpoint_interval_s: Annotated[float, Field(ge=1)] = 15.0


class Painting(Section):
    """What a member may ask for, and gets without asking."""

    engine: Annotated[str, Field(min_length=1)] = "vqgan-clip"
    model: Annotated[str, Field(min_length=1)] = "pocket"
    upscaler: str = ""
    max_pixels: Annotated[int, Field(ge=1024, le=2**28)] = 1_048_576
    max_steps: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    max_permutations: Annotated[int, Field(ge=1, le=64)] = 8
    frame_interval_s: Annotated[float, Field(ge=0.1)] = 0.7


class Search(Section):
    """The search through what was painted."""

    model: str = ""
    memory_bytes: Annotated[int, Field(ge=2**20)] = 512 * 2**20


class Queue(Section):
    """How many jobs may wait."""

    max_waiting: Annotated[int, Field(ge=1, le=10_000)] = 200
    max_waiting_per_guild: Annotated[int, Field(ge=1, le=10_000)] = 60
    max_waiting_per_member: Annotated[int, Field(ge=1, le=10_000)] = 10


class Cards(Section):
    """How often a card, and a channel's cards together, may be edited."""

    edit_interval_s: Annotated[float, Field(ge=1)] = 2.0
    channel_interval_s: Annotated[float, Field(ge=1)] = 1.1


class Ceiling(Section):
    """The most in each of the calendar's periods; 0 is without end."""

    pictures_per_hour: Annotated[int, Field(ge=0)] = 0
    pictures_per_day: Annotated[int, Field(ge=0)] = 0
    pictures_per_week: Annotated[int, Field(ge=0)] = 0
    pictures_per_month: Annotated[int, Field(ge=0)] = 0
    gpu_seconds_per_hour: Annotated[float, Field(ge=0)] = 0.0
    gpu_seconds_per_day: Annotated[float, Field(ge=0)] = 0.0
    gpu_seconds_per_week: Annotated[float, Field(ge=0)] = 0.0
    gpu_seconds_per_month: Annotated[float, Field(ge=0)] = 0.0


class Ceilings(Section):
    """What the host allows, above all rules of guilds."""

    member: Ceiling = Ceiling()
    guild: Ceiling = Ceiling()


class Config(Section):
    """The whole file."""

    discord: Discord = Discord()
    storage: Storage = Storage()
    generation: Generation = Generation()
    painting: Painting = Painting()
    styles: dict[str, Style] = Field(default_factory=lambda: dict(STYLES))
    search: Search = Search()
    queue: Queue = Queue()
    cards: Cards = Cards()
    ceilings: Ceilings = Ceilings()

    @property
    def directory(self) -> Path:
        """Where the database and the pictures lie, chosen by the platform unless the file says."""
        return self.storage.directory or user_data_path("gala", appauthor=False)

    @property
    def models_dir(self) -> Path:
        """Where the host's own models lie."""
        return self.generation.models_dir or self.directory / "models"


def load_config(path: Path | None) -> Config:
    """Read `config.toml`; without a path, the defaults. Raises `ConfigError` with the key that is wrong."""
    if path is None:
        return Config()
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError("", f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError("", f"{path}: not valid TOML: {error}") from None
    try:
        return Config.model_validate(values, context=path.parent)
    except ValidationError as error:
        raise _clear(error.errors(include_url=False)[0]) from None


def read_token(config: Config, environ: Mapping[str, str]) -> str:
    """The bot's token, from the environment or else the file. Raises `ConfigError`, never with the token."""
    key, token = TOKEN_VARIABLE, environ.get(TOKEN_VARIABLE, "").strip()
    if not token and config.discord.token_file is not None:
        key, token = "discord.token_file", _read_token_file(config.discord.token_file)
    if not token:
        raise ConfigError(key, f"no token there; {_TOKEN_ADVICE}")
    if not _TOKEN.fullmatch(token):
        raise ConfigError(
            key,
            "not a bot token, which has three parts with dots between; copy it again from the "
            "Bot page of your application",
        )
    return token


def token_warning(config: Config, environ: Mapping[str, str]) -> str | None:
    """A line for the log where others on the machine can read the token's file; None where all is well."""
    path = config.discord.token_file
    if environ.get(TOKEN_VARIABLE, "").strip() or path is None or not path.exists():
        return None
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return f"discord.token_file: others on this machine can read {path}; run: chmod 600 {path}"
    return None


def worker_settings(config: Config) -> Settings:
    """The section [generation], as the generation process takes it."""
    values = config.generation.model_dump()
    return Settings(**{**values, "models_dir": str(config.models_dir)})


def _read_token_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError("discord.token_file", f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ConfigError("discord.token_file", f"{path}: not a text file") from None


def _clear(error: ErrorDetails) -> ConfigError:
    """One line about one fault. Values under unknown keys are not shown: one of them may be a secret."""
    key = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return ConfigError(key, _unknown(error["loc"]))
    bounds = {name: _bare(value) for name, value in error.get("ctx", {}).items()}
    problem = _PROBLEMS.get(error["type"], "{msg}").format(msg=error["msg"], key=key, **bounds)
    return ConfigError(key, f"{problem}, got {_shown(error['input'])}")


def _unknown(loc: tuple[int | str, ...]) -> str:
    """Words for an unknown key, with the nearest known one."""
    if loc[-1] == "token":
        return f"the token does not belong here; {_TOKEN_ADVICE}"
    section: Any = Style if loc[0] == "styles" else Config
    for name in () if section is Style else loc[:-1]:
        section = section.model_fields[str(name)].annotation
    near = difflib.get_close_matches(str(loc[-1]), section.model_fields, n=1)
    return (
        f"unknown key; did you mean {near[0]}?"
        if near
        else f"unknown key; known are {', '.join(section.model_fields)}"
    )


def _bare(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _shown(value: object) -> str:
    text = _TOKEN.sub("a token", repr(value))
    return text if len(text) <= 40 else f"{text[:39]}…"
