"""What `gala` understands: one function for each command, which only says what it takes."""

from __future__ import annotations

import argparse
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
_TARGET: dict[str, Any] = {"action": "append", "default": [], "type": Path, "metavar": "FILE"}


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    gala = argparse.ArgumentParser(prog="gala", description="A Discord bot that paints.")
    gala.add_argument("--version", action="version", version=f"gala {version('gala')}")
    commands = gala.add_subparsers(dest="command", required=True, metavar="COMMAND")
    config = argparse.ArgumentParser(add_help=False)
    config.add_argument(
        "--config", type=Path, metavar="FILE", help="config.toml; without it the defaults hold"
    )
    for add in (_run, _demo, _paint, _recipe, _replay, _models, _gallery, _check):
        add(commands, config)
    return gala


def _run(commands: Commands, config: argparse.ArgumentParser) -> None:
    commands.add_parser("run", parents=[config], help="the bot on Discord (token in GALA_TOKEN or a file)")


def _demo(commands: Commands, _config: argparse.ArgumentParser) -> None:
    demo = commands.add_parser("demo", help="the bot on a local Discord with a chat page; no account needed")
    demo.add_argument("--once", metavar="PROMPT", help="paint one picture, say where it lies, and end")
    demo.add_argument("--prompt", default="a penguin on the beach", help="what the first member asks for")
    demo.add_argument(
        "--port", type=int, default=0, metavar="N", help="the page's port (default: a free one)"
    )
    demo.add_argument("--data", type=Path, metavar="DIR", help="keep the database and the pictures here")
    demo.add_argument(
        "--record", type=Path, metavar="FILE", help="write each request and answer as JSON lines"
    )


def _paint(commands: Commands, config: argparse.ArgumentParser) -> None:
    paint = commands.add_parser("paint", parents=[config], help="one picture, without Discord")
    paint.add_argument("prompt", metavar="PROMPT", help="as in /imagine: 'desert:50 | in snow:25 --seed 7'")
    paint.add_argument("--engine", help="a way to make pictures")
    paint.add_argument("--model", help="the weights")
    paint.add_argument("--size", metavar="WxH", help="in pixels, such as 256x256")
    paint.add_argument("--steps", type=int)
    paint.add_argument("--seed", type=int)
    paint.add_argument("--init", type=Path, metavar="FILE", help="a picture to start from")
    paint.add_argument("--target", help="a picture to resemble (weighed by --tw in the prompt)", **_TARGET)
    paint.add_argument("--mask", type=Path, metavar="FILE", help="white where that picture is painted anew")
    paint.add_argument("--out", type=Path, metavar="FILE", default=Path("gala.png"))
    paint.add_argument(
        "--film", type=Path, metavar="FILE", help="a film of the making, too: .mp4, .webm, .webp or .gif"
    )
    paint.add_argument("--json", action="store_true", help="print one line of JSON for each picture")


def _recipe(commands: Commands, _config: argparse.ArgumentParser) -> None:
    recipe = commands.add_parser("recipe", help="how a picture was painted, from its file")
    recipe.add_argument("file", type=Path, metavar="FILE", help="a PNG or WebP that Gala has made")


def _replay(commands: Commands, config: argparse.ArgumentParser) -> None:
    replay = commands.add_parser("replay", parents=[config], help="paint a picture again: is it the same?")
    replay.add_argument("picture", metavar="CODE|FILE", help="a picture's code, or a file with its recipe")
    replay.add_argument("--init", type=Path, metavar="FILE", help="what that file's picture started from")
    replay.add_argument("--target", help="what that file's picture was drawn to", **_TARGET)
    replay.add_argument("--out", type=Path, metavar="FILE", help="keep what is painted")


def _models(commands: Commands, config: argparse.ArgumentParser) -> None:
    models = commands.add_parser("models", help="list, fetch, check and convert models")
    actions = models.add_subparsers(dest="action", required=True, metavar="ACTION")
    folder = argparse.ArgumentParser(add_help=False, parents=[config])
    folder.add_argument("--models-dir", type=Path, metavar="DIR", help="instead of generation.models_dir")

    actions.add_parser("list", parents=[folder], help="what is here, and what can be fetched")
    _fetch(actions, folder)
    verify = actions.add_parser("verify", parents=[folder], help="read every file, compare with its SHA-256")
    verify.add_argument("names", nargs="*", metavar="NAME")
    _convert(actions, folder)
    remove = actions.add_parser("remove", parents=[folder], help="delete a model's files")
    remove.add_argument("name", metavar="NAME")
    remove.add_argument("--force", action="store_true", help="even if other models use it")


def _fetch(actions: Commands, folder: argparse.ArgumentParser) -> None:
    fetch = actions.add_parser("fetch", parents=[folder], help="download a published model, convert it")
    fetch.add_argument("name", metavar="NAME", help="as `gala models list` has it, such as ViT-B-32")
    fetch.add_argument("--keep", action="store_true", help="keep the downloaded files, too")
    _made(fetch)


def _convert(actions: Commands, folder: argparse.ArgumentParser) -> None:
    convert = actions.add_parser("convert", parents=[folder], help="make a model of files that you have")
    convert.add_argument("targets", nargs="+", metavar="NAME|FILE", help="a checkpoint, or a kept download")
    convert.add_argument("--name", help="of the model (default: the file's)")
    convert.add_argument("--replace", action="store_true", help="instead of a model of that name")
    _made(convert)
    _of_clip(convert.add_argument_group("a CLIP"))
    _of_others(convert.add_argument_group("other models"))


def _made(models: argparse.ArgumentParser) -> None:
    """What holds for every model that is made of published files."""
    models.add_argument(
        "--clip", action="append", metavar="NAME", help="the CLIP that guides it; may be repeated"
    )
    models.add_argument("--half", action="store_true", help="keep weights in half precision, half as large")


def _of_clip(convert: argparse._ArgumentGroup) -> None:
    convert.add_argument("--clip-config", type=Path, metavar="FILE", help="open_clip_config.json of a CLIP")
    convert.add_argument(
        "--vocabulary", type=Path, metavar="FILE", help="of a CLIP, or bpe.model of a ruDALL-E"
    )
    convert.add_argument("--activation", choices=("gelu", "quick-gelu"), help="of a CLIP")
    convert.add_argument(
        "--languages", metavar="en,ru", help="that a CLIP or a transformer reads (default: any, or as usual)"
    )


def _of_others(convert: argparse._ArgumentGroup) -> None:
    convert.add_argument("--yaml", type=Path, metavar="FILE", help="of a VQGAN (default: beside the file)")
    convert.add_argument(
        "--second-stage", action="store_true", help="take a checkpoint's transformer, not its VQGAN alone"
    )
    convert.add_argument("--heads", type=int, help="of a transformer of unknown width")
    convert.add_argument("--vae", metavar="NAME", help="the VAE that a ruDALL-E or DALL-E mini paints with")
    convert.add_argument("--dalle-version", choices=("2", "3"), help="of a ruDALL-E without masks")
    convert.add_argument(
        "--matte", metavar="NAME", help="what cuts a ruDALL-E's pictures out, if it is there"
    )


def _gallery(commands: Commands, config: argparse.ArgumentParser) -> None:
    gallery = commands.add_parser("gallery", help="check, prune, export, import and back up what was painted")
    actions = gallery.add_subparsers(dest="action", required=True, metavar="ACTION")

    verify = actions.add_parser("verify", parents=[config], help="read the database and every file")
    verify.add_argument("--quick", action="store_true", help="only look whether the files are there")
    backup = actions.add_parser("backup", parents=[config], help="copy all, while the bot may run")
    backup.add_argument("folder", type=Path, metavar="DIR", help="an empty folder, or an earlier backup")
    actions.add_parser("prune", parents=[config], help="what the bot does daily: free the disk, now")
    take_out = actions.add_parser("export", parents=[config], help="pictures and recipes, as plain files")
    take_out.add_argument("folder", type=Path, metavar="DIR", help="an empty folder")
    take_out.add_argument("--guild", type=int, default=0, metavar="ID", help="of one server alone")
    take_in = actions.add_parser("import", parents=[config], help="add what was exported elsewhere")
    take_in.add_argument("folder", type=Path, metavar="DIR", help="a folder that `export` has written")


def _check(commands: Commands, config: argparse.ArgumentParser) -> None:
    check = commands.add_parser(
        "check", parents=[config], help="the doctor: what is wrong here, and what to do"
    )
    check.add_argument("--alive", action="store_true", help="only: has the running bot shown a pulse lately?")
